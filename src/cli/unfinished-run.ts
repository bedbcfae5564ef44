import { openJournal } from '../journal/journal-file.ts';
import { acquireLock } from '../journal/lock.ts';
import { fail } from '../model/failure.ts';
import { canonicalJson, type Json } from '../model/json.ts';
import type { Recipe } from '../model/recipe.ts';
import { foldAll } from '../model/run-state.ts';
import { isSecretRef } from '../model/secrets.ts';
import { createLineReader } from './ask-line.ts';
import type { ReadableRun } from './deployments.ts';
import { drive } from './drive.ts';
import { checkAnswers, programFor, readRecipeFolder } from './prepare-run.ts';
import type { RunRequest } from './run-request.ts';
import type { Session } from './session.ts';

import { version } from './version.ts';
import { openWorld } from './world.ts';

/** Resumes a run, as its journal and its own copy of the recipe say; the exit code. */
export function goOnWith(deployment: string, run: ReadableRun, request: RunRequest, session: Session): Promise<number> {
  return reopen(deployment, run, request, session, false);
}

/**
 * Makes a run final; what it did stays as it is. An act in doubt has to be settled first: what is given up without a
 * word would be done again by the next run.
 */
export function abandonRun(deployment: string, run: ReadableRun, request: RunRequest, session: Session): Promise<number> {
  return reopen(deployment, run, request, session, true);
}

async function reopen(
  deployment: string,
  run: ReadableRun,
  request: RunRequest,
  session: Session,
  givingUp: boolean,
): Promise<number> {
  const lock = await acquireLock(session.folder.deployment(deployment).lock, { what: `fairlead resume ${deployment}` });
  try {
    const recipe = await readRecipeFolder(run.paths.recipe);
    const options = { ...run.header.options, onFailure: request.options.onFailure };
    const program = { ...programFor(recipe, options), givingUp };
    checkAnswers(program, request.standing);
    const world = await openWorld(session.folder, deployment, { purpose: 'resume', environment: { FAIRLEAD_RUN: run.id } });
    const { events, journal, repaired } = await openJournal(run.paths.journal);
    const { status } = foldAll(events);
    if (status === 'ok' || status === 'abandoned') {
      await journal.close();
      throw fail('run.finished', `Run ${run.id} has come to its end meanwhile (${status}): that is final.`);
    }
    if (repaired !== undefined) {
      session.console.err(`The journal ended in half a line (a crash does that): moved to ${repaired.movedTo}.\n`);
    }
    const begin = { past: events, fairlead: version };
    return await drive({ program, deployment, request, session, world, journal, paths: run.paths, begin });
  } finally {
    await lock.release();
  }
}

/** What can be done about an unfinished run, as commands. */
export function waysOut(run: ReadableRun): readonly string[] {
  return [`Go on with it: fairlead resume ${run.id}`, `Or give it up: fairlead resume ${run.id} --abandon`];
}

/** What `run` does where a run has not come to its end: the operator says; a script resumes the very same. */
export async function resumeOrAbandon(
  run: ReadableRun,
  recipe: Recipe,
  request: RunRequest,
  session: Session,
): Promise<'resume' | 'abandon'> {
  const changed = await changedSince(run, recipe, request, session);
  if (session.console.attended) return askWhich(run, changed, session);
  if (changed === undefined) return 'resume';
  throw fail('run.operator-needed', `Run ${run.id} has not come to its end, and it had ${changed}.`, { hints: waysOut(run) });
}

async function askWhich(run: ReadableRun, changed: string | undefined, session: Session): Promise<'resume' | 'abandon'> {
  const { console } = session;
  const what = run.header.options.task === undefined ? 'Run' : `The task ${run.header.options.task}, run`;
  const lines = [
    `${what} ${run.id} of ${run.header.deployment} has not come to its end.`,
    ...(changed === undefined ? [] : [`It had ${changed}; going on with it uses what it had.`]),
    '    resume   go on with it',
    '    abandon  close it, and plan anew: what it did stays as it is',
  ];
  console.out(`${lines.join('\n')}\n`);
  while (true) {
    const typed = await createLineReader(console).read('[resume/abandon] (Ctrl-C: leave all as it is) ');
    if (typed === undefined) throw fail('run.interrupted', `Run ${run.id} is as it was.`, { hints: waysOut(run) });
    const word = typed.trim().toLowerCase();
    if (word !== '' && 'resume'.startsWith(word)) return 'resume';
    if (word !== '' && 'abandon'.startsWith(word)) return 'abandon';
    console.out('Please type resume or abandon; the first letters are enough.\n');
  }
}

/** In what the unfinished run differs from what is asked for now; undefined where it is the same run. */
async function changedSince(
  run: ReadableRun,
  recipe: Recipe,
  request: RunRequest,
  session: Session,
): Promise<string | undefined> {
  const { kind, options, recipe: was, inputs, deployment } = run.header;
  if (kind !== 'converge') return 'another purpose';
  if (was.digest !== recipe.digest) return 'another recipe';
  const selection = ({ only, from = '', until = '' }: RunRequest['options']): string => canonicalJson([[...only], from, until]);
  if (selection(options) !== selection(request.options)) return 'other steps to do';
  const { vault } = await openWorld(session.folder, deployment, { purpose: 'plan' });
  const same = Object.entries(request.inputs).every(([name, value]) => {
    const before = inputs[name] ?? null;
    if (isSecretRef(before)) return vault.value(before.$secret) === String(value);
    return canonicalJson(before) === canonicalJson(value as Json) || String(before) === String(value);
  });
  return same ? undefined : 'other inputs';
}
