import { type AppState, frontPage } from './app-state.ts';

/** What came up by itself and waits for a key: a plan, the question of the run in front, what could not be done; undefined: nothing. */
export function whatAsks(state: AppState): string | undefined {
  if (state.dialog !== undefined) return state.dialog.kind === 'trouble' ? `trouble ${state.dialog.failure.code}` : undefined;
  const page = frontPage(state);
  if (page.kind === 'plan') return page.plan.status === 'loading' ? undefined : `plan ${page.asked}`;
  // It ended under the operator's fingers: what was typed for it is no answer.
  if (page.kind === 'containers' && page.shell?.now.status === 'ended') return `ended ${page.opened}`;
  if (page.kind !== 'run' || page.ask === undefined || page.ask.sent !== undefined) return undefined;
  // What is typed while its program has the keys answers nothing here.
  return `${page.hand === undefined ? 'question' : 'program'} ${page.ask.question.id}`;
}
