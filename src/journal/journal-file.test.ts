import { constants } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EventBody, JournalEvent } from '../model/events.ts';
import { failureOf } from '../model/failure.ts';
import { foldAll } from '../model/run-state.ts';
import { arbitraryRun } from '../testing/arbitrary-events.ts';
import { createJournal, type JournalOptions, openFile, openJournal } from './journal-file.ts';
import { FIRST_PREV } from './journal-line.ts';
import { readJournal } from './read-journal.ts';

let dir: string;
let file: string;
let count = 0;
const resumed = (pid: number): EventBody => ({ type: 'run.resumed', pid, fairlead: '0.1.0' });
const newFile = (): string => join(dir, `j${count++}`, 'journal.ndjson');
const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'no failure',
    (error) => failureOf(error).code,
  );
const writeAll = async (path: string, bodies: readonly EventBody[]): Promise<JournalEvent[]> => {
  const journal = await createJournal(path);
  const events = await Promise.all(bodies.map((body) => journal.append(body)));
  await journal.close();
  return events;
};

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'journal-'));
  file = newFile();
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe('writing', () => {
  it('what was appended is what is read, byte for byte, and it folds to the same state', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryRun(), async (bodies) => {
        const path = newFile();
        const live = await writeAll(path, bodies);
        const { events, torn } = await readJournal(path);
        expect(events).toEqual(live);
        expect(torn).toBeUndefined();
        expect(foldAll(events)).toEqual(foldAll(live));
        expect(await readFile(path, 'utf8')).toBe(live.map((event) => `${JSON.stringify(event)}\n`).join(''));
        expect(events.map((event) => event.seq)).toEqual(bodies.map((_, index) => index + 1));
        expect(events.map((event) => event.prev)).toEqual([FIRST_PREV, ...events.slice(0, -1).map((event) => event.sum)]);
      }),
      { numRuns: 40 },
    );
  });

  it('the file is 0600 and its folder 0700', async () => {
    await writeAll(file, [resumed(1)]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(join(file, '..'))).mode & 0o777).toBe(0o700);
  });

  it('an event is in the file when its append resolves, by one write', async () => {
    const writes: number[] = [];
    const journal = await createJournal(file, spying({ write: (length) => writes.push(length) }));
    for (let pid = 1; pid <= 3; pid++) {
      const event = await journal.append(resumed(pid));
      const text = await readFile(file, 'utf8');
      expect(text.endsWith(`${JSON.stringify(event)}\n`)).toBe(true);
      expect(writes.length).toBe(pid);
    }
    await journal.close();
  });

  it('an event appended with sync is flushed before its append resolves; others are flushed in groups', async () => {
    let flushes = 0;
    const journal = await createJournal(file, spying({ flush: () => flushes++ }));
    await journal.append(resumed(1), { sync: true });
    expect(flushes).toBe(1);
    for (let pid = 2; pid <= 65; pid++) await journal.append(resumed(pid));
    await expect.poll(() => flushes).toBe(2);
    await journal.append(resumed(66));
    expect(flushes).toBe(2);
    await expect.poll(() => flushes).toBe(3);
    await journal.append(resumed(67));
    await journal.close();
    expect(flushes).toBe(4);
  });

  it('a clock that is set back never makes time go back', async () => {
    const clock = ['2026-01-01T00:00:02.000Z', '2026-01-01T00:00:01.000Z', '2026-01-01T00:00:03.000Z'].map((at) => new Date(at));
    const journal = await createJournal(file, { now: () => clock.shift() as Date });
    const events = [await journal.append(resumed(1)), await journal.append(resumed(2)), await journal.append(resumed(3))];
    await journal.close();
    expect(events.map((event) => event.at)).toEqual([
      '2026-01-01T00:00:02.000Z',
      '2026-01-01T00:00:02.000Z',
      '2026-01-01T00:00:03.000Z',
    ]);
  });

  it('a journal is never begun twice, nor where nobody may write', async () => {
    await writeAll(file, [resumed(1)]);
    expect(await codeOf(createJournal(file))).toBe('journal.exists');
    expect(await codeOf(createJournal(join(file, 'journal.ndjson')))).toBe('state.not-writable');
  });
});

describe('failing', () => {
  it('a full disk stops the journal for good, and says what to do', async () => {
    const journal = await createJournal(file, {
      openFile: () => openFile('/dev/full', constants.O_WRONLY | constants.O_APPEND, 0o600),
    });
    const failure = await journal.append(resumed(1)).catch(failureOf);
    expect(failure).toMatchObject({ code: 'journal.append-failed', fault: 'environment' });
    expect(failure).toHaveProperty('message', expect.stringContaining('disk is full'));
    expect(await codeOf(journal.append(resumed(2)))).toBe('journal.append-failed');
    await journal.close();
  });

  it('where a write takes only a part the rest follows; what then fails is told with its cause, cut off, and the last', async () => {
    let room = Number.POSITIVE_INFINITY;
    const lessAndLess = (length: number): number => {
      const taken = Math.min(room, Math.ceil(length / 2));
      room -= taken;
      if (taken === 0) throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' });
      return taken;
    };
    const journal = await createJournal(file, spying({ shortenTo: lessAndLess }));
    const first = await journal.append(resumed(1));
    room = 10;
    const both = [journal.append(resumed(2)), journal.append(resumed(3))].map((one) => one.catch(failureOf));
    for (const failure of await Promise.all(both)) {
      expect(failure).toMatchObject({ code: 'journal.append-failed', message: expect.stringContaining('disk is full') });
    }
    room = Number.POSITIVE_INFINITY;
    expect(await codeOf(journal.append(resumed(4)))).toBe('journal.append-failed');
    await journal.close();
    expect(await readJournal(file)).toMatchObject({ events: [first] });
    expect((await readJournal(file)).torn).toBeUndefined();
  });

  it('no event is dated before the moment that it is told of, or before the one before it', async () => {
    const clock = [3, 1, 9].map((second) => new Date(Date.UTC(2026, 10, 22, 12, 0, second)));
    const notBefore = new Date(Date.UTC(2026, 10, 22, 12, 0, 5));
    const journal = await createJournal(file, { now: () => clock.shift() as Date, notBefore });
    const dates = [await journal.append(resumed(1)), await journal.append(resumed(2)), await journal.append(resumed(3))];
    expect(dates.map(({ at }) => at.slice(17, 19))).toEqual(['05', '05', '09']);
    await journal.close();
  });

  it('a flush that fails in the background is told by the next append, or by close', async () => {
    const openBroken = (): JournalOptions =>
      spying({
        flush: () => {
          throw Object.assign(new Error('EIO'), { code: 'EIO' });
        },
      });
    const journal = await createJournal(file, openBroken());
    await expect.poll(() => codeOf(journal.append(resumed(1)))).toBe('journal.append-failed');
    const other = await createJournal(newFile(), openBroken());
    await other.append(resumed(1));
    expect(await codeOf(other.close())).toBe('journal.append-failed');
  });

  it('a closed journal takes no events', async () => {
    const journal = await createJournal(file);
    await journal.close();
    await journal.close();
    expect(await codeOf(journal.append(resumed(1)))).toBe('journal.closed');
  });
});

describe('opening', () => {
  it('goes on where it stopped', async () => {
    const before = await writeAll(file, [resumed(1), resumed(2)]);
    const { events, journal, repaired } = await openJournal(file);
    expect(events).toEqual(before);
    expect(repaired).toBeUndefined();
    const next = await journal.append(resumed(3));
    await journal.close();
    expect(next.seq).toBe(3);
    expect((await readJournal(file)).events).toEqual([...before, next]);
  });

  it('an empty journal is one without events', async () => {
    await writeAll(file, []);
    const { events, journal } = await openJournal(file);
    expect(events).toEqual([]);
    await journal.append(resumed(1));
    await journal.close();
    expect((await readJournal(file)).events.length).toBe(1);
  });

  it.each([
    ['half a line', '{"v":1,"seq":3,"at":"2026'],
    ['NULs after a power cut', '\0'.repeat(4096)],
    ['half a line and NULs', `{"v":1,"se${'\0'.repeat(100)}`],
  ])('a torn tail (%s) is moved aside, said, and cut', async (_, tail) => {
    const before = await writeAll(file, [resumed(1), resumed(2)]);
    for (const n of [1, 2]) {
      await writeFile(file, tail, { flag: 'a' });
      const read = await readJournal(file);
      expect(read.events).toEqual(before);
      expect(Buffer.from(read.torn ?? []).toString()).toBe(tail);
      const { events, journal, repaired } = await openJournal(file);
      await journal.close();
      expect(events).toEqual(before);
      expect(repaired).toEqual({ movedTo: `${file}.torn-${n}`, bytes: tail.length });
      expect(await readFile(`${file}.torn-${n}`, 'utf8')).toBe(tail);
      expect((await stat(`${file}.torn-${n}`)).mode & 0o777).toBe(0o600);
      expect((await readJournal(file)).torn).toBeUndefined();
    }
  });

  it('reading a torn journal changes nothing on disk', async () => {
    await writeAll(file, [resumed(1)]);
    await writeFile(file, '{"v":1', { flag: 'a' });
    const before = await readFile(file);
    await readJournal(file);
    expect(await readFile(file)).toEqual(before);
    expect(await readdir(join(file, '..'))).toEqual(['journal.ndjson']);
  });

  it('cut anywhere, what is left is a beginning of the run, and the torn rest is told of', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryRun(5), fc.double({ min: 0, max: 1, noNaN: true }), async (bodies, where) => {
        const path = newFile();
        const events = await writeAll(path, bodies);
        const bytes = await readFile(path);
        const length = Math.floor(where * (bytes.length - 1));
        await writeFile(path, bytes.subarray(0, length));
        const read = await readJournal(path);
        expect(read.events).toEqual(events.slice(0, read.events.length));
        expect(read.size + (read.torn?.length ?? 0)).toBe(length);
        const whole = read.events.length === 0 ? 0 : bytes.subarray(0, read.size).lastIndexOf(10) + 1;
        expect(read.size).toBe(whole);
      }),
      { numRuns: 40 },
    );
  });

  it('any single changed byte is found', async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitraryRun(4),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 255 }),
        async (bodies, where, flip) => {
          const path = newFile();
          await writeAll(path, bodies);
          const bytes = await readFile(path);
          const index = Math.floor(where * (bytes.length - 1));
          bytes[index] = (bytes[index] as number) ^ flip;
          await writeFile(path, bytes);
          const found = await readJournal(path).then(({ torn }) => (torn === undefined ? 'not found' : 'torn'), failureOf);
          if (found === 'torn') expect(index).toBe(bytes.length - 1);
          else expect(found).toMatchObject({ code: expect.stringMatching(/^journal\.(corrupt|newer-version)$/) });
        },
      ),
      { numRuns: 200 },
    );
  });

  it('a line taken out, doubled or swapped is corruption, and the failure names the line', async () => {
    await writeAll(file, [resumed(1), resumed(2), resumed(3), resumed(4)]);
    const [one, two, three, four] = (await readFile(file, 'utf8')).trimEnd().split('\n') as [string, string, string, string];
    for (const lines of [
      [one, three, four],
      [one, three, two, four],
      [one, one, two],
    ]) {
      await writeFile(file, `${lines.join('\n')}\n`);
      const failure = await readJournal(file).catch(failureOf);
      expect(failure).toMatchObject({ code: 'journal.corrupt', message: expect.stringContaining('Line 2 of the journal') });
      expect(await codeOf(openJournal(file))).toBe('journal.corrupt');
    }
  });

  it('a missing journal is said to be missing', async () => {
    expect(await codeOf(readJournal(file))).toBe('journal.missing');
    expect(await codeOf(openJournal(file))).toBe('journal.missing');
    expect(await codeOf(readJournal(dir))).toBe('journal.unreadable');
  });
});

describe('following', () => {
  const collect = async (items: AsyncIterable<JournalEvent>): Promise<JournalEvent[]> => {
    const seen: JournalEvent[] = [];
    for await (const event of items) seen.push(event);
    return seen;
  };

  it('every follower sees every event from where it asked, in order, until the journal is closed', async () => {
    const before = await writeAll(file, [resumed(1), resumed(2)]);
    const { journal } = await openJournal(file);
    const all = collect(journal.follow());
    const late = collect(journal.follow(3));
    const after = [await journal.append(resumed(3)), await journal.append(resumed(4))];
    const last = collect(journal.follow(4));
    await journal.close();
    expect(await all).toEqual([...before, ...after]);
    expect(await late).toEqual(after);
    expect(await last).toEqual(after.slice(1));
    expect(await collect(journal.follow())).toEqual([...before, ...after]);
  });

  it('a follower that never reads holds nobody up', async () => {
    const journal = await createJournal(file);
    const stalled = journal.follow()[Symbol.asyncIterator]();
    const swift = collect(journal.follow());
    for (let pid = 1; pid <= 200; pid++) await journal.append(resumed(pid));
    await journal.close();
    expect((await swift).length).toBe(200);
    expect((await stalled.next()).value).toMatchObject({ seq: 1 });
  });

  it('a follower may leave: at an event, or by its signal while it waits', async () => {
    const journal = await createJournal(file);
    const abort = new AbortController();
    const waiting = collect(journal.follow(1, abort.signal));
    await journal.append(resumed(1));
    for await (const event of journal.follow()) {
      expect(event.seq).toBe(1);
      break;
    }
    abort.abort();
    expect((await waiting).length).toBe(1);
    await journal.close();
  });
});

/** The real file, watched, or made to fail. */
function spying(spy: {
  write?: (length: number) => void;
  flush?: () => void;
  shortenTo?: (length: number) => number;
}): JournalOptions {
  return {
    openFile: async (path, flags, mode) => {
      const handle = await openFile(path, flags, mode);
      return {
        ...handle,
        write: (bytes, offset, length) => {
          spy.write?.(length);
          return handle.write(bytes, offset, spy.shortenTo?.(length) ?? length);
        },
        datasync: async () => spy.flush?.(),
      };
    },
  };
}
