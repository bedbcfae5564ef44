import type { ContainerDetail, DockerEngine } from '../../model/ports.ts';
import { stripEscapes } from '../../model/untrusted-text.ts';

/** What to look for, and from which moment on (ISO 8601; default: all that the log holds). */
export interface LogSearch {
  readonly pattern: RegExp;
  readonly since?: string;
  readonly signal: AbortSignal;
}

const FIRST_TAIL = 10_000;

/**
 * What an engine's logs are known not to hold, up to about the time of the line that was read last. A log only grows:
 * a check that looks twice a second reads a log of a gigabyte once, and after that its new lines.
 */
const searched = new WeakMap<DockerEngine, Map<string, string>>();

/**
 * The newest line that matches; undefined where none does. The log is searched backwards in growing tails, so that
 * a match near its end is found without reading all of it, and no more than one line is held.
 */
export async function searchLog(
  docker: DockerEngine,
  container: ContainerDetail,
  search: LogSearch,
): Promise<RegExpExecArray | undefined> {
  const known = searched.get(docker) ?? new Map<string, string>();
  searched.set(docker, known);
  const key = `${container.id} ${search.since ?? ''} ${search.pattern.source}`;
  const before = known.get(key);
  const found =
    before === undefined ? await searchBackwards(docker, container, search) : await readFrom(docker, container, search, before);
  if (found.match !== undefined) known.delete(key);
  else if (found.last !== undefined) known.set(key, aSecondBefore(found.last));
  return found.match;
}

interface Found {
  readonly match?: RegExpExecArray;
  /** The time of the newest line that was read. */
  readonly last?: string;
  readonly count: number;
}

async function searchBackwards(docker: DockerEngine, container: ContainerDetail, search: LogSearch): Promise<Found> {
  let newest: string | undefined;
  for (let tail = FIRST_TAIL; ; tail *= 10) {
    const found = await readFrom(docker, container, search, search.since, tail);
    // What comes in while a longer tail is read belongs to the next look: nothing before this is unread.
    newest ??= found.last;
    if (found.match !== undefined || found.count === 0) return found;
    if (found.count >= tail) continue;
    // The engine counts a long line as several, so fewer lines than asked for may still not be all.
    const all = await readFrom(docker, container, search, search.since);
    return newest === undefined ? all : { ...all, last: newest };
  }
}

async function readFrom(
  docker: DockerEngine,
  container: ContainerDetail,
  { pattern, signal }: LogSearch,
  since: string | undefined,
  tail?: number,
): Promise<Found> {
  let match: RegExpExecArray | undefined;
  let last: string | undefined;
  let count = 0;
  const range = { ...(since === undefined ? {} : { since }), ...(tail === undefined ? {} : { tail }) };
  for await (const line of docker.logs(container.id, { ...range, follow: false, signal })) {
    count += 1;
    last = line.at;
    match = pattern.exec(stripEscapes(line.text).replaceAll('\r', '')) ?? match;
  }
  signal.throwIfAborted();
  return { count, ...(match === undefined ? {} : { match }), ...(last === undefined ? {} : { last }) };
}

/** Standard output and standard error are logged side by side: a line may be stamped a little before its forerunner. */
function aSecondBefore(at: string): string {
  return new Date(Date.parse(at) - 1000).toISOString();
}
