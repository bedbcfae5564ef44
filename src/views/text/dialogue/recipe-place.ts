import type { Draft } from '../../../model/dispatch.ts';
import { runbookLines } from '../../lib/runbook.ts';
import { words } from '../../lib/words.ts';
import { type Desk, HOME, type Place, QUIT } from './place.ts';

/** A recipe as a runbook, and the way to its inputs. */
export async function recipePlace(ref: string, desk: Desk): Promise<Place> {
  const { catalogue, talk } = desk;
  const recipe = await catalogue.recipe(ref);
  const plain = { ...talk.style, colour: false };
  const read = (): void => talk.say('', ...runbookLines(recipe, plain).map((line) => words(line, plain)));
  read();
  talk.say('');
  while (true) {
    const chosen = await talk.choose(
      [
        {
          word: 'install',
          meaning: 'answer what it asks, then see the plan; nothing is changed before you say yes',
          value: 'install',
        },
        { word: 'read', meaning: 'read it once more', value: 'read' },
      ],
      { help: ['A recipe can be installed several times, under different names.'] },
    );
    if (chosen === 'quit') return QUIT;
    if (chosen === 'back') return HOME;
    if (chosen === 'read') read();
    else {
      const draft = await draftOf(ref, recipe.name, desk);
      return draft === undefined ? HOME : { at: 'inputs', begin: 'first', form: { draft, typed: {}, naming: true } };
    }
  }
}

/** Where the deployment of the recipe's own name can't be run now, a further one still can: it has another name. */
async function draftOf(ref: string, own: string, { dispatch, talk }: Desk): Promise<Draft | undefined> {
  let name: string | undefined;
  while (true) {
    try {
      return await dispatch.draft(ref, name === undefined ? {} : { deployment: name });
    } catch (error) {
      talk.trouble(error);
    }
    talk.say('', words(`A further deployment needs another name than ${name ?? own}.`, talk.style));
    name = await talk.ask('Type a name for it, or back for the list: ');
    if (name === undefined || name === '' || name.toLowerCase() === 'back') return undefined;
  }
}
