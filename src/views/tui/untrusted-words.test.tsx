// biome-ignore-all lint/suspicious/noControlCharactersInRegex: what reaches a terminal is what this file is about
import { expect, test } from 'vitest';
import { fail } from '../../model/failure.ts';
import type { Json } from '../../model/json.ts';
import type { Question } from '../../model/questions.ts';
import { drawnNow } from '../../testing/app-frames.tsx';
import { ASKING_STEP, busyEvents, failedEvents, failureQuestion, pictureAfter } from '../../testing/asking-run.ts';
import { deskDeployment, deskRecipe, takesAll } from '../../testing/fake-desk.ts';
import { goldenEvents, goldenPicture } from '../../testing/golden-runs.ts';
import { firstPlan, sampleDraft } from '../../testing/plan-samples.ts';
import type { AppState, Dialog, PageState } from './app-state.ts';
import { firstHome } from './home/home-state.ts';
import { formOf } from './inputs/inputs-state.ts';
import { ready } from './loaded.ts';
import { planPartOf } from './plan/plan-part-state.ts';
import { planOf } from './plan/plan-state.ts';
import { shownPlan } from './plan/plan-words.ts';
import { recipeOf } from './recipe/recipe-state.ts';
import { runPageOf } from './run/run-page-state.ts';

/** What a recipe, a file or a container may have in any of its texts. */
const POISON = '\u001b[35m\u001b[2J\u001b]52;c;eA==\u0007\u009b31m\u202e\b';
/** What is no text but one of a few words, or a moment. */
const WORDS_OF_OURS =
  /^(kind|type|status|outcome|action|about|fault|at|standing|focus|view|from|dot|reason|stopReason|by|\w+At|open|group|key|choices)$/;

/** All of it with every text poisoned, also those that name things. */
function poisoned<T>(value: T): T {
  if (typeof value === 'string') return `${value}${POISON}` as T;
  if (Array.isArray(value)) return value.map(poisoned) as T;
  if (value instanceof Map) return new Map([...value].map(([key, one]) => [poisoned(key), poisoned(one)])) as T;
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key,
      WORDS_OF_OURS.test(key) && typeof one !== 'object' ? one : sparing(key, one),
    ]),
  ) as T;
}

/** Answers are told apart by their words, and the groups of a plan that stand open. */
function sparing(key: string, value: unknown): unknown {
  return key === 'choices' || key === 'open' ? value : poisoned(value);
}

const question = (about: Question['about'], data: Json, takes: Question['takes']): PageState =>
  runPageOf(
    poisoned(
      pictureAfter([
        ...busyEvents(),
        { type: 'question.asked', question: { id: 'question:9', about, step: ASKING_STEP, data, takes } },
      ]),
    ),
  );
const changes = [{ action: 'update', target: '/etc/x', before: 'old', after: 'new', reason: 'edited' }];
const failure = fail('x.y', 'It broke.', {
  hints: ['Mend it.'],
  evidence: { argv: ['a', 'b'], exit: 1, tail: ['out'] },
}).failure;

const lastRun = {
  id: 'run-1',
  kind: 'converge',
  what: 'toy 1.0.0',
  startedAt: '2026-11-22T14:03:00Z',
  lastAt: '2026-11-22T14:05:00Z',
} as const;
const home = poisoned({
  ...firstHome,
  deployments: ready([deskDeployment('cloud', { last: lastRun }), deskDeployment('bad', { standing: 'damaged', failure })]),
  recipes: ready([
    { ref: 'toy', name: 'toy', title: 'Toy', version: '1', summary: 'A toy.' },
    { ref: 'b', name: 'b', title: 'B', version: '', failure },
  ]),
  health: { cloud: { dot: 'good' as const, word: 'healthy' } },
});
const plan = poisoned(firstPlan);
const draft = poisoned(sampleDraft);
const planned = planOf(draft, {}, { asked: 1, since: 0 });
const goldenRuns = (['given-up', 'interrupted', 'lighthouse', 'rotated', 'rotation-given-up'] as const).flatMap((name) =>
  goldenEvents(name).map(({ seq }): readonly [string, PageState] => [
    `${name} at ${seq}`,
    runPageOf(poisoned(goldenPicture(name, { upTo: seq }))),
  ]),
);

const pages: readonly (readonly [string, PageState])[] = [
  ['home', home],
  ['home at what is damaged', { ...home, chosen: 'deployment bad' } as PageState],
  ['recipe', { ...recipeOf('toy'), recipe: ready(poisoned(deskRecipe())) }],
  ['recipe that is broken', { ...recipeOf('toy'), recipe: { status: 'failed', failure: poisoned(failure) } }],
  ['form', formOf(draft, takesAll)],
  ['plan', { ...planned, plan: ready(plan), part: planPartOf(shownPlan(plan, draft)) }],
  ['plan, a step', { ...planned, plan: ready(plan), part: { ...planPartOf(shownPlan(plan, draft)), view: 'detail', cursor: 4 } }],
  ['plan, all', { ...planned, plan: ready(plan), part: { ...planPartOf(shownPlan(plan, draft)), view: 'all' } }],
  ['plan that is made', { ...planned, looking: poisoned('step') }],
  ['plan that failed', { ...planned, plan: { status: 'failed', failure: poisoned(failure) } }],
  ['failed', runPageOf(poisoned(pictureAfter([...failedEvents(), { type: 'run.stopped', reason: 'failed' }])))],
  ['broken off', runPageOf(poisoned(pictureAfter(failedEvents(), { down: failure })))],
  ['asks, failure', question('failure', failureQuestion().data, { choices: ['retry', 'skip', 'stop'] })],
  ['asks, manual', question('manual', { markdown: '# Do\n- `this`\n```\nls\n```' }, { choices: ['done'] })],
  [
    'asks, in doubt',
    question('in-doubt', { title: 'T', changes, lost: ['x'], changedInputs: ['y'] }, { choices: ['done', 'again', 'stop'] }),
  ],
  ['asks, drift', question('drift', { title: 'T', changes }, { choices: ['keep', 'overwrite', 'stop'] })],
  ['asks, danger', question('danger', { title: 'T', targets: ['/srv'] }, { word: 'cloud' })],
  [
    'asks, adopt',
    question('adopt', { title: 'T', secret: 's', path: '/p', keeps: 'k' }, { choices: ['adopt', 'rotate', 'wipe', 'stop'] }),
  ],
  ['asks, a secret', question('adopt', { title: 'T', secret: 's', path: '/p' }, { secret: 's' })],
  ['asks, a choice', question('input', { title: 'T', other: 'x' }, { choices: [`one${POISON}`] })],
  ['asks, a text', question('input', { title: 'T' }, { schema: { type: 'string' } })],
  ...goldenRuns.filter((_, at) => at % 6 === 0),
];
const dialogs: readonly Dialog[] = [
  { kind: 'keys', top: 0 },
  { kind: 'leave', cursor: 0 },
  { kind: 'trouble', failure: poisoned(failure), top: 0 },
  { kind: 'copied', what: `lines${POISON}`, text: `text${POISON}`, top: 0 },
];
const KEYS: readonly (readonly string[])[] = [[], ['v'], ['d'], ['enter'], ['tab'], ['tab', 'd'], ['down'], ['end']];

test.each(pages)('no text from outside does anything to the terminal: %s', (_, page) => {
  for (const dialog of [undefined, ...dialogs]) {
    const state: AppState = {
      pages: [firstHome, page],
      mouse: false,
      now: 0,
      busy: POISON,
      ...(dialog === undefined ? {} : { dialog }),
    };
    for (const keys of dialog === undefined ? KEYS : [[]]) {
      expect(drawnNow(state, keys), keys.join(' ')).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
    }
  }
});
