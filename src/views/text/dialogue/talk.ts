import { failureOf } from '../../../model/failure.ts';
import { failureLines } from '../../lib/failure-text.ts';
import { foldLines } from '../../lib/fold-line.ts';
import type { Style } from '../../lib/style.ts';
import { words } from '../../lib/words.ts';
import type { ReadLine } from '../asking.ts';
import type { TextTerminal } from '../text-view.ts';

/** A terminal with somebody who reads and types. */
export interface DialogueTerminal extends TextTerminal {
  readonly readLine: ReadLine;
  readonly readSecret: ReadLine;
  /** Calls at each Ctrl-C that no open prompt takes, until what it returns is called. */
  onInterrupt(listener: () => void): () => void;
}

/** Something that may be chosen from a numbered list, or typed by its word. */
export interface Choice<T> {
  /** What may be typed instead of the number; a choice without one has only the number. */
  readonly word?: string;
  readonly meaning: string;
  readonly value: T;
}

/** What every menu takes besides what is in its list. */
export type Aside = 'back' | 'quit';

/** Lines one after the other, and prompts of one line. */
export interface Talk {
  readonly terminal: DialogueTerminal;
  readonly style: Style;
  /** Lines that this program wrote; a text from elsewhere has passed `words` before. */
  say(...lines: readonly string[]): void;
  /** What failed and what to do next. */
  trouble(error: unknown): void;
  /** What is typed, without spaces around it; undefined: given up (Ctrl-C, Ctrl-D, end of input). */
  ask(prompt: string, signal?: AbortSignal): Promise<string | undefined>;
  /** A numbered list and a prompt, until one is chosen. */
  choose<T>(choices: readonly Choice<T>[], more?: Menu): Promise<T | Aside>;
}

/** How a menu differs from others. */
export interface Menu {
  /** What Enter alone stands for, in words; default: it says the prompt again. */
  readonly enter?: Aside;
  /** What is said at `?`. */
  readonly help?: readonly string[];
  /** Said before the list. */
  readonly heading?: readonly string[];
}

/** Talk at a terminal. */
export function createTalk(terminal: DialogueTerminal): Talk {
  const { style } = terminal;
  const say = (...lines: readonly string[]): void =>
    terminal.write(lines.length === 0 ? '' : `${foldLines(lines, terminal.columns?.()).join('\n')}\n`);
  const ask: Talk['ask'] = async (prompt, signal) => (await terminal.readLine(words(prompt, style), signal))?.trim();
  return {
    terminal,
    style,
    say,
    trouble: (error) => say('', 'That did not work:', ...failureLines(failureOf(error), style)),
    ask,
    async choose(choices, { enter, help = [], heading = [] } = {}) {
      const list = (): void => say(...heading, ...choices.map(lineOf(style)));
      list();
      while (true) {
        const typed = await ask(menuPrompt(choices, enter));
        if (typed === undefined || matches(typed, 'back')) return 'back';
        if (typed === '' && enter !== undefined) return enter;
        if (matches(typed, 'quit')) return 'quit';
        if (typed === '?') {
          say(...help, 'back goes to where you came from, q ends this program; a run goes on.');
          list();
          continue;
        }
        const chosen = chosenFrom(choices, typed);
        if (chosen !== undefined) return chosen.value;
        if (typed !== '') say(`There is no ${JSON.stringify(words(typed, style))} here.`);
      }
    },
  };
}

/** The choice that a number, a word or the beginning of one names. */
export function chosenFrom<T>(choices: readonly Choice<T>[], typed: string): Choice<T> | undefined {
  const text = typed.toLowerCase();
  const exact = choices.find(({ word }) => word === text);
  if (exact !== undefined || text === '') return exact;
  if (/^\d+$/.test(text)) return choices[Number(text) - 1];
  const begun = choices.filter(({ word }) => word?.startsWith(text));
  return begun.length === 1 ? begun[0] : undefined;
}

function matches(typed: string, aside: Aside): boolean {
  return typed.toLowerCase() === aside || typed.toLowerCase() === aside.charAt(0);
}

function menuPrompt(choices: readonly Choice<unknown>[], enter: Aside | undefined): string {
  const numbers = choices.length === 0 ? '' : `${numbersText(choices.length)}, `;
  const back = enter === 'back' ? 'back (or Enter)' : 'back';
  const quit = enter === 'quit' ? 'q to quit (or Enter)' : 'q to quit';
  return `Type ${numbers}${back}, ${quit}, or ? for help: `;
}

/** The numbers of a list, as a prompt says them. */
export function numbersText(count: number): string {
  if (count < 3) return count === 1 ? '1' : '1 or 2';
  return `1 to ${count}`;
}

function lineOf(style: Style): (choice: Choice<unknown>, index: number) => string {
  return ({ word, meaning }, index) => words(`${index + 1}. ${word === undefined ? '' : `${word}: `}${meaning}`, style);
}
