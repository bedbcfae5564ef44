import type { Problem, SecretSpec } from '../model/recipe.ts';
import type { Path, YamlSource } from './yaml-source.ts';

const MEASURES: Readonly<Record<SecretSpec['generate'], { readonly key?: 'bytes' | 'length'; readonly usual?: number }>> = {
  base64: { key: 'bytes', usual: 32 },
  hex: { key: 'bytes', usual: 32 },
  alphanumeric: { key: 'length', usual: 32 },
  password: { key: 'length', usual: 32 },
  digits: { key: 'length', usual: 6 },
  uuid: {},
};

interface RawSecret {
  readonly generate: SecretSpec['generate'];
  readonly bytes?: number;
  readonly length?: number;
  readonly title?: string;
}

/** A secret as the recipe states it (its keys and their types are checked already), with its usual size filled in. */
export function secretSpec(
  name: string,
  raw: RawSecret,
  source: YamlSource,
  path: Path,
): { readonly spec: SecretSpec; readonly problems: readonly Problem[] } {
  const { key, usual } = MEASURES[raw.generate] ?? {};
  const problems = (['bytes', 'length'] as const)
    .filter((measure) => raw[measure] !== undefined && measure !== key)
    .map((measure) => ({
      code: 'recipe.misplaced-key',
      at: source.place([...path, measure], 'key'),
      found: `\`${measure}\``,
      expected: key === undefined ? `no size for ${raw.generate}` : `\`${key}\` for ${raw.generate}`,
    }));
  const size = key === undefined ? undefined : (raw[key] ?? usual);
  const spec: SecretSpec = {
    name,
    generate: raw.generate,
    ...(key !== undefined && size !== undefined && { [key]: size }),
    ...(raw.title !== undefined && { title: raw.title }),
    at: source.place(path, 'key'),
  };
  return { spec, problems };
}
