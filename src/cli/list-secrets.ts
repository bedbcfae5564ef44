import { exitCodes, FairleadError } from '../model/failure.ts';
import type { Outputs } from '../model/step.ts';
import { installedRun, runsOf, stateOf } from './deployments.ts';
import { type KnownSecret, knownSecrets } from './known-secrets.ts';
import { printJson } from './output.ts';
import { readRecipeFolder } from './read-recipe.ts';
import { secretsDocument } from './secrets-document.ts';
import type { Session } from './session.ts';
import { openVaultOf } from './vault-of.ts';
import { wrappedTable } from './wrapped-table.ts';

/** `fairlead secrets list DEPLOYMENT`: what each is, how it is made, who uses it; never a value. */
export async function listSecrets(deployment: string, session: Session): Promise<number> {
  const { console } = session;
  const vault = await openVaultOf(deployment, session);
  const { recipe, inputs } = await installedRecipe(deployment, session);
  const secrets = knownSecrets(recipe, inputs, vault);
  if (console.json) printJson(console, secretsDocument(deployment, secrets));
  else if (secrets.length === 0) console.out(`${deployment} has no secrets.\n`);
  else {
    const lines =
      recipe === undefined
        ? wrappedTable(
            ['SECRET', 'NOTE'],
            secrets.map((secret) => [secret.name, notes(secret)]),
            console.columns(),
          )
        : wrappedTable(
            ['SECRET', 'WHAT FOR', 'FROM', 'USED BY', 'NOTE'],
            secrets.map((secret) => [
              secret.name,
              secret.title ?? '',
              originWords(secret),
              userWords(secret, secrets),
              notes(secret),
            ]),
            console.columns(),
          );
    console.out(`${lines.join('\n')}\n`);
  }
  return exitCodes.done;
}

/** The deployment's own copy of its recipe. What the vault holds is told also where no run, or none that can be read, is left. */
async function installedRecipe(deployment: string, session: Session) {
  try {
    const installed = installedRun(await runsOf(session.folder, deployment));
    if (installed === undefined) return { recipe: undefined, inputs: {} };
    const inputs: Outputs = (await stateOf(installed)).header?.inputs ?? {};
    return { recipe: await readRecipeFolder(installed.paths.recipe), inputs };
  } catch (error) {
    if (!(error instanceof FairleadError)) throw error;
    session.console.err(`What uses them can't be told: ${error.failure.message}\n`);
    return { recipe: undefined, inputs: {} };
  }
}

function originWords({ spec, kind, step }: KnownSecret): string {
  if (spec !== undefined) {
    const size =
      spec.bytes !== undefined ? `, ${spec.bytes} bytes` : spec.length !== undefined ? `, ${spec.length} characters` : '';
    return `${spec.generate}${size}${spec.of === undefined ? '' : ` of ${spec.of}`}`;
  }
  if (kind === 'input') return 'you';
  return kind === 'output' ? `step ${step}` : 'earlier run';
}

function userWords({ name, usedBy, usedByTasks }: KnownSecret, all: readonly KnownSecret[]): string {
  const made = all.filter(({ spec }) => spec?.of === name || spec?.password === name).map((secret) => secret.name);
  const users = [...usedBy, ...usedByTasks.map((task) => `task ${task}`), ...made.map((one) => `secret ${one}`)];
  return users.length === 0 ? 'nothing' : users.join(', ');
}

function notes({ canRotate, made, staged, previous, kind, usedBy, usedByTasks }: KnownSecret): string {
  const unused = kind === 'input' && usedBy.length + usedByTasks.length === 0;
  return [
    ...(made ? [] : ['not made yet']),
    ...(canRotate ? ['can be rotated'] : []),
    ...(staged ? ['new value not in force yet'] : []),
    ...(previous ? ['previous kept'] : []),
    ...(unused ? ['not in force'] : []),
  ].join(', ');
}
