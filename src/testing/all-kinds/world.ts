import { createFakeEngine, type EngineSnapshot, type FakeEngine } from '../../adapters/docker/fake-engine.ts';
import { createFakeHost, type FakeHost } from '../../adapters/host/fake-host.ts';
import { createMemoryVault } from '../../adapters/vault/memory-vault.ts';
import { createSecretAccess } from '../../adapters/vault/secret-access.ts';
import type { Vault } from '../../model/ports.ts';
import { addCompose } from './compose-programs.ts';
import { addPrograms } from './programs.ts';

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
  readonly clock: number;
}

const BEGIN = Date.parse('2026-01-01T00:00:00Z');

/** Its key is one for all worlds, so that equal secrets have equal fingerprints. */
const shared = createMemoryVault();

/** A Debian with systemd and no engine, on which an older project's containers lie about. */
export function createSimulatedWorld(): SimulatedWorld {
  let clock = 0;
  const now = (): string => new Date(BEGIN + ++clock).toISOString();
  const secrets = new Map<string, string>();
  const ledger = new Map<string, number>();
  const puts = new Map<string, number>();
  const vault: Vault = {
    ...shared,
    names: () => [...secrets.keys()].sort(),
    value: (name) => secrets.get(name),
    async put(name, value) {
      secrets.set(name, value);
      puts.set(name, (puts.get(name) ?? 0) + 1);
    },
    async remove(names) {
      for (const name of names) secrets.delete(name);
    },
  };
  const { reveal } = createSecretAccess(vault);
  const world: SimulatedWorld = {
    host: createFakeHost({ reveal }),
    docker: createFakeEngine({ reveal, now }),
    vault,
    ledger,
    puts,
    now,
    onMoment: () => undefined,
    half(where, change) {
      const before = world.save();
      change();
      world.onMoment(where);
      world.load(before);
    },
    save: () => ({
      disk: world.host.snapshot(),
      engine: world.docker.snapshot(),
      secrets: new Map(secrets),
      ledger: new Map(ledger),
      puts: new Map(puts),
      clock,
    }),
    load(saved) {
      world.host.restore(saved.disk);
      world.docker.restore(saved.engine);
      refill(secrets, saved.secrets);
      refill(ledger, saved.ledger);
      refill(puts, saved.puts);
      clock = saved.clock;
    },
  };
  addPrograms(world);
  addCompose(world);
  return world;
}

function refill<V>(map: Map<string, V>, content: ReadonlyMap<string, V>): void {
  map.clear();
  for (const [name, value] of content) map.set(name, value);
}
