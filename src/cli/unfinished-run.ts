import { fail } from '../model/failure.ts';
import { canonicalJson, type Json } from '../model/json.ts';
import type { Recipe } from '../model/recipe.ts';
import { isSecretRef } from '../model/secrets.ts';
import { createLineReader } from './ask-line.ts';
import { carryOut } from './carry-out.ts';
import { type ReadableRun, stateOf } from './deployments.ts';
import { valuesFor } from './input-rules.ts';
import { waysOut } from './refuse-unfinished.ts';
import type { RunRequest } from './run-request.ts';
import type { Session } from './session.ts';
import { openWorld } from './world.ts';

/**
 * Resumes a run, as its journal and its own copy of the recipe say; the exit code. `changed`: with the inputs of the
 * request in place of those that it had, and from the step that the request names.
 */
export function goOnWith(
  deployment: string,
  run: ReadableRun,
  request: RunRequest,
  session: Session,
  how: 'as-it-was' | 'changed',
): Promise<number> {
  return carryOut({ kind: 'resume', deployment, run: run.id, request, how }, session);
}

/**
 * Makes a run final; what it did stays as it is. An act in doubt has to be settled first: what is given up without a
 * word would be done again by the next run.
 */
export function abandonRun(deployment: string, run: ReadableRun, request: RunRequest, session: Session): Promise<number> {
  return carryOut({ kind: 'resume', deployment, run: run.id, request, how: 'giving-up' }, session);
}

/** What `run` does where a run has not come to its end: the operator says; a script resumes the very same. */
export async function resumeOrAbandon(run: ReadableRun, recipe: Recipe, request: RunRequest, session: Session): Promise<Choice> {
  const changed = await changedSince(run, recipe, request, session);
  if (session.console.attended) return askWhich(run, changed, session);
  if (changed === undefined) return 'resume';
  throw fail('run.operator-needed', `Run ${run.id} has not come to its end, and it had ${changed}.`, {
    hints: [
      ...waysOut(run),
      ...(changed === OTHER_INPUTS ? [`Or go on with other inputs: fairlead resume ${run.id} --input NAME=VALUE`] : []),
    ],
  });
}

/** What becomes of a run that has not come to its end; `change`: go on with it, with the inputs that are given now. */
export type Choice = 'resume' | 'change' | 'abandon';

const OTHER_INPUTS = 'other inputs';

async function askWhich(run: ReadableRun, changed: string | undefined, session: Session): Promise<Choice> {
  const { console } = session;
  const { task, rotate } = run.header.options;
  const what = rotate !== undefined ? `The rotation of ${rotate}, run` : task === undefined ? 'Run' : `The task ${task}, run`;
  const lines = [
    `${what} ${run.id} of ${run.header.deployment} has not come to its end.`,
    ...(changed === undefined ? [] : [`It had ${changed}; going on with it uses what it had.`]),
    '    resume   go on with it',
    ...(changed === OTHER_INPUTS
      ? ['    change   go on with it, with the inputs given now: what that invalidates is shown first']
      : []),
    rotate === undefined
      ? '    abandon  close it, and plan anew: what it did stays as it is'
      : '    abandon  go back to the old value, then plan anew',
  ];
  console.out(`${lines.join('\n')}\n`);
  const choices: readonly Choice[] = changed === OTHER_INPUTS ? ['resume', 'change', 'abandon'] : ['resume', 'abandon'];
  while (true) {
    const typed = await createLineReader(console).read(`[${choices.join('/')}] (Ctrl-C: leave all as it is) `);
    if (typed === undefined) throw fail('run.interrupted', `Run ${run.id} is as it was.`, { hints: waysOut(run) });
    const word = typed.trim().toLowerCase();
    const choice = choices.find((candidate) => word !== '' && candidate.startsWith(word));
    if (choice !== undefined) return choice;
    console.out(`Please type ${choices.join(' or ')}; the first letters are enough.\n`);
  }
}

/** In what the unfinished run differs from what is asked for now; undefined where it is the same run. */
async function changedSince(
  run: ReadableRun,
  recipe: Recipe,
  request: RunRequest,
  session: Session,
): Promise<string | undefined> {
  const given = valuesFor(recipe, request.inputs);
  const { kind, options, recipe: was, deployment } = run.header;
  const inputs = (await stateOf(run)).header?.inputs ?? {};
  if (kind !== 'converge') return 'another purpose';
  if (was.digest !== recipe.digest) return 'another recipe';
  const selection = ({ only, from = '', until = '' }: RunRequest['options']): string => canonicalJson([[...only], from, until]);
  if (selection(options) !== selection(request.options)) return 'other steps to do';
  const { vault } = await openWorld(session, deployment, { purpose: 'plan' });
  const same = Object.entries(given).every(([name, value]) => {
    const before = inputs[name] ?? null;
    if (isSecretRef(before)) return vault.value(before.$secret) === String(value);
    return canonicalJson(before) === canonicalJson(value as Json) || String(before) === String(value);
  });
  return same ? undefined : OTHER_INPUTS;
}
