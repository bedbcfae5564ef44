import { keyHomes } from '../adapters/vault/identity-store.ts';
import { isSecretRef } from '../model/secrets.ts';
import { listRecipes } from '../recipe/find-recipe.ts';
import { needInstalled, stateOf } from './deployments.ts';
import { readRecipeFolder } from './read-recipe.ts';
import type { Session } from './session.ts';
import { createTerminals } from './terminals.ts';

/** The shells that completion is for. */
export const SHELLS = ['bash', 'zsh', 'fish'];

/** A word that may stand there, and what it is. */
export type Candidate = readonly [word: string, meaning: string];

/**
 * What may stand for an argument of a command, by the argument's name, behind the words that are typed already. Whatever can't be
 * found out offers nothing: somebody is at the keys, and an error would stand in the line.
 */
export async function candidatesFor(argument: string, words: readonly string[], session: Session): Promise<readonly Candidate[]> {
  try {
    return await found(argument, words, session);
  } catch {
    return [];
  }
}

async function found(argument: string, words: readonly string[], session: Session): Promise<readonly Candidate[]> {
  const deployments = await session.folder.deployments();
  const meant = words.find((word) => deployments.includes(word));
  switch (argument) {
    case 'recipe':
      return plain((await listRecipes(session.places.recipeDirs)).map((folder) => folder.split('/').at(-1) ?? ''));
    // The name of a deployment stands for its newest run.
    case 'deployment':
    case 'run':
      return plain(deployments);
    case 'task':
      return meant === undefined ? [] : tasksOf(meant, session);
    case 'service':
      return meant === undefined ? [] : servicesOf(meant, session);
    case 'name':
      return meant === undefined ? [] : secretsOf(meant, session);
    case 'shell':
      return plain(SHELLS);
    case 'home':
      return plain(keyHomes);
    default:
      return [];
  }
}

function plain(words: readonly string[]): readonly Candidate[] {
  return words.map((word) => [word, '']);
}

async function tasksOf(deployment: string, { folder }: Session): Promise<readonly Candidate[]> {
  const { tasks } = await readRecipeFolder((await needInstalled(folder, deployment)).paths.recipe);
  return tasks.map(({ name, title }) => [name, title]);
}

async function servicesOf(deployment: string, session: Session): Promise<readonly Candidate[]> {
  const containers = await createTerminals(session).containers(deployment);
  return containers.filter(({ running }) => running).map(({ name, image }) => [name, image]);
}

/** Those of the recipe, and those that its steps left; the vault stays closed. */
async function secretsOf(deployment: string, { folder }: Session): Promise<readonly Candidate[]> {
  const run = await needInstalled(folder, deployment);
  const { secrets, inputs } = await readRecipeFolder(run.paths.recipe);
  const { steps } = await stateOf(run);
  const left = [...steps.values()].flatMap(({ carried }) => Object.values(carried?.outputs ?? {}).filter(isSecretRef));
  return [
    ...secrets.map(({ name, title = '' }): Candidate => [name, title]),
    ...inputs.filter(({ type }) => type === 'secret').map(({ name, title }): Candidate => [`input.${name}`, title]),
    ...left.map(({ $secret }): Candidate => [$secret, '']),
  ];
}
