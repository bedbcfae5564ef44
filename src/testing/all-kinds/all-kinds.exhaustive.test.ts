import { describe, expect, it } from 'vitest';
import { scopeOf } from '../../engine/scope.ts';
import type { AnyStepType, StepTypes } from '../../model/step.ts';
import { stepTypes } from '../../steps/index.ts';
import { asResumed, type End, type Explored, type Extent, explore } from './explore.ts';
import { live, type Remains } from './life.ts';
import { change, flawedInstall, handEdited, install, type SetUp, uninstall } from './scenarios.ts';
import { serveVersion } from './serve-version.ts';

const port = serveVersion();

async function installed(): Promise<End> {
  const { world, scenario } = await install(port());
  return (await explore(world, scenario, { crashes: 0 })).end;
}

const scenarios: readonly (readonly [string, () => Promise<SetUp>])[] = [
  ['a first run', () => install(port())],
  ['a first run in which programs fail', () => flawedInstall(port())],
  ['a run with other inputs', async () => change(await installed(), port())],
  ['a run after edits by hand', async () => handEdited(await installed())],
  ['an uninstall', async () => uninstall(await installed())],
];

const tryAll = ({ world, scenario }: SetUp, extent: Extent): Promise<Explored> => explore(world, scenario, extent);

describe.each(scenarios)('%s', { timeout: 600_000 }, (_, make) => {
  it('ended at every moment, and again in every resume, any number of times, comes to the same end', async () => {
    const { wrong, resumed, orderedAnew } = await tryAll(await make(), { crashes: Number.POSITIVE_INFINITY });
    expect(wrong).toEqual([]);
    expect([...orderedAnew].filter((step) => step !== 'enroll')).toEqual([]);
    expect(resumed).toBeGreaterThan(50);
  });
});

/** That alike remains may be taken for one is seen without taking them so, where all is made and where all is removed. */
const unmerged = scenarios.filter(([name]) => name === 'a first run' || name === 'an uninstall');

describe.each(unmerged)('%s', { timeout: 600_000 }, (_, make) => {
  it('ended at every moment, alike or not, and gone on with to the end, comes to the same end', async () => {
    const { wrong, resumed } = await tryAll(await make(), { crashes: 1, alike: true, toTheEnd: true });
    expect(wrong).toEqual([]);
    expect(resumed).toBeGreaterThan(100);
  });

  it('ended at every pair of moments, alike or not, comes to the same end', async () => {
    const { wrong, resumed } = await tryAll(await make(), { crashes: 2, alike: true });
    expect(wrong).toEqual([]);
    expect(resumed).toBeGreaterThan(1000);
  });
});

describe.each(scenarios.slice(0, 3))('%s', { timeout: 600_000 }, (_, make) => {
  it('with nobody to ask, an act in doubt is not done again', async () => {
    const setUp = await make();
    let doubts = 0;
    const inspect = async (remains: Remains): Promise<void> => {
      const { world, scenario } = setUp;
      const state = asResumed(remains.state);
      const inDoubt = scenario.program.steps.some(
        ({ id, uses, params }) =>
          state.steps.get(id)?.status === 'in-doubt' &&
          stepTypes.get(uses)?.whenInDoubt(params.evaluate(scopeOf(scenario.program.recipe, state))) === 'ask',
      );
      if (!inDoubt) return;
      doubts++;
      const acts = [...world.ledger];
      const watch = { moment: () => undefined, boundary: () => false, orderedAnew: () => undefined };
      const ended = await live(world, scenario, remains.events, remains.state, watch, false);
      expect(ended?.state).toMatchObject({ status: 'stopped', stopReason: 'operator-needed' });
      expect(ended?.state.question?.about).toBe('in-doubt');
      expect([...world.ledger]).toEqual(acts);
    };
    expect((await tryAll(setUp, { crashes: 2, inspect })).wrong).toEqual([]);
    expect(doubts).toBeGreaterThan(0);
  });
});

describe('a step type that does wrong in a crash is found out', { timeout: 300_000 }, () => {
  const wrongWith = async (name: string, defect: (type: AnyStepType) => Partial<AnyStepType>): Promise<string> => {
    const type = stepTypes.get(name) as AnyStepType;
    const types: StepTypes = new Map([...stepTypes, [name, { ...type, ...defect(type) }]]);
    const { world, scenario } = await install(port(), types);
    return (await explore(world, scenario, { crashes: 1 })).wrong.join('\n');
  };

  it('one that acts a second time without a question', async () => {
    const wrong = await wrongWith('container.exec', () => ({ whenInDoubt: () => 'read-again' }));
    expect(wrong).toContain('["register",2]');
  });

  it('one that restarts a second time, since it does not look whether it did', async () => {
    const wrong = await wrongWith('container.restart', () => ({ read: async () => ({ happened: false }) }));
    expect(wrong).toContain('["restart app-web-1",2]');
  });

  it('one that claims an act which it has only begun', async () => {
    const wrong = await wrongWith('docker.network', (type) => ({
      read: async (params, ctx) => (ctx.doubted === undefined ? type.read(params, ctx) : { claims: true }),
      diff: (params, state) => (state.claims === true ? [] : type.diff(params, state)),
    }));
    expect(wrong).toMatch(/-.*app\.lan/);
  });
});
