import { appendFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createLineCount, runsIn, untilLines } from './journal-watch.ts';

let runs: string;
beforeEach(async () => {
  runs = await mkdtemp(join(tmpdir(), 'journal-watch-'));
});
afterEach(() => rm(runs, { recursive: true, force: true }));

const write = async (run: string, text: string): Promise<void> => {
  await mkdir(join(runs, run), { recursive: true });
  await appendFile(join(runs, run, 'journal.ndjson'), text);
};

it('counts whole lines only, also where they come in pieces', async () => {
  const count = createLineCount(runs);
  expect(count()).toBe(0);
  await write('1', '{"a":1}\n{"b"');
  expect(count()).toBe(1);
  await write('1', ':2}\n{"c":3}\n');
  expect(count()).toBe(3);
  expect(createLineCount(join(runs, 'not-there'))()).toBe(0);
});

it('counts anew where a newer run begins', async () => {
  const count = createLineCount(runs);
  await write('1', '1\n2\n3\n');
  expect(count()).toBe(3);
  await write('2', '1\n');
  expect(count()).toBe(1);
  expect(runsIn(runs)).toEqual(['1', '2']);
});

it('tells as soon as the lines are there, and gives up when it is told to', async () => {
  const enough = new AbortController();
  const two = untilLines(runs, 2, enough.signal);
  const three = untilLines(runs, 3, enough.signal);
  await write('1', '1\n2\n');
  expect(await two).toBe(true);
  enough.abort();
  expect(await three).toBe(false);
});
