import { hasForm } from '../../../model/draft.ts';
import type { Task } from '../../../model/recipe.ts';
import { markdownLines } from '../../lib/markdown.ts';
import { words } from '../../lib/words.ts';
import { type Desk, HOME, type Place, QUIT } from './place.ts';
import type { Choice } from './talk.ts';

/** A deployment's tasks, and the way to what one asks for, or to its plan. */
export async function tasksPlace(deployment: string, desk: Desk): Promise<Place> {
  const { catalogue, dispatch, talk } = desk;
  const tasks = await catalogue.tasks(deployment);
  talk.say('', words(`The tasks of ${deployment}`, talk.style));
  if (tasks.length === 0) {
    talk.say('Its recipe has none.');
    return { at: 'deployment', name: deployment };
  }
  const chosen = await talk.choose(tasks.map(choiceOf), { help: HELP });
  if (chosen === 'quit') return QUIT;
  if (chosen === 'back') return { at: 'deployment', name: deployment };
  tell(chosen, desk);
  const form = { draft: await dispatch.draftTask(deployment, chosen.name), typed: {}, naming: false };
  return hasForm(form.draft) ? { at: 'inputs', begin: beginOf(chosen), form } : { at: 'plan', form };
}

/** Where a way back leads that goes further than to the inputs. */
export function placeBefore({
  draft: { task, deployment },
}: {
  readonly draft: { readonly task?: Task; readonly deployment: string };
}): Place {
  return task === undefined ? HOME : { at: 'tasks', deployment };
}

const HELP = [
  'Type the number of a task, or its name: you hear what it is for, answer what it asks, then see its plan.',
  'Nothing is changed before you say yes to the plan.',
] as const;

function choiceOf(task: Task): Choice<Task> {
  return { word: task.name, meaning: task.title, value: task };
}

/** Of what is there already only something is changed: all of it is said first. */
function beginOf({ changes }: Task): 'first' | 'summary' {
  return changes === undefined ? 'first' : 'summary';
}

function tell({ title, explain, steps }: Task, { talk }: Desk): void {
  const plain = { ...talk.style, colour: false };
  const columns = talk.terminal.columns?.() ?? 80;
  talk.say('', words(`${title}.`, plain));
  if (explain !== undefined) talk.say(...markdownLines(explain, { columns, style: plain }));
  const dangers = steps.filter(({ danger }) => danger !== undefined).map((step) => step.title);
  if (dangers.length > 0) talk.say(words(`A word must be typed before: ${dangers.join('; ')}.`, plain));
}
