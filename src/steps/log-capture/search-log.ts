import type { ContainerDetail, DockerEngine, LogLine } from '../../model/ports.ts';
import { stripEscapes } from '../../model/untrusted-text.ts';
import type { LineReader, Match } from './line-reader.ts';

/** What to look for, and from which moment on (ISO 8601; default: all that the log holds). */
export interface LogSearch {
  /** The same for as long as the same is looked for. */
  readonly key: string;
  /** A reader for one way through the log. */
  reader(): LineReader;
  /** Is this match one that counts? Default: each is. */
  fits?(match: Match): Promise<boolean>;
  /** The names of the matches that are wanted: all of them. */
  readonly wants: readonly string[];
  readonly since?: string;
  readonly signal: AbortSignal;
  /** May the search go on for some seconds with what the container prints meanwhile, where it has searched all before? */
  readonly follow: boolean;
  /** Told once a second while it does. */
  waits?(found: readonly Match[]): void;
}

/** What a search found. */
export interface LogFound {
  /** Matches, oldest first: as far back as had to be searched, the newest hundred of each name. */
  readonly matches: readonly Match[];
  /** Lines that might be what is wanted were left out: nothing told which of them belong together. */
  readonly unclear: boolean;
  /** The time of the oldest line that the log held when all of it was searched (ISO 8601). */
  readonly oldest?: string;
}

const FIRST_TAIL = 10_000;
const FOLLOW_MS = 5000;
const TELL_MS = 1000;
const ENTRY_BYTES = 16 * 1024;
/** So many matches of each name are kept; while a log is read, some more. */
const MOST_MATCHES = 100;
const MOST_KEPT = 1000;

/** What is known of a log: what was found in it, from about when on it is unread, and the time of its oldest line. */
interface Known {
  readonly matches: readonly Match[];
  readonly unclear: boolean;
  /** Undefined where it has to be read from its beginning. */
  readonly after?: string;
  readonly oldest?: string;
}

/**
 * What engines' logs are known to hold, up to about the time of the line that was read last. A log only grows:
 * a check that looks twice a second reads a log of a gigabyte once, and after that its new lines.
 */
const searched = new WeakMap<DockerEngine, Map<string, Known>>();

/**
 * Searches a log for the newest matches: backwards in growing tails, so that a match near its end is found
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
  const key = `${container.id} ${search.key}`;
  const before = known.get(key);
  // The clock was set back since: what is printed now is dated before what was read, and has to be looked for by its place.
  const after = before?.after === undefined || isToCome(before.after, now) ? undefined : before.after;
  const found =
    after === undefined
      ? await searchBackwards(docker, container, search)
      : await readOn(docker, container, search, after, before?.matches ?? []);
  const matches = newestOf([...(before?.matches ?? []), ...found.matches]).filter(({ at }) => !isBefore(at, search.since));
  const oldest = after === undefined ? found.oldest : before?.oldest;
  const unclear = found.unclear || before?.unclear === true;
  if (isEnough(search, matches)) known.delete(key);
  else {
    const rest = found.rest === undefined ? after : aSecondBefore(found.rest);
    known.set(key, {
      matches,
      unclear,
      ...(rest === undefined ? {} : { after: rest }),
      ...(oldest === undefined ? {} : { oldest }),
    });
  }
  return { matches, unclear, ...(oldest === undefined ? {} : { oldest }) };
}

interface Found {
  readonly matches: readonly Match[];
  readonly unclear: boolean;
  /** The time of the oldest line that was read. */
  readonly oldest?: string;
  /** The time of the last line from which on no line before it has to be known. */
  readonly rest?: string;
  /** How many lines that were, as the engine counts them: at least so many. */
  readonly count: number;
}

async function searchBackwards(docker: DockerEngine, container: ContainerDetail, search: LogSearch): Promise<Found> {
  let rest: string | undefined;
  for (let tail = FIRST_TAIL; ; tail *= 10) {
    const found = await readFrom(docker, container, search, search.since, tail);
    // What comes in while a longer tail is read belongs to the next look: nothing before this is unread.
    rest ??= found.rest;
    if (isEnough(search, found.matches) || found.count < tail) return rest === undefined ? found : { ...found, rest };
  }
}

/** What is new: first what is there already, of which the newest match counts; then what comes, until there is enough. */
async function readOn(
  docker: DockerEngine,
  container: ContainerDetail,
  search: LogSearch,
  after: string,
  known: readonly Match[],
): Promise<Found> {
  const found = await readFrom(docker, container, search, after);
  const { signal } = search;
  if (!search.follow || isEnough(search, [...known, ...found.matches])) return found;
  const enough = new AbortController();
  const patience = setTimeout(() => enough.abort(), FOLLOW_MS);
  const matches = [...found.matches];
  const told = setInterval(() => search.waits?.([...known, ...matches]), TELL_MS);
  search.waits?.([...known, ...matches]);
  const reader = search.reader();
  try {
    const following = { since: found.rest ?? after, follow: true, signal: AbortSignal.any([signal, enough.signal]) };
    for await (const line of docker.logs(container.id, following)) {
      for (const match of reader.take(plain(line))) {
        if (reader.sure && (await counts(search, match))) matches.push(match);
      }
      if (isEnough(search, [...known, ...matches])) break;
    }
  } finally {
    clearTimeout(patience);
    clearInterval(told);
    enough.abort();
  }
  signal.throwIfAborted();
  const rest = reader.rest ?? found.rest;
  const unclear = found.unclear || reader.unclear;
  return { count: found.count, matches: newestOf(matches), unclear, ...(rest === undefined ? {} : { rest }) };
}

async function readFrom(
  docker: DockerEngine,
  container: ContainerDetail,
  search: LogSearch,
  since: string | undefined,
  tail?: number,
): Promise<Found> {
  const reader = search.reader();
  const sure: Match[] = [];
  const unsure: Match[] = [];
  let oldest: string | undefined;
  let count = 0;
  const range = { ...(since === undefined ? {} : { since }), ...(tail === undefined ? {} : { tail }) };
  for await (const line of docker.logs(container.id, { ...range, follow: false, signal: search.signal })) {
    count += entriesOf(line);
    oldest ??= line.at;
    for (const match of reader.take(plain(line))) {
      if (!(await counts(search, match))) continue;
      const list = reader.sure ? sure : unsure;
      list.push(match);
      if (list.length > MOST_KEPT * search.wants.length) list.splice(0, list.length, ...newestOf(list));
    }
  }
  search.signal.throwIfAborted();
  // What a cut may have parted from the line before is left out; where all was read there is none.
  const isWhole = tail !== undefined && count < tail;
  const matches = newestOf(isWhole ? [...unsure, ...sure] : sure);
  const times = { ...(oldest === undefined ? {} : { oldest }), ...(reader.rest === undefined ? {} : { rest: reader.rest }) };
  return { count, matches, unclear: reader.unclear, ...times };
}

/** Is there a match of each name that is wanted? */
export function isEnough({ wants }: Pick<LogSearch, 'wants'>, matches: readonly Match[]): boolean {
  return wants.every((name) => matches.some((match) => match.name === name));
}

async function counts({ fits }: LogSearch, match: Match): Promise<boolean> {
  return fits === undefined || (await fits(match));
}

/** Each match once (some lines are read twice), of each name the newest hundred. */
function newestOf(matches: readonly Match[]): readonly Match[] {
  const once = [...new Map(matches.map((match) => [JSON.stringify(match), match])).values()];
  const count = new Map<string, number>();
  return once
    .toReversed()
    .filter(({ name }) => {
      const seen = (count.get(name) ?? 0) + 1;
      count.set(name, seen);
      return seen <= MOST_MATCHES;
    })
    .toReversed();
}

/** The engine keeps a long line in pieces of 16 KiB, and counts each of them. */
function entriesOf({ text }: LogLine): number {
  return text.length < ENTRY_BYTES / 4 ? 1 : Math.floor(Buffer.byteLength(text) / ENTRY_BYTES) + 1;
}

function plain({ at, text }: LogLine): LogLine {
  return { at, text: stripEscapes(text).replaceAll('\r', '') };
}

/** Does this moment (ISO 8601) lie ahead of the wall clock, so that it was set back? */
export function isToCome(at: string, now: () => number = Date.now): boolean {
  return Date.parse(at) > now();
}

/** Some beginnings move: the last ten minutes. */
function isBefore(at: string, since: string | undefined): boolean {
  return since !== undefined && Date.parse(at) < Date.parse(since);
}

/** Standard output and standard error are logged side by side: a line may be stamped a little before its forerunner. */
function aSecondBefore(at: string): string {
  return new Date(Date.parse(at) - 1000).toISOString();
}
