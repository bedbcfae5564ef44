import { exitCodes } from '../model/failure.ts';
import { installedRecipe } from './installed-recipe.ts';
import { printJson } from './output.ts';
import type { Session } from './session.ts';
import { inputNamesOf } from './task-given.ts';
import { wrappedTable } from './wrapped-table.ts';

/** `fairlead task DEPLOYMENT`: what can be done with it, from its own copy of its recipe. */
export async function listTasks(deployment: string, { folder, console }: Session): Promise<number> {
  const { tasks } = await installedRecipe(deployment, folder);
  const listed = tasks.map((task) => ({ name: task.name, title: task.title, inputs: inputNamesOf(task) }));
  if (console.json) {
    printJson(console, listed);
    return exitCodes.done;
  }
  const rows = listed.map(({ name, title, inputs }) => [name, title, inputs.join(', ')]);
  const lines = wrappedTable(['TASK', 'WHAT IT DOES', 'INPUTS'], rows, console.columns());
  console.out(listed.length === 0 ? `The recipe of ${deployment} has no tasks.\n` : `${lines.join('\n')}\n`);
  if (listed.length > 0) console.out(`\nDo one with: fairlead task ${deployment} TASK [--input NAME=VALUE]\n`);
  return exitCodes.done;
}
