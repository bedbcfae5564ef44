import { expect, it } from 'vitest';
import type { AnyStepType } from '../model/step.ts';
import {
  createToyJournal,
  createToyWorld,
  type ToyWorld,
  toyHeader,
  toyOutside,
  toyRecipe,
  toyStep,
  toyTypes,
} from '../testing/toy-run.ts';
import { noStandingAnswers, type StandingAnswers } from './policy.ts';
import { createProgram } from './program.ts';
import { createRun } from './run.ts';

const yes: StandingAnswers = { ...noStandingAnswers, approvePlan: true, acknowledged: ['all'] };

/** A lock that tells when it is taken and given back; `before` is done while somebody else has it. */
function tellingLock(told: string[], before?: () => void) {
  return async (_: string, { onHeld }: { onHeld(who: string): void }) => {
    if (before !== undefined) {
      onHeld('run x (process 1 of root)');
      before();
    }
    told.push('taken');
    return {
      async release() {
        told.push('released');
      },
    };
  };
}

async function go(world: ToyWorld, told: string[], type: (cell: AnyStepType) => Partial<AnyStepType>, before?: () => void) {
  const cell = toyTypes(world).get('cell') as AnyStepType;
  const types = new Map([...toyTypes(world), ['watched', { ...cell, name: 'watched', ...type(cell) }]]);
  const program = createProgram(toyRecipe([toyStep('a', 'watched', { name: 'a', value: '1' })]), types);
  const journal = createToyJournal();
  const run = createRun({
    program,
    outside: { ...toyOutside(world, journal), lockHost: tellingLock(told, before) },
    standing: yes,
    attended: false,
    begin: { header: toyHeader(program) },
  });
  return { state: await run.go(), events: journal.events };
}

it('the host is held from before the intent until after the apply', async () => {
  const world = createToyWorld();
  const told: string[] = [];
  const { events } = await go(world, told, (cell) => ({
    async read(params: never, ctx: never) {
      told.push('read');
      return cell.read(params, ctx);
    },
    async apply(params: never, changes: never, ctx: never, state: never) {
      told.push('apply');
      return cell.apply?.(params, changes, ctx, state);
    },
  }));
  // The plan, the look before acting, the act, and the look after it.
  expect(told).toEqual(['read', 'read', 'taken', 'apply', 'released', 'read']);
  expect(events.some((event) => event.type === 'step.intended')).toBe(true);
});

it('after waiting for the host the world is looked at again: what another run did meanwhile is not done twice', async () => {
  const world = createToyWorld();
  const told: string[] = [];
  const { state, events } = await go(
    world,
    told,
    () => ({}),
    () => world.cells.set('a', '1'),
  );
  expect(state.steps.get('a' as never)?.status).toBe('ok');
  expect(events.some((event) => event.type === 'step.intended')).toBe(false);
  expect(told).toEqual(['taken', 'released']);
});

it('nobody is kept from the host while a person is asked', async () => {
  const world = createToyWorld();
  const told: string[] = [];
  const { state } = await go(world, told, (cell) => ({
    async apply(params: never, changes: never, ctx: never, state: never) {
      const { ask } = ctx as { ask(question: object): Promise<unknown> };
      await ask({ about: 'manual', data: {}, takes: { choices: ['done'] } });
      told.push('answered');
      return cell.apply?.(params, changes, ctx, state);
    },
  }));
  expect(state.status).toBe('ok');
  expect(told).toEqual(['taken', 'released', 'taken', 'answered', 'released']);
});

it('a failed apply gives the host back', async () => {
  const world = createToyWorld();
  const told: string[] = [];
  const { state } = await go(world, told, () => ({
    apply: () => Promise.reject(new Error('broke')),
  }));
  expect(state.status).toBe('stopped');
  expect(told).toEqual(['taken', 'released']);
});
