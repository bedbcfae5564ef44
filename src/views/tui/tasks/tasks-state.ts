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

/** The tasks that have every word that is typed in their name or their title. */
export function foundTasks({ tasks, filter }: TasksState): readonly Task[] {
  const typed = filter.text.toLowerCase().split(/\s+/);
  return (valueIn(tasks) ?? []).filter(({ name, title }) => {
    const text = `${name} ${title}`.toLowerCase();
    return typed.every((word) => text.includes(word));
  });
}

/** The task that the keys go to; undefined where there is none. */
export function chosenTask(state: TasksState): Task | undefined {
  return foundTasks(state)[state.cursor];
}
