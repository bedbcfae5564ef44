import type { Problem } from '../model/recipe.ts';
import type { ParamUse } from './fill-params.ts';
import { type NameCheck, type Sight, type StepNames, typeWords } from './name-check.ts';
import { holdsSecrets, takesOnlyText, typesOf } from './param-schema.ts';
import type { ReadStep } from './read-step.ts';
import { didYouMean, oneOf } from './suggestion.ts';
import type { YamlSource } from './yaml-source.ts';

/**
 * Checks steps in their order: the names in their expressions, what may stand in their params, `after`, `was`
 * and ids. `before` holds what ran earlier: a task sees the recipe's steps; `within` says what
 * else is known in a task, and in the rotation of a secret. Answers what its steps leave behind.
 */
export function checkSteps(
  steps: readonly ReadStep[],
  before: ReadonlyMap<string, StepNames>,
  source: YamlSource,
  names: NameCheck,
  within: Pick<Sight, 'rotates' | 'taskInputs'> = {},
): { readonly problems: readonly Problem[]; readonly seen: ReadonlyMap<string, StepNames> } {
  const problems: Problem[] = [];
  const seen = new Map(before);
  const own = new Set(steps.map(({ names: { id } }) => id));
  const passed = new Set<string>();
  const sight: Sight = {
    steps: seen,
    later: own,
    because: 'the output of an earlier step',
    ...within,
  };

  for (const read of steps) {
    const { id } = read.names;
    problems.push(...read.problems);
    if (seen.has(id)) {
      const at = source.place([...read.path, 'id']);
      problems.push({ code: 'recipe.duplicate-id', at, found: `\`${id}\` a second time`, expected: 'each id once' });
    }
    problems.push(...checkAfter(read, passed, own, source), ...checkWas(read, own, source));
    for (const use of read.conditions) problems.push(...names.check(use, sight));
    for (const use of read.words) {
      const wrong = names.check(use, sight);
      problems.push(...wrong);
      if (wrong.length === 0 && names.holdsSecret(use, sight)) {
        problems.push(misplaced(use, 'a word that may be shown'));
      }
    }
    for (const use of read.params.uses) {
      const wrong = names.check(use, sight);
      problems.push(...(wrong.length > 0 ? wrong : checkParamUse(use, read, names, sight)));
    }
    seen.set(id, read.names);
    passed.add(id);
  }
  return { problems, seen };
}

function checkAfter(
  { step, path }: ReadStep,
  passed: ReadonlySet<string>,
  own: ReadonlySet<string>,
  source: YamlSource,
): Problem[] {
  return step.after.flatMap((id, index) => {
    if (passed.has(id)) return [];
    const whole = [...path, 'after'];
    const item = [...whole, index];
    const at = source.place(source.written(whole) === 'a list' ? item : whole);
    if (id === step.id)
      return [{ code: 'recipe.after-not-earlier', at, found: `\`${id}\`, which is this step`, expected: 'an earlier step' }];
    if (own.has(id))
      return [{ code: 'recipe.after-not-earlier', at, found: `\`${id}\`, which comes later`, expected: 'an earlier step' }];
    const expected = passed.size === 0 ? 'an earlier step; there is none' : oneOf(passed) + didYouMean(id, passed);
    return [{ code: 'recipe.unknown-step', at, found: `\`${id}\``, expected }];
  });
}

function checkWas({ step, path }: ReadStep, own: ReadonlySet<string>, source: YamlSource): Problem[] {
  if (step.was === undefined || !own.has(step.was)) return [];
  const at = source.place([...path, 'was']);
  return [
    {
      code: 'recipe.duplicate-id',
      at,
      found: `\`${step.was}\`, which is a step of this version`,
      expected: 'an id that is gone',
    },
  ];
}

function checkParamUse(use: ParamUse, { step }: ReadStep, names: NameCheck, sight: Sight): Problem[] {
  const { schemas } = use;
  if (schemas === undefined || schemas.length === 0) return [];
  const param = use.path.findLast((part) => typeof part === 'string');
  if (names.holdsSecret(use, sight)) {
    return holdsSecrets(schemas) ? [] : [misplaced(use, `no secret in \`${param}\`: ${step.uses} would show it`)];
  }
  const wanted = typesOf(schemas);
  const type = use.wants === 'text' ? 'string' : names.typeOf(use);
  const becomesText = takesOnlyText(schemas) && ['int', 'double', 'bool'].includes(type ?? '');
  if (wanted === undefined || type === undefined || becomesText || fits(type, wanted)) return [];
  const expected = `${[...wanted].map((one) => JSON_WORDS[one] ?? one).join(' or ')} for \`${param}\``;
  const found = use.wants === 'text' ? 'text' : `\`${use.expression.source}\`, which gives ${typeWords(type)}`;
  return [{ code: 'recipe.expression-type', at: use.place(0), found, expected }];
}

function misplaced(use: ParamUse | ReadStep['words'][number], expected: string): Problem {
  return { code: 'recipe.secret-misplaced', at: use.place(0), found: `a secret, \`${use.expression.source}\``, expected };
}

const JSON_WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
};

function fits(celType: string, wanted: ReadonlySet<string>): boolean {
  if (celType === 'string' || celType === 'SecretText') return wanted.has('string');
  if (celType === 'int') return wanted.has('integer') || wanted.has('number');
  if (celType === 'double') return wanted.has('number') || wanted.has('integer');
  if (celType === 'bool') return wanted.has('boolean');
  if (celType === 'null') return wanted.has('null');
  if (celType.startsWith('list')) return wanted.has('array');
  return celType.startsWith('map') ? wanted.has('object') : true;
}
