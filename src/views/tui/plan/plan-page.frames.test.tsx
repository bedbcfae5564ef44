import { describe, test } from 'vitest';
import type { PlannedRun } from '../../../model/dispatch.ts';
import { fail } from '../../../model/failure.ts';
import { takesAll } from '../../../testing/fake-desk.ts';
import { expectFrame } from '../../../testing/frames.ts';
import { firstPlan, idlePlan, laterPlan, sampleDraft } from '../../../testing/plan-samples.ts';
import type { AppState } from '../app-state.ts';
import { firstHome } from '../home/home-state.ts';
import { formOf } from '../inputs/inputs-state.ts';
import { ready } from '../loaded.ts';
import { Screen } from '../screen.tsx';
import { type PlanPartState, planPartOf } from './plan-part-state.ts';
import { type PlanState, planOf } from './plan-state.ts';
import { shownPlan } from './plan-words.ts';

const SINCE = Date.parse('2026-11-23T12:00:00Z');

const waiting = planOf(sampleDraft, {}, { asked: 1, since: SINCE });

function made(plan: PlannedRun, more: Partial<PlanPartState> = {}): PlanState {
  return { ...waiting, plan: ready(plan), part: { ...planPartOf(shownPlan(plan, sampleDraft)), ...more } };
}

function failed(code: string, message: string, hints: readonly string[], more: Partial<PlanState> = {}): PlanState {
  return { ...waiting, plan: { status: 'failed', failure: fail(code, message, { hints }).failure }, ...more };
}

/** The row of the list at which a step of the first plan stands: its groups have a heading. */
const COMPOSE_FILE = 8;

const states: Readonly<Record<string, readonly [PlanState, seconds?: number]>> = {
  first: [made(firstPlan)],
  'first-at-diff': [made(firstPlan, { cursor: COMPOSE_FILE })],
  'first-diff': [made(firstPlan, { cursor: COMPOSE_FILE, view: 'detail', top: 4 })],
  'first-edited': [made(firstPlan, { cursor: 6, view: 'detail' })],
  'first-do-it': [made(firstPlan, { cursor: 17 })],
  'first-all': [made(firstPlan, { view: 'all', top: 30 })],
  later: [made(laterPlan)],
  'later-opened': [made(laterPlan, { open: ['todo', 'wanted'], cursor: 3 })],
  idle: [made(idlePlan)],
  planning: [waiting],
  'planning-looks': [{ ...waiting, looking: 'compose_file' }, 3],
  'planning-long': [{ ...waiting, looking: 'network' }, 75],
  failed: [
    failed(
      'docker.unreachable',
      'Step network (Create its own Docker network): Docker does not answer at /var/run/docker.sock.',
      ['Is it running? `systemctl status docker` tells.'],
    ),
  ],
  'needs-root': [
    failed('host.root-needed', 'Step group (Make its group) needs root.', [
      'Run it again with sudo: a run with a root step runs as root throughout. Nothing was changed.',
    ]),
  ],
  held: [
    failed(
      'run.held',
      'Another fairlead is at work here: `run harbour`, process 4711 of root from 192.0.2.7, since 2026-11-23T11:58:02.000Z.',
      ['Wait until it is done, or stop it there.'],
      { held: '20261123-115802-ab12' },
    ),
  ],
};

const SIZES = [
  { columns: 80, rows: 24 },
  { columns: 120, rows: 40 },
] as const;
const STYLES = [
  { colour: true, unicode: true },
  { colour: false, unicode: false },
] as const;

describe.each(Object.entries(states))('the plan page, %s', (name, [page, seconds = 0]) => {
  test.each(SIZES.flatMap((size) => STYLES.map((style) => ({ ...size, style }))))(
    'looks as it did at $columns x $rows, colour: $style.colour',
    async ({ columns, rows, style }) => {
      const state: AppState = {
        pages: [firstHome, formOf(sampleDraft, takesAll), page],
        mouse: false,
        now: SINCE + seconds * 1000,
      };
      const screen = <Screen state={state} columns={columns} rows={rows} style={style} {...takesAll} />;
      await expectFrame(`plan-${name}`, screen, { columns, rows, style });
    },
  );
});
