import type { Vault } from '../../model/ports.ts';

/**
 * A vault to plan with: what is put in stays in memory and hides what lies below, which is never written. So a plan
 * sees a secret that is given only now, and changes nothing.
 */
export function createOverlayVault(below: Vault): Vault {
  const above = new Map<string, string | undefined>();
  return {
    names() {
      const kept = below.names().filter((name) => !above.has(name));
      const added = [...above].flatMap(([name, value]) => (value === undefined ? [] : [name]));
      return [...kept, ...added].sort();
    },
    value: (name) => (above.has(name) ? above.get(name) : below.value(name)),
    async put(name, value) {
      above.set(name, value);
    },
    async remove(names) {
      for (const name of names) above.set(name, undefined);
    },
    encrypt: (bytes) => below.encrypt(bytes),
    decrypt: (bytes) => below.decrypt(bytes),
    fingerprintKey: () => below.fingerprintKey(),
  };
}
