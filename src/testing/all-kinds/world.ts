import type { EngineSnapshot, FakeEngine } from '../../adapters/docker/fake-engine.ts';
import type { FakeHost } from '../../adapters/host/fake-host.ts';
import type { Vault } from '../../model/ports.ts';

/** A moment at which the process may end; what it says is for whoever reads that a test failed there. */
export type OnMoment = (where: string) => void;

/** A machine, its engine and a vault in memory, with one clock for all of them. */
export interface SimulatedWorld {
  readonly host: FakeHost;
  readonly docker: FakeEngine;
  readonly vault: Vault;
  /** How often each act has happened that nothing can look up, and each restart: the truth that a doubt is settled by. */
  readonly ledger: Map<string, number>;
  /** How often each secret was written: a second time means that it was made anew. */
  readonly puts: Map<string, number>;
  /** Programs that fail the next time they are run, and only then. */
  readonly flaws: Set<string>;
  /** The next moment of the clock, ISO 8601: no two things happen at one time. */
  now(): string;
  /** Called wherever an effect is half done. */
  onMoment: OnMoment;
  /** The world as it would be if the process ended in the middle of an effect: changed for this moment only. */
  half(where: string, change: () => void): void;
  save(): SavedWorld;
  load(saved: SavedWorld): void;
}

/** A world at one moment. */
export interface SavedWorld {
  readonly disk: ReturnType<FakeHost['snapshot']>;
  readonly engine: EngineSnapshot;
  readonly secrets: ReadonlyMap<string, string>;
  readonly ledger: ReadonlyMap<string, number>;
  readonly puts: ReadonlyMap<string, number>;
  readonly flaws: ReadonlySet<string>;
  readonly clock: number;
}
