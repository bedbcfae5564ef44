import Type, { type Static } from 'typebox';
import type { StepType } from '../../model/step.ts';
import { compilePattern } from '../lib/captures.ts';
import { searchLog } from './search-log.ts';

const schema = Type.Object(
  {
    container: Type.String({ minLength: 1, description: "The container's name." }),
    pattern: Type.String({
      minLength: 1,
      description:
        'A regular expression, looked for in each line without its colours. Each named group, as in `(?<code>\\d{6})`, becomes an output; the newest line that matches counts.',
    }),
    since: Type.Optional(
      Type.Union([Type.Literal('creation'), Type.Literal('start')], {
        description:
          '`creation` (default): all that the log of this container holds; `start`: only what it printed since it was last started.',
      }),
    ),
  },
  { additionalProperties: false },
);

type Params = Static<typeof schema>;

/** What one look found. */
interface State {
  readonly captured?: Readonly<Record<string, string | null>>;
  /** Why nothing can be found, where that isn't just a matter of waiting. */
  readonly before?: string;
}

/** A check that waits for a line in a container's log and keeps what its named groups matched. */
export const logCapture: StepType<Params, State> = {
  name: 'log.capture',
  summary: "A line has appeared in a container's log, and what it says is kept.",
  schema,
  outputNames: ({ pattern }) => (typeof pattern === 'string' ? groupNames(pattern) : []),
  needs: () => [],
  actsOnce: () => true,
  pollEveryMs: () => 500,
  whenInDoubt: () => 'read-again',
  async read(params, ctx) {
    const pattern = compilePattern(params.pattern, 'pattern');
    const container = await ctx.docker.container(params.container);
    if (container === undefined) return { before: 'no such container' };
    const since = params.since === 'start' ? { since: container.startedAt } : {};
    const match = await searchLog(ctx.docker, container, { pattern, signal: ctx.signal, ...since });
    if (match !== undefined) {
      return { captured: Object.fromEntries(Object.entries(match.groups ?? {}).map(([name, value]) => [name, value ?? null])) };
    }
    return container.state === 'running' ? {} : { before: `container ${container.state}` };
  },
  diff({ container, pattern }, { captured, before }) {
    if (captured !== undefined) return [];
    return [{ action: 'check', target: container, after: pattern, ...(before === undefined ? {} : { before }) }];
  },
  outputsOf: (_, { captured }) => captured ?? {},
};

function groupNames(pattern: string): readonly string[] {
  return [...pattern.matchAll(/\(\?<([A-Za-z_$][\w$]*)>/g)].map((match) => match[1] ?? '');
}
