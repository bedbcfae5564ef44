import { describe, expect, it } from 'vitest';
import type { JournalEvent } from '../model/events.ts';
import { emptyRun, foldAll, type RunState } from '../model/run-state.ts';
import type { StepId } from '../model/step-id.ts';
import {
  Crash,
  createToyJournal,
  createToyWorld,
  deferred,
  type ToyWorld,
  toyHeader,
  toyOutside,
  toyProgram,
  toyRecipe,
  toyStep,
} from '../testing/toy-run.ts';
import { noStandingAnswers } from './policy.ts';
import { createRun } from './run.ts';

/** A step of every kind, with every way in which one can depend on another. */
const recipe = toyRecipe([
  toyStep('config', 'cell', { name: 'config', value: 'a' }),
  toyStep('register', 'act', { name: 'register' }),
  toyStep(
    'id',
    'cell',
    deferred(
      (scope) => ({ name: 'id', value: `id of ${String(scope.steps.register?.said ?? 'unknown')}` }),
      [{ root: 'steps', name: 'register' }],
    ),
  ),
  toyStep('restart', 'bounce', { name: 'restart' }, { after: ['config' as StepId, 'id' as StepId] }),
  toyStep('migrate', 'act', { name: 'migrate' }),
  toyStep('proof', 'look', { name: 'config', value: 'a' }),
]);

/** Places where the process may die: counted over appends (before and after the line) and effects. */
class Fuse {
  left: number;
  blown = false;

  constructor(left: number) {
    this.left = left;
  }

  tick(): void {
    if (this.blown || this.left-- === 0) {
      this.blown = true;
      throw new Crash('crashed');
    }
  }
}

interface Life {
  readonly events: readonly JournalEvent[];
  readonly crashed: boolean;
  readonly state: RunState;
}

/** One process: from the journal so far until it ends or the fuse blows. Doubts are answered by looking at what happened. */
async function live(world: ToyWorld, past: readonly JournalEvent[], fuse: Fuse): Promise<Life> {
  const journal = createToyJournal(past);
  journal.onAppend = () => fuse.tick();
  world.onEffect = () => fuse.tick();
  const program = toyProgram(recipe, world);
  const answers = new Map(['register', 'migrate'].map((name) => [name, world.acts.includes(name) ? 'done' : 'again']));
  const run = createRun({
    program,
    outside: toyOutside(world, journal),
    standing: { ...noStandingAnswers, approvePlan: true, answers },
    attended: false,
    begin: past.length === 0 ? { header: toyHeader(program) } : { past, fairlead: '0.0.0' },
  });
  try {
    const state = await run.go();
    return { events: journal.events, crashed: false, state };
  } catch (error) {
    if (!fuse.blown) throw error;
    return { events: journal.events, crashed: true, state: emptyRun };
  }
}

function expectGoodEnd(world: ToyWorld, life: Life, where: string): void {
  expect(life.state.status, where).toBe('ok');
  expect(life.state, where).toEqual(foldAll(life.events));
  expect(world.cells.get('config'), where).toBe('a');
  expect(
    world.acts.filter((act) => act === 'register'),
    where,
  ).toHaveLength(1);
  expect(
    world.acts.filter((act) => act === 'migrate'),
    where,
  ).toHaveLength(1);
  expect(world.acts.filter((act) => act === 'restart').length, where).toBeGreaterThanOrEqual(1);
}

describe('a crash at any moment', { timeout: 300_000 }, () => {
  it('before, inside and after every append and effect, and again during the resume, ends in the same state', async () => {
    let places = 0;
    let cases = 0;
    for (let first = 0; ; first++) {
      const probe = createToyWorld();
      const one = await live(probe, [], new Fuse(first));
      if (!one.crashed) break;
      places++;
      for (let second = 0; ; second++) {
        const world = createToyWorld();
        const dead = await live(world, [], new Fuse(first));
        const again = await live(world, dead.events, new Fuse(second));
        cases++;
        const where = `crash at ${first}, then at ${second}`;
        if (!again.crashed) {
          expectGoodEnd(world, again, where);
          break;
        }
        expectGoodEnd(world, await live(world, again.events, new Fuse(Number.POSITIVE_INFINITY)), where);
      }
    }
    expect(places).toBeGreaterThan(40);
    expect(cases).toBeGreaterThan(1000);
  });

  it('an act in doubt is never repeated without a question', async () => {
    for (let at = 0; ; at++) {
      const world = createToyWorld();
      const dead = await live(world, [], new Fuse(at));
      if (!dead.crashed) break;
      const inDoubt = [...foldAll(dead.events).steps.values()].some((step) => step.status === 'intended' && step.uses === 'act');
      if (!inDoubt) continue;
      const journal = createToyJournal(dead.events);
      world.onEffect = () => undefined;
      const program = toyProgram(recipe, world);
      const acts = [...world.acts];
      const run = createRun({
        program,
        outside: toyOutside(world, journal),
        standing: { ...noStandingAnswers, approvePlan: true, acknowledged: ['all'] },
        attended: false,
        begin: { past: dead.events, fairlead: '0.0.0' },
      });
      const state = await run.go();
      expect(state).toMatchObject({ status: 'stopped', stopReason: 'operator-needed' });
      expect(state.question?.about).toBe('in-doubt');
      expect(world.acts).toEqual(acts);
    }
  });
});
