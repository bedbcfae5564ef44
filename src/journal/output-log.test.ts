import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createOutputLog } from './output-log.ts';

let dir: string;
let count = 0;
const newFile = (): string => join(dir, 'output', `step-${count++}.log`);

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'output-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

it('a short output is kept whole, for us alone', async () => {
  const file = newFile();
  const log = createOutputLog(file);
  for (const line of ['one', '', 'drei ü']) log.write(line);
  await log.close();
  expect(await readFile(file, 'utf8')).toBe('one\n\ndrei ü\n');
  expect(log.end()).toEqual({ bytes: 13, cut: 0 });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

it('of a long one the head and the tail are kept, in whole lines, and the cut is said with its size', async () => {
  const file = newFile();
  const log = createOutputLog(file, { headBytes: 1000, tailBytes: 500 });
  const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index} ä`);
  for (const line of lines) log.write(line);
  await log.close();
  const text = await readFile(file, 'utf8');
  const [, head, cut, tail] = /^([\s\S]*)\[\.\.\. (\d+) bytes cut here \.\.\.\]\n([\s\S]*)$/.exec(text) as unknown as [
    string,
    string,
    string,
    string,
  ];
  const all = `${lines.join('\n')}\n`;
  expect(all.startsWith(head)).toBe(true);
  expect(all.endsWith(tail)).toBe(true);
  expect([head.endsWith('\n'), tail.startsWith('line ')]).toEqual([true, true]);
  const size = (part: string): number => Buffer.byteLength(part);
  expect([size(head) > 980, size(head) <= 1000, size(tail) > 480, size(tail) <= 500]).toEqual([true, true, true, true]);
  expect(Number(cut)).toBe(size(all) - size(head) - size(tail));
  expect(log.end()).toEqual({ bytes: size(all), cut: Number(cut) });
  expect(await readdir(join(file, '..'))).toEqual([file.split('/').at(-1)]);
});

it('whatever comes, what is kept and what was cut add up, and the file never outgrows its measure', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.integer({ min: 1, max: 30 })), { maxLength: 40 }),
      fc.integer({ min: 0, max: 300 }),
      fc.integer({ min: 1, max: 300 }),
      async (parts, headBytes, tailBytes) => {
        const file = newFile();
        const log = createOutputLog(file, { headBytes, tailBytes });
        const lines = parts.flatMap(([text, times]) => Array.from({ length: times }, () => text.replaceAll('\n', '')));
        for (const line of lines) log.write(line);
        await log.close();
        const { bytes, cut, failure } = log.end();
        expect(failure).toBeUndefined();
        const all = Buffer.from(lines.map((line) => `${line}\n`).join(''));
        const kept = await readFile(file);
        const marker = cut === 0 ? 0 : `[... ${cut} bytes cut here ...]\n`.length;
        expect(bytes).toBe(all.length);
        expect(kept.length - marker + cut).toBe(all.length);
        expect(kept.length).toBeLessThanOrEqual(headBytes + tailBytes + marker);
        if (cut === 0) expect(kept.equals(all)).toBe(true);
      },
    ),
    { numRuns: 60 },
  );
});

it('one endless line is cut between characters', async () => {
  const file = newFile();
  const log = createOutputLog(file, { headBytes: 100, tailBytes: 101 });
  log.write('ü'.repeat(5000));
  await log.close();
  expect(await readFile(file, 'utf8')).toMatch(/^\[\.\.\. \d+ bytes cut here \.\.\.\]\nü+\n$/);
});

it('lines are on their way to the disk without being asked for, and survive kill -9', { timeout: 300_000 }, async () => {
  const file = newFile();
  const script = `
    const { createOutputLog } = await import(${JSON.stringify(new URL('./output-log.ts', import.meta.url).href)});
    const log = createOutputLog(${JSON.stringify(file)}, { headBytes: 1000, tailBytes: 1000 });
    for (let line = 0; line < 20000; line++) log.write('line ' + line);
    log.write('the last line');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' });
  try {
    await expect.poll(() => readFile(file, 'utf8').catch(() => '')).toContain('the last line');
  } finally {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
  const text = await readFile(file, 'utf8');
  expect(text).toMatch(/^line 0\n[\s\S]*bytes cut here[\s\S]*line 19999\nthe last line\n$/);
});

it('an output that can’t be kept stops nothing, and is told at the end', async () => {
  await writeFile(join(dir, 'output'), 'a file in the way');
  const log = createOutputLog(newFile());
  log.write('one');
  await log.close();
  log.write('late');
  expect(log.end().failure).toMatchObject({ code: 'state.not-writable' });
});
