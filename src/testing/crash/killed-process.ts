import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DrawnKill } from './drawn-round.ts';
import { linesAt } from './drawn-round.ts';
import { createLineCount, untilLines } from './journal-watch.ts';

const launcher = fileURLToPath(new URL('../../../bin/fairlead', import.meta.url));

/** How a fairlead ended that may have been killed. */
export interface ProcessEnd {
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly killed: boolean;
  /** What it printed, both streams in order. */
  readonly said: string;
}

/** What the kill needs to know of the run that it falls into. */
export interface KillGround {
  /** The deployment's `runs` folder. */
  readonly runs: string;
  /** How many lines the journal of an undisturbed run has. */
  readonly lines: number;
}

/**
 * Starts the real program as the leader of a process group of its own, and kills it (SIGKILL) at the drawn moment; or
 * lets it end where there is no kill, or its moment did not come.
 */
export function startAndKill(
  args: readonly string[],
  stateDir: string,
  kill: DrawnKill | undefined,
  ground: KillGround,
): Promise<ProcessEnd> {
  const env = {
    ...process.env,
    FAIRLEAD_STATE_DIR: stateDir,
    FAIRLEAD_CONFIG_DIR: join(dirname(stateDir), 'config'),
    LC_ALL: 'C.UTF-8',
    NO_COLOR: '1',
  };
  const before = createLineCount(ground.runs)();
  return new Promise((resolve, reject) => {
    const child = spawn(launcher, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = new AbortController();
    const said: string[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => said.push(text));
    child.on('error', reject);
    child.on('exit', () => ended.abort());
    child.on('close', (code, signal) => resolve({ code, killed: signal === 'SIGKILL', said: said.join('') }));
    const { pid } = child;
    if (kill === undefined || pid === undefined) return;
    const target = kill.target === 'pid' ? pid : -pid;
    untilMoment(kill, before, ground, ended.signal).then(() => {
      // Nobody else can have its number: it is not taken away before we hear that it ended.
      if (!ended.signal.aborted) process.kill(target, 'SIGKILL');
    }, reject);
  });
}

async function untilMoment({ moment }: DrawnKill, before: number, ground: KillGround, ended: AbortSignal): Promise<void> {
  if (moment.kind === 'before-journal') {
    // Its journal may come sooner than that: then right after its first line.
    const first = new AbortController();
    const sooner = AbortSignal.any([ended, first.signal]);
    await Promise.race([pause(moment.afterMs, sooner), untilLines(ground.runs, before + 1, sooner)]);
    first.abort();
    return;
  }
  await untilLines(ground.runs, linesAt(moment.share, before, ground.lines), ended);
  await pause(moment.delayMs, ended);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
