/** The secrets of a vault: what is in force, what is to take its place, what it was before. Never changed in place. */
export interface VaultValues {
  readonly committed: ReadonlyMap<string, string>;
  readonly staged: ReadonlyMap<string, string>;
  readonly previous: ReadonlyMap<string, string>;
}

/** No secret. */
export const noValues: VaultValues = { committed: new Map(), staged: new Map(), previous: new Map() };

/** Pure changes of a vault's values. */
export const changes = {
  put: (values: VaultValues, name: string, value: string): VaultValues => ({
    ...values,
    committed: new Map(values.committed).set(name, value),
  }),
  remove: ({ committed, staged, previous }: VaultValues, names: readonly string[]): VaultValues => ({
    committed: without(committed, names),
    staged: without(staged, names),
    previous: without(previous, names),
  }),
  stage: (values: VaultValues, added: Readonly<Record<string, string>>): VaultValues => ({
    ...values,
    staged: new Map([...values.staged, ...Object.entries(added)]),
  }),
  commit({ committed, staged, previous }: VaultValues, names: readonly string[]): VaultValues {
    const taken = names.filter((name) => staged.has(name));
    const before = taken.filter((name) => committed.has(name));
    return {
      committed: new Map([...committed, ...picked(staged, taken)]),
      staged: without(staged, taken),
      previous: new Map([...without(previous, taken), ...picked(committed, before)]),
    };
  },
  unstage: (values: VaultValues, names: readonly string[]): VaultValues => ({ ...values, staged: without(values.staged, names) }),
};

/** What of a vault only reads its values. */
export function readingOf(values: () => VaultValues): {
  names(): readonly string[];
  value(name: string): string | undefined;
  staged(name: string): string | undefined;
  previous(name: string): string | undefined;
  everyValue(): readonly string[];
} {
  return {
    names: () => [...values().committed.keys()].sort(),
    value: (name) => values().committed.get(name),
    staged: (name) => values().staged.get(name),
    previous: (name) => values().previous.get(name),
    everyValue: () => Object.values(values()).flatMap((map: ReadonlyMap<string, string>) => [...map.values()]),
  };
}

function picked(map: ReadonlyMap<string, string>, names: readonly string[]): [string, string][] {
  return names.map((name) => [name, map.get(name) as string]);
}

function without(map: ReadonlyMap<string, string>, names: readonly string[]): Map<string, string> {
  const rest = new Map(map);
  for (const name of names) rest.delete(name);
  return rest;
}
