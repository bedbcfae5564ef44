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
export function failedKeys({ held, draft }: PlanState): readonly KeyHint[] {
  return [
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
    ...(failure.code === 'host.root-needed' ? ['', ...rootLines(state, style)] : []),
    '',
    ...keys.map(({ key, does, explain }) => `  ${paint(key.padEnd(width), 'strong', style)}  ${explain ?? does}`),
  ];
  return foldLines(lines, columns);
}

/** No process becomes root: the app is begun anew. Secrets are not handed on. */
function rootLines({ draft }: PlanState, style: Style): readonly string[] {
  const { deployment, recipe, ref, task } = draft;
  const command =
    task === undefined
      ? `sudo fairlead run ${ref}${deployment === recipe.name ? '' : ` --name ${deployment}`}`
      : `sudo fairlead task ${deployment} ${task.name}`;
  return [
    'Leave (Ctrl-C, q) and begin again as root:',
    '',
    `  ${paint(words(command, style), 'strong', style)}`,
    '',
    'It asks for the inputs again: nothing of what you typed was kept.',
  ];
}
