import type { DialogueTerminal } from '../views/text/dialogue/talk.ts';

/** Ctrl-C, or the end of the input, at a prompt. */
export const CTRL_C = Symbol('Ctrl-C');

/** What the operator waits to read, and then does: types a line, gives up, or something of the test's own before. */
export type Move = readonly [reads: string | RegExp, types: string | typeof CTRL_C, before?: () => void];

/** An operator at a terminal who follows a script; each prompt must come after what the script waits for. */
export interface ScriptedOperator {
  readonly terminal: DialogueTerminal;
  /** All that was written, with what was typed where it shows. */
  readonly written: () => string;
  /** Presses Ctrl-C while no prompt is open. */
  pressCtrlC(): void;
  /** Does anybody heed a Ctrl-C that no prompt takes? */
  listens(): boolean;
  /** Throws where a prompt came that was not foreseen, and where moves are left. */
  check(): void;
}

/** An operator with a script. At a prompt that the script does not foresee the input ends. */
export function createScriptedOperator(script: readonly Move[]): ScriptedOperator {
  const moves = [...script];
  let written = '';
  let read = 0;
  let lost: string | undefined;
  const listeners = new Set<() => void>();
  const answer = async (prompt: string, shows: boolean, signal?: AbortSignal): Promise<string | undefined> => {
    written += prompt;
    if (lost !== undefined) return undefined;
    const move = moves[0];
    const text = written.slice(read);
    const foreseen = move !== undefined && (typeof move[0] === 'string' ? text.includes(move[0]) : move[0].test(text));
    if (!foreseen) {
      lost = `The script waits for ${String(move?.[0])}, and this prompt came:\n${written}`;
      return undefined;
    }
    moves.shift();
    read = written.length;
    const [, types, before] = move;
    before?.();
    // Something else may have answered meanwhile.
    await new Promise((resolve) => setImmediate(resolve));
    if (signal?.aborted || typeof types === 'symbol') {
      written += '\n';
      return undefined;
    }
    written += shows ? `${types}\n` : '\n';
    return types;
  };
  return {
    terminal: {
      write: (text) => {
        written += text;
      },
      style: { colour: false, unicode: false },
      overwrites: false,
      readLine: (prompt, signal) => answer(prompt, true, signal),
      readSecret: (prompt, signal) => answer(prompt, false, signal),
      onInterrupt(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    written: () => written,
    pressCtrlC: () => {
      for (const listener of listeners) listener();
    },
    listens: () => listeners.size > 0,
    check() {
      if (lost !== undefined) throw new Error(lost);
      if (moves.length > 0) throw new Error(`It ended before ${moves.map(([reads]) => String(reads)).join(', ')}:\n${written}`);
    },
  };
}
