import type { StepId } from './step-id.ts';

/** A program that is about to start, or runs: its entry in the run's list. */
export interface ChildEntry {
  /** To be added to the program's environment: the run, and the entry's name. */
  readonly environment: Readonly<Record<string, string>>;
  /** It has ended and its output was read, or it never began: the entry is struck out. Never throws. */
  ended(): void;
}

/** A program of this machine. */
export interface ProgramEntry extends ChildEntry {
  /**
   * Named pipes for its output; undefined where there can be none. An unnamed pipe breaks with the engine, and the
   * program's next line would kill it; these can be read on by the next engine. Their names are gone with the entry.
   */
  readonly pipes?: { readonly stdout: string; readonly stderr: string };
  /** It began; it leads a session of its own. Never throws: without a number it is still found by its environment. */
  started(pid: number): void;
}

/** A program in a container. */
export interface ExecEntry extends ChildEntry {
  /** The engine knows it by this id; it has not begun. Throws `state.not-writable`. */
  created(id: string): void;
}

/**
 * The list of what a run has started and what has not ended. An engine may die at any moment, and what it started goes
 * on; so each entry is written before its program begins, by a call that returns when it is written. Both calls throw
 * `state.not-writable`: a program that the list does not show must not begin.
 */
export interface ChildrenRegister {
  /** A program of this machine is about to start. */
  program(argv: readonly string[]): ProgramEntry;
  /** A program in a container is about to be made; `terminal`: at a terminal, at which we type. */
  exec(container: string, argv: readonly string[], terminal?: true): ExecEntry;
}

/** What an engine that died has left running. */
export interface Survivor {
  /** `apt-get (process 1234)`, or `register (in the container lighthouse)`: never arguments, they may hold values. */
  readonly what: string;
  /** The step that started it; undefined where none was under way. */
  readonly step?: StepId;
  /** When it was started; ISO 8601. */
  readonly since: string;
  /** It sits at a terminal that went with the engine: whatever it asks, nobody can answer any more. */
  readonly deserted?: true;
  /** One look, without a wait: does it still run? */
  isAlive(): Promise<boolean>;
  /** SIGTERM to it and to what it started, 10 seconds, SIGKILL. Throws `survivor.not-ended` where that does not help. */
  end(): Promise<void>;
}
