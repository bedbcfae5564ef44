import { createHash, randomInt } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readJournal } from '../../journal/read-journal.ts';
import type { Failure } from '../../model/failure.ts';
import { failureLine } from '../../testing/failure-line.ts';
import { createFairlead, type Fairlead, type FairleadEnd } from '../../testing/fairlead-process.ts';
import { fixtureRecipe } from '../../testing/fixtures/recipes/fixture-recipe.ts';

/** Where `good` has come to its end, and `bad` has stopped at a step that failed. */
let sound: Fairlead;
/** What the recipes make. */
let place: string;
/** A copy of the sound state, for one test. */
let state: string;
let journal: string;
let original: Buffer;

beforeAll(async () => {
  sound = await createFairlead();
  place = await mkdtemp(join(tmpdir(), 'damaged-'));
  expect((await sound.run(...run('good', 'greeting'), '--yes')).code).toBe(0);
  expect((await sound.run(...run('bad', 'needs-a-file'), '--yes')).code).toBe(1);
});
afterAll(async () => {
  await sound.cleanUp();
  await rm(place, { recursive: true, force: true });
});

beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'damaged-state-'));
  await cp(sound.stateDir, state, { recursive: true });
  const runs = join(state, 'deployments', 'bad', 'runs');
  journal = join(runs, (await readdir(runs))[0] ?? '', 'journal.ndjson');
  original = await readFile(journal);
});
afterEach(async () => {
  await rm(state, { recursive: true, force: true });
  await rm(join(place, 'bad', 'wanted'), { force: true });
});

const run = (name: string, recipe: string): string[] => [
  'run',
  fixtureRecipe(recipe),
  '--name',
  name,
  '--input',
  `folder=${join(place, name)}`,
];
const fairlead = (...args: readonly string[]): Promise<FairleadEnd> => sound.run(...args, '--state-dir', state);

const linesOf = (bytes: Buffer): string[] => bytes.toString('utf8').split('\n').slice(0, -1);
const joined = (lines: readonly string[]): Buffer => Buffer.from(lines.map((line) => `${line}\n`).join(''));
const without = (number: number) => (): Buffer => joined(linesOf(original).filter((_, index) => index !== number - 1));
const lineAt = (offset: number): number => original.subarray(0, offset).toString('latin1').split('\n').length;

/** Every command that needs the damaged run says what is wrong with it and what can be done; nothing is changed. */
async function refusedEverywhere(saying: string): Promise<void> {
  const damaged = await readFile(journal).catch(() => undefined);
  const made = await readdir(place, { recursive: true });
  const [status, runs, exported] = await Promise.all([
    fairlead('status', '--json'),
    fairlead('runs', '--json'),
    fairlead('export', 'bad', '--json'),
  ]);
  const others = [exported];
  // One after the other: each takes the deployment's lock.
  for (const args of [['resume', 'bad'], run('bad', 'needs-a-file')]) {
    others.push(await fairlead(...args, '--yes', '--json'));
  }
  for (const { code, stdout, stderr } of others) {
    expect(code, stderr).toBe(1);
    expect(stdout).toBe('');
  }
  for (const end of [status, runs, ...others]) {
    expect(end.code, end.stderr).toBe(1);
    checkFailure(failureLine(end.stderr), saying);
  }
  expect(JSON.parse(status.stdout)).toMatchObject([
    { deployment: 'bad', state: 'damaged' },
    { deployment: 'good', state: 'installed' },
  ]);
  expect(JSON.parse(runs.stdout)).toMatchObject([{ deployment: 'good', standing: 'ok' }]);
  expect(await readFile(journal).catch(() => undefined)).toEqual(damaged);
  expect(await readdir(place, { recursive: true })).toEqual(made);
}

function checkFailure(failure: Failure, saying: string): void {
  expect(failure).toMatchObject({ code: 'journal.corrupt', fault: 'environment' });
  expect(failure.message).toContain(saying);
  expect(failure.message).toContain(journal);
  const hints = failure.hints.join('\n');
  expect(hints).toContain('from a backup');
  expect(hints).toContain(`mv ${dirname(journal)} ${dirname(journal)}.damaged`);
  expect(hints).toContain('a step that acts once (makes an account, migrates data) is done AGAIN');
}

describe('a journal that was damaged', () => {
  it.each([1, 2, 3, 4])('by a flipped bit anywhere is refused with its line (draw %d)', async () => {
    const offset = randomInt(original.length - 1);
    const bytes = Buffer.from(original);
    bytes[offset] = (bytes[offset] as number) ^ (1 << randomInt(7));
    await writeFile(journal, bytes);
    await refusedEverywhere(`Line ${lineAt(offset)} of the journal ${journal} is bad: `);
  });

  it.each<[string, () => Buffer, string]>([
    ['a line in the middle is missing', without(4), 'Line 4 of the journal'],
    ['its first line is missing', without(1), 'Line 1 of the journal'],
    [
      'two lines are swapped',
      () => {
        const [first, second, third, fourth, ...rest] = linesOf(original) as [string, string, string, string, ...string[]];
        return joined([first, second, fourth, third, ...rest]);
      },
      'Line 3 of the journal',
    ],
    [
      'somebody has changed what it says',
      () => Buffer.from(original.toString('utf8').replace('Make the first folder', 'Make another folder')),
      'its checksum does not fit',
    ],
    [
      'somebody has changed what it says, and the checksum too',
      () => {
        const lines = linesOf(original);
        lines[2] = forged(lines[2] ?? '', lines[1] ?? '');
        return joined(lines);
      },
      'Line 4 of the journal',
    ],
    [
      'NULs lie where lines were',
      () => Buffer.from(original).fill(0, original.indexOf('\n') + 100, original.lastIndexOf('\n') - 100),
      'Line 2 of the journal',
    ],
    ['it is empty', () => Buffer.alloc(0), 'is empty, although steps of this run have left something behind'],
    ['nothing but NULs is left of it', () => Buffer.alloc(8192), 'is empty, although steps'],
  ])('is refused by every command that needs it: %s', async (_, damage, saying) => {
    await writeFile(journal, damage());
    await refusedEverywhere(saying);
  });

  it('or is gone, although its steps have left something, is refused', async () => {
    await rm(journal);
    await refusedEverywhere('is empty, although steps');
  });

  it('in the middle of a run that came to a good end is noticed too', async () => {
    const runs = join(state, 'deployments', 'good', 'runs');
    const good = join(runs, (await readdir(runs))[0] ?? '', 'journal.ndjson');
    const bytes = await readFile(good);
    bytes[Math.floor(bytes.length / 2)] = 0xff;
    await writeFile(good, bytes);
    const ends: FairleadEnd[] = [];
    for (const args of [
      ['status'],
      ['runs'],
      [...run('good', 'greeting'), '--yes'],
      ['drift', 'good'],
      ['task', 'good', 'look', '--yes'],
      ['export', 'good'],
    ]) {
      ends.push(await fairlead(...args, '--json'));
    }
    for (const { code, stderr } of ends) {
      expect(code, stderr).toBe(1);
      expect(failureLine(stderr)).toMatchObject({ code: 'journal.corrupt', message: expect.stringContaining(good) });
    }
    await writeFile(join(place, 'bad', 'wanted'), 'words');
    expect((await fairlead('resume', 'bad', '--yes')).code).toBe(0);
  });

  it('leaves the other deployments alone: they are shown, exported, run and resumed as ever', async () => {
    await writeFile(journal, without(3)());
    for (const args of [
      ['export', 'good'],
      ['drift', 'good'],
      [...run('good', 'greeting'), '--yes'],
      ['task', 'good', 'look', '--yes'],
      ['secrets', 'list', 'good'],
    ]) {
      const end = await fairlead(...args);
      expect(end.code, args.join(' ') + end.stderr).toBe(0);
    }
    // Without a name the damaged one could be meant.
    expect(failureLine((await fairlead('resume', '--json')).stderr)).toMatchObject({ code: 'journal.corrupt' });
    const plain = await fairlead('status');
    expect(plain.code).toBe(1);
    expect(plain.stdout).toMatch(/^bad +\? +damaged/m);
    expect(plain.stdout).toMatch(/^good +greeting 1\.0\.0 +installed/m);
    expect(plain.stderr).toContain('Line 3 of the journal');
  });

  it('and moved aside, as the message says, lets the recipe run again: what converges is as it was', async () => {
    await writeFile(journal, without(3)());
    await writeFile(join(place, 'bad', 'wanted'), 'words');
    await rename(dirname(journal), `${dirname(journal)}.damaged`);
    expect((await fairlead('status')).code).toBe(0);
    const end = await fairlead(...run('bad', 'needs-a-file'), '--yes');
    expect(end.code, end.stdout + end.stderr).toBe(0);
    expect(JSON.parse((await fairlead('runs', '--json')).stdout)).toHaveLength(2);
    expect((await readdir(join(dirname(journal), '..'))).sort()).toContain(`${dirname(journal).split('/').at(-1)}.damaged`);
    await rm(join(place, 'bad', 'copy'));
    await rm(join(place, 'bad', 'last'), { recursive: true });
  });
});

describe('a journal with a torn tail, as a crash or a power cut leaves it', () => {
  const lastLine = (): number => original.lastIndexOf('\n', original.length - 2) + 1;

  it.each<[string, () => Buffer]>([
    ['cut within its last line', () => original.subarray(0, randomInt(lastLine() + 1, original.length - 1))],
    ['cut right before the last newline', () => original.subarray(0, original.length - 1)],
    ['followed by a block of NULs', () => Buffer.concat([original, Buffer.alloc(4096)])],
    ['whose last line became NULs', () => Buffer.from(original).fill(0, lastLine())],
  ])('%s is no damage: the tail is moved aside, said, and the run is resumed to its end', async (_, damage) => {
    const bytes = damage();
    const whole = bytes.lastIndexOf('\n') + 1;
    await writeFile(journal, bytes);
    const looked = await fairlead('status', '--json');
    expect(looked.code, looked.stderr).toBe(0);
    expect(JSON.parse((await fairlead('runs', '--json')).stdout)).toHaveLength(2);
    expect((await fairlead('export', 'bad')).stdout).toBe(bytes.subarray(0, whole).toString('utf8'));
    expect(await readFile(journal)).toEqual(bytes);
    await writeFile(join(place, 'bad', 'wanted'), 'words');
    const end = await fairlead('resume', 'bad', '--yes');
    expect(end.code, end.stdout + end.stderr).toBe(0);
    expect(end.stderr).toContain(`moved to ${journal}.torn-1`);
    expect(await readFile(`${journal}.torn-1`)).toEqual(bytes.subarray(whole));
    const { events, torn } = await readJournal(journal);
    expect(torn).toBeUndefined();
    expect(events.at(-1)).toMatchObject({ type: 'run.finished', outcome: 'ok' });
    expect((await readFile(journal)).subarray(0, whole)).toEqual(bytes.subarray(0, whole));
    await rm(join(place, 'bad', 'copy'));
    await rm(join(place, 'bad', 'last'), { recursive: true });
  });
});

/** A line with another moment and a checksum that fits it, as somebody would make it who knows how. */
function forged(line: string, before: string): string {
  const prev = JSON.parse(before).sum as string;
  const { sum: _, ...event } = JSON.parse(line);
  const hashed = JSON.stringify({ ...event, at: '2020-01-01T00:00:00.000Z' });
  const sum = createHash('sha256').update(prev).update(hashed).digest('hex');
  return `${hashed.slice(0, -1)},"sum":"${sum}"}`;
}
