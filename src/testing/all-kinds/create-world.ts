import { createHash } from 'node:crypto';
import { createFakeEngine } from '../../adapters/docker/fake-engine.ts';
import { createFakeHost } from '../../adapters/host/fake-host.ts';
import { createMemoryVault } from '../../adapters/vault/memory-vault.ts';
import { createSecretAccess } from '../../adapters/vault/secret-access.ts';
import type { Vault } from '../../model/ports.ts';
import { addCompose } from './compose-programs.ts';
import { addPrograms } from './programs.ts';
import type { SimulatedWorld } from './world.ts';

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
  const flaws = new Set<string>();
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
    flaws,
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
      flaws: new Set(flaws),
      clock,
    }),
    load(saved) {
      world.host.restore(saved.disk);
      world.docker.restore(saved.engine);
      refill(secrets, saved.secrets);
      refill(ledger, saved.ledger);
      refill(puts, saved.puts);
      flaws.clear();
      for (const flaw of saved.flaws) flaws.add(flaw);
      clock = saved.clock;
    },
  };
  addPrograms(world);
  addBackup(world);
  addCompose(world);
  return world;
}

/** An older one, complete and as it was written. */
function addBackup({ host }: SimulatedWorld): void {
  const [folder, manifest] = ['/var/backups/app/20260101T000000Z', '{ "deployment": "app" }\n'];
  host.put(folder, { kind: 'dir' });
  host.put(`${folder}/manifest.json`, { content: manifest });
  host.put(`${folder}/SHA256SUMS`, { content: `${createHash('sha256').update(manifest).digest('hex')}  ./manifest.json\n` });
}

function refill<V>(map: Map<string, V>, content: ReadonlyMap<string, V>): void {
  map.clear();
  for (const [name, value] of content) map.set(name, value);
}
