import { type AppState, frontPage } from './app-state.ts';

/** What came up by itself and waits for a key: the question of the run in front, or what could not be done; undefined where nothing does. */
export function whatAsks(state: AppState): string | undefined {
  if (state.dialog !== undefined) return state.dialog.kind === 'trouble' ? `trouble ${state.dialog.failure.code}` : undefined;
  const page = frontPage(state);
  if (page.kind !== 'run' || page.ask === undefined || page.ask.sent !== undefined) return undefined;
  return `question ${page.ask.question.id}`;
}
