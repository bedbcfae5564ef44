import type { DeploymentSummary, Health, RecipeSummary } from '../../../model/catalogue.ts';
import { failureOf } from '../../../model/failure.ts';
import { standingText } from '../../lib/standing-text.ts';
import { words } from '../../lib/words.ts';
import { type Desk, type Place, QUIT } from './place.ts';

/** Docker may be slow or gone: the list does not wait longer for what it knows of health. */
const HEALTH_MS = 3_000;

interface Entry {
  readonly name: string;
  /** What a part that is typed is looked for in. */
  readonly text: string;
  readonly place: Place;
}

/** All deployments and recipes, numbered. */
export async function homePlace({ catalogue, talk }: Desk): Promise<Place> {
  const { style, say } = talk;
  const [deployments, recipes] = await Promise.all([catalogue.deployments(), catalogue.recipes()]);
  const healths = await Promise.all(deployments.map(({ name, standing }) => healthOf(name, standing, catalogue.health)));
  const entries: readonly Entry[] = [
    ...deployments.map((one, index) => ({
      name: one.name,
      text: `${one.name}: ${deploymentText(one, healths[index])}`,
      place: { at: 'deployment', name: one.name } as const,
    })),
    ...recipes.map((one) => ({
      name: one.name,
      text: `${one.name}: ${recipeText(one)}`,
      place: { at: 'recipe', ref: one.ref } as const,
    })),
  ];
  const list = (shown: readonly Entry[]): void => {
    const lines = (of: 'deployment' | 'recipe'): readonly string[] =>
      entries.flatMap((entry, index) =>
        entry.place.at === of && shown.includes(entry) ? [words(`${index + 1}. ${entry.text}`, style)] : [],
      );
    const [installed, offered] = [lines('deployment'), lines('recipe')];
    if (installed.length > 0) say('Deployments:', ...installed);
    if (offered.length > 0) say('Recipes:', ...offered);
  };
  say('', `Fairlead: ${counted(deployments.length, 'deployment')}, ${counted(recipes.length, 'recipe')}.`);
  if (deployments.length === 0) say('Nothing is deployed yet: choose a recipe to begin with.');
  list(entries);
  while (true) {
    const typed = await talk.ask('Type a number, a name or a part of one; l for the list, ? for help, q to quit: ');
    if (typed === undefined || ['q', 'quit'].includes(typed.toLowerCase())) return QUIT;
    if (typed === '?') say(...HELP);
    else if (['l', 'list', 'back', ''].includes(typed.toLowerCase())) list(entries);
    else {
      const found = find(entries, typed);
      const [only] = found;
      if (only !== undefined && found.length === 1) return only.place;
      if (found.length === 0) say(`There is no ${JSON.stringify(words(typed, style))} in the list.`);
      else {
        say(`${found.length} of the list go by that; type the number:`);
        list(found);
      }
    }
  }
}

const HELP = [
  'A deployment is what was installed from a recipe; choose it to look at it, to go on with its run, or to run it again.',
  'A recipe says how a backend is installed; choose it to read it. Nothing is changed before you have said yes to a plan.',
  'Ctrl-C or Ctrl-D goes back, here it ends this program. A run goes on without it.',
] as const;

/** An exact name first, then the entries that the text is a part of. */
function find(entries: readonly Entry[], typed: string): readonly Entry[] {
  const text = typed.toLowerCase();
  const named = entries.filter(({ name }) => name.toLowerCase() === text);
  if (named.length > 0) return named;
  if (/^\d+$/.test(text)) return entries.slice(Number(text) - 1).slice(0, Number(text) > 0 ? 1 : 0);
  return entries.filter((entry) => entry.text.toLowerCase().includes(text));
}

function deploymentText(deployment: DeploymentSummary, health: Health | undefined): string {
  const { recipe } = deployment;
  const what = recipe === undefined ? [] : [`${recipe.title} ${recipe.version}`];
  return [...what, standingText(deployment, health)].join(', ');
}

function recipeText({ title, summary, own, failure }: RecipeSummary): string {
  if (failure !== undefined) return `can not be used: ${failure.message}`;
  return [...(own === true ? ['your own'] : []), summary === undefined ? title : `${title}. ${summary}`].join(': ');
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

async function healthOf(
  name: string,
  standing: DeploymentSummary['standing'],
  look: (deployment: string) => Promise<Health>,
): Promise<Health | undefined> {
  if (standing === 'damaged' || standing === 'empty' || standing === 'uninstalled') return undefined;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Health>((resolve) => {
    timer = setTimeout(() => resolve({ dot: 'unknown', word: 'health not known yet' }), HEALTH_MS);
  });
  const seen = look(name).catch((error: unknown): Health => ({ dot: 'unknown', word: failureOf(error).message }));
  return Promise.race([seen, late]).finally(() => clearTimeout(timer));
}
