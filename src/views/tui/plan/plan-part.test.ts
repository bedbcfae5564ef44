import { describe, expect, test } from 'vitest';
import type { PlannedRun } from '../../../model/dispatch.ts';
import type { StepForecast } from '../../../model/events.ts';
import { emptyRun, fold } from '../../../model/run-state.ts';
import type { StepId } from '../../../model/step-id.ts';
import { runStarted } from '../../../testing/fake-desk.ts';
import { eventOf } from '../../../testing/fake-run.ts';
import { firstPlan, idlePlan, laterPlan, longPlan, sampleDraft } from '../../../testing/plan-samples.ts';
import { paintedWidth } from '../../lib/width.ts';
import type { Key, KeyName } from '../key.ts';
import { planPanelLines } from './plan-lines.ts';
import { planPartKey } from './plan-part.tsx';
import { type PlanPartState, planPartOf } from './plan-part-state.ts';
import { isIdle, type PlanShown, planRows } from './plan-shown.ts';
import { planOfRun, shownPlan, willHappen } from './plan-words.ts';
import { askedOnTheWay, stepTags } from './step-tags.ts';

const style = { colour: false, unicode: true };
const painted = { colour: true, unicode: true };
const small = { columns: 80, rows: 20, style };
const large = { columns: 120, rows: 36, style };

const shown = (plan: PlannedRun): PlanShown => shownPlan(plan, sampleDraft);
const named = (name: KeyName): Key => ({ kind: 'named', name });
const typed = (text: string): Key => ({ kind: 'text', text });

function pressing(state: PlanPartState, ...keys: readonly Key[]): PlanPartState {
  return keys.reduce((now, key) => planPartKey(now, key, small)?.state ?? now, state);
}

describe('the rows of a plan', () => {
  test('what will be done comes first, then what is as wanted, then what is left out; each in the order of the recipe', () => {
    const rows = planRows(shown(laterPlan), ['todo', 'wanted', 'skipped']);
    const groups = rows.flatMap((row) => (row.kind === 'group' ? [`${row.group} ${row.count}`] : []));
    expect(groups).toEqual(['todo 2', 'wanted 13', 'skipped 1']);
    const steps = rows.flatMap((row) => (row.kind === 'step' ? [row.step.step as string] : []));
    expect(steps.slice(0, 4)).toEqual(['compose_file', 'up', 'group', 'user']);
    expect(steps.at(-1)).toBe('mail');
  });

  test('every step is in exactly one group', () => {
    for (const plan of [firstPlan, laterPlan, idlePlan]) {
      const rows = planRows(shown(plan), ['todo', 'wanted', 'skipped']);
      const steps = rows.flatMap((row) => (row.kind === 'step' ? [row.step.step] : []));
      expect([...steps].sort()).toEqual(plan.forecast.map(({ step }) => step).sort());
    }
  });

  test('a plan that does something at every step has no headings', () => {
    expect(planRows(shown(longPlan(3, 1)), ['todo']).map(({ kind }) => kind)).toEqual(['step', 'step', 'step']);
  });

  test('a step that will ask is never counted as done for', () => {
    const forecast: StepForecast[] = [
      { step: 'group' as StepId, changes: [], drift: true },
      { step: 'env' as StepId, changes: [], adopts: [{ secret: 'key', path: '/srv/x' }] },
    ];
    expect(isIdle(forecast)).toBe(false);
    expect(planRows({ ...shown(idlePlan), forecast }, ['todo'])).toHaveLength(2);
  });
});

describe('what is said of a plan', () => {
  test('what only reads is nothing to be done, and not said to be as wanted', () => {
    const list: StepForecast = { step: 'list' as StepId, changes: [{ action: 'read', target: 'ls' }] };
    const wanted: StepForecast = { step: 'env' as StepId, changes: [] };
    const headOf = (forecast: readonly StepForecast[]): string | undefined =>
      planPanelLines(planPartOf({ ...shown(idlePlan), forecast }), { columns: 80, rows: 20, style })[0];
    expect(headOf([list])).toBe('Nothing to change: 1 step only reads (<).');
    expect(headOf([wanted, wanted, list, list])).toBe('Nothing to change: 2 steps are as wanted, 2 only read (<).');
    const make: StepForecast = { step: 'make' as StepId, changes: [{ action: 'run', target: 'make' }] };
    expect(headOf([list, make])).toBe('Plan: 1 to run (>), 1 to read (<).');
  });

  test('what will happen is counted in steps', () => {
    expect(willHappen(laterPlan.forecast)).toBe('changes 2');
    expect(willHappen([{ step: 'keeper' as StepId, changes: [], waitsFor: 'account' as StepId }])).toBe('1 known on the way');
    expect(willHappen([{ step: 'env' as StepId, changes: [], adopts: [] }])).toBe('asks first');
  });

  test('what it will ask on the way is said beforehand, each kind counted', () => {
    expect(askedOnTheWay(shown(firstPlan))).toBe('1 danger, 1 edited by hand, 1 holds old data, 1 by hand');
    expect(askedOnTheWay(shown(idlePlan))).toBe('');
  });

  test('of a run it is what its header and its forecast say, with what changed since the run before', () => {
    const header = runStarted({
      deployment: 'harbour',
      steps: [{ id: 'group' as StepId, title: 'Make its group', uses: 'host.group' }],
      changedInputs: ['version'],
      orphans: [{ step: 'ferry' as StepId, run: 'run-0' }],
    });
    const state = [header, { type: 'plan.forecast', forecast: firstPlan.forecast } as const].reduce(
      (now, body) => fold(now, eventOf(body, now.seq + 1)),
      emptyRun,
    );
    const plan = planOfRun(state, []);
    expect(plan.steps).toMatchObject([{ id: 'group', title: 'Make its group' }]);
    expect(plan.forecast).toEqual(firstPlan.forecast);
    expect(plan.notes).toEqual([
      'Another value than before: version.',
      expect.stringContaining('fairlead task harbour remove-orphans'),
    ]);
    expect(planOfRun(emptyRun, []).forecast).toEqual([]);
  });

  test('a danger that does not come about is none', () => {
    const plan = shown(laterPlan);
    const danger = plan.forecast.find(({ step }) => step === 'old_data') as StepForecast;
    expect(stepTags(plan, danger)).toEqual([]);
  });
});

test('of what is asked on the way there may be several', () => {
  const plan = shown(firstPlan);
  const twice = { ...plan, forecast: [...plan.forecast, ...plan.forecast] };
  expect(askedOnTheWay(twice)).toBe('2 dangers, 2 edited by hand, 2 hold old data, 2 by hand');
});

describe('a plan on the screen', () => {
  const everyView = (state: PlanPartState): readonly PlanPartState[] =>
    [state, pressing(state, named('end')), pressing(state, typed('a')), pressing(state, typed('a'), named('end'))].concat(
      Array.from({ length: 17 }, (_, cursor) => pressing({ ...state, cursor }, named('enter'))),
    );

  test.each([small, large, { columns: 80, rows: 6, style }, { columns: 200, rows: 60, style: painted }])(
    'never takes more than its room, $columns x $rows',
    (room) => {
      for (const plan of [firstPlan, laterPlan, idlePlan, longPlan(200, 60)])
        for (const state of everyView(planPartOf(shown(plan)))) {
          const lines = planPanelLines(state, room);
          expect(lines.length).toBeLessThanOrEqual(room.rows);
          // Words that are longer than a line are cut when they are drawn; a list's rows never are too long.
          if (state.view === 'list')
            for (const line of lines.slice(0, -3)) expect(paintedWidth(line)).toBeLessThanOrEqual(room.columns);
        }
    },
  );

  test('nothing of a long diff is lost: every character of it can be scrolled to', () => {
    const line = `+${'0123456789'.repeat(30)}`;
    const forecast = [{ step: 'group' as StepId, changes: [{ action: 'update' as const, target: '/x', diff: line }] }];
    const state = pressing(planPartOf({ ...shown(idlePlan), forecast }), named('enter'));
    const text = planPanelLines(state, small).join('\n');
    expect(text.replaceAll(/\n {2}/g, '')).toContain(line);
  });

  test('what comes from a file or a recipe moves no cursor', () => {
    const evil = '\u001b[2J\u001b]52;c;eA==\u0007\u009b31mx';
    const forecast: StepForecast[] = [
      {
        step: 'group' as StepId,
        changes: [{ action: 'update', target: evil, before: evil, after: [evil], diff: `+${evil}\n-${evil}`, property: evil }],
        notes: [evil],
        kept: [evil],
        adopts: [{ secret: evil, path: evil }],
        invalidatedBy: [`input:${evil}`],
      },
    ];
    const steps = [{ id: 'group', title: evil, uses: evil, explain: evil }];
    const plan: PlanShown = { steps, forecast, notes: [evil], actions: [{ key: 'y', label: 'Do it', explain: evil }] };
    for (const state of everyView(planPartOf(plan)))
      for (const room of [small, large]) {
        const text = planPanelLines(state, room).join('\n');
        // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is what is tested
        expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
        expect(text).not.toContain('eA==');
      }
  });

  test('of a long plan no more is read than is in sight', () => {
    const plan = longPlan(200, 60);
    const read = new Set<number>();
    const forecast = plan.forecast.map((step, at) => ({
      ...step,
      changes: step.changes.map((change) => ({
        ...change,
        get diff() {
          read.add(at);
          return change.diff ?? '';
        },
      })),
    }));
    const state = { ...planPartOf({ ...shown(plan), forecast }), cursor: 100 };
    planPanelLines(state, small);
    expect([...read]).toEqual([]);
    planPanelLines(state, large);
    expect([...read]).toEqual([100]);
  });
});

describe('keys', () => {
  test('at an end of the list n and p stay where they are', () => {
    const state = pressing(planPartOf(shown(laterPlan)), named('enter'));
    expect(pressing(state, typed('p'))).toEqual(state);
    expect(pressing(state, typed('n'), typed('n'), typed('n'))).toEqual(pressing(state, typed('n')));
  });

  test('the arrows to the right and left open and fold a group, and never the other way round', () => {
    const state = pressing(planPartOf(shown(idlePlan)), named('left'));
    expect(state.open).not.toContain('wanted');
    const opened = pressing(state, named('right'), named('right'));
    expect(opened.open).toContain('wanted');
    expect(pressing(opened, named('left')).open).not.toContain('wanted');
  });

  test('Esc in the list, and what means nothing to a plan, is left to the page', () => {
    const state = planPartOf(shown(firstPlan));
    expect(planPartKey(state, named('escape'), small)).toBeUndefined();
    expect(planPartKey(state, typed('y'), small)).toBeUndefined();
    expect(planPartKey({ ...state, view: 'all' }, typed('n'), small)).toBeUndefined();
  });
});
