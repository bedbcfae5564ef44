import type { Vault } from '../../model/ports.ts';
import { changes, readingOf, type VaultValues } from './vault-values.ts';

/**
 * A vault to plan with: what is put in stays in memory and hides what lies below, which is never written. So a plan
 * sees a secret that is given only now, and changes nothing.
 */
export function createOverlayVault(below: Vault): Vault {
  const taken = (value: (name: string) => string | undefined): Map<string, string> =>
    new Map(
      below.names().flatMap((name) => {
        const found = value(name);
        return found === undefined ? [] : [[name, found] as const];
      }),
    );
  let values: VaultValues = { committed: taken(below.value), staged: taken(below.staged), previous: taken(below.previous) };
  return {
    ...readingOf(() => values),
    // What is hidden may still be printed, and a value that is staged for a name of its own is not among those taken.
    everyValue: () => [...new Set([...below.everyValue(), ...readingOf(() => values).everyValue()])],
    async put(name, value) {
      values = changes.put(values, name, value);
    },
    async remove(names) {
      values = changes.remove(values, names);
    },
    async stage(added) {
      values = changes.stage(values, added);
    },
    async commit(names) {
      values = changes.commit(values, names);
    },
    async unstage(names) {
      values = changes.unstage(values, names);
    },
    encrypt: (bytes) => below.encrypt(bytes),
    decrypt: (bytes) => below.decrypt(bytes),
    fingerprintKey: () => below.fingerprintKey(),
  };
}
