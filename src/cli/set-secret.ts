import { standsIn } from '../engine/apart.ts';
import { acquireLock } from '../journal/lock.ts';
import { exitCodes, FairleadError, fail } from '../model/failure.ts';
import type { Vault } from '../model/ports.ts';
import type { Recipe } from '../model/recipe.ts';
import { wrongAlphabet } from '../model/secret-alphabet.ts';
import { foldLines } from '../views/lib/fold-line.ts';
import { askNewSecret } from './ask-new-secret.ts';
import { needInstalled, runsOf, unfinishedRun } from './deployments.ts';
import { endMeaningSecret } from './meant-secret.ts';
import { printJson } from './output.ts';
import { heritageOf } from './prepare-run.ts';
import { readDescriptor } from './read-descriptor.ts';
import { readRecipeFolder } from './read-recipe.ts';
import { refuseIfHeld } from './refuse-if-held.ts';
import { refuseUnfinished } from './refuse-unfinished.ts';
import { replaceValue } from './replace-value.ts';
import type { Session } from './session.ts';
import { openVaultOf } from './vault-of.ts';

/**
 * `fairlead secrets set DEPLOYMENT NAME`: another value takes the place of the one in force, which is kept as the previous
 * one. It is typed, or read from a descriptor; without a terminal from standard input. What is made of it is forgotten:
 * the next run makes it anew. The system itself hears of it with the next run only.
 */
export async function setSecret(
  deployment: string,
  name: string,
  descriptor: string | undefined,
  session: Session,
): Promise<number> {
  const installed = await needInstalled(session.folder, deployment);
  const recipe = await readRecipeFolder(installed.paths.recipe);
  await refuseIfHeld(deployment, session);
  await refuseUnfinished(deployment, await runsOf(session.folder, deployment), session);
  refuseUnfit(deployment, name, recipe, await openVaultOf(deployment, session));
  const value = await newValue(name, descriptor, session);
  if (value === '') {
    throw fail('secret.empty', `${name} can't be empty.`, {
      hints: ['Without a terminal its value is read from standard input, or with --fd. Nothing was changed.'],
    });
  }
  const spec = recipe.secrets.find((one) => one.name === name);
  const wrong = spec === undefined ? undefined : wrongAlphabet(spec, value);
  if (wrong !== undefined) throw new FairleadError({ ...wrong.failure, hints: [...wrong.failure.hints, 'Nothing was changed.'] });

  const lock = await acquireLock(session.folder.deployment(deployment).lock, { what: `fairlead secrets set ${deployment}` });
  try {
    if (unfinishedRun(await runsOf(session.folder, deployment)) !== undefined) {
      throw fail('run.overtaken', `A run of ${deployment} began while the value was asked for.`, {
        hints: ['See `fairlead status`; then set it again. Nothing was changed.'],
        retryable: true,
      });
    }
    const vault = await openVaultOf(deployment, session);
    const where = standsIn([value], await heritageOf(await runsOf(session.folder, deployment), recipe));
    if (where !== undefined) {
      throw fail('secret.not-apart', `The new value of ${name} also stands in ${where}: one of both can't be kept secret.`, {
        hints: ['Choose another value. Nothing was changed.'],
      });
    }
    const forgotten = await replaceValue(vault, name, value, recipe.secrets);
    if (session.console.json)
      printJson(session.console, { v: 1, deployment, name, changed: forgotten !== undefined, forgotten: forgotten ?? [] });
    else tell(deployment, name, recipe, forgotten, vault, session);
    return exitCodes.done;
  } finally {
    await lock.release();
  }
}

async function newValue(name: string, descriptor: string | undefined, session: Session): Promise<string> {
  if (descriptor !== undefined) {
    if (!/^\d{1,5}$/.test(descriptor)) {
      throw fail('usage.bad-descriptor', '--fd takes the number of a file descriptor.', {
        hints: ['As in: --fd 3 3< FILE', 'Nothing was changed.'],
      });
    }
    return readDescriptor(Number(descriptor));
  }
  const { stdin, stdout, stderr } = process;
  if (stdin.isTTY !== true) return readDescriptor(0);
  if (stdout.isTTY !== true && stderr.isTTY !== true) {
    throw fail('secret.no-terminal', `There is no terminal to ask for ${name} at.`, {
      hints: ['Give it on standard input, or with --fd. Nothing was changed.'],
    });
  }
  return askNewSecret(session.console, `New value of ${name}`, (text) => (text === '' ? 'text that is not empty' : undefined));
}

function refuseUnfit(deployment: string, name: string, recipe: Recipe, vault: Vault): void {
  const known = [...new Set([...recipe.secrets.map((spec) => spec.name), ...vault.names()])].sort();
  if (!known.includes(name)) {
    throw fail('secret.unknown', `${deployment} has no secret ${name}${endMeaningSecret(name, known)}`, {
      hints: [`It has: ${known.join(', ') || 'none'}. Nothing was changed.`],
    });
  }
  const source = recipe.secrets.find((spec) => spec.name === name)?.of;
  if (source === undefined) return;
  throw fail('secret.derived', `${name} is made of ${source}: with a value of its own the two would not agree.`, {
    hints: [`Set that one: fairlead secrets set ${deployment} ${source}. Nothing was changed.`],
  });
}

function tell(
  deployment: string,
  name: string,
  recipe: Recipe,
  forgotten: readonly string[] | undefined,
  vault: Vault,
  { console }: Session,
): void {
  if (forgotten === undefined) {
    console.out(`${name} of ${deployment} has that value already. Nothing was changed.\n`);
    return;
  }
  const spec = recipe.secrets.find((one) => one.name === name);
  const lines = [
    vault.previous(name) === undefined
      ? `${name} of ${deployment} is set.`
      : `${name} of ${deployment} is set. The value before is kept: fairlead secrets get ${deployment} ${name} --previous`,
    ...(forgotten.length === 0 ? [] : [`Made of it, and so made anew by the next run: ${forgotten.join(', ')}.`]),
    ...(spec?.keeps === undefined
      ? []
      : ['Its data opens only with the value that it was made with: be sure that this is the one.']),
    `What runs has the old value still. What the next run changes: fairlead drift ${deployment}`,
    ...(spec?.rotate === undefined || spec.rotate.length === 0
      ? []
      : [
          `A run does not tell the running system; a rotation does, with a value of its own: fairlead secrets rotate ${deployment} ${name}`,
        ]),
  ];
  console.out(`${foldLines(lines, console.columns()).join('\n')}\n`);
}
