import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Dispatch, PlannedRun, RunLink } from '../model/dispatch.ts';
import { failureOf } from '../model/failure.ts';
import type { RunState } from '../model/run-state.ts';
import { createFairlead, type Fairlead } from '../testing/fairlead-process.ts';
import { fixtureRecipe } from '../testing/fixtures/recipes/fixture-recipe.ts';
import { makePipe, type Pipe } from '../testing/pipe.ts';
import { openDispatch } from './app-ports.ts';
import { openSession } from './session.ts';
import { foldedFeed } from './watch-run.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const ours = process.argv[1];

let fairlead: Fairlead;
let folder: string;
let pipe: Pipe;
let dispatch: Dispatch;

beforeEach(async () => {
  fairlead = await createFairlead();
  folder = await mkdtemp(join(tmpdir(), 'dispatch-runs-'));
  pipe = await makePipe(join(folder, 'pipe'));
  dispatch = openDispatch(openSession({ stateDir: fairlead.stateDir }, []));
  // A run's process is started from the program that we are.
  process.argv[1] = PROGRAM;
});
afterEach(async () => {
  process.argv[1] = ours ?? '';
  await fairlead.cleanUp();
  await pipe.release();
  await rm(folder, { recursive: true, force: true, maxRetries: 10 });
});

const planned = async (recipe: string): Promise<PlannedRun> =>
  dispatch.plan(await dispatch.draft(fixtureRecipe(recipe)), { folder });
/** Watches to the end. */
const watched = async ({ feed, ended }: RunLink): Promise<RunState> => {
  const state = await foldedFeed(feed).rest();
  expect(await ended).toBeUndefined();
  return state;
};
/** Reads on until something is so, now and not in the past. */
const until = async (link: RunLink, so: (state: RunState) => boolean): Promise<RunState> => {
  const folded = foldedFeed(link.feed);
  let past = true;
  const place = folded.feed.items[Symbol.asyncIterator]();
  for (let read = await place.next(); read.done !== true; read = await place.next()) {
    past &&= read.value.type !== 'feed.caught-up';
    if (!past && so(folded.state())) return folded.state();
  }
  throw new Error('the line came to its end before');
};
const waits = (state: RunState): boolean =>
  [...state.steps.values()].some(({ id, status }) => id === 'wait' && status === 'intended');

it('a plan that was approved is begun with that yes: the journal says that the operator gave it', async () => {
  const link = await dispatch.start(await planned('greeting'));
  const state = await watched(link);
  expect(state.status).toBe('ok');
  expect(state.header?.run).toBe(link.run);
  const { stdout } = await fairlead.run('export', link.run);
  const answers = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ type }) => type === 'question.answered');
  expect(answers).toMatchObject([{ answer: 'approve', by: 'operator' }]);
  expect(await readFile(join(folder, '.env'), 'utf8')).toContain('GREETING=hello');
});

it('a plan that another run made out of date is refused, and nothing is begun', async () => {
  const plan = await planned('greeting');
  await watched(await dispatch.start(await planned('greeting')));
  expect(failureOf(await dispatch.start(plan).catch((error: unknown) => error))).toMatchObject({ code: 'run.overtaken' });
  expect(JSON.parse((await fairlead.run('runs', '--json')).stdout)).toHaveLength(1);
});

it('a run that is let go goes on; attached to again it shows where it stands, and comes to its end', async () => {
  const link = await dispatch.start(await planned('waiting'));
  await until(link, waits);
  link.control.request({ kind: 'leave' });
  expect(await link.ended).toBeUndefined();
  const again = await dispatch.attach(link.run);
  expect(again).toMatchObject({ run: link.run, deployment: 'waiting' });
  await until(again, waits);
  await pipe.open();
  expect((await watched(again)).status).toBe('ok');
});

it('an unfinished run is gone on with, with other inputs too, or given up for good', async () => {
  const link = await dispatch.start(await planned('waiting'));
  await until(link, waits);
  link.control.request({ kind: 'stop', when: 'after-step' });
  await pipe.open();
  expect((await watched(link)).stopReason).toBe('interrupted');
  expect(failureOf(await dispatch.attach(link.run).catch((error: unknown) => error))).toMatchObject({ code: 'run.not-running' });

  const elsewhere = join(folder, 'elsewhere');
  const draft = await dispatch.draft(fixtureRecipe('waiting'), { changes: link.run });
  const changed = await dispatch.resume(link.run, { draft, typed: { folder: elsewhere } });
  const asked = await until(changed, ({ question }) => question?.about === 'plan');
  expect(asked.header?.inputs).toEqual({ folder: elsewhere });
  changed.control.request({ kind: 'stop', when: 'now' });
  expect((await watched(changed)).stopReason).toBe('interrupted');

  expect((await watched(await dispatch.abandon(link.run))).status).toBe('abandoned');
  expect(failureOf(await dispatch.resume(link.run).catch((error: unknown) => error))).toMatchObject({ code: 'run.finished' });
  expect(await readdir(folder)).not.toContain('elsewhere');
});
