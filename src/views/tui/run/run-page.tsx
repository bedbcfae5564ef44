import { words } from '../../lib/words.ts';
import { isKey, isText } from '../key.ts';
import type { PageKind } from '../page.ts';
import { Lines } from '../parts/lines.tsx';
import type { RunPageState } from './run-page-state.ts';

/** A run: its steps, what the present one says, and what it asks. */
export const runPage: PageKind<RunPageState> = {
  title: ({ picture }) => picture.state.header?.recipe.name ?? picture.run,
  keys: () => [{ key: 'Esc', does: 'home; the run goes on' }],
  onKey(state, key) {
    if (isKey(key, 'escape')) return { state, intents: [{ kind: 'home' }] };
    const { question } = state.picture.state;
    if (question !== undefined && 'choices' in question.takes && isText(key, '1')) {
      const answer = question.takes.choices[0] ?? '';
      return { state, intents: [{ kind: 'request', request: { kind: 'answer', id: question.id, answer } }] };
    }
    return { state };
  },
  onNews: (state, news) =>
    news.kind === 'run' && news.picture.run === state.picture.run ? { state: { ...state, picture: news.picture } } : { state },
  clockRuns: ({ picture }) => picture.state.status === 'running' && picture.down === undefined,
  Body({ state, around: { columns, rows, style } }) {
    const lines = [...state.picture.state.steps.values()].map(({ title, status }) =>
      words(`${status.padEnd(9)} ${title}`, style),
    );
    return <Lines lines={lines.slice(0, rows)} columns={columns} style={style} />;
  },
};
