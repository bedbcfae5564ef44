import { planLines } from '../../lib/plan-text.ts';
import { isKey, isText } from '../key.ts';
import { valueIn } from '../loaded.ts';
import type { PageKind } from '../page.ts';
import { Lines } from '../parts/lines.tsx';
import { scrollText } from '../parts/scroll.ts';
import type { PlanState } from './plan-state.ts';

/** The plan: approve it, or go back and change an input. */
export const planPage: PageKind<PlanState> = {
  title: () => 'plan',
  keys: () => [
    { key: 'y', does: 'do it' },
    { key: 'Esc', does: 'change an input' },
  ],
  onKey(state, key, { rows }) {
    const plan = valueIn(state.plan);
    const cursor = scrollText(state.cursor, key, 1000, rows);
    if (cursor !== undefined) return { state: { ...state, cursor } };
    if (isKey(key, 'escape')) return { state, intents: [{ kind: 'back' }] };
    if (!isText(key, 'y') || plan === undefined) return { state };
    const { draft, typed } = state;
    return draft.changes === undefined
      ? { state, intents: [{ kind: 'start', plan }] }
      : { state, intents: [{ kind: 'resume', run: draft.changes, change: { draft, typed } }] };
  },
  onNews: (state, news) => (news.kind === 'plan' ? { state: { ...state, plan: news.plan } } : { state }),
  Body({ state, around: { columns, rows, style } }) {
    const plan = valueIn(state.plan);
    const titles = new Map(plan?.steps.map(({ id, title }) => [id, title]));
    const lines = plan === undefined ? ['Planning'] : planLines(plan.forecast, titles, style);
    return <Lines lines={lines.slice(state.cursor, state.cursor + rows)} columns={columns} style={style} />;
  },
};
