import type { Task } from '../../../model/recipe.ts';
import { type Loaded, loading, valueIn } from '../loaded.ts';
import { type TextField, textField } from '../parts/text-field.ts';

/** What can be done with an installed deployment besides running its recipe again. */
export interface TasksState {
  readonly kind: 'tasks';
  readonly deployment: string;
  readonly tasks: Loaded<readonly Task[]>;
  /** What is typed to find one. */
  readonly filter: TextField;
  /** The row that the keys go to, counted from 0 over `foundTasks`. */
  readonly cursor: number;
  /** The first line shown of what is told of the chosen one. */
  readonly top: number;
}

/** The page before it is known what there is. */
export function tasksOf(deployment: string): TasksState {
  return { kind: 'tasks', deployment, tasks: loading, filter: textField(), cursor: 0, top: 0 };
}

/**
 * The tasks that have every word that is typed in their name or their title: first the one whose name it is, then those whose
 * names begin with it, then those whose names have it. Who types `limits` and Enter does not mean `unlimited`, Lift the limits.
 */
export function foundTasks({ tasks, filter }: TasksState): readonly Task[] {
  const typed = filter.text.trim().toLowerCase();
  const found = (valueIn(tasks) ?? []).filter(({ name, title }) => {
    const text = `${name} ${title}`.toLowerCase();
    return typed.split(/\s+/).every((word) => text.includes(word));
  });
  return typed === '' ? found : found.toSorted((a, b) => distance(a, typed) - distance(b, typed));
}

/** How far what is typed is from the task's name. */
function distance({ name }: Task, typed: string): number {
  if (name === typed) return 0;
  if (name.startsWith(typed)) return 1;
  return name.includes(typed) ? 2 : 3;
}

/** The task that the keys go to; undefined where there is none. */
export function chosenTask(state: TasksState): Task | undefined {
  return foundTasks(state)[state.cursor];
}
