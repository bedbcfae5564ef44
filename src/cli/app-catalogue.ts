import { basename } from 'node:path';
import { createDockerodeEngine } from '../adapters/docker/dockerode-engine.ts';
import { recordFrom } from '../journal/deployment-record.ts';
import { lockHolder } from '../journal/lock.ts';
import type { RunEntry, StateFolder } from '../journal/state-folder.ts';
import type { Catalogue, DeploymentSummary, RecipeSummary, RunSummary } from '../model/catalogue.ts';
import { FairleadError } from '../model/failure.ts';
import type { DockerEngine } from '../model/ports.ts';
import { listRecipes } from '../recipe/find-recipe.ts';
import { latestRun, type ReadableRun, runsOf, unfinishedRun } from './deployments.ts';
import { healthOf } from './health.ts';
import { installedRecipe } from './installed-recipe.ts';
import { type ListedRecipe, loadRecipes } from './load-recipes.ts';
import { badRecipe, readRecipe } from './read-recipe.ts';
import { runRecord } from './run-record.ts';
import type { Session } from './session.ts';
import { deploymentStanding, whatFor } from './standing.ts';

/** What there is, for front ends. Nothing of it writes anything. `docker` stands in for this machine's engine. */
export function createCatalogue(
  session: Pick<Session, 'folder' | 'places'>,
  docker: Pick<DockerEngine, 'containers' | 'container'> = createDockerodeEngine({ reveal: async (text) => String(text) }),
): Catalogue {
  const { folder, places } = session;
  return {
    recipes: async () => (await loadRecipes(session)).map(recipeSummary),
    async deployments() {
      const known = new Set((await listRecipes(places.recipeDirs)).map((path) => basename(path)));
      return Promise.all((await folder.deployments()).map((name) => deploymentSummary(name, known, folder)));
    },
    health: async (deployment) => healthOf(await runsOf(folder, deployment), docker),
    recipe: (ref) => readRecipe(ref, session),
    tasks: async (deployment) => (await installedRecipe(deployment, folder)).tasks,
    ...runRecord(folder),
  };
}

function recipeSummary(listed: ListedRecipe): RecipeSummary {
  const own = listed.own ? ({ own: true } as const) : {};
  if (!('recipe' in listed)) {
    const { name, problems } = listed;
    return { ref: name, name, title: name, version: '', ...own, failure: badRecipe(problems).failure };
  }
  const { name, title, version, summary } = listed.recipe;
  return { ref: listed.name, name, title, version, ...own, ...(summary === undefined ? {} : { summary }) };
}

/**
 * A damaged record is its deployment's own trouble: the others stand as they stand. Only the ends of journals are read.
 * `known`: the names of recipes that are there.
 */
async function deploymentSummary(name: string, known: ReadonlySet<string>, folder: StateFolder): Promise<DeploymentSummary> {
  try {
    const held = (await lockHolder(folder.deployment(name).lock)) !== undefined;
    const entries = await folder.listRuns(name);
    const recipe = recipeOf(entries, known);
    const about = { name, ...(recipe === undefined ? {} : { recipe }) };
    const damaged = entries.find((run) => 'failure' in run);
    if (damaged !== undefined) return { ...about, standing: 'damaged', failure: damaged.failure };
    const runs = entries.filter((run): run is ReadableRun => !('failure' in run));
    const unfinished = unfinishedRun(runs);
    const last = latestRun(runs);
    return {
      ...about,
      standing: deploymentStanding(runs, held),
      ...(held && unfinished?.last.type === 'question.asked' ? { asks: true as const } : {}),
      ...(unfinished === undefined ? {} : { unfinished: runSummary(unfinished) }),
      ...(last === undefined ? {} : { last: runSummary(last) }),
    };
  } catch (error) {
    if (!(error instanceof FairleadError)) throw error;
    return { name, standing: 'damaged', failure: error.failure };
  }
}

function recipeOf(runs: readonly RunEntry[], known: ReadonlySet<string>): DeploymentSummary['recipe'] {
  const record = recordFrom(runs);
  if (record === undefined) return undefined;
  const { name, title, version } = record.recipe;
  const copy = runs.find(({ id }) => id === record.run)?.paths.recipe;
  return { name, title, version, ref: known.has(name) ? name : (copy ?? name) };
}

function runSummary(run: ReadableRun): RunSummary {
  const { id, header, last } = run;
  return {
    id,
    kind: header.kind,
    what: whatFor(run),
    startedAt: header.at,
    lastAt: last.at,
    ...(last.type === 'run.stopped' ? { stopReason: last.reason } : {}),
    ...(last.type === 'run.finished' && last.outcome === 'abandoned' ? { abandoned: true } : {}),
  };
}
