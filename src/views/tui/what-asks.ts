import { type AppState, frontPage } from './app-state.ts';

/** What came up by itself and waits for a key: a plan, the question of the run in front, what could not be done; undefined: nothing. */
export function whatAsks(state: AppState): string | undefined {
  if (state.dialog !== undefined) return state.dialog.kind === 'trouble' ? `trouble ${state.dialog.failure.code}` : undefined;
  const page = frontPage(state);
  if (page.kind === 'plan') return page.plan.status === 'loading' ? undefined : `plan ${page.asked}`;
  if (page.kind !== 'run' || page.ask === undefined || page.ask.sent !== undefined) return undefined;
  return `question ${page.ask.question.id}`;
}
