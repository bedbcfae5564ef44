import { mkdtemp, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createJournal } from '../../journal/journal-file.ts';
import { readJournal } from '../../journal/read-journal.ts';
import { createStateFolder, newRunId } from '../../journal/state-folder.ts';
import type { EventBody, JournalEvent } from '../../model/events.ts';
import { createFairlead, type Fairlead } from '../../testing/fairlead-process.ts';
import { fixtureRecipe } from '../../testing/fixtures/recipes/fixture-recipe.ts';

const YEAR_MS = 365 * 24 * 3600 * 1000;

let fairlead: Fairlead;
let folder: string;

beforeEach(async () => {
  fairlead = await createFairlead();
  folder = await mkdtemp(join(tmpdir(), 'clock-'));
});
afterEach(async () => {
  await fairlead.cleanUp();
  await rm(folder, { recursive: true, force: true });
});

const greeting = (...more: readonly string[]): readonly string[] => [
  'run',
  fixtureRecipe('greeting'),
  '--name',
  'hello',
  '--input',
  `folder=${join(folder, 'made')}`,
  '--yes',
  ...more,
];
const failing = (): readonly string[] => [
  'run',
  fixtureRecipe('needs-a-file'),
  '--name',
  'hello',
  '--input',
  `folder=${folder}`,
  '--yes',
];

const runsFolder = (): string => createStateFolder(fairlead.stateDir).deployment('hello').runs;
const idsOf = async (): Promise<string[]> => (await readdir(runsFolder())).sort();
const eventsOf = async (id: string): Promise<readonly JournalEvent[]> =>
  (await readJournal(join(runsFolder(), id, 'journal.ndjson'))).events;

/**
 * Makes it so that the only run there is was recorded while the clock was a year ahead; all since is as on a machine whose clock
 * was set back. The lines are genuine: numbered, chained and summed as ever, each dated a year later. Answers the run's new id.
 */
async function fromTheFuture(): Promise<string> {
  const [id = ''] = await idsOf();
  const events = await eventsOf(id);
  const later = (at: string): Date => new Date(Date.parse(at) + YEAR_MS);
  const begun = later(events[0]?.at ?? '');
  const futureId = newRunId(begun);
  await rename(join(runsFolder(), id), join(runsFolder(), futureId));
  const file = join(runsFolder(), futureId, 'journal.ndjson');
  await rm(file);
  const dates = events.map(({ at }) => later(at));
  const journal = await createJournal(file, { now: () => dates.shift() as Date });
  for (const event of events) {
    const { v, seq, at, prev, sum, ...body } = JSON.parse(JSON.stringify(event).replaceAll(id, futureId));
    await journal.append(body as EventBody);
  }
  await journal.close();
  for (const path of [join(runsFolder(), '..', 'deployment.json'), runsFolder()]) await utimes(path, begun, begun);
  return futureId;
}

const statusOf = async (): Promise<Record<string, unknown>> => JSON.parse((await fairlead.run('status', '--json')).stdout)[0];

describe('after the clock was set back by a year', () => {
  it('a new run is the newest: it is listed last, it is what status and the next run start from', async () => {
    expect((await fairlead.run(...greeting())).code).toBe(0);
    const future = await fromTheFuture();
    const changed = await fairlead.run(...greeting('--input', 'greeting=hi', '--json'));
    expect(changed.code, changed.stderr).toBe(0);
    const ids = await idsOf();
    expect(ids).toHaveLength(2);
    expect(ids[0]).toBe(future);
    const [before, after] = [await eventsOf(future), await eventsOf(ids[1] as string)];
    expect((after[0] as JournalEvent).at > (before.at(-1) as JournalEvent).at).toBe(true);
    expect(JSON.parse((await fairlead.run('runs', '--json')).stdout).map((run: { run: string }) => run.run)).toEqual(ids);
    expect(await statusOf()).toMatchObject({ run: ids[1], state: 'installed' });
    const record = JSON.parse(await readFile(join(runsFolder(), '..', 'deployment.json'), 'utf8'));
    expect(record).toMatchObject({ run: ids[1], inputs: { greeting: 'hi' } });
    // What it left is what the next one finds: nothing is to be done, and no input falls back to what it was.
    const again = await fairlead.run(...greeting('--json'));
    expect(again.code, again.stderr).toBe(0);
    expect(again.stdout).not.toContain('"outcome":"changed"');
    expect(await readFile(join(folder, 'made', '.env'), 'utf8')).toContain('GREETING=hi');
    expect((await idsOf()).slice(0, 2)).toEqual(ids);
    expect((await fairlead.run('export', 'hello')).stdout).toContain(`"run":"${(await idsOf())[2]}"`);
  });

  it('an unfinished run is resumed, not begun anew; its events go on from where they were', async () => {
    expect((await fairlead.run(...failing())).code).toBe(1);
    const future = await fromTheFuture();
    const past = await eventsOf(future);
    expect(await statusOf()).toMatchObject({ run: future, state: 'stopped: failed' });
    await writeFile(join(folder, 'wanted'), 'words');
    const resumed = await fairlead.run(...failing());
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(await idsOf()).toEqual([future]);
    const events = await eventsOf(future);
    expect(events.slice(0, past.length)).toEqual(past);
    expect(events.map(({ at }) => at)).toEqual(events.map(({ at }) => at).toSorted());
    expect(events.at(-1)).toMatchObject({ type: 'run.finished', outcome: 'ok' });
  });

  it('of two unfinished runs the one that began later is resumed', async () => {
    expect((await fairlead.run(...failing())).code).toBe(1);
    const future = await fromTheFuture();
    expect((await fairlead.run('resume', '--abandon')).code).toBe(0);
    expect((await fairlead.run(...failing())).code).toBe(1);
    const [, newer] = await idsOf();
    expect(await statusOf()).toMatchObject({ run: newer, state: 'stopped: failed' });
    await writeFile(join(folder, 'wanted'), 'words');
    const resumed = await fairlead.run('resume', 'hello', '--yes', '--json');
    expect(resumed.code, resumed.stderr).toBe(0);
    expect((await eventsOf(newer as string)).at(-1)).toMatchObject({ outcome: 'ok' });
    expect((await eventsOf(future)).at(-1)).toMatchObject({ outcome: 'abandoned' });
  });

  it('a cached record from the future does not hide a run that began since', async () => {
    expect((await fairlead.run(...greeting())).code).toBe(0);
    const future = await fromTheFuture();
    expect((await fairlead.run(...greeting('--input', 'port=9090'))).code).toBe(0);
    const cache = join(runsFolder(), '..', 'deployment.json');
    const stale = {
      ...JSON.parse(await readFile(cache, 'utf8')),
      run: future,
      recipe: { name: 'stale', version: '0' },
      runs: '',
    };
    await writeFile(cache, JSON.stringify(stale));
    const later = new Date(Date.now() + YEAR_MS);
    await utimes(cache, later, later);
    expect(await statusOf()).toMatchObject({ recipe: 'greeting', version: '1.0.0' });
    expect((await stat(cache)).mtimeMs).toBeLessThan(later.getTime());
  });

  it('files from the future are no reason to act, and no reason not to', async () => {
    expect((await fairlead.run(...greeting())).code).toBe(0);
    const file = join(folder, 'made', '.env');
    const later = new Date(Date.now() + YEAR_MS);
    await utimes(file, later, later);
    expect((await fairlead.run(...greeting('--json'))).stdout).not.toContain('"outcome":"changed"');
    expect((await fairlead.run(...greeting('--input', 'greeting=hi'))).code).toBe(0);
    expect(await readFile(file, 'utf8')).toContain('GREETING=hi');
  });
});
