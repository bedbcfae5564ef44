import { parseDuration } from '../model/duration.ts';
import type { Deferred, Problem, RecipeStep } from '../model/recipe.ts';
import type { StepTypes } from '../model/step.ts';
import type { StepId } from '../model/step-id.ts';
import { type FilledParams, fillParams, type ParamsContext } from './fill-params.ts';
import { constant, type Filled, fillCondition, fillText, type Use } from './filled-text.ts';
import type { StepNames } from './name-check.ts';
import { requiresParams } from './recipe-schema.ts';
import { checkParams } from './structure-check.ts';
import { didYouMean, oneOf } from './suggestion.ts';
import type { Path } from './yaml-source.ts';

/** A step as it was read, and what is needed to check it among the others. */
export interface ReadStep {
  readonly step: RecipeStep;
  readonly names: StepNames;
  readonly params: FilledParams;
  /** Expressions of `when`. */
  readonly conditions: readonly Use[];
  /** Expressions of `danger`. */
  readonly words: readonly Use[];
  readonly path: Path;
  readonly problems: readonly Problem[];
}

const DEFAULT_RETRY_DELAY_MS = 5000;

/** Reads one step. Wrong types of its keys are reported already; here they count as absent. */
export function readStep(
  raw: { readonly [key: string]: unknown },
  path: Path,
  types: StepTypes,
  context: ParamsContext,
): ReadStep {
  const { source } = context;
  const problems: Problem[] = [];
  const text = (key: string): string | undefined => (typeof raw[key] === 'string' ? raw[key] : undefined);

  const uses = text('uses') ?? '';
  const type = types.get(uses);
  if (type === undefined && uses !== '') {
    const names = [...types.keys()].sort();
    const at = source.place([...path, 'uses']);
    problems.push({
      code: 'recipe.unknown-step-type',
      at,
      found: `\`${uses}\``,
      expected: oneOf(names) + didYouMean(uses, names),
    });
  }

  const given = raw.with;
  const isMap = typeof given === 'object' && given !== null && !Array.isArray(given);
  const params = (isMap ? given : {}) as { readonly [key: string]: unknown };
  const mayCheck = isMap || (given === undefined && type !== undefined && requiresParams(type));
  let paramsFit = isMap || given === undefined;
  if (type !== undefined && mayCheck) {
    const wrong = checkParams(type, params, source, [...path, 'with']);
    problems.push(...wrong);
    paramsFit = wrong.length === 0;
  }
  const filled = fillParams(type, params, [...path, 'with'], context);
  problems.push(...filled.problems);

  const when = condition(raw.when, [...path, 'when'], context);
  const danger = dangerWord(raw.danger, [...path, 'danger'], context);
  problems.push(...(when?.problems ?? []), ...(danger?.problems ?? []));

  const id = (text('id') ?? '') as StepId;
  const sensitive = raw.sensitive === true;
  const timeoutMs = duration(raw.timeout);
  const retry = retryOf(raw.retry);
  const was = text('was');
  const explain = text('explain');
  const step: RecipeStep = {
    id,
    title: text('title') ?? '',
    uses,
    params: filled,
    ...(when !== undefined && { when }),
    after: strings(raw.after) as StepId[],
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(retry !== undefined && { retry }),
    tags: strings(raw.tags),
    host: text('host') ?? 'local',
    sensitive,
    ...(was !== undefined && { was: was as StepId }),
    ...(explain !== undefined && { explain }),
    ...(danger !== undefined && { danger: danger as Deferred }),
    at: source.place(path),
  };
  // With params that don't fit, the outputs which they announce are a guess.
  const announced = paramsFit ? (type?.outputNames?.(params) ?? []) : undefined;
  const outputs =
    type === undefined || announced === undefined ? undefined : new Set([...Object.keys(type.outputs ?? {}), ...announced]);
  return {
    step,
    names: { id, uses, sensitive, outputs },
    params: filled,
    conditions: when?.uses ?? [],
    words: danger?.uses ?? [],
    path,
    problems,
  };
}

function condition(raw: unknown, path: Path, { source }: ParamsContext): Filled | undefined {
  if (typeof raw === 'boolean') return constant(raw);
  if (typeof raw !== 'string') return undefined;
  return fillCondition(
    raw,
    (nth, offset) => source.placeIn(path, nth, offset),
    (offset) => source.placeOfChar(path, offset),
  );
}

function dangerWord(raw: unknown, path: Path, { source }: ParamsContext): Filled | undefined {
  if (raw === true) {
    return {
      ...constant(''),
      references: [{ root: 'deployment', name: 'name' }],
      evaluate: (scope) => scope.deployment.name,
    };
  }
  if (typeof raw !== 'string') return undefined;
  return fillText(raw, (nth, offset) => source.placeIn(path, nth, offset));
}

function retryOf(raw: unknown): RecipeStep['retry'] {
  if (typeof raw !== 'object' || raw === null || !('times' in raw) || typeof raw.times !== 'number') return undefined;
  const delayMs = 'delay' in raw ? duration(raw.delay) : undefined;
  return { times: raw.times, delayMs: delayMs ?? DEFAULT_RETRY_DELAY_MS };
}

function duration(raw: unknown): number | undefined {
  return typeof raw === 'string' ? parseDuration(raw) : undefined;
}

/** A string or a list of strings, as a list. */
export function strings(raw: unknown): string[] {
  if (typeof raw === 'string') return [raw];
  return Array.isArray(raw) ? raw.filter((item) => typeof item === 'string') : [];
}
