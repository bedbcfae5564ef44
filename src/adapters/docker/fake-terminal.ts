import type { TerminalOptions, TerminalProgram } from '../../model/ports.ts';

/** What a fake container's program sees of its terminal. */
export interface FakeTerminal {
  readonly argv: readonly string[];
  /** Revealed. */
  readonly env: Readonly<Record<string, string>>;
  readonly user?: string;
  readonly cwd?: string;
  /** As it is now. */
  size(): { readonly columns: number; readonly rows: number };
  /** Aborted when the program is ended: what waits for keys rejects. */
  readonly signal: AbortSignal;
  print(text: string): void;
  /** The next line that is typed, without its end; shown as it would be at a terminal, but for `hidden`. */
  line(shown?: 'hidden'): Promise<string>;
  /** What is typed next, in one piece; not shown. */
  keys(): Promise<string>;
}

/** A program at a fake terminal; gives its exit code (default 0). */
export type FakeTerminalRun = (terminal: FakeTerminal) => Promise<number | undefined>;

/** Starts one. */
export function openFakeTerminal(
  run: FakeTerminalRun,
  started: Pick<FakeTerminal, 'argv' | 'env' | 'user' | 'cwd'>,
  { columns, rows, signal }: TerminalOptions,
): TerminalProgram {
  const printed: string[] = [];
  const typed: string[] = [];
  let size = { columns, rows };
  let wakeReader = (): void => undefined;
  let wakeProgram = (): void => undefined;
  let code: number | undefined;
  signal.addEventListener('abort', () => wakeProgram());

  const keys = async (): Promise<string> => {
    while (typed.length === 0) {
      signal.throwIfAborted();
      await new Promise<void>((resolve) => {
        wakeProgram = resolve;
      });
    }
    return typed.shift() as string;
  };
  const print = (text: string): void => {
    printed.push(text);
    wakeReader();
  };
  const line = async (shown?: 'hidden'): Promise<string> => {
    let text = '';
    while (!/[\r\n]/.test(text)) text += await keys();
    const [, own = '', rest = ''] = /^(.*?)[\r\n]([\s\S]*)$/.exec(text) ?? [];
    if (rest !== '') typed.unshift(rest);
    print(`${shown === 'hidden' ? '' : own}\r\n`);
    return own;
  };
  void run({ ...started, size: () => size, signal, print, line, keys })
    .then((ended) => ended ?? 0)
    .catch(() => 130)
    .then((ended) => {
      code = ended;
      wakeReader();
    });

  async function* output(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const text = printed.shift();
      if (text !== undefined) yield new TextEncoder().encode(text);
      else if (code !== undefined) break;
      else
        await new Promise<void>((resolve) => {
          wakeReader = resolve;
        });
    }
    signal.throwIfAborted();
  }
  return {
    output: output(),
    type(pressed) {
      typed.push(typeof pressed === 'string' ? pressed : new TextDecoder().decode(pressed));
      wakeProgram();
    },
    async resize(width, height) {
      size = { columns: width, rows: height };
    },
    async ended() {
      signal.throwIfAborted();
      return code ?? null;
    },
  };
}
