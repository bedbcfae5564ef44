import type { ContainerDetail, DockerEngine, LogLine } from '../../model/ports.ts';
import { stripEscapes } from '../../model/untrusted-text.ts';

/** What to look for, and from which moment on (ISO 8601; default: all that the log holds). */
export interface LogSearch {
  readonly pattern: RegExp;
  readonly since?: string;
  readonly signal: AbortSignal;
  /** May the search go on for some seconds with what the container prints meanwhile, where it has searched all before? */
  readonly follow: boolean;
}

/** What a search found. */
export interface LogFound {
  /** Of the newest line that matches. */
  readonly match?: RegExpExecArray;
  /** The time of the oldest line that the log held when all of it was searched (ISO 8601). */
  readonly oldest?: string;
}

const FIRST_TAIL = 10_000;
const FOLLOW_MS = 5000;
const ENTRY_BYTES = 16 * 1024;

/** What is known of a log: about when its newest line that was read was printed, and its oldest. */
interface Known {
  readonly after: string;
  readonly oldest?: string;
}

/**
 * What an engine's logs are known not to hold, up to about the time of the line that was read last. A log only grows:
 * a check that looks twice a second reads a log of a gigabyte once, and after that its new lines.
 */
const searched = new WeakMap<DockerEngine, Map<string, Known>>();

/**
 * Searches a log for the newest line that matches: backwards in growing tails, so that a match near its end is found
 * without reading all of it, and no more than one line is held. Later searches read what is new, and then wait for more for
 * some seconds: a log that is rotated fast could lose a line between two looks.
 */
export async function searchLog(
  docker: DockerEngine,
  container: ContainerDetail,
  search: LogSearch,
  now: () => number = Date.now,
): Promise<LogFound> {
  const known = searched.get(docker) ?? new Map<string, Known>();
  searched.set(docker, known);
  const key = `${container.id} ${search.since ?? ''} ${search.pattern.source}`;
  const remembered = known.get(key);
  // The clock was set back since: what is printed now is dated before what was read, and has to be looked for by its place.
  const before = remembered !== undefined && isToCome(remembered.after, now) ? undefined : remembered;
  const found =
    before === undefined
      ? await searchBackwards(docker, container, search)
      : await readOn(docker, container, search, before.after);
  const oldest = before?.oldest ?? found.oldest;
  if (found.match !== undefined) known.delete(key);
  else if (found.last !== undefined) {
    known.set(key, { after: aSecondBefore(found.last), ...(oldest === undefined ? {} : { oldest }) });
  }
  return { ...(found.match === undefined ? {} : { match: found.match }), ...(oldest === undefined ? {} : { oldest }) };
}

interface Found {
  readonly match?: RegExpExecArray;
  /** The times of the oldest and the newest line that were read. */
  readonly oldest?: string;
  readonly last?: string;
  /** How many lines that were, as the engine counts them: at least so many. */
  readonly count: number;
}

async function searchBackwards(docker: DockerEngine, container: ContainerDetail, search: LogSearch): Promise<Found> {
  let newest: string | undefined;
  for (let tail = FIRST_TAIL; ; tail *= 10) {
    const found = await readFrom(docker, container, search, search.since, tail);
    // What comes in while a longer tail is read belongs to the next look: nothing before this is unread.
    newest ??= found.last;
    if (found.match !== undefined || found.count === 0) return found;
    if (found.count < tail) return newest === undefined ? found : { ...found, last: newest };
  }
}

/** What is new: first what is there already, of which the newest match counts; then what comes, until the first match. */
async function readOn(docker: DockerEngine, container: ContainerDetail, search: LogSearch, after: string): Promise<Found> {
  const found = await readFrom(docker, container, search, after);
  if (found.match !== undefined || !search.follow) return found;
  const { pattern, signal } = search;
  const since = found.last ?? after;
  const enough = new AbortController();
  const patience = setTimeout(() => enough.abort(), FOLLOW_MS);
  let { last } = found;
  let match: RegExpExecArray | undefined;
  try {
    const following = { since, follow: true, signal: AbortSignal.any([signal, enough.signal]) };
    for await (const line of docker.logs(container.id, following)) {
      last = line.at;
      match = pattern.exec(plainText(line)) ?? undefined;
      if (match !== undefined) break;
    }
  } finally {
    clearTimeout(patience);
    enough.abort();
  }
  signal.throwIfAborted();
  return { count: found.count, ...(match === undefined ? {} : { match }), ...(last === undefined ? {} : { last }) };
}

async function readFrom(
  docker: DockerEngine,
  container: ContainerDetail,
  { pattern, signal }: LogSearch,
  since: string | undefined,
  tail?: number,
): Promise<Found> {
  let match: RegExpExecArray | undefined;
  let oldest: string | undefined;
  let last: string | undefined;
  let count = 0;
  const range = { ...(since === undefined ? {} : { since }), ...(tail === undefined ? {} : { tail }) };
  for await (const line of docker.logs(container.id, { ...range, follow: false, signal })) {
    count += entriesOf(line);
    oldest ??= line.at;
    last = line.at;
    match = pattern.exec(plainText(line)) ?? match;
  }
  signal.throwIfAborted();
  const times = oldest === undefined || last === undefined ? {} : { oldest, last };
  return { count, ...times, ...(match === undefined ? {} : { match }) };
}

/** The engine keeps a long line in pieces of 16 KiB, and counts each of them. */
function entriesOf({ text }: LogLine): number {
  return text.length < ENTRY_BYTES / 4 ? 1 : Math.floor(Buffer.byteLength(text) / ENTRY_BYTES) + 1;
}

function plainText({ text }: LogLine): string {
  return stripEscapes(text).replaceAll('\r', '');
}

/** Does this moment (ISO 8601) lie ahead of the wall clock, so that it was set back? */
export function isToCome(at: string, now: () => number = Date.now): boolean {
  return Date.parse(at) > now();
}

/** Standard output and standard error are logged side by side: a line may be stamped a little before its forerunner. */
function aSecondBefore(at: string): string {
  return new Date(Date.parse(at) - 1000).toISOString();
}
