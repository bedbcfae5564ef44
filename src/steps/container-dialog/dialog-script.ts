import { fail } from '../../model/failure.ts';
import type { Text } from '../../model/secrets.ts';
import { compilePattern } from '../lib/captures.ts';
import type { ScreenLine } from './dialog-screen.ts';

/** Keys by name, as terminals send them. */
export const KEYS = {
  enter: '\r',
  space: ' ',
  tab: '\t',
  escape: '\u001b',
  backspace: '\u007f',
  up: '\u001b[A',
  down: '\u001b[B',
  right: '\u001b[C',
  left: '\u001b[D',
  home: '\u001b[H',
  end: '\u001b[F',
  'page-up': '\u001b[5~',
  'page-down': '\u001b[6~',
  delete: '\u001b[3~',
  'ctrl-c': '\u0003',
  'ctrl-d': '\u0004',
} as const;

/** A prompt and what is typed there, as recipes write it. */
export interface ScriptLine {
  readonly expect: string;
  readonly answer?: Text;
  readonly keys?: readonly (keyof typeof KEYS)[];
  readonly newline?: string;
  readonly optional?: boolean;
  readonly repeat?: number;
}

/** A prompt of the script that is on the screen. */
export interface Prompt {
  readonly line: ScriptLine;
  /** Where it begins. */
  readonly row: number;
  /** Its place in the script, from 0. */
  readonly index: number;
}

/** Where a dialog is in its script. */
export interface Script {
  /** The prompt that these lines end with; undefined where it is none of those that may come now. */
  promptIn(fresh: readonly ScreenLine[]): Prompt | undefined;
  answered(prompt: Prompt): void;
  /** From now on somebody else answers: until the script does again, whatever is left of it may come. */
  handOver(): void;
  /** While somebody else answers, this prompt is there: neither it nor what is before it has to come any more. */
  passed(prompt: Prompt): void;
  /** Somebody else has answered it. */
  answeredByHand(prompt: Prompt): void;
  /** Those that may come now. */
  expected(): readonly ScriptLine[];
  /** Those that had to come and did not. */
  unasked(): readonly ScriptLine[];
}

/** Begins a script. Throws `params.bad-pattern`. */
export function beginScript(lines: readonly ScriptLine[]): Script {
  const entries = lines.map((line, index) => ({ line, index, pattern: promptPattern(line.expect, index), times: 0 }));
  let at = 0;
  let handedOver = false;
  /** So many from the beginning do not have to come any more, whether they did or not. */
  let done = 0;
  const candidates = () => {
    const mandatory = handedOver ? -1 : entries.findIndex(({ line, index }) => index >= at && line.optional !== true);
    const ahead = entries.slice(at, mandatory < 0 ? entries.length : mandatory + 1);
    // What comes next is rather that than the same once more, where both would fit.
    return [...ahead, ...entries.slice(0, at).slice(-1)].filter(({ line, times }) => times < (line.repeat ?? 1));
  };
  const answered = ({ index }: Prompt): void => {
    const entry = entries[index];
    if (entry !== undefined) entry.times += 1;
    at = Math.max(at, index + 1);
  };
  return {
    promptIn(fresh) {
      const text = fresh.map((line) => line.text).join('\n');
      let best: { readonly prompt: Prompt; readonly end: number } | undefined;
      for (const { line, index, pattern } of candidates()) {
        const match = [...text.matchAll(pattern)].at(-1);
        if (match === undefined) continue;
        const end = match.index + match[0].length;
        if (best !== undefined && end <= best.end) continue;
        const row = fresh[text.slice(0, match.index).split('\n').length - 1]?.row ?? 0;
        best = { prompt: { line, row, index }, end };
      }
      return best?.prompt;
    },
    answered(prompt) {
      handedOver = false;
      answered(prompt);
    },
    handOver() {
      handedOver = true;
    },
    passed({ index }) {
      done = Math.max(done, index + 1);
    },
    answeredByHand: answered,
    expected: () => candidates().map(({ line }) => line),
    unasked: () => entries.slice(Math.max(at, done)).flatMap(({ line }) => (line.optional === true ? [] : [line])),
  };
}

/** Text stands for itself, and any blank in it for any blanks; between slashes is a regular expression. */
export function promptPattern(expect: string, index: number): RegExp {
  const [, own, flags = ''] = /^\/(.+)\/(i?)$/s.exec(expect) ?? [];
  const source =
    own ??
    expect
      .trim()
      .replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&')
      .replaceAll(/\s+/g, '\\s+');
  return new RegExp(compilePattern(source, `script.${index}.expect`).source, `gm${flags}`);
}

/** What is typed at a prompt. Throws `container.dialog-answer` for an answer that would end before its end. */
export async function keysOf(
  { expect, answer, keys, newline }: ScriptLine,
  reveal: (text: Text) => Promise<string>,
): Promise<string> {
  const text = answer === undefined ? '' : await reveal(answer);
  if (/[\r\n]/.test(text)) {
    throw fail(
      'container.dialog-answer',
      `What is to be typed at "${expect}" has several lines: the program would take the first for all.`,
      {
        hints: ['Give the program a value of one line, or each line a prompt of its own in `script`.'],
      },
    );
  }
  const pressed = (keys ?? []).map((key) => KEYS[key]).join('');
  return `${text}${pressed}${newline ?? (keys === undefined ? KEYS.enter : '')}`;
}
