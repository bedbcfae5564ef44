import { describe, expect, test, vi } from 'vitest';
import type { PlannedRun, PlanWatch } from '../../../model/dispatch.ts';
import { fail } from '../../../model/failure.ts';
import { type AppUnderTest, openApp } from '../../../testing/app-under-test.tsx';
import { createFakeDesk, deskDeployment, deskInput, deskRecipe, type FakeDesk } from '../../../testing/fake-desk.ts';
import { KEYS } from '../../../testing/keys.ts';
import { firstPlan, idlePlan, laterPlan, sampleDraft } from '../../../testing/plan-samples.ts';
import { planPage } from './plan-page.tsx';
import { planOf } from './plan-state.ts';

/** A desk whose plans are these, one after the other; the last one stays. */
function deskWith(...plans: readonly (PlannedRun | Promise<PlannedRun>)[]): FakeDesk {
  const desk = createFakeDesk({
    recipes: [deskRecipe({ inputs: [deskInput('port', 'port', { default: 8077 })] })],
    deployments: [
      deskDeployment('harbour', {
        standing: 'running',
        unfinished: { id: 'run-7', kind: 'converge', what: 'harbour 2.1.0', startedAt: '', lastAt: '' },
      }),
    ],
  });
  let at = 0;
  return {
    ...desk,
    dispatch: { ...desk.dispatch, plan: async () => plans[Math.min(at++, plans.length - 1)] as PlannedRun | Promise<PlannedRun> },
  };
}

/** The app with this plan on its page, over the form that led to it. */
async function openPlan(desk: FakeDesk, shows = 'Plan:'): Promise<AppUnderTest> {
  const app = openApp(desk, { first: { kind: 'prepare', ref: 'toy' } });
  await app.shows('› plan');
  await app.shows(shows);
  return app;
}

const begun = (desk: FakeDesk) => desk.asked.filter(({ what }) => what === 'start');

describe('a yes', () => {
  test('y begins the very run that was planned, and once, however often it is pressed', async () => {
    const started = Promise.withResolvers<void>();
    const desk = deskWith(firstPlan);
    const slow: FakeDesk = {
      ...desk,
      dispatch: {
        ...desk.dispatch,
        async start(plan) {
          await started.promise;
          return desk.dispatch.start(plan);
        },
      },
    };
    const app = await openPlan(slow);
    await app.type('y', 'y', 'y');
    started.resolve();
    await app.hides('Plan:');
    expect(begun(desk)).toHaveLength(1);
    expect(begun(desk)[0]).toMatchObject({ what: 'start' });
    expect((begun(desk)[0] as { plan: PlannedRun }).plan).toBe(firstPlan);
  });

  test('it stands below the list with what will happen, and Enter on it begins', async () => {
    const desk = deskWith(firstPlan);
    const app = await openPlan(desk);
    expect(app.screen().replaceAll(/\s+/g, ' ')).toContain(
      'Do it: creates 7, changes 1, deletes 1, runs 2, waits for 2, 1 more known on the way; on this host, as root',
    );
    await app.type(KEYS.end, KEYS.enter);
    await app.hides('Plan:');
    expect(begun(desk)).toHaveLength(1);
  });

  test('Enter held down from the form on opens and closes a step, and begins nothing', async () => {
    const desk = deskWith(firstPlan);
    const app = await openPlan(desk);
    await app.type(...Array<string>(6).fill(KEYS.enter));
    await app.shows('Plan:');
    expect(begun(desk)).toEqual([]);
  });

  test('with nothing to do it says so, and offers to run the checks anyway', async () => {
    const desk = deskWith(idlePlan);
    const app = await openPlan(desk, 'Nothing to do: 15 steps are as wanted, 1 is left out.');
    expect(app.screen()).toContain('Run the checks anyway');
    await app.type(KEYS.end, KEYS.up, KEYS.enter);
    await app.hides('Nothing to do');
    expect(begun(desk)).toHaveLength(1);
  });
});

describe('a no', () => {
  test.each([
    ['Esc', [KEYS.escape]],
    ['i', ['i']],
    ['i in the detail of a step', [KEYS.enter, 'i']],
    ['Esc in the detail of a step, and once more in the list', [KEYS.enter, KEYS.escape, KEYS.escape]],
  ])('%s leads back to the form, where everything still stands', async (_, keys) => {
    const desk = deskWith(firstPlan);
    const app = openApp(desk, { first: { kind: 'open-inputs', ref: 'toy' } });
    await app.shows('inputs');
    await app.type(KEYS.tab, KEYS.backspace);
    await app.shows(/\b807\b/);
    await app.type(KEYS.ctrl('p'));
    await app.shows('Plan:');
    await app.type(...keys);
    await app.hides('Plan:');
    expect(app.screen()).toMatch(/\b807\b/);
    expect(begun(desk)).toEqual([]);
  });

  test('where there is nothing to do, Go back is a row of its own', async () => {
    const app = await openPlan(deskWith(idlePlan), 'Nothing to do');
    await app.type(KEYS.end, KEYS.enter);
    await app.hides('Nothing to do');
    expect(app.state().pages.at(-1)?.kind).toBe('inputs');
  });
});

describe('while the plan is being made', () => {
  test('Esc gives it up, and its answer is not taken for that of the next plan', async () => {
    const [old, next] = [Promise.withResolvers<PlannedRun>(), Promise.withResolvers<PlannedRun>()];
    const desk = deskWith(old.promise, next.promise);
    const app = await openPlan(desk, 'Planning');
    await app.type(KEYS.escape);
    await app.hides('Planning');
    await app.type(KEYS.ctrl('p'));
    await app.shows('Planning');
    old.resolve(firstPlan);
    next.resolve(laterPlan);
    await app.shows('2 to change (~), 13 as wanted (=)');
  });

  test('it tells the step that is looked at; given up, it is not made to its end', async () => {
    const watches: PlanWatch[] = [];
    const desk = deskWith(firstPlan);
    const app = await openPlan(
      {
        ...desk,
        dispatch: {
          ...desk.dispatch,
          plan: (_, __, watch) => {
            watches.push(watch ?? {});
            return Promise.withResolvers<PlannedRun>().promise;
          },
        },
      },
      'Planning',
    );
    watches[0]?.looking?.('start');
    await app.shows('2 of 2  Start it');
    expect(watches[0]?.signal?.aborted).toBe(false);
    await app.type(KEYS.escape);
    await app.hides('Planning');
    expect(watches[0]?.signal?.aborted).toBe(true);
  });

  test('a plan that was approved beforehand begins nothing once it is given up', async () => {
    const plan = Promise.withResolvers<PlannedRun>();
    const desk = deskWith(plan.promise);
    const app = openApp(desk, { first: { kind: 'prepare', ref: 'toy', approved: true } });
    await app.shows('Planning');
    await app.type(KEYS.escape);
    plan.resolve(firstPlan);
    await app.hides('Planning');
    await plan.promise;
    expect(app.state().pages.at(-1)?.kind).toBe('inputs');
    expect(begun(desk)).toEqual([]);
  });

  test('one that was approved beforehand begins when the plan is there', async () => {
    const desk = deskWith(firstPlan);
    const app = openApp(desk, { first: { kind: 'prepare', ref: 'toy', approved: true } });
    await app.shows('› toy');
    expect(begun(desk)).toHaveLength(1);
  });

  test('the clock runs, and no longer', () => {
    const waiting = planOf(sampleDraft, {}, { asked: 1, since: 0 });
    expect(planPage.clockRuns?.(waiting)).toBe(true);
    expect(planPage.clockRuns?.({ ...waiting, plan: { status: 'ready', value: firstPlan } })).toBe(false);
  });

  test('y says yes to nothing', async () => {
    const desk = deskWith(Promise.withResolvers<PlannedRun>().promise);
    const app = await openPlan(desk, 'Planning');
    await app.type('y', KEYS.enter);
    expect(begun(desk)).toEqual([]);
  });
});

describe('a plan that can not be made', () => {
  test('says why and what now; r makes it once more', async () => {
    const failed = Promise.reject(
      fail('docker.unreachable', 'Docker does not answer.', { hints: ['Is it running?'], retryable: true }),
    );
    failed.catch(() => undefined);
    const app = await openPlan(deskWith(failed, firstPlan), 'Docker does not answer.');
    expect(app.screen()).toContain('Is it running?');
    expect(app.screen()).toContain('Nothing was changed.');
    const depth = app.state().pages.length;
    await app.type('r');
    await app.shows('Plan:');
    expect(app.state().pages).toHaveLength(depth);
  });

  test('that needs root is begun again under sudo with what was typed, and the app ends with that; it says how by hand', async () => {
    const failed = Promise.reject(fail('host.root-needed', 'Step group needs root.'));
    failed.catch(() => undefined);
    const begun: unknown[] = [];
    const app = openApp(deskWith(failed), {
      first: { kind: 'open-plan', draft: sampleDraft, typed: { port: '81' } },
      asRoot: async ({ deployment }, typed) => void begun.push({ deployment, typed }),
    });
    await app.shows('needs root');
    expect(app.screen()).toContain('sudo fairlead run');
    await app.type('s');
    await vi.waitFor(() => expect(app.quit()).toBe(true));
    expect(begun).toEqual([{ deployment: sampleDraft.deployment, typed: { port: '81' } }]);
  });

  test('stays where it is when sudo lets nobody in, and offers root for nothing else', async () => {
    const failures = ['host.root-needed', 'docker.down'].map((code) => Promise.reject(fail(code, `It failed: ${code}.`)));
    for (const failure of failures) failure.catch(() => undefined);
    const app = openApp(deskWith(...failures), {
      first: { kind: 'open-plan', draft: sampleDraft, typed: {} },
      asRoot: async () => {
        throw fail('host.no-sudo', 'It was not begun as root: sudo did not let you in.');
      },
    });
    await app.shows('host.root-needed');
    await app.type('s');
    await app.shows('sudo did not let you in');
    await app.type(KEYS.escape, 'r');
    await app.shows('docker.down');
    await app.type('s');
    expect(app.screen()).not.toContain('sudo');
    expect(app.quit()).toBe(false);
  });

  test('because another run is at work there leads to that run', async () => {
    const failed = Promise.reject(fail('run.held', 'Another fairlead is at work here.'));
    failed.catch(() => undefined);
    const desk = deskWith(failed);
    const app = openApp(desk, { first: { kind: 'open-plan', draft: sampleDraft, typed: {} } });
    await app.shows('attach to the run that is at work there');
    await app.type('a');
    await app.hides('attach to the run');
    expect(desk.asked).toContainEqual({ what: 'attach', run: 'run-7' });
  });

  test('attaches to nothing where nobody knows what is at work there', async () => {
    const failed = Promise.reject(fail('run.held', 'Another fairlead is at work here.'));
    failed.catch(() => undefined);
    const app = await openPlan(deskWith(failed), 'Another fairlead');
    await app.type('a');
    expect(app.screen()).toContain('make the plan once more');
    expect(app.screen()).not.toContain('attach');
  });
});

describe('looking at a plan', () => {
  test('Enter shows what a step will do, n and p the next and the one before, Esc the list', async () => {
    const app = await openPlan(deskWith(firstPlan));
    await app.type(KEYS.enter);
    await app.shows('1 of 16: Make its group');
    await app.type('n');
    await app.shows('+ harbour: group harbour, no home folder, shell /usr/sbin/nologin');
    await app.type('p', 'p');
    await app.shows('1 of 16');
    await app.type(KEYS.escape);
    await app.shows('Plan:');
  });

  test.each([
    ['Tab', KEYS.tab],
    ['d', 'd'],
  ])('%s goes to the detail and back', async (_, key) => {
    const app = await openPlan(deskWith(firstPlan));
    await app.type(key);
    await app.shows('1 of 16: Make its group');
    await app.type(key);
    await app.shows('Plan:');
  });

  test('a long diff scrolls to its end, and no further', async () => {
    const app = await openPlan(deskWith(firstPlan));
    await app.type(...Array<string>(7).fill(KEYS.down), KEYS.enter);
    await app.shows('9 of 16: Write the compose file');
    await app.type(KEYS.end);
    await app.shows('+  ships:');
    const end = app.screen();
    await app.type(KEYS.down, KEYS.pageDown);
    expect(app.screen()).toBe(end);
    await app.type(KEYS.home);
    await app.shows('9 of 16');
  });

  test('what is as wanted is one row, which opens and folds', async () => {
    const app = await openPlan(deskWith(laterPlan));
    expect(app.screen()).not.toContain('Make its group');
    await app.type(KEYS.down, KEYS.down, KEYS.enter);
    await app.shows('1 = Make its group');
    await app.type(KEYS.enter);
    await app.hides('Make its group');
  });

  test('a shows everything, in the order of the recipe; a again, or Esc, the list', async () => {
    const app = await openPlan(deskWith(laterPlan));
    await app.type('a');
    await app.shows('1 of 16: Make its group');
    await app.type('a');
    await app.shows('Plan:');
    await app.type('a', KEYS.end);
    await app.shows('16 of 16: Set up the mail relay');
    await app.type(KEYS.escape);
    await app.shows('Plan:');
  });

  test('in a wide window the detail is beside the list, and goes with the cursor', async () => {
    const app = openApp(deskWith(firstPlan), { columns: 120, rows: 40, first: { kind: 'prepare', ref: 'toy' } });
    await app.shows('1 of 16: Make its group');
    await app.type(KEYS.down, KEYS.down);
    await app.shows('3 of 16: Make its folders');
    await app.shows('Plan:');
  });

  test('? tells all keys', async () => {
    const app = await openPlan(deskWith(firstPlan));
    await app.type('?');
    await app.shows('begin the run');
    await app.shows('the whole plan as one text');
  });
});
