import { failureOf } from '../../model/failure.ts';
import type { Json } from '../../model/json.ts';
import type { ContainerDetail, DockerEngine } from '../../model/ports.ts';
import { SecretText } from '../../model/secrets.ts';
import type { ApplyContext, ReadContext, StepType } from '../../model/step.ts';
import { containerGone } from '../lib/container-gone.ts';
import { rideOut } from '../lib/ride-out.ts';
import { groupNames, type Match, readEach } from './line-reader.ts';
import { beginningOf, groupsOf, type Params, patternsOf, schema, sourcesOf } from './params.ts';
import { readTogether, TOGETHER } from './read-together.ts';
import { isEnough, isToCome, type LogFound, type LogSearch, searchLog } from './search-log.ts';

/** So long a container may be away without having been removed, in milliseconds. */
const MADE_ANEW_MS = 5000;

/** What one look found. */
interface State {
  /** Oldest first; only once all that is wanted was found. */
  readonly matches?: readonly Match[];
  /** Why nothing can be found, where that isn't just a matter of waiting; of several things, what is still to come. */
  readonly before?: string;
}

/** A check that waits for lines in a container's log and keeps what their named groups matched. */
export const logCapture: StepType<Params, State> = {
  name: 'log.capture',
  summary: "Lines have appeared in a container's log, and what they say is kept.",
  schema,
  outputNames({ pattern, patterns }) {
    const many = typeof patterns === 'object' && patterns !== null ? patterns : {};
    const sources = [pattern, ...Object.values(many)].filter((source) => typeof source === 'string');
    const groups = new Set(sources.flatMap(groupNames));
    return [...groups, ...(patterns === undefined || groups.has('matches') ? [] : ['matches'])];
  },
  needs: () => [],
  actsOnce: () => true,
  // A look that finds nothing has waited for some seconds: only a short gap is left, in which a log may be rotated.
  pollEveryMs: () => 100,
  whenInDoubt: () => 'read-again',
  async read(params, ctx) {
    const state = await look(params, ctx);
    if (!ctx.forecast && state.matches === undefined) wait(params, ctx, state.before);
    return state;
  },
  diff(params, { matches, before }) {
    if (matches !== undefined) return [];
    // What several patterns find together says more than they do.
    const after = params.together_within === undefined ? (params.pattern ?? params.patterns ?? null) : wantedOf(params);
    return [{ action: 'check', target: params.container, after, ...(before === undefined ? {} : { before }) }];
  },
  outputsOf(params, { matches = [] }) {
    const all = params.patterns === undefined ? {} : { matches: matches.map((match) => shown(params.container, match)) };
    return { ...all, ...newestCaptures(matches) };
  },
};

async function look(params: Params, ctx: ReadContext): Promise<State> {
  const patterns = patternsOf(params);
  const ask = (): Promise<ContainerDetail | undefined> => ctx.docker.container(params.container);
  const container = ctx.forecast ? await ask() : await rideOut(ctx, ask);
  if (container === undefined) {
    if (!ctx.forecast) refuseRemoved(ctx.docker, params.container);
    return { before: 'no such container' };
  }
  if (!ctx.forecast) remember(ctx.docker, params.container);
  const beginning = beginningOf(params, container.startedAt, ctx);
  if (beginning === 'unknown') return {};
  const within = params.together_within;
  const search: LogSearch = {
    key: keyOf(params, container, ctx),
    reader: () => (within === undefined ? readEach(patterns) : readTogether(patterns, groupsOf(params), within)),
    ...(params.where === undefined ? {} : { fits: (match) => fits(params.where ?? {}, match, ctx) }),
    wants: within === undefined ? patterns.map(({ name }) => name) : [TOGETHER],
    signal: ctx.signal,
    follow: !ctx.forecast && container.state === 'running',
    waits: (found) => wait(params, ctx, stillToCome(search, found)),
    ...(beginning === 'all' ? {} : { since: beginning.at }),
  };
  const find = (): Promise<LogFound> => searchLog(ctx.docker, container, search).catch(nothingOfRemoved);
  const { matches, unclear, oldest } = ctx.forecast ? await find() : await rideOut(ctx, find);
  if (isEnough(search, matches)) return { matches };
  const come = stillToCome(search, matches);
  const before = [
    ...(container.state === 'running' ? [] : [`container ${container.state}`]),
    ...(come === undefined ? [] : [come]),
    ...(unclear ? ['lines stood so close together that nothing tells which of them belong to each other'] : []),
    ...(search.since !== undefined && isToCome(search.since) ? [setBack(params, search.since)] : []),
    ...rotation(container, oldest),
  ];
  return before.length === 0 ? {} : { before: before.join('; ') };
}

/** The same search goes on where it stopped; a step that looks for something else begins anew. */
function keyOf(params: Params, { startedAt }: ContainerDetail, { forecast }: ReadContext): string {
  const { where = {}, since = '', together_within: within = 0 } = params;
  const values = Object.entries(where).map(([name, value]) => [name, value instanceof SecretText ? value.parts : value]);
  // What a plan compared with a secret is compared once more: the run may only make it.
  const begins = [since, since === 'start' ? startedAt : '', holdsSecret(where) && forecast];
  return JSON.stringify([begins, within, values, sourcesOf(params)]);
}

function holdsSecret(where: NonNullable<Params['where']>): boolean {
  return Object.values(where).some((value) => value instanceof SecretText);
}

async function fits(where: NonNullable<Params['where']>, { captures }: Match, { secrets }: ReadContext): Promise<boolean> {
  for (const [name, wanted] of Object.entries(where)) {
    const found = captures[name];
    if (found === undefined) continue;
    if (found === null) return false;
    const same = wanted instanceof SecretText ? await secrets.matches(wanted, new TextEncoder().encode(found)) : wanted === found;
    if (!same) return false;
  }
  return true;
}

/** The newest match of each name; where two name the same group, the newer one counts. */
function newestCaptures(matches: readonly Match[]): Readonly<Record<string, string | null>> {
  const newest = new Set(new Map(matches.map((match) => [match.name, match])).values());
  const captures: Record<string, string | null> = {};
  for (const match of matches.filter((one) => newest.has(one))) {
    for (const [name, value] of Object.entries(match.captures)) captures[name] = value ?? captures[name] ?? null;
  }
  return captures;
}

function shown(container: string, { at, name, captures }: Match): Json {
  return { container, at, ...(name === TOGETHER ? {} : { pattern: name }), captures };
}

/** Which of several things are still wanting, where some are there. */
function stillToCome({ wants }: LogSearch, found: readonly Match[]): string | undefined {
  const there = new Set(found.map(({ name }) => name));
  const missing = wants.filter((name) => !there.has(name));
  return missing.length === 0 || missing.length === wants.length ? undefined : `nothing yet for ${missing.join(', ')}`;
}

/** Says what is waited for, and to whoever has to bring it about how that is done: once in each attempt. */
function wait(params: Params, ctx: ReadContext, why: string | undefined): void {
  ctx.progress(waitingFor(params, why));
  if (params.guide === undefined || !hasOutput(ctx) || guided.has(ctx.output)) return;
  guided.add(ctx.output);
  for (const line of params.guide.trimEnd().split('\n')) ctx.output(line);
}

/** Attempts in which it was said, by what takes their output. */
const guided = new WeakSet<ApplyContext['output']>();

/** In a run a check has what `apply` has; in a plan it has not. */
function hasOutput(ctx: ReadContext): ctx is ReadContext & Pick<ApplyContext, 'output'> {
  return !ctx.forecast && 'output' in ctx && typeof ctx.output === 'function';
}

function waitingFor(params: Params, why: string | undefined): string {
  const wanted = wantedOf(params);
  const what = why ?? (wanted === '' ? 'no such line yet' : `no ${wanted} yet`);
  return `the log of ${params.container}: ${what}`;
}

/** The groups that a line is to tell, and of whom: `code for me@home.lan`. */
function wantedOf(params: Params): string {
  const known = Object.entries(params.where ?? {}).filter(([, value]) => !(value instanceof SecretText));
  const names = new Set(known.map(([name]) => name));
  const groups = groupsOf(params).filter((name) => !names.has(name));
  if (groups.length === 0) return groupsOf(params).join(', ');
  return [groups.join(', '), ...known.map(([, value]) => String(value))].join(' for ');
}

/** It went while its log was read: the next look says so. */
function nothingOfRemoved(error: unknown): LogFound {
  if (failureOf(error).code === 'docker.no-such-container') return { matches: [], unclear: false };
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

/** Lines since a moment that is still to come are dated before it, as all older ones are. */
function setBack({ since }: Params, at: string): string {
  const [what, then] =
    since === 'start' ? ['the container', 'restart it, or wait until then'] : ['what is counted from', 'wait until then'];
  return `the clock was set back: ${what} started at ${at}, which is still to come; ${then}`;
}

/** Of a log that is rotated, what was wanted may have been there, and be gone. */
function rotation({ logLimit }: ContainerDetail, oldest: string | undefined): readonly string[] {
  if (logLimit === undefined) return [];
  const kept = `${logLimit.maxFiles} ${logLimit.maxFiles === 1 ? 'file' : 'files'} of ${logLimit.maxSize}`;
  const begins = oldest === undefined ? '' : `, which began at ${oldest} when it was searched`;
  return [`its log is rotated: Docker keeps ${kept}${begins}; a line from before that is lost`];
}
