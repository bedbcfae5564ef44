import Type, { type Static } from 'typebox';
import { failureOf } from '../../model/failure.ts';
import type { ContainerDetail, DockerEngine } from '../../model/ports.ts';
import type { StepType } from '../../model/step.ts';
import { compilePattern } from '../lib/captures.ts';
import { containerGone } from '../lib/container-gone.ts';
import { rideOut } from '../lib/ride-out.ts';
import { isToCome, type LogFound, type LogSearch, searchLog } from './search-log.ts';

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

/** So long a container may be away without having been removed, in milliseconds. */
const MADE_ANEW_MS = 5000;

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
  // A look that finds nothing has waited for some seconds: only a short gap is left, in which a log may be rotated.
  pollEveryMs: () => 100,
  whenInDoubt: () => 'read-again',
  async read(params, ctx) {
    const pattern = compilePattern(params.pattern, 'pattern');
    const look = (): Promise<ContainerDetail | undefined> => ctx.docker.container(params.container);
    const container = ctx.forecast ? await look() : await rideOut(ctx, look);
    if (container === undefined) {
      if (!ctx.forecast) refuseRemoved(ctx.docker, params.container);
      return { before: 'no such container' };
    }
    if (!ctx.forecast) remember(ctx.docker, params.container);
    const since = params.since === 'start' ? { since: container.startedAt } : {};
    const follow = !ctx.forecast && container.state === 'running';
    const search: LogSearch = { pattern, signal: ctx.signal, follow, ...since };
    const find = (): Promise<LogFound> => searchLog(ctx.docker, container, search).catch(nothingOfRemoved);
    const { match, oldest } = ctx.forecast ? await find() : await rideOut(ctx, find);
    if (match !== undefined) {
      return { captured: Object.fromEntries(Object.entries(match.groups ?? {}).map(([name, value]) => [name, value ?? null])) };
    }
    const before = [
      ...(container.state === 'running' ? [] : [`container ${container.state}`]),
      ...(search.since !== undefined && isToCome(search.since) ? [setBack(search.since)] : []),
      ...rotation(container, oldest),
    ];
    return before.length === 0 ? {} : { before: before.join('; ') };
  },
  diff({ container, pattern }, { captured, before }) {
    if (captured !== undefined) return [];
    return [{ action: 'check', target: container, after: pattern, ...(before === undefined ? {} : { before }) }];
  },
  outputsOf: (_, { captured }) => captured ?? {},
};

/** It went while its log was read: the next look says so. */
function nothingOfRemoved(error: unknown): LogFound {
  if (failureOf(error).code === 'docker.no-such-container') return {};
  throw error;
}

/** When a container that was seen was first found to be gone, by engine and name; undefined while it is there. */
const seen = new WeakMap<DockerEngine, Map<string, number | undefined>>();

function remember(docker: DockerEngine, name: string): void {
  const containers = seen.get(docker) ?? new Map<string, number | undefined>();
  seen.set(docker, containers.set(name, undefined));
}

/** A container that is made anew is away for a moment; one that stays away was removed, and nothing is to be waited for. */
function refuseRemoved(docker: DockerEngine, name: string): void {
  const containers = seen.get(docker);
  if (containers?.has(name) !== true) return;
  const since = containers.get(name) ?? performance.now();
  containers.set(name, since);
  if (performance.now() - since < MADE_ANEW_MS) return;
  containers.delete(name);
  throw containerGone(name, 'its log was followed');
}

/** Lines since a start that is still to come are dated before it, as all older ones are. */
function setBack(startedAt: string): string {
  return `the clock was set back: the container started at ${startedAt}, which is still to come; restart it, or wait until then`;
}

/** Of a log that is rotated, what was wanted may have been there, and be gone. */
function rotation({ logLimit }: ContainerDetail, oldest: string | undefined): readonly string[] {
  if (logLimit === undefined) return [];
  const kept = `${logLimit.maxFiles} ${logLimit.maxFiles === 1 ? 'file' : 'files'} of ${logLimit.maxSize}`;
  const begins = oldest === undefined ? '' : `, which began at ${oldest} when it was searched`;
  return [`its log is rotated: Docker keeps ${kept}${begins}; a line from before that is lost`];
}

function groupNames(pattern: string): readonly string[] {
  return [...pattern.matchAll(/\(\?<([A-Za-z_$][\w$]*)>/g)].map((match) => match[1] ?? '');
}
