import type { Survivor } from '../model/children.ts';
import type { EventBody, JournalEvent } from '../model/events.ts';
import type { DockerEngine, Host, Vault } from '../model/ports.ts';
import type { SecretMaterial, SecretSpec } from '../model/recipe.ts';
import type { Reveal, SecretCompare } from '../model/secrets.ts';

/** The journal as the engine needs it: append, and nothing is done before the append has resolved. */
export interface JournalPort {
  append(event: EventBody, options?: { readonly sync?: boolean }): Promise<JournalEvent>;
}

/** Where a step's output is kept. */
export interface OutputLog {
  write(line: string): void;
  close(): Promise<unknown>;
}

/** What lets steps look at the world; enough for a plan. */
export interface Looking {
  /** Role → machine. */
  readonly hosts: ReadonlyMap<string, Host>;
  readonly docker: DockerEngine;
  readonly vault: Vault;
  readonly secrets: SecretCompare & Reveal;
  /** Throws `recipe.bad-params` where evaluated params don't meet their step type's schema. */
  checkParams(uses: string, params: unknown): void;
}

/** What a run needs besides: handed in by the composition root. */
export interface Outside extends Looking {
  readonly journal: JournalPort;
  /** A new value; `material` is what it is made of besides chance. */
  generateSecret(spec: SecretSpec, material: SecretMaterial): Promise<string>;
  outputLog(step: string, attempt: number): OutputLog;
  /**
   * Keeps all other runs from acting on a host until it is released; `onHeld` hears who has it, while it is waited for.
   * Throws the signal's reason where that is aborted first.
   */
  lockHost(
    hostId: string,
    options: { readonly signal: AbortSignal; onHeld(who: string): void },
  ): Promise<{ release(): Promise<void> }>;
  /** What the run's last process left at work. */
  survivors(): Promise<readonly Survivor[]>;
  /** Keeps an encrypted copy of a file that is about to be replaced. */
  keepBackup(step: string, attempt: number, path: string, bytes: Uint8Array): Promise<void>;
}
