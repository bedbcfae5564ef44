import type { SecretSpec } from './recipe.ts';

/**
 * The secrets that a secret is made of, directly: what it is `of`, its `password`, and for a pkcs12 the key of its
 * certificate. Only those that the recipe declares.
 */
export function basesOf(spec: SecretSpec, specs: readonly SecretSpec[]): readonly string[] {
  const key = spec.generate === 'pkcs12' ? specs.find(({ name }) => name === spec.of)?.of : undefined;
  const named = [spec.of, key, spec.password].filter((name) => name !== undefined);
  return [...new Set(named)].filter((base) => specs.some(({ name }) => name === base));
}

/** Secrets and all that they are made of, each after what it is made of. A circle, which no recipe has, is cut. */
export function withBases(names: Iterable<string>, specs: readonly SecretSpec[]): readonly SecretSpec[] {
  const ordered = new Map<string, SecretSpec>();
  const seen = new Set<string>();
  const visit = (name: string): void => {
    const spec = specs.find((candidate) => candidate.name === name);
    if (spec === undefined || seen.has(name)) return;
    seen.add(name);
    for (const base of basesOf(spec, specs)) visit(base);
    ordered.set(name, spec);
  };
  for (const name of names) visit(name);
  return [...ordered.values()];
}

/**
 * A secret and all that is made of it, directly or not, each after what it is made of: what has to be made anew, in
 * this order, when its value changes. Of a name that is not declared nothing is made: it stands alone.
 */
export function dependentsOf(name: string, specs: readonly SecretSpec[]): readonly string[] {
  if (!specs.some((spec) => spec.name === name)) return [name];
  const stale = new Set([name]);
  const ordered = withBases(
    specs.map((spec) => spec.name),
    specs,
  );
  return ordered.flatMap((spec) => {
    if (spec.name !== name && !basesOf(spec, specs).some((base) => stale.has(base))) return [];
    stale.add(spec.name);
    return [spec.name];
  });
}
