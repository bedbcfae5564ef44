import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { EventBody, JournalEvent } from '../model/events.ts';
import { failureOf } from '../model/failure.ts';
import { followFile } from './follow-file.ts';
import { createJournal, openJournal } from './journal-file.ts';

let dir: string;
let file: string;
let abort: AbortController;
const resumed = (pid: number): EventBody => ({ type: 'run.resumed', pid, fairlead: '0.1.0' });

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'follow-'));
  file = join(dir, 'journal.ndjson');
  abort = new AbortController();
});
afterEach(async () => {
  abort.abort();
  await rm(dir, { recursive: true, force: true });
});

/** Follows in the background; `seen` grows. */
function watchFile(): { seen: JournalEvent[]; ended: Promise<unknown> } {
  const seen: JournalEvent[] = [];
  const ended = (async () => {
    for await (const event of followFile(file, abort.signal)) seen.push(event);
    return 'ended';
  })().catch(failureOf);
  return { seen, ended };
}

it('shows what is there, then what comes, and ends when its signal says so', async () => {
  const journal = await createJournal(file);
  const first = [await journal.append(resumed(1)), await journal.append(resumed(2))];
  const { seen, ended } = watchFile();
  await expect.poll(() => seen.length).toBe(2);
  const next = await journal.append(resumed(3));
  await expect.poll(() => seen).toEqual([...first, next]);
  abort.abort();
  expect(await ended).toBe('ended');
  await journal.close();
});

it('a line without its end is not shown, and a tail that is cut off is never seen', async () => {
  const journal = await createJournal(file);
  await journal.append(resumed(1));
  await journal.close();
  await writeFile(file, '{"v":1,"seq":2,"at":"2026-', { flag: 'a' });
  const { seen } = watchFile();
  await expect.poll(() => seen.length).toBe(1);
  const opened = await openJournal(file);
  expect(opened.repaired).toBeDefined();
  await opened.journal.append(resumed(2));
  await expect.poll(() => seen.length).toBe(2);
  expect(seen[1]).toMatchObject({ seq: 2, pid: 2 });
  await opened.journal.close();
});

it('a line that arrives in two halves is shown once it is whole', async () => {
  const journal = await createJournal(file);
  await journal.append(resumed(1));
  const event = await journal.append(resumed(2));
  await journal.close();
  const bytes = await readFile(file);
  await truncate(file, bytes.length - 40);
  const { seen } = watchFile();
  await expect.poll(() => seen.length).toBe(1);
  await writeFile(file, bytes.subarray(bytes.length - 40), { flag: 'a' });
  await expect.poll(() => seen[1]).toEqual(event);
});

it('a bad line ends it with the failure that names the line', async () => {
  const journal = await createJournal(file);
  await journal.append(resumed(1));
  await journal.close();
  const { seen, ended } = watchFile();
  await expect.poll(() => seen.length).toBe(1);
  await writeFile(file, 'nonsense\n', { flag: 'a' });
  expect(await ended).toMatchObject({ code: 'journal.corrupt', message: expect.stringContaining('Line 2') });
});

it('a journal that is not there is said to be missing', async () => {
  expect(await watchFile().ended).toMatchObject({ code: 'journal.missing' });
});
