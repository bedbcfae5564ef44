import { fail } from '../model/failure.ts';
import type { Recipe } from '../model/recipe.ts';
import { installedRun, runsOf, standingOf } from './deployments.ts';
import type { Session } from './session.ts';

/** A recipe may need deployments of others on the same host, finished. */
export async function checkNeeds(recipe: Recipe, session: Session): Promise<void> {
  const names = await session.folder.deployments();
  for (const needed of recipe.needs) {
    const met = await Promise.all(
      names.map(async (name) => {
        const installed = installedRun(await runsOf(session.folder, name));
        return installed?.header.recipe.name === needed && standingOf(installed) === 'ok';
      }),
    );
    if (met.includes(true)) continue;
    throw fail('needs.missing', `${recipe.title} needs a finished deployment of ${needed} on this host, and there is none.`, {
      hints: [`Run it first: fairlead run ${needed}`, 'Nothing was changed.'],
    });
  }
}
