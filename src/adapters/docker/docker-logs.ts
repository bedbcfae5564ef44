import type Dockerode from 'dockerode';
import { FairleadError } from '../../model/failure.ts';
import type { LogLine } from '../../model/ports.ts';
import { CUT } from '../../model/untrusted-text.ts';
import { type DockerConnection, type EngineRefusal, paused } from './docker-connection.ts';
import { noSuchContainer } from './docker-failures.ts';
import { demultiplex, type Frame } from './docker-frames.ts';
import { nanosOf, unixTime } from './timestamps.ts';

/** What to show of a log, as the port has it. */
export interface LogOptions {
  readonly since?: string;
  readonly tail?: number;
  readonly follow: boolean;
  readonly signal: AbortSignal;
}

const NEWLINE = 0x0a;
const LONGEST_LINE = 1024 * 1024;
/** How long to wait before looking again whether a stopped container or daemon is back. */
const LOOK_AGAIN_MS = 500;

/**
 * A container's log as lines, in constant memory. A followed log outlives restarts of the container and of the
 * daemon: it is opened again from the last line's time, and lines that were given already are left out. It
 * ends when the container is gone, or on abort.
 */
export async function* containerLog(connection: DockerConnection, name: string, options: LogOptions): AsyncIterable<LogLine> {
  const { follow, signal } = options;
  const gone = ({ status, said, cause }: EngineRefusal): Error | undefined =>
    status === 404 || /marked for removal/.test(said) ? noSuchContainer(name, cause) : undefined;
  const look = (id: string) =>
    connection.call('look at a container', (docker) => docker.getContainer(id).inspect({ abortSignal: signal }), gone);

  if (signal.aborted) return;
  const { Id: id, Config } = await look(name);
  const opened = BigInt(Date.now()) * 1_000_000n;
  const seen = { last: 0n, count: 0 };

  for (let first = true; ; first = false) {
    const from = startingPoint(options, first, seen.last, opened);
    let known = first ? 0 : seen.count;
    try {
      const chunks = await connection.call('read a log', (docker) => openLog(docker, id, from, follow, signal), gone);
      for await (const line of logLines(demultiplex(chunks, Config.Tty), Config.Tty)) {
        const at = nanosOf(line.at);
        if (!first && (at < seen.last || (at === seen.last && known-- > 0))) continue;
        if (at > seen.last) Object.assign(seen, { last: at, count: 1 });
        else if (at === seen.last) seen.count += 1;
        yield line;
        if (signal.aborted) return;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof FairleadError && error.failure.code === 'docker.no-such-container') return;
      if (!follow) throw error;
    }
    if (!follow || !(await backAgain(() => look(id), signal))) return;
  }
}

function startingPoint(options: LogOptions, first: boolean, last: bigint, opened: bigint): { since?: string; tail?: number } {
  if (!first && last > 0n) return { since: unixTime(last) };
  // A log of which nothing was wanted but what is new must not give its old lines when it is opened again.
  if (!first && options.tail === 0) return { since: unixTime(opened) };
  return {
    ...(options.since === undefined ? {} : { since: unixTime(nanosOf(options.since)) }),
    ...(options.tail === undefined ? {} : { tail: options.tail }),
  };
}

/** True once the container runs; false when it is gone or we are no longer wanted. */
async function backAgain(look: () => Promise<{ State: { Running: boolean } }>, signal: AbortSignal): Promise<boolean> {
  while (await paused(LOOK_AGAIN_MS, signal)) {
    try {
      if ((await look()).State.Running) return true;
    } catch (error) {
      if (error instanceof FairleadError && error.failure.code === 'docker.no-such-container') return false;
    }
  }
  return false;
}

/** dockerode's own `logs` collects a log that isn't followed in memory; the modem below it streams. */
function openLog(
  docker: Dockerode,
  id: string,
  from: { since?: string; tail?: number },
  follow: boolean,
  signal: AbortSignal,
): Promise<AsyncIterable<Buffer>> {
  return new Promise((resolve, reject) => {
    docker.modem.dial(
      {
        path: `/containers/${id}/logs?`,
        method: 'GET',
        isStream: true,
        abortSignal: signal,
        statusCodes: { 200: true, 404: 'no such container', 500: 'server error' },
        options: { stdout: true, stderr: true, timestamps: true, follow, tail: 'all', ...from },
      },
      (error: Error | null, stream: unknown) => (error === null ? resolve(stream as AsyncIterable<Buffer>) : reject(error)),
    );
  });
}

/**
 * Lines with their times. The engine writes the time before each message; a line above 16 KiB comes in several
 * messages, and only the last ends with a newline. With a terminal, messages have no bounds of their own.
 */
export async function* logLines(frames: AsyncIterable<Frame>, tty: boolean): AsyncIterable<LogLine> {
  const held: Record<Frame['from'], Pending> = { out: emptyLine(), err: emptyLine() };
  for await (const { from, data } of frames) {
    let start = 0;
    if (!tty) {
      const { at, length } = stampOf(data);
      start = length;
      if (held[from].size === 0) held[from].at = at;
    }
    for (let end = data.indexOf(NEWLINE, start); end >= 0; end = data.indexOf(NEWLINE, start)) {
      const { at } = held[from];
      yield finished(held[from], data.subarray(start, end), tty);
      held[from] = tty ? emptyLine() : { ...emptyLine(), at };
      start = end + 1;
    }
    const rest = data.subarray(start);
    held[from].size += rest.length;
    if (rest.length > 0 && held[from].size <= LONGEST_LINE) held[from].parts.push(Buffer.from(rest));
  }
  for (const pending of Object.values(held)) if (pending.size > 0) yield finished(pending, Buffer.alloc(0), tty);
}

interface Pending {
  at: string;
  parts: Buffer[];
  size: number;
}

function emptyLine(): Pending {
  return { at: '', parts: [], size: 0 };
}

function finished(pending: Pending, end: Buffer, tty: boolean): LogLine {
  // Of a line that is too long its beginning is left, and not its end behind that: a text that nobody wrote.
  const wasCut = pending.size > LONGEST_LINE;
  const bytes = pending.parts.length === 0 ? end : Buffer.concat(wasCut ? pending.parts : [...pending.parts, end]);
  const { at, length } = tty ? stampOf(bytes) : { at: pending.at, length: 0 };
  const text = `${bytes.subarray(length).toString()}${wasCut ? CUT : ''}`;
  return { at, text: text.endsWith('\r') ? text.slice(0, -1) : text };
}

function stampOf(bytes: Buffer): { at: string; length: number } {
  const space = bytes.indexOf(0x20);
  const at = bytes.subarray(0, Math.max(0, space)).toString('latin1');
  return /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(at) ? { at, length: space + 1 } : { at: '', length: 0 };
}
