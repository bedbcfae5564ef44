import Type, { type Static } from 'typebox';
import { DURATION_PATTERN, parseDuration } from '../../model/duration.ts';
import { fail } from '../../model/failure.ts';
import type { ReadContext } from '../../model/step.ts';
import type { StepId } from '../../model/step-id.ts';
import { compilePattern } from '../lib/captures.ts';
import { text } from '../lib/schema.ts';
import { groupNames, type NamedPattern } from './line-reader.ts';

export const schema = Type.Object(
  {
    container: Type.String({ minLength: 1, description: "The container's name." }),
    pattern: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'A regular expression, looked for in each line without its colours. Each named group, as in `(?<code>\\d{6})`, becomes an output; the newest line that matches counts. Either this or `patterns`.',
      }),
    ),
    patterns: Type.Optional(
      Type.Record(Type.String({ pattern: '^[a-z][a-z0-9_]*$' }), Type.String({ minLength: 1 }), {
        minProperties: 1,
        description:
          'Name → regular expression. The step waits for a line of each, and of each the newest counts; every line that matched is in the output `matches` too.',
      }),
    ),
    together_within: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 20,
        description:
          'The `patterns` describe one thing, which some programs say in one line and others in several, in either order and at most so many lines apart (1: neighbours). There is a match once every named group has a value, from whichever patterns. Lines that could as well belong to others are left out.',
      }),
    ),
    where: Type.Optional(
      Type.Record(Type.String(), text('What the group must have matched, exactly.'), {
        description: 'Named group → value: only matches that say just this count, as of one e-mail address.',
      }),
    ),
    guide: Type.Optional(
      Type.String({
        minLength: 1,
        description:
          'What somebody has to do to make the line appear, in short lines: shown while the step waits, in place of output.',
      }),
    ),
    since: Type.Optional(
      Type.Union(
        [
          Type.Literal('creation'),
          Type.Literal('start'),
          Type.Literal('run'),
          Type.Literal('step'),
          Type.String({ pattern: DURATION_PATTERN }),
          Type.Object({ step: Type.String({ description: 'Its id.' }) }, { additionalProperties: false }),
        ],
        {
          description:
            '`creation` (default): all that the log of this container holds; `start`: only what it printed since it was last started; `run`: since this run began; `step`: since this step first began in this run, or with `{ step: ID }` another one; `10m`: in the last ten minutes.',
        },
      ),
    ),
  },
  { additionalProperties: false },
);

export type Params = Static<typeof schema>;

/** The patterns as they are written, by name; the one of `pattern` has none. */
export function sourcesOf({ pattern, patterns }: Pick<Params, 'pattern' | 'patterns'>): readonly (readonly [string, string])[] {
  return pattern === undefined ? Object.entries(patterns ?? {}) : [['', pattern]];
}

/**
 * The patterns, ready to search with. Throws `params.bad-pattern` for one that is no regular expression,
 * `log-capture.no-pattern` without any or with both kinds, and `log-capture.no-such-group` for a `where` that no pattern names.
 */
export function patternsOf(params: Params): readonly NamedPattern[] {
  if ((params.pattern === undefined) === (params.patterns === undefined)) {
    throw fail('log-capture.no-pattern', `What to look for in the log of ${params.container} is given twice, or not at all.`, {
      hints: ['Give either `pattern` or `patterns`, one of the two.'],
    });
  }
  const found = sourcesOf(params).map(([name, source]) => ({
    name,
    pattern: compilePattern(source, name === '' ? 'pattern' : `patterns.${name}`),
  }));
  const groups = groupsOf(params);
  const unknown = Object.keys(params.where ?? {}).filter((name) => !groups.includes(name));
  if (unknown.length > 0 || (params.together_within !== undefined && groups.length === 0)) {
    const message =
      unknown.length > 0
        ? `\`where\` names ${unknown.join(', ')}, which no pattern captures.`
        : '`together_within` puts named groups together, and no pattern has one.';
    throw fail('log-capture.no-such-group', message, {
      hints: ['Name the group in a pattern, as in `(?<email>\\S+)`.'],
    });
  }
  return found;
}

/** The named groups of all patterns, each once. */
export function groupsOf(params: Pick<Params, 'pattern' | 'patterns'>): readonly string[] {
  return [...new Set(sourcesOf(params).flatMap(([, source]) => groupNames(source)))];
}

/**
 * From when on lines count: a time (ISO 8601), `all`, or `unknown` where what it is counted from has not begun, as in a plan.
 * Throws `log-capture.no-such-step` where a run has not begun that step.
 */
export function beginningOf(
  { since = 'creation' }: Params,
  startedAt: string,
  ctx: ReadContext,
  now: () => number = Date.now,
): { readonly at: string } | 'all' | 'unknown' {
  if (since === 'creation') return 'all';
  if (since === 'start') return { at: startedAt };
  const ago = typeof since === 'string' ? parseDuration(since) : undefined;
  if (ago !== undefined) return { at: new Date(now() - ago).toISOString() };
  if (ctx.forecast) return 'unknown';
  const step = typeof since === 'object' ? (since.step as StepId) : undefined;
  const at = since === 'run' ? ctx.began?.run : step === undefined ? ctx.began?.step() : ctx.began?.step(step);
  if (at !== undefined) return { at };
  if (step === undefined) return 'unknown';
  throw fail('log-capture.no-such-step', `The log is to be read since step ${step} began, and this run has not begun it.`, {
    hints: ['Correct `since` in the recipe: it takes the id of an earlier step, which the run has to go through too.'],
  });
}
