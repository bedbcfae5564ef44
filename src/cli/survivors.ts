import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { LeftExecs } from '../adapters/docker/left-execs.ts';
import { drainPipe, leavePipe } from '../adapters/host/output-pipe.ts';
import { endGroup, GRACE_MS, signalGroup } from '../adapters/host/process-group.ts';
import { pipesOf } from '../journal/child-pipes.ts';
import { type ListedChild, listedChildren, strikeOut } from '../journal/children-list.ts';
import { type LeftProcess, leftProcess, processByEnvironment } from '../journal/left-process.ts';
import type { StateFolder } from '../journal/state-folder.ts';
import type { Survivor } from '../model/children.ts';
import { type FairleadError, fail } from '../model/failure.ts';

/** After SIGKILL a process is gone in a moment; a container's engine notices it a little later. In milliseconds. */
const GONE_WITHIN_MS = 3000;
const LOOK_EVERY_MS = 50;

/** How a listed program runs now. */
type Running = { readonly process: LeftProcess } | { readonly exec: string };

/**
 * The listed programs that still run, oldest first; who is dead is struck out. Only for who holds the deployment's lock
 * and has not started a program yet: a living engine's list is its own. What they print from now on is read, and dropped.
 */
export async function findSurvivors(folder: string, execs: LeftExecs): Promise<readonly Survivor[]> {
  const found = listedChildren(folder).map(async (child): Promise<readonly Survivor[]> => {
    const running = await lookAt(child, folder, execs);
    if (running === undefined) return [];
    // Nobody has read what it printed since its engine died: once the pipe is full, it would wait for ever.
    for (const pipe of pipesOfChild(child, folder)) drainPipe(pipe);
    return [survivorOf(child, running, folder, execs)];
  });
  return (await Promise.all(found)).flat();
}

/**
 * The host's lock died with its engine, and what that had started may go on: it is waited for, as if it held the lock.
 * Throws the signal's reason where that is aborted first.
 */
export async function awaitLeftBehind(
  runId: string,
  folder: StateFolder,
  execs: LeftExecs,
  signal: AbortSignal,
  onHeld: (who: string) => void,
): Promise<void> {
  const found = await Promise.all(
    (await folder.deployments()).map((name) => findSurvivors(folder.runFolder(name, runId).children, execs)),
  );
  for (const survivor of found.flat()) {
    while (await survivor.isAlive()) {
      signal.throwIfAborted();
      onHeld(`${survivor.what}, left at work by run ${runId}`);
      await pause(LOOK_EVERY_MS);
    }
  }
}

function survivorOf(child: ListedChild, running: Running, folder: string, execs: LeftExecs): Survivor {
  const { program, step, at, container, terminal } = child;
  const where =
    container === undefined && 'process' in running ? `process ${running.process.pid}` : `in the container ${container}`;
  const what = `${program} (${where})`;
  return {
    what,
    ...(step === undefined ? {} : { step }),
    since: at,
    ...(terminal === undefined ? {} : { deserted: true as const }),
    isAlive: async () => (await lookAt(child, folder, execs)) !== undefined,
    async end() {
      const now = await lookAt(child, folder, execs);
      if (now === undefined) return;
      await endRunning(now, execs);
      for (const deadline = performance.now() + GONE_WITHIN_MS; performance.now() < deadline; await pause(LOOK_EVERY_MS)) {
        if ((await lookAt(child, folder, execs)) === undefined) return;
      }
      throw notEnded(what);
    },
  };
}

async function endRunning(running: Running, execs: LeftExecs): Promise<void> {
  if ('exec' in running) return execs.end(running.exec);
  const { pid } = running.process;
  signalGroup(pid, 'SIGTERM');
  await endGroup(pid, performance.now() + GRACE_MS);
}

/** One look; undefined where it is gone, its pipes left, and struck out. */
async function lookAt(child: ListedChild, folder: string, execs: LeftExecs): Promise<Running | undefined> {
  const running = child.container === undefined ? programOf(leftProcess(child)) : await inContainer(child, execs);
  if (running === undefined) {
    // A daemon that it left behind may write on, and with the entry the pipe's name goes.
    for (const pipe of pipesOfChild(child, folder)) leavePipe(pipe);
    strikeOut(folder, child.name);
  }
  return running;
}

function pipesOfChild({ name }: ListedChild, folder: string): readonly string[] {
  const { stdout, stderr } = pipesOf(join(folder, name));
  return [stdout, stderr];
}

async function inContainer(child: ListedChild, execs: LeftExecs): Promise<Running | undefined> {
  // It was never made, so that nothing runs.
  if (child.exec === undefined) return undefined;
  const state = await execs.state(child.exec);
  if (state === 'running') return { exec: child.exec };
  // An engine with live-restore that was restarted knows its containers, and not what was run in them.
  return state === 'unknown' ? programOf(processByEnvironment(child)) : undefined;
}

function programOf(process: LeftProcess | undefined): Running | undefined {
  return process === undefined ? undefined : { process };
}

function notEnded(what: string): FairleadError {
  return fail('survivor.not-ended', `${what} was told to end, and goes on.`, {
    fault: 'environment',
    hints: [
      'Resume as the user that began the run, or as root: others may not end it.',
      'Or wait until it ends by itself: resume without --on-survivors end.',
    ],
    retryable: true,
  });
}
