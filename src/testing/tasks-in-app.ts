import { KEYS } from './keys.ts';
import type { Screen } from './pty-screen.ts';

/** So long a run may take on a slow machine. */
const LONG_MS = 300_000;

/** A task at hand in the app, with keys only. */
export interface TaskInApp {
  readonly screen: Screen;
  readonly deployment: string;
  readonly task: string;
}

/** From the first page, whose only deployment this is, to what a task asks for; to its plan, where that is nothing. */
export async function openTask({ screen, deployment, task }: TaskInApp): Promise<void> {
  await screen.waitFor(new RegExp(`^[›>] +\\S+ +${deployment} +installed`, 'm'));
  screen.type(KEYS.enter);
  await screen.waitFor('d tasks');
  screen.type('d');
  await screen.waitFor('Type to find a task');
  screen.type(task);
  await screen.waitFor(new RegExp(`Find: ${task}`));
  await screen.waitFor(new RegExp(`^[›>] ${task} `, 'm'));
  screen.type(KEYS.enter);
  await screen.waitFor(new RegExp(`(task|plan of) ${task}$`, 'm'));
}

/** From a task's plan to the end of its run, where nothing is asked on the way. */
export async function doTask({ screen }: TaskInApp): Promise<void> {
  await screen.waitFor('y do it');
  screen.type('y');
  await screen.waitFor('Done in', LONG_MS);
}

/** From a task's form, which takes these keys, to its plan. */
export async function fillIn({ screen, task }: TaskInApp, keys: string): Promise<void> {
  await screen.waitFor('[ Plan ]');
  screen.type(keys);
  screen.type(KEYS.ctrl('p'));
  await screen.waitFor(`task ${task} › plan`);
}

/** From the end of a task's run to the first page. */
export async function goHome({ screen, deployment }: TaskInApp, standing = 'installed'): Promise<void> {
  screen.type(KEYS.escape);
  await screen.waitFor(new RegExp(`${deployment} +${standing}`));
}
