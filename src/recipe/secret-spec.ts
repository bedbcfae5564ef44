import { certificateName } from '../model/certificate-name.ts';
import type { Deferred, Problem, SecretSpec } from '../model/recipe.ts';
import type { Text } from '../model/secrets.ts';
import { type Filled, fillText, type Use } from './filled-text.ts';
import { SECRET_DETAILS, SECRET_KINDS, type SecretDetail } from './secret-kinds.ts';
import type { Path, YamlSource } from './yaml-source.ts';

type Details = { readonly [Detail in SecretDetail]?: unknown };

interface RawSecret extends Details {
  readonly generate: SecretSpec['generate'];
  readonly title?: string;
}

/** A secret of a recipe, and the expressions in it. */
export interface ReadSecret {
  readonly spec: SecretSpec;
  readonly uses: readonly Use[];
  readonly problems: readonly Problem[];
}

/** A secret as the recipe states it (its keys and their types are checked already), with what is usual filled in. */
export function secretSpec(name: string, raw: RawSecret, source: YamlSource, path: Path): ReadSecret {
  const kind = SECRET_KINDS[raw.generate] ?? { takes: SECRET_DETAILS };
  const given = SECRET_DETAILS.filter((detail) => raw[detail] !== undefined);
  const own = given.filter((detail) => kind.takes.includes(detail));
  const problems: Problem[] = given
    .filter((detail) => !own.includes(detail))
    .map((detail) => ({
      code: 'recipe.misplaced-key',
      at: source.place([...path, detail], 'key'),
      found: `\`${detail}\``,
      expected: misplacedWords(raw.generate, kind.takes),
    }));
  for (const detail of kind.needs ?? []) {
    if (raw[detail] !== undefined) continue;
    const expected = `\`${detail}\`: a secret of kind ${raw.generate} is nothing without it`;
    problems.push({ code: 'recipe.missing-key', at: source.place(path, 'key'), found: `no \`${detail}\``, expected });
  }
  problems.push(...alphabetProblems(raw.alphabet, source, path));

  const filled: Filled<Text>[] = [];
  const fill = (value: unknown, at: Path): Deferred<Text> => {
    const text = fillText(String(value), (nth, offset) => source.placeIn(at, nth, offset));
    filled.push(text);
    problems.push(...text.problems);
    return text;
  };
  const fillName = (value: unknown, at: Path): Deferred<Text> => {
    const text = fill(value, at);
    // With an expression in it, only a run will tell.
    if (typeof value === 'string' && !value.includes('${{') && certificateName(value) === undefined) {
      const expected = 'a host name such as `cloud.example.org`, or an IP address';
      problems.push({ code: 'recipe.wrong-value', at: source.place(at), found: source.written(at), expected });
    }
    return text;
  };
  const details: Partial<Record<SecretDetail, unknown>> = { ...kind.usual };
  for (const detail of own) details[detail] = raw[detail];
  if (own.includes('subject')) details.subject = fill(raw.subject, [...path, 'subject']);
  if (own.includes('names') && Array.isArray(raw.names)) {
    details.names = raw.names.map((one: unknown, index) => fillName(one, [...path, 'names', index]));
  }
  if (raw.generate === 'certificate') problems.push(...nameProblems(raw, details, source, path));

  const spec = {
    name,
    generate: raw.generate,
    ...details,
    ...(raw.title !== undefined && { title: raw.title }),
    at: source.place(path, 'key'),
  } as SecretSpec;
  return { spec, uses: filled.flatMap(({ uses }) => uses), problems };
}

function misplacedWords(generate: SecretSpec['generate'], takes: readonly SecretDetail[]): string {
  if (takes.length === 0) return `nothing more for ${generate}`;
  const words = takes.map((detail) => `\`${detail}\``);
  return `${[words.slice(0, -1).join(', '), words.at(-1)].filter((part) => part !== '').join(' or ')} for ${generate}`;
}

function alphabetProblems(alphabet: unknown, source: YamlSource, path: Path): readonly Problem[] {
  if (typeof alphabet !== 'string') return [];
  const characters = [...alphabet];
  const twice = characters.find((character, index) => characters.indexOf(character) !== index);
  if (twice === undefined) return [];
  const at = source.place([...path, 'alphabet']);
  return [
    {
      code: 'recipe.wrong-value',
      at,
      found: `\`${twice}\` a second time`,
      expected: 'each character once, so that all are equally likely',
    },
  ];
}

function nameProblems(raw: RawSecret, details: Details, source: YamlSource, path: Path): readonly Problem[] {
  if (raw.names !== undefined || (details.usage !== 'server' && raw.subject !== undefined)) return [];
  const expected =
    details.usage === 'server'
      ? '`names`: what its clients call the server'
      : '`subject`, or `names`: what the certificate is called';
  const found = details.usage === 'server' ? 'no `names`' : 'neither `subject` nor `names`';
  return [{ code: 'recipe.missing-key', at: source.place(path, 'key'), found, expected }];
}
