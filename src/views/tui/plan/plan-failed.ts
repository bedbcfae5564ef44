import { hasForm } from '../../../model/draft.ts';
import type { Failure } from '../../../model/failure.ts';
import { failureLines } from '../../lib/failure-text.ts';
import { foldLines } from '../../lib/fold-line.ts';
import { paint, type Style } from '../../lib/style.ts';
import { words } from '../../lib/words.ts';
import type { KeyHint } from '../page.ts';
import type { PlanState } from './plan-state.ts';
import { backTo } from './plan-words.ts';

/** What can be done where no plan could be made, the most promising first. */
export function failedKeys({ held, draft, plan }: PlanState): readonly KeyHint[] {
  return [
    ...(needsRoot(plan) ? [{ key: 's', does: 'as root', explain: 'begin again under sudo, with what you typed' }] : []),
    ...(held === undefined ? [] : [{ key: 'a', does: 'attach', explain: 'attach to the run that is at work there' }]),
    { key: 'r', does: 'try again', explain: 'make the plan once more, with the same inputs' },
    { key: 'Esc', does: hasForm(draft) ? 'change an input' : 'back', explain: `back ${backTo(draft)}` },
    { key: 'up-down', does: 'scroll', rare: true },
  ];
}

/** Why there is no plan, and what now, in lines of so many columns. */
export function failedLines(state: PlanState, failure: Failure, columns: number, style: Style): readonly string[] {
  const keys = failedKeys(state).filter(({ rare }) => rare !== true);
  const width = Math.max(...keys.map(({ key }) => key.length));
  const lines = [
    paint('No plan could be made. Nothing was changed.', 'bad', style),
    '',
    ...failureLines(failure, style),
    ...(needsRoot(state.plan) ? ['', ...rootLines(state, style)] : []),
    '',
    ...keys.map(({ key, does, explain }) => `  ${paint(key.padEnd(width), 'strong', style)}  ${explain ?? does}`),
  ];
  return foldLines(lines, columns);
}

/** Is it only root that could make this plan? */
export function needsRoot(plan: PlanState['plan']): boolean {
  return plan.status === 'failed' && plan.failure.code === 'host.root-needed';
}

/** No process becomes root: the app is begun anew. By hand, secrets are not handed on. */
function rootLines({ draft }: PlanState, style: Style): readonly string[] {
  const { deployment, recipe, ref, task } = draft;
  const command =
    task === undefined
      ? `sudo fairlead run ${ref}${deployment === recipe.name ? '' : ` --name ${deployment}`}`
      : `sudo fairlead task ${deployment} ${task.name}`;
  return [
    'The key s begins again as root and keeps what you typed. Or leave (Ctrl-C, q), and give this command:',
    '',
    `  ${paint(words(command, style), 'strong', style)}`,
    '',
    'It asks for the inputs again.',
  ];
}
