import { expect, it } from 'vitest';
import type { Survivor } from '../model/children.ts';
import { isLive } from '../model/feed.ts';
import type { StepId } from '../model/step-id.ts';
import {
  createToyJournal,
  createToyWorld,
  type ToyWorld,
  toyHeader,
  toyOutside,
  toyProgram,
  toyRecipe,
  toyStep,
} from '../testing/toy-run.ts';
import { noStandingAnswers, type StandingAnswers } from './policy.ts';
import { createRun } from './run.ts';

const yes: StandingAnswers = { ...noStandingAnswers, approvePlan: true };
const recipe = toyRecipe([toyStep('config', 'cell', { name: 'config', value: 'a' })]);

/** A child that lives for so many looks, or until it is ended. */
function child(looks: number, world: ToyWorld): Survivor & { readonly ended: boolean } {
  let left = looks;
  let ended = false;
  return {
    what: 'apt-get (process 12)',
    step: 'config' as StepId,
    since: '2026-11-22T20:00:00.000Z',
    get ended() {
      return ended;
    },
    async isAlive() {
      expect(world.cells.size, 'nothing is done while it lives').toBe(0);
      return !ended && left-- > 0;
    },
    async end() {
      ended = true;
    },
  };
}

async function resumed(survivor: Survivor, world: ToyWorld, standing: StandingAnswers, stop = false) {
  const program = toyProgram(recipe, world);
  const before = createToyJournal();
  await before.append(toyHeader(program));
  const journal = createToyJournal(before.events);
  const run = createRun({
    program,
    outside: { ...toyOutside(world, journal), survivors: async () => [survivor] },
    standing,
    attended: false,
    begin: { past: before.events, fairlead: '0.0.0' },
  });
  const said: string[] = [];
  const feed = run.feed();
  const watching = (async () => {
    for await (const item of feed.items) {
      if (!isLive(item) || item.type !== 'run.waiting') continue;
      said.push(item.text);
      if (stop) run.request({ kind: 'stop', when: 'after-step' });
    }
  })();
  const state = await run.go();
  await watching;
  return { state, said };
}

it('what a dead process left at work is waited for before anything is looked at, and that is said', async () => {
  const world = createToyWorld();
  const { state, said } = await resumed(child(3, world), world, yes);
  expect(state.status).toBe('ok');
  expect(said).toHaveLength(4);
  expect(said[0]).toContain('apt-get (process 12) of step config');
});

it('it is ended where that is asked for', async () => {
  const world = createToyWorld();
  const survivor = child(1000, world);
  const { state } = await resumed(survivor, world, { ...yes, onSurvivors: 'end' });
  expect(survivor.ended).toBe(true);
  expect(state.status).toBe('ok');
});

it('while it is waited for the run can be stopped, with nothing done', async () => {
  const world = createToyWorld();
  const { state } = await resumed(child(1000, world), world, yes, true);
  expect(state).toMatchObject({ status: 'stopped', stopReason: 'interrupted' });
  expect(world.cells.size).toBe(0);
});

it('what waits for answers that nobody can give any more is ended by itself, but not at once: it may be at work', async () => {
  const world = createToyWorld();
  const deserted = child(1000, world);
  const { state, said } = await resumed(Object.defineProperty(deserted, 'deserted', { value: true }), world, yes);
  expect(deserted.ended).toBe(true);
  expect(state.status).toBe('ok');
  expect(said.filter((text) => text.startsWith('Waiting')).length).toBeGreaterThan(10);
  expect(said.at(-1)).toContain('Ending what waits for answers');
  const busy = child(5, createToyWorld());
  await resumed(Object.defineProperty(busy, 'deserted', { value: true }), createToyWorld(), yes);
  expect(busy.ended).toBe(false);
});
