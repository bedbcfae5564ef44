import { coloured, green, red } from './environment.ts';

/** Somebody pressed Ctrl-C. */
export class Interrupted extends Error {}

/** How a question is asked. */
export interface Question {
  readonly default?: string;
  readonly required?: boolean;
  /** Shows nothing of what is typed. Default: true. */
  readonly echo?: boolean;
  /** What the answer must match, and what is said of one that does not. */
  readonly valid?: readonly [RegExp, string];
}

/** Questions at a terminal, drawn as the original's library draws them: the line is written anew with each key and at the end. */
export interface Prompts {
  ask(question: string, options?: Question): Promise<string>;
  isYes(question: string, usual?: boolean): Promise<boolean>;
  select(question: string, choices: readonly string[]): Promise<string>;
  /** Gives the terminal up; the process can end then. */
  close(): void;
}

const ESCAPE = '\u001b';
const CLEAR = `${ESCAPE}[2K${ESCAPE}[1G`;
/** What follows an Escape where it is a key of its own. */
const SEQUENCE = /^(?:\[[0-9;]*[A-Za-z~]|O[A-Z])/;
const write = (text: string): void => void process.stdout.write(text);
const faint = (text: string): string => coloured(90, text);

/** On this process's terminal, or on a pipe where there is none. */
export function openPrompts(): Prompts {
  const { stdin } = process;
  let typed = '';
  let ended = false;
  let wake = (): void => undefined;
  stdin.setEncoding('utf8');
  stdin.on('data', (chunk: string) => {
    typed += chunk;
    wake();
  });
  stdin.on('end', () => {
    ended = true;
    wake();
  });

  async function nextKey(): Promise<string> {
    while (typed === '') {
      if (ended) throw new Error('end of file reached');
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    const [first = ''] = typed;
    const [rest = ''] = first === ESCAPE ? (SEQUENCE.exec(typed.slice(1)) ?? []) : [];
    const key = first + rest;
    typed = typed.slice(key.length);
    if (key === '\u0003') throw new Interrupted();
    return key;
  }

  /** Key by key; between two questions the terminal is as it was, and shows what somebody types too early. */
  async function raw<T>(act: () => Promise<T>): Promise<T> {
    if (stdin.isTTY) stdin.setRawMode(true);
    try {
      return await act();
    } finally {
      if (stdin.isTTY) stdin.setRawMode(false);
    }
  }

  async function line(prompt: string, echo: boolean): Promise<string> {
    let text = '';
    write(prompt);
    for (;;) {
      const key = await nextKey();
      if (key === '\r' || key === '\n') break;
      if (key === '\u007f' || key === '\b') text = [...text].slice(0, -1).join('');
      else if (key >= ' ') text += key;
      if (echo) write(`${CLEAR}${prompt}${text}`);
    }
    write('\n');
    return text;
  }

  /** Asks until `take` makes something of the answer; a text is what is wrong with it. */
  async function until<T>(
    question: string,
    hint: string,
    echo: boolean,
    take: (typed: string) => { readonly value: T; readonly shown: string } | string,
  ): Promise<T> {
    const prompt = `${question} ${hint}`;
    return raw(async () => {
      for (;;) {
        const taken = take(await line(prompt, echo));
        if (typeof taken !== 'string') {
          write(`${CLEAR}\u001b[1A${CLEAR}${question} ${echo ? green(taken.shown) : ''}\n`);
          return taken.value;
        }
        write(`${CLEAR}${red('>>')} ${taken}\u001b[1A${CLEAR}`);
      }
    });
  }

  return {
    ask(question, { default: usual, required = false, echo = true, valid } = {}) {
      const hint = usual === undefined ? '' : `${faint(`(${usual})`)} `;
      return until(question, hint, echo, (typed) => {
        const value = (echo ? typed.trim() : typed) || (usual ?? '');
        if (required && value === '') return 'Value must be provided';
        if (valid !== undefined && !valid[0].test(value)) return valid[1];
        return { value, shown: value };
      });
    },
    isYes(question, usual = true) {
      return until(question, `${faint(usual ? '(Y/n)' : '(y/N)')} `, true, (typed) => {
        const answer = typed.trim();
        const isYes = answer === '' ? usual : /^(y(es)?|t(rue)?|on|1)$/i.test(answer);
        if (!isYes && answer !== '' && !/^(no?|f(alse)?|off|0)$/i.test(answer)) return 'Invalid input.';
        return { value: isYes, shown: isYes ? 'Yes' : 'No' };
      });
    },
    select(question, choices) {
      return raw(async () => {
        let at = 0;
        let hint = ` ${faint('(Press ↑/↓ arrow to move and Enter to select)')}`;
        const lines = (): string =>
          choices.map((choice, each) => (each === at ? green(`‣ ${choice}`) : `  ${choice}`)).join('\n');
        const up = `${CLEAR}\u001b[1A`.repeat(choices.length) + CLEAR;
        write('\u001b[?25l');
        try {
          for (;;) {
            write(`${question}${hint}\n${lines()}`);
            const key = await nextKey();
            write(up);
            hint = '';
            if (key === '\r' || key === '\n' || key === ' ') break;
            if (key === '\u001b[A' || key === '\u001bOA') at = (at + choices.length - 1) % choices.length;
            if (key === '\u001b[B' || key === '\u001bOB') at = (at + 1) % choices.length;
          }
        } finally {
          write('\u001b[?25h');
        }
        const chosen = choices[at] ?? '';
        write(`${question} ${green(chosen)}\n`);
        return chosen;
      });
    },
    close() {
      stdin.destroy();
    },
  };
}
