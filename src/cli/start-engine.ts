import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { notWritable } from '../journal/not-writable.ts';
import { temporaryBeside } from '../journal/temporary-file.ts';
import type { RunLink } from '../model/dispatch.ts';
import { EVIDENCE_LINES, FairleadError, fail } from '../model/failure.ts';
import { linkRun } from './link-run.ts';
import { privatePart } from './own-environment.ts';
import { type EngineAnswer, type EngineOrder, encodeOrder, type RunSpec } from './run-spec.ts';
import type { Session } from './session.ts';

/**
 * Starts a run in a process of its own: in its own session, cut off from the terminal, so that nothing which becomes of us
 * touches it. A line to it, from its beginning. Throws what keeps the run from beginning; then nothing was begun.
 */
export async function startEngine(spec: RunSpec, session: Session): Promise<RunLink> {
  const { folder, console } = session;
  await unlockKey(session);
  if (spec.kind === 'start') await folder.makeDeployment(spec.deployment);
  const log = temporaryBeside(join(folder.deployment(spec.deployment).dir, 'engine.log'));
  // Until somebody listens a wish to stop is kept: what was begun meanwhile would not hear it.
  let stopWanted = false;
  const remember = (): void => {
    stopWanted = true;
  };
  process.on('SIGINT', remember);
  try {
    const { pid, answer } = await begin({ spec, stateDir: folder.dir, environment: environmentFor(session), log });
    console.err(answer.said);
    if ('failure' in answer) throw new FairleadError(answer.failure);
    const link = await linkRun(spec.deployment, answer.ready, 'begin', session).catch((error: unknown) => {
      // Nobody would ever answer it: it would wait at its first question.
      if (pid !== undefined) process.kill(pid, 'SIGTERM');
      throw error;
    });
    if (stopWanted) link.control.request({ kind: 'stop', when: 'after-step' });
    return link;
  } finally {
    process.off('SIGINT', remember);
    rmSync(log, { force: true });
  }
}

/** The key's passphrase is asked for here, where a terminal is. */
export async function unlockKey(session: Pick<Session, 'keys'>): Promise<void> {
  const keys = await session.keys();
  if ((await keys.inUse()).some(({ home }) => home === 'passphrase')) await keys.read();
}

function environmentFor({ environment, passphrases }: Session): EngineOrder['environment'] {
  const passphrase = passphrases.used();
  return { ...privatePart(environment), ...(passphrase === undefined ? {} : { FAIRLEAD_PASSPHRASE: passphrase }) };
}

/** Starts the process, tells it what to do, and waits for its answer. */
async function begin(order: EngineOrder): Promise<{ readonly pid: number | undefined; readonly answer: EngineAnswer }> {
  const child = spawnEngine(order);
  const answering = firstLine(child.stdio[3] as Readable);
  child.stdin?.on('error', () => undefined).end(encodeOrder(order));
  const failed = new Promise<never>((_, reject) => child.once('error', reject));
  const answer = await Promise.race([answering, failed]);
  child.unref();
  return { pid: child.pid, answer: answer === '' ? silent(order) : JSON.parse(answer) };
}

function spawnEngine({ log, spec }: EngineOrder): ChildProcess {
  const output = openLog(log);
  try {
    // The name of the deployment is for whoever looks at the list of processes.
    return spawn(process.execPath, [process.argv[1] ?? '', 'engine', spec.deployment], {
      detached: true,
      stdio: ['pipe', output, output, 'pipe'],
    });
  } finally {
    closeSync(output);
  }
}

/** What was said up to a newline; '' where the end comes first. */
function firstLine(pipe: Readable): Promise<string> {
  return new Promise((resolve) => {
    let said = '';
    pipe.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk;
      if (!said.includes('\n')) return;
      resolve(said);
      pipe.destroy();
    });
    pipe.on('error', () => resolve('')).on('close', () => resolve(''));
  });
}

function openLog(log: string): number {
  try {
    return openSync(log, 'ax', 0o600);
  } catch (error) {
    throw notWritable(log, error);
  }
}

/** It died before it could say why. */
function silent({ log }: EngineOrder): EngineAnswer {
  const tail = readFileSync(log, 'utf8').split('\n').slice(-EVIDENCE_LINES);
  const failure = fail('run.engine-gone', 'The process of the run ended before it began.', {
    fault: 'environment',
    hints: ['`fairlead status` says how the deployment stands.'],
    evidence: { tail },
  });
  return { said: '', failure: failure.failure };
}
