import type { Deferred, Problem, SecretSpec } from '../model/recipe.ts';
import { type Filled, fillText } from './filled-text.ts';
import type { NameCheck, Sight } from './name-check.ts';
import type { YamlSource } from './yaml-source.ts';

const text = (description: string) => ({ type: 'string', minLength: 1, description });

/** The schema of `keeps`: exactly one kind of data. */
export const keepsSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    path: text('A file or folder (absolute); it holds data where it is not empty. May use inputs and the deployment.'),
    volume: text('A Docker volume, by its name; it holds data where it exists. May use inputs and the deployment.'),
  },
  oneOf: [
    { required: ['path'], properties: { path: {} } },
    { required: ['volume'], properties: { volume: {} } },
  ],
  description:
    'Data that would no longer open with another value: where it is there already and the vault does not hold the secret, the operator is asked.',
};

/** What each secret keeps, by its name. */
export interface ReadKeeps {
  readonly keeps: ReadonlyMap<string, Required<Pick<SecretSpec, 'keeps'>>>;
  readonly problems: readonly Problem[];
}

/**
 * Reads `keeps` of all secrets (its keys and their types are checked already). It is looked at before the first step
 * has acted, and shown: it may use inputs, the deployment and the recipe, no step (`steps`: all of their ids) and no secret.
 */
export function readKeeps(
  secrets: readonly (readonly [name: string, raw: { readonly [key: string]: unknown }])[],
  source: YamlSource,
  names: NameCheck,
  steps: ReadonlySet<string>,
): ReadKeeps {
  const because = 'no step: whether the data is there is looked at before the secret is made';
  const sight: Sight = { steps: new Map(), later: steps, because };
  const problems: Problem[] = [];
  const keeps = new Map<string, Required<Pick<SecretSpec, 'keeps'>>>();
  for (const [name, { keeps: raw }] of secrets) {
    for (const kind of ['path', 'volume'] as const) {
      const written = typeof raw === 'object' && raw !== null ? (raw as { readonly [key: string]: unknown })[kind] : undefined;
      if (typeof written !== 'string') continue;
      const path = ['secrets', name, 'keeps', kind];
      const filled = fillText(written, (nth, offset) => source.placeIn(path, nth, offset));
      problems.push(...filled.problems, ...problemsOf(filled, names, sight));
      if (kind === 'path' && filled.uses.length === 0 && !isDataPath(written)) {
        const at = source.place(path);
        problems.push({
          code: 'recipe.wrong-value',
          at,
          found: source.written(path),
          expected: 'an absolute path without `.` and `..` in it, and not `/` itself',
        });
      }
      keeps.set(name, { keeps: { [kind]: filled as Deferred } as Required<SecretSpec>['keeps'] });
    }
  }
  return { keeps, problems };
}

function problemsOf({ uses }: Filled, names: NameCheck, sight: Sight): Problem[] {
  return uses.flatMap((use) => {
    const wrong = names.check(use, sight);
    if (wrong.length > 0 || !names.holdsSecret(use, sight)) return wrong;
    const found = `a secret, \`${use.expression.source}\``;
    return [{ code: 'recipe.secret-misplaced', at: use.place(0), found, expected: 'the name of data, which is shown' }];
  });
}

function isDataPath(path: string): boolean {
  const parts = path.split('/');
  return path.startsWith('/') && path.replaceAll('/', '') !== '' && !parts.includes('.') && !parts.includes('..');
}
