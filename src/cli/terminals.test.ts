import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createFakeEngine, type FakeEngine } from '../adapters/docker/fake-engine.ts';
import { createJournal } from '../journal/journal-file.ts';
import { newRunId } from '../journal/state-folder.ts';
import type { EventBody } from '../model/events.ts';
import { failureOf } from '../model/failure.ts';
import type { StepId } from '../model/step-id.ts';
import { createQuietSession, type QuietSession } from '../testing/quiet-session.ts';
import { meantContainer } from './deployed-containers.ts';
import { createTerminals, terminalEnvironment } from './terminals.ts';

const RECIPE = `recipe: shop
version: 1.0.0
title: A shop
steps:
  - { id: up, title: Start it, uses: compose.up, with: { directory: /srv/shop, project: shop } }
  - { id: account, title: Make an account, uses: container.exec, with: { container: '\${{ deployment.name }}-cli', argv: [make] } }
`;

let session: QuietSession;
let engine: FakeEngine;

beforeEach(async () => {
  session = await createQuietSession();
  engine = createFakeEngine();
});
afterEach(() => session.cleanUp());

async function record(recipe: string, end: EventBody): Promise<void> {
  const id = newRunId(new Date());
  await session.folder.makeDeployment('shop');
  const paths = await session.folder.makeRun('shop', id);
  const journal = await createJournal(paths.journal);
  const events: readonly EventBody[] = [
    {
      type: 'run.started',
      run: id,
      kind: 'converge',
      deployment: 'shop',
      recipe: { name: 'shop', version: '1.0.0', title: 'A shop', digest: 'd' },
      fairlead: '0.0.0',
      inputs: {},
      options: { only: [], onFailure: 'stop' },
      hosts: { local: 'here' },
      who: { user: 'tester' },
      steps: [{ id: 'up' as StepId, title: 'Start it', uses: 'compose.up' }],
      carried: {},
      made: [],
    },
    {
      type: 'step.finished',
      step: 'up' as StepId,
      attempt: 1,
      outcome: 'changed',
      carried: { run: 'r', paramsDigest: 'p', resultDigest: 'r', outputs: { project: 'shop' }, saw: {} },
    },
    end,
  ];
  for (const event of events) await journal.append(event);
  await journal.close();
  await mkdir(paths.recipe, { recursive: true });
  await writeFile(join(paths.recipe, 'recipe.yaml'), recipe);
}

const project = (service: string) => ({ 'com.docker.compose.project': 'shop', 'com.docker.compose.service': service });

it.each<[string, EventBody]>([
  ['has come to its end', { type: 'run.finished', outcome: 'ok' }],
  ['is stopped half-way', { type: 'run.stopped', reason: 'failed' }],
])('the containers of a deployment whose run %s are those of its projects, and those that its recipe names', async (_, end) => {
  await record(RECIPE, end);
  engine.putContainer({ name: 'shop-worker-1', labels: project('worker'), state: 'exited' });
  engine.putContainer({ name: 'shop-web-1', labels: project('web'), state: 'running' });
  engine.putContainer({ name: 'shop-web-2', labels: project('web'), state: 'running' });
  engine.putContainer({ name: 'shop-cli', state: 'running' });
  engine.putContainer({ name: 'somebody-elses', state: 'running' });
  const found = await createTerminals(session, engine).containers('shop');
  expect(found.map(({ name, container, running }) => [name, container, running])).toEqual([
    ['shop-cli', 'shop-cli', true],
    // Two of one service are told apart by their own names.
    ['shop-web-1', 'shop-web-1', true],
    ['shop-web-2', 'shop-web-2', true],
    ['worker', 'shop-worker-1', false],
  ]);
});

it('a recipe that can’t be read any more hides no project', async () => {
  await record('no recipe', { type: 'run.finished', outcome: 'ok' });
  engine.putContainer({ name: 'shop-web-1', labels: project('web'), state: 'running' });
  expect(await createTerminals(session, engine).containers('shop')).toHaveLength(1);
});

it('a deployment that is not there is said to be so', async () => {
  await expect(createTerminals(session, engine).containers('nowhere')).rejects.toThrow('There is no deployment nowhere.');
});

it('a container is meant by its service or by its own name; what is not there, or does not run, is told', () => {
  const web = { name: 'web', container: 'shop-web-1', image: 'i', running: true, state: 'running' };
  const worker = { ...web, name: 'worker', container: 'shop-worker-1', running: false, state: 'exited' };
  expect(meantContainer('web', 'shop', [web, worker])).toBe(web);
  expect(meantContainer('shop-web-1', 'shop', [web, worker])).toBe(web);
  const failed = (named: string, all = [web, worker]) => {
    try {
      meantContainer(named, 'shop', all);
    } catch (error) {
      return failureOf(error);
    }
    throw new Error('it should have failed');
  };
  expect(failed('wbe')).toMatchObject({ code: 'exec.unknown-service' });
  expect(failed('wbe').hints.join(' ')).toContain('There are: web, worker (exited).');
  expect(failed('web', []).hints.join(' ')).toContain('No container of shop is there.');
  expect(failed('worker')).toMatchObject({ code: 'exec.not-running', retryable: true });
});

it('a program is told of a terminal that it knows', () => {
  expect(terminalEnvironment('tmux-256color')).toEqual({ TERM: 'tmux-256color' });
  expect(terminalEnvironment('xterm-ghostty')).toEqual({ TERM: 'xterm-256color' });
  expect(terminalEnvironment()).toEqual({ TERM: 'xterm-256color' });
});
