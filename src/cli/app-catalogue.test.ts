import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFakeEngine } from '../adapters/docker/fake-engine.ts';
import { createJournal } from '../journal/journal-file.ts';
import { acquireLock } from '../journal/lock.ts';
import { newRunId } from '../journal/state-folder.ts';
import type { EventBody } from '../model/events.ts';
import { failureOf } from '../model/failure.ts';
import type { StepId } from '../model/step-id.ts';
import { folderTree } from '../testing/folder-tree.ts';
import { createQuietSession, type QuietSession } from '../testing/quiet-session.ts';
import { createCatalogue } from './app-catalogue.ts';

const RECIPE = `recipe: shop
version: 1.0.0
title: A shop
summary: It sells things.
steps:
  - id: folder
    title: Make the folder
    uses: host.directory
    with: { path: /srv/shop }
`;

let session: QuietSession;

beforeEach(async () => {
  session = await createQuietSession();
});
afterEach(() => session.cleanUp());

const started = (deployment: string, run: string): EventBody => ({
  type: 'run.started',
  run,
  kind: 'converge',
  deployment,
  recipe: { name: 'shop', version: '1.0.0', title: 'A shop', digest: 'd' },
  fairlead: '0.0.0',
  inputs: {},
  options: { only: [], onFailure: 'stop' },
  hosts: { local: 'here' },
  who: { user: 'tester' },
  steps: [{ id: 'up' as StepId, title: 'Start it', uses: 'compose.up' }],
  carried: {},
  made: [],
});

/** A deployment whose last run ended so; the run's id. */
async function record(deployment: string, ...events: readonly EventBody[]): Promise<string> {
  const id = newRunId(new Date());
  await session.folder.makeDeployment(deployment);
  const paths = await session.folder.makeRun(deployment, id);
  const journal = await createJournal(paths.journal);
  for (const event of [started(deployment, id), ...events]) await journal.append(event);
  await journal.close();
  return id;
}

const finished: EventBody = { type: 'run.finished', outcome: 'ok' };
const isUp: EventBody = {
  type: 'step.finished',
  step: 'up' as StepId,
  attempt: 1,
  outcome: 'changed',
  carried: { run: 'r', paramsDigest: 'p', resultDigest: 'r', outputs: { project: 'shop' }, saw: {} },
};

describe('recipes', () => {
  it("of the operator's own are marked, and stand before one of the same name that is shipped", async () => {
    await session.addRecipe('shop', RECIPE.replace('A shop', 'The shipped one'));
    await session.addRecipe('shop', RECIPE.replace('A shop', 'My shop'), 'own');
    await session.addRecipe('bakery', RECIPE.replace('recipe: shop', 'recipe: bakery'));
    expect(await createCatalogue(session).recipes()).toEqual([
      { ref: 'bakery', name: 'bakery', title: 'A shop', version: '1.0.0', summary: 'It sells things.' },
      { ref: 'shop', name: 'shop', title: 'My shop', version: '1.0.0', summary: 'It sells things.', own: true },
    ]);
  });

  it('that are broken are listed with what is wrong, and do not hide the others', async () => {
    await session.addRecipe('broken', 'recipe: broken\nsteps: 7\n');
    await session.addRecipe('shop', RECIPE);
    const [broken, sound] = await createCatalogue(session).recipes();
    expect(broken).toMatchObject({ ref: 'broken', title: 'broken', failure: { code: 'recipe.invalid' } });
    expect(sound).toMatchObject({ name: 'shop' });
    const failure = await createCatalogue(session)
      .recipe('broken')
      .catch((error: unknown) => failureOf(error));
    expect(failure).toEqual(broken?.failure);
  });
});

describe('deployments', () => {
  it('are none where nothing is kept, and looking makes nothing', async () => {
    const before = await folderTree(session.place);
    expect(await createCatalogue(session).deployments()).toEqual([]);
    expect(await folderTree(session.place)).toEqual(before);
  });

  it('stand as their last runs left them', async () => {
    await session.addRecipe('shop', RECIPE);
    const done = await record('done', finished);
    const stopped = await record('halted', { type: 'run.stopped', reason: 'failed' });
    await record('killed');
    await record('given-up', { type: 'run.finished', outcome: 'abandoned' });
    await session.folder.makeDeployment('nothing-yet');
    const found = await createCatalogue(session).deployments();
    expect(found.map(({ name, standing }) => [name, standing])).toEqual([
      ['done', 'installed'],
      ['given-up', 'abandoned'],
      ['halted', 'stopped'],
      ['killed', 'broken-off'],
      ['nothing-yet', 'empty'],
    ]);
    expect(found[0]).toMatchObject({
      recipe: { name: 'shop', title: 'A shop', version: '1.0.0', ref: 'shop' },
      last: { id: done, kind: 'converge', what: 'shop 1.0.0' },
    });
    expect(found[1]?.last).toMatchObject({ abandoned: true });
    expect(found[0]?.last).not.toHaveProperty('abandoned');
    expect(found[0]).not.toHaveProperty('unfinished');
    expect(found[2]?.unfinished).toMatchObject({ id: stopped, stopReason: 'failed' });
    expect(found[4]).toEqual({ name: 'nothing-yet', standing: 'empty' });
  });

  it('are running while a living process holds them', async () => {
    await record('busy');
    const lock = await acquireLock(session.folder.deployment('busy').lock, { what: 'test' });
    try {
      expect((await createCatalogue(session).deployments())[0]?.standing).toBe('running');
    } finally {
      await lock.release();
    }
  });

  it('whose recipe is found nowhere any more lead to their own copy of it', async () => {
    const id = await record('orphaned', finished);
    const [only] = await createCatalogue(session).deployments();
    expect(only?.recipe?.ref).toBe(session.folder.runFolder('orphaned', id).recipe);
  });

  it('with a damaged record say so, and the others stand as they stand', async () => {
    const id = await record('hurt', finished);
    await appendFile(session.folder.runFolder('hurt', id).journal, 'not an event\n');
    await record('well', finished);
    const [hurt, well] = await createCatalogue(session).deployments();
    expect(hurt).toMatchObject({ name: 'hurt', standing: 'damaged', failure: { code: 'journal.corrupt' } });
    expect(well).toMatchObject({ name: 'well', standing: 'installed' });
  });

  it('that can not be listed are a failure that names the folder', async () => {
    await mkdir(session.places.stateDir, { recursive: true });
    await writeFile(join(session.places.stateDir, 'deployments'), 'a file in its place');
    const failure = await createCatalogue(session)
      .deployments()
      .catch((error: unknown) => failureOf(error));
    expect(failure).toMatchObject({ code: 'state.unreadable', message: expect.stringContaining(session.places.stateDir) });
  });

  it('are looked at without a byte being written', async () => {
    await record('done', finished);
    const before = await folderTree(session.place);
    await createCatalogue(session).deployments();
    expect(await folderTree(session.place)).toEqual(before);
  });
});

describe('health', () => {
  it('is nothing to speak of where nothing was started', async () => {
    await record('done', finished);
    expect(await createCatalogue(session, createFakeEngine()).health('done')).toEqual({ dot: 'unknown', word: '-' });
  });

  it('is what its containers tell, and not known where no engine answers', async () => {
    await record('shop', isUp, finished);
    const engine = createFakeEngine();
    const catalogue = createCatalogue(session, engine);
    expect(await catalogue.health('shop')).toEqual({ dot: 'bad', word: 'no containers' });
    const labels = { 'com.docker.compose.project': 'shop' };
    engine.putContainer({ name: 'web', labels, state: 'running', health: 'healthy' });
    expect(await catalogue.health('shop')).toEqual({ dot: 'good', word: 'healthy' });
    engine.putContainer({ name: 'db', labels, state: 'exited', exitCode: 1 });
    engine.putContainer({ name: 'of another project', state: 'dead' });
    expect(await catalogue.health('shop')).toEqual({ dot: 'bad', word: '1 of 2 not well' });
    engine.up = false;
    expect(await catalogue.health('shop')).toEqual({ dot: 'unknown', word: 'no engine' });
  });
});

it('a record is all events of a run, in order', async () => {
  const id = await record('shop', isUp, finished);
  const items = await createCatalogue(session).record(id);
  expect(items.map(({ type }) => type)).toEqual(['run.started', 'step.finished', 'run.finished']);
});

it('what a step printed is its output file, line by line; nothing where it printed nothing', async () => {
  const id = await record('shop', isUp, finished);
  const { output } = session.folder.runFolder('shop', id);
  await writeFile(join(output, 'up-1.log'), 'pulling\n\ndone\n');
  const catalogue = createCatalogue(session);
  expect(await catalogue.output(id, 'up', 1)).toEqual(['pulling', '', 'done']);
  expect(await catalogue.output(id, 'up', 2)).toEqual([]);
  expect(await catalogue.output(id, '../journal', 1)).toEqual([]);
});
