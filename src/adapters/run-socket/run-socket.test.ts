import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createPublisher, type Publisher } from '../../engine/publish.ts';
import { fail, failureOf } from '../../model/failure.ts';
import type { FeedItem, Request } from '../../model/feed.ts';
import { emptyRun } from '../../model/run-state.ts';
import type { StepId } from '../../model/step-id.ts';
import { createToyJournal, createToyWorld, toyHeader, toyProgram, toyRecipe, toyStep } from '../../testing/toy-run.ts';
import { createMemoryVault } from '../vault/memory-vault.ts';
import { type ConnectOptions, connectRun, type RunLine } from './connect-run.ts';
import { type Serving, serveRun } from './serve-run.ts';

const up = 'up' as StepId;
const header = toyHeader(toyProgram(toyRecipe([toyStep('up', 'cell', { name: 'up', value: '1' })]), createToyWorld()));

let folder: string;
let path: string;
let publisher: Publisher;
let requests: Request[];
let serving: Serving;
let opened: { end(): void }[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'run-socket-'));
  // Longer than the 107 bytes that the kernel takes.
  path = join(folder, 'a'.repeat(100), 'b'.repeat(100), 'engine.sock');
  await mkdir(dirname(path), { recursive: true });
  publisher = createPublisher(createToyJournal(), createMemoryVault(), [], emptyRun);
  requests = [];
  opened = [];
  serving = await serve();
});
afterEach(async () => {
  for (const one of opened) one.end();
  publisher.close();
  await serving.end();
  await rm(folder, { recursive: true, force: true });
});

const serve = (): Promise<Serving> =>
  serveRun({
    path,
    run: { feed: (from) => publisher.feed(from), request: (request) => void requests.push(request) },
    greeting: { fairlead: '1.2.3', run: 'run-1', deployment: 'toy' },
  });
const connect = async (options: Partial<ConnectOptions> = {}): Promise<RunLine> => {
  const line = await connectRun({ path, watch: 'now', ...options });
  opened.push({ end: () => line.control.request({ kind: 'leave' }) });
  return line;
};
/** A client that is no view of ours. */
const stranger = async (): Promise<Socket> => {
  const fd = openSync(dirname(path), 'r');
  const socket = createConnection(`/proc/self/fd/${fd}/${basename(path)}`).on('error', () => undefined);
  opened.push({ end: () => socket.destroy() });
  await once(socket, 'connect');
  closeSync(fd);
  return socket;
};
const closing = (socket: Socket): Promise<unknown> => new Promise((resolve) => socket.resume().once('close', resolve));
const all = async (line: RunLine): Promise<readonly FeedItem[]> => {
  const seen: FeedItem[] = [];
  for await (const item of line.feed.items) seen.push(item);
  return seen;
};
/** What is past for this one, read; the rest is to come. */
const past = async (line: RunLine): Promise<readonly FeedItem[]> => {
  const place = line.feed.items[Symbol.asyncIterator]();
  const seen: FeedItem[] = [];
  for (let read = await place.next(); read.done !== true; read = await place.next()) {
    seen.push(read.value);
    if (read.value.type === 'feed.caught-up') break;
  }
  return seen;
};
const types = (items: readonly FeedItem[]): readonly string[] => items.map(({ type }) => type);
const finish = async (): Promise<void> => {
  await publisher.append({ type: 'run.finished', outcome: 'ok' });
  publisher.close();
};
const started = (attempt: number) => publisher.append({ type: 'step.started', step: up, attempt });

describe('the socket', () => {
  it('is its owner’s alone from the moment it is there, however long its path, and goes at the end', async () => {
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const umask = process.umask();
    await serving.end();
    expect(await readdir(dirname(path))).toEqual([]);
    expect(process.umask()).toBe(umask);
  });

  it('goes when nobody new may come, and never takes away that of who serves the run next; who watches sees the end', async () => {
    await publisher.append(header);
    const line = await connect();
    await past(line);
    serving.refuse();
    expect(await readdir(dirname(path))).toEqual([]);
    const next = await serve();
    try {
      const seen = all(line);
      await finish();
      await serving.end();
      expect(types(await seen)).toEqual(['run.finished']);
      expect(await readdir(dirname(path))).toEqual(['engine.sock']);
    } finally {
      await next.end();
    }
  });

  it('takes the place of what a dead process left', async () => {
    await serving.end();
    await writeFile(path, '');
    serving = await serve();
    expect((await connect()).greeting.run).toBe('run-1');
  });

  it('that nobody listens on, or that is not there, is a failure that can be retried', async () => {
    await serving.end();
    const absent = connectRun({ path, watch: 'now' });
    await expect(absent).rejects.toMatchObject({ failure: { code: 'run.no-line', retryable: true } });
    await expect(connectRun({ path: join(folder, 'no', 'such'), watch: 'now' })).rejects.toMatchObject({
      failure: { code: 'run.no-line' },
    });
    serving = await serve();
  });
});

describe('who watches', () => {
  it('is greeted with whose line it is', async () => {
    const { greeting } = await connect();
    expect(greeting).toEqual({
      type: 'engine.greeting',
      v: 1,
      fairlead: '1.2.3',
      run: 'run-1',
      deployment: 'toy',
      pid: process.pid,
    });
  });

  it('from the beginning sees all that the process did as happening now, late as he may come', async () => {
    await publisher.append(header);
    await started(1);
    const line = await connect({ watch: 'begin' });
    await serving.watched;
    await finish();
    await serving.end();
    expect(types(await all(line))).toEqual(['feed.caught-up', 'run.started', 'step.started', 'run.finished']);
    expect(await line.ended).toBeUndefined();
  });

  it('from now on sees what was as past; two of them see the same', async () => {
    await publisher.append(header);
    await started(1);
    const lines = [await connect(), await connect()];
    const [first, second] = await Promise.all(lines.map(past));
    expect(types(first ?? [])).toEqual(['run.started', 'step.started', 'feed.caught-up']);
    expect(second).toEqual(first);
    await finish();
    await serving.end();
    for (const line of lines) expect(types(await all(line))).toEqual(['run.finished']);
  });

  it('sees what passes by too', async () => {
    await publisher.append(header);
    const line = await connect();
    const place = line.feed.items[Symbol.asyncIterator]();
    expect((await place.next()).value).toMatchObject({ type: 'run.started' });
    expect((await place.next()).value).toEqual({ type: 'feed.caught-up' });
    publisher.show({ type: 'step.output', step: up, text: 'ä → 日本\n' });
    expect((await place.next()).value).toEqual({ type: 'step.output', step: up, text: 'ä → 日本\n' });
  });

  it('is told of the failure that the process ended with', async () => {
    const line = await connect();
    publisher.close();
    const { failure } = fail('journal.append-failed', 'The disk is full.');
    await serving.end(failure);
    expect(await line.ended).toEqual(failure);
  });

  it('and stalls loses what passes by, never a fact, and holds nobody up', async () => {
    await publisher.append(header);
    const stalled = await stranger();
    stalled.pause();
    stalled.write('{"watch":"now"}\n');
    await serving.watched;
    const text = 'x'.repeat(1_000);
    for (let n = 1; n <= 30_000; n++) {
      publisher.show({ type: 'step.output', step: up, text });
      if (n % 10_000 === 0) await started(n);
    }
    const other = await connect();
    const seen = all(other);
    await finish();
    const before = performance.now();
    await serving.end();
    expect(performance.now() - before).toBeLessThan(60_000);
    expect(types(await seen).filter((type) => type === 'step.started')).toHaveLength(3);
  });

  it('and reads late asks the process to hold back, and still gets every fact', async () => {
    await publisher.append(header);
    const line = await connect();
    const place = line.feed.items[Symbol.asyncIterator]();
    await place.next();
    const text = 'x'.repeat(10_000);
    for (let n = 1; n <= 12_000; n++) {
      if (n % 1_000 === 0) await started(n);
      publisher.show({ type: 'step.output', step: up, text });
    }
    const seen: FeedItem[] = [];
    const reading = (async () => {
      for (let read = await place.next(); read.done !== true; read = await place.next()) seen.push(read.value);
    })();
    await vi.waitFor(() => expect(seen.filter(({ type }) => type === 'step.started')).toHaveLength(12));
    await finish();
    await serving.end();
    await reading;
    expect(seen.at(-1)).toMatchObject({ type: 'run.finished' });
  });
});

describe('the end of a line', () => {
  it('that is let go is no failure, ends its feed, and no other line', async () => {
    await publisher.append(header);
    const [leaving, staying] = [await connect(), await connect()];
    leaving.control.request({ kind: 'leave' });
    expect(await leaving.ended).toBeUndefined();
    await all(leaving);
    const seen = all(staying);
    await finish();
    await serving.end();
    expect(types(await seen)).toContain('run.finished');
    expect(requests).toEqual([]);
  });

  it('by the death of the process is a failure', async () => {
    await publisher.append(header);
    const line = await connect();
    expect(types(await past(line))).toContain('run.started');
    await cut();
    expect(await line.ended).toMatchObject({ code: 'run.engine-gone' });
    expect(await all(line)).toEqual([]);
  });

  it.each(['run.finished', 'run.stopped'] as const)('after %s is none, also where only the record knows of it', async (type) => {
    const first = await publisher.append(header);
    const asked: number[] = [];
    const last = { ...first, ...(type === 'run.finished' ? { type, outcome: 'ok' } : { type, reason: 'failed' }), seq: 2 };
    const line = await connect({
      recordAfter: async (seq) => {
        asked.push(seq);
        return [last as Awaited<ReturnType<Publisher['append']>>];
      },
    });
    const seen: FeedItem[] = [];
    for await (const item of line.feed.items) {
      seen.push(item);
      if (item.type === 'feed.caught-up') await cut();
    }
    expect(await line.ended).toBeUndefined();
    expect(asked).toEqual([1]);
    expect(types(seen)).toEqual(['run.started', 'feed.caught-up', type]);
  });

  it('of a process that died before it did anything is a failure, whatever an earlier process came to', async () => {
    const past = [await publisher.append(header), await publisher.append({ type: 'run.stopped', reason: 'interrupted' })];
    publisher = createPublisher(createToyJournal(), createMemoryVault(), past, emptyRun);
    const line = await connect({ watch: 'begin' });
    for await (const item of line.feed.items) if (item.type === 'feed.caught-up') await cut();
    expect(await line.ended).toMatchObject({ code: 'run.engine-gone' });
  });

  it('tells of a crash as far as it still can', async () => {
    const line = await connect();
    await serving.watched;
    const { failure } = fail('bug.unexpected', 'Oh.', { fault: 'bug' });
    serving.crash(failure);
    expect(await line.ended).toEqual(failure);
  });

  /** Ends the lines as a dead process does: without a word. */
  async function cut(): Promise<void> {
    const handles = (process as unknown as { _getActiveHandles(): readonly unknown[] })._getActiveHandles();
    for (const one of handles) {
      const socket = one as Socket & { server?: unknown };
      if (socket.server !== undefined && socket.server !== null) socket.destroy();
    }
  }
});

describe('what is said to the run', () => {
  it('reaches it: answers and stops of everybody who watches', async () => {
    const [one, other] = [await connect(), await connect()];
    one.control.request({ kind: 'answer', id: 'q', answer: { a: [1, 'zwei'] } });
    other.control.request({ kind: 'stop', when: 'after-step' });
    await vi.waitFor(() => expect(requests).toHaveLength(2));
    expect(requests).toContainEqual({ kind: 'answer', id: 'q', answer: { a: [1, 'zwei'] } });
    expect(requests).toContainEqual({ kind: 'stop', when: 'after-step' });
  });

  it('is ignored where it is no request, also torn into pieces', async () => {
    const socket = await stranger();
    socket.write('not JSON\n{"watch":"yesterday"}\n{"watch":"now"}\n');
    socket.write(
      '[]\n"x"\nnull\n{"kind":"stop"}\n{"kind":"stop","when":"soon"}\n{"kind":"answer","id":7,"answer":1}\n{"kind":"rm"}\n',
    );
    await new Promise((resolve) => socket.write('{"kind":"st', resolve));
    await new Promise((resolve) => socket.write('op","when":"now"}\n{"kind":"answ', resolve));
    await vi.waitFor(() => expect(requests).toEqual([{ kind: 'stop', when: 'now' }]));
    const closed = closing(socket);
    socket.end();
    await closed;
    expect(requests).toHaveLength(1);
  });

  it('about a terminal too, to the last key; it is given back for who goes away', async () => {
    const line = await connect();
    const whose = { kind: 'terminal', question: 'dialog:up:3:1', by: 'hand' } as const;
    const said: readonly Request[] = [
      { ...whose, act: 'take', columns: 80, rows: 20 },
      { ...whose, act: 'type', keys: 'pä\u0003\u001b[A\r' },
      { ...whose, act: 'resize', columns: 120, rows: 36 },
    ];
    for (const request of said) line.control.request(request);
    await vi.waitFor(() => expect(requests).toEqual(said));
    const socket = await stranger();
    socket.write('{"watch":"now"}\n{"kind":"terminal","question":"q","by":"x","act":"take","columns":"80","rows":1}\n');
    socket.write('{"kind":"terminal","act":"give-back"}\n{"kind":"terminal","question":"q","by":"x","act":"type","keys":7}\n');
    await new Promise<void>((resolve) => socket.end(resolve));
    line.control.request({ kind: 'leave' });
    await vi.waitFor(() => expect(requests.slice(3)).toEqual([{ ...whose, act: 'give-back', gone: true }]));
  });

  it('ends who says it where a line has no end', async () => {
    const [socket, other] = [await stranger(), await connect()];
    const closed = closing(socket);
    socket.write('{"watch":"now"}\n');
    socket.write('x'.repeat(1_100_000));
    await closed;
    other.control.request({ kind: 'stop', when: 'now' });
    await vi.waitFor(() => expect(requests).toHaveLength(1));
  });

  it('to leave is no business of the run', async () => {
    const socket = await stranger();
    const closed = closing(socket);
    socket.write('{"watch":"now"}\n{"kind":"leave"}\n');
    await closed;
    expect(requests).toEqual([]);
  });
});

it('a process that speaks another protocol is told apart, and torn lines of a dead one are no matter', async () => {
  await serving.end();
  const fd = openSync(dirname(path), 'r');
  let say = '{"type":"engine.greeting","v":2,"fairlead":"9.0.0","run":"run-1","deployment":"toy","pid":1}\n';
  const server = createServer((socket) =>
    socket
      .on('error', () => undefined)
      .resume()
      .end(say),
  ).listen(`/proc/self/fd/${fd}/${basename(path)}`);
  try {
    await once(server, 'listening');
    const other = await connectRun({ path, watch: 'now' }).catch(failureOf);
    expect(other).toMatchObject({ code: 'run.other-version', message: expect.stringContaining('9.0.0') });
    say = `${say.replace('"v":2', '"v":1')}{"type":"run.sta`;
    const line = await connectRun({ path, watch: 'now' });
    expect(await all(line)).toEqual([]);
    expect(await line.ended).toMatchObject({ code: 'run.engine-gone' });
    say = '';
    await expect(connectRun({ path, watch: 'now' })).rejects.toMatchObject({ failure: { code: 'run.no-line' } });
  } finally {
    await new Promise((resolve) => server.close(resolve));
    closeSync(fd);
    serving = await serve();
  }
});
