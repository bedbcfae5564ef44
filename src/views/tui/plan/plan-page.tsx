import { hasForm, stepsOfDraft } from '../../../model/draft.ts';
import { formatDuration } from '../../../model/duration.ts';
import { onlyReads } from '../../../model/plan-effect.ts';
import { foldLines } from '../../lib/fold-line.ts';
import { paint } from '../../lib/style.ts';
import { words } from '../../lib/words.ts';
import type { Intent } from '../intent.ts';
import { isKey, isText, type Key } from '../key.ts';
import type { News } from '../news.ts';
import type { Around, KeyHint, PageKind, Turn } from '../page.ts';
import { Lines } from '../parts/lines.tsx';
import { scrollText } from '../parts/scroll.ts';
import { failedKeys, failedLines, needsRoot } from './plan-failed.ts';
import { PlanPanel, planPartKey, planPartKeys } from './plan-part.tsx';
import { planPartOf } from './plan-part-state.ts';
import { isIdle } from './plan-shown.ts';
import type { PlanState } from './plan-state.ts';
import { backTo, shownPlan } from './plan-words.ts';

const BACK: Intent = { kind: 'back' };

/** The plan: approve it, or go back and change an input. */
export const planPage: PageKind<PlanState> = {
  // The form says it else, which stands before.
  title: ({ draft }) => (draft.task === undefined || hasForm(draft) ? 'plan' : `plan of ${draft.task.name}`),
  keys,
  onKey,
  onNews,
  clockRuns: ({ plan }) => plan.status === 'loading',
  Body({ state, around }) {
    const { columns, rows, style } = around;
    if (state.part !== undefined) return <PlanPanel state={state.part} columns={columns} rows={rows} style={style} />;
    const lines = textLines(state, around);
    const top = Math.min(state.top, Math.max(0, lines.length - rows));
    return <Lines lines={lines.slice(top, top + rows)} columns={columns} style={style} />;
  },
};

function keys(state: PlanState): readonly KeyHint[] {
  const { part, plan } = state;
  if (plan.status === 'failed') return failedKeys(state);
  if (part === undefined) return [{ key: 'Esc', does: 'give up', explain: 'back; nothing was changed' }];
  const { forecast } = part.plan;
  const yes: KeyHint =
    isIdle(forecast) && !forecast.some(onlyReads)
      ? { key: 'y', does: 'check anyway', explain: 'look at every step again, and keep a record' }
      : { key: 'y', does: 'do it', explain: 'begin the run: what stands below the list happens' };
  const back: KeyHint = {
    key: part.view === 'list' ? 'Esc or i' : 'i',
    does: hasForm(state.draft) ? 'change an input' : 'back',
    explain: backTo(state.draft),
  };
  return [yes, ...planPartKeys(part), back];
}

function onKey(state: PlanState, key: Key, around: Around): Turn<PlanState> {
  const { plan, part } = state;
  if (plan.status === 'ready' && part !== undefined) {
    const begin: Turn<PlanState> = { state, intents: [{ kind: 'start', plan: plan.value }] };
    if (isText(key, 'y')) return begin;
    if (isText(key, 'i')) return { state, intents: [BACK] };
    const turn = planPartKey(part, key, around);
    if (turn?.chosen === 0) return begin;
    if (turn?.chosen !== undefined) return { state, intents: [BACK] };
    if (turn !== undefined) return { state: { ...state, part: turn.state } };
    return isKey(key, 'escape') ? { state, intents: [BACK] } : { state };
  }
  if (isKey(key, 'escape') || isText(key, 'i')) return { state, intents: [BACK] };
  if (plan.status !== 'failed') return { state };
  if (isText(key, 'r')) {
    return { state, intents: [{ kind: 'open-plan', draft: state.draft, typed: state.typed, again: true }] };
  }
  if (isText(key, 's') && needsRoot(plan)) {
    return { state, intents: [{ kind: 'begin-as-root', draft: state.draft, typed: state.typed }] };
  }
  if (isText(key, 'a') && state.held !== undefined) return { state, intents: [{ kind: 'attach', run: state.held }] };
  const top = scrollText(state.top, key, textLines(state, around).length, around.rows);
  return { state: top === undefined ? state : { ...state, top } };
}

function onNews(state: PlanState, news: News): Turn<PlanState> {
  if (news.kind === 'plan' && news.asked === state.asked) {
    const { plan } = news;
    if (plan.status === 'ready') {
      return { state: { ...state, plan, part: planPartOf(shownPlan(plan.value, state.draft)) } };
    }
    // Who holds it is known to the list of deployments.
    const held = plan.status === 'failed' && plan.failure.code === 'run.held';
    return { state: { ...state, plan }, ...(held ? { intents: [{ kind: 'load-home' }] } : {}) };
  }
  if (news.kind === 'looking') return { state: news.asked === state.asked ? { ...state, looking: news.step } : state };
  if (news.kind !== 'deployments' || state.plan.status !== 'failed' || news.deployments.status !== 'ready') return { state };
  const holder = news.deployments.value.find(({ name, standing }) => name === state.draft.deployment && standing === 'running');
  const { held: _, ...rest } = state;
  return { state: holder?.unfinished === undefined ? rest : { ...rest, held: holder.unfinished.id } };
}

/** So long a plan takes where nothing is slow. */
const USUAL_MS = 15_000;

/** What stands where there is no plan (yet). */
function textLines(state: PlanState, { columns, style, now }: Around): readonly string[] {
  const { plan, draft, since, looking } = state;
  if (plan.status === 'failed') return failedLines(state, plan.failure, columns, style);
  const steps = stepsOfDraft(draft);
  const at = steps.findIndex(({ id }) => id === looking);
  const took = Math.max(0, now - since);
  const lines = [
    paint(took < 1000 ? 'Planning' : `Planning for ${formatDuration(Math.floor(took / 1000) * 1000)}`, 'strong', style),
    '',
    `${steps.length === 1 ? 'The one step' : `Each of the ${steps.length} steps`} looks at this host: what is there already, and what differs. Nothing is changed.`,
    ...(at < 0 ? [] : ['', `${at + 1} of ${steps.length}  ${words(steps[at]?.title ?? '', style)}`]),
    ...(took < USUAL_MS
      ? []
      : [
          '',
          'This takes longer than it mostly does: Docker, the disk or the network may be slow to answer. You can wait, or give up.',
        ]),
    '',
    paint(`Esc gives up and leads back ${hasForm(draft) ? 'to the form' : 'to the list of tasks'}.`, 'faint', style),
  ];
  return foldLines(lines, columns);
}
