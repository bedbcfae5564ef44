import { createDockerodeEngine } from '../adapters/docker/dockerode-engine.ts';
import { readRecord } from '../journal/deployment-record.ts';
import { lockHolder } from '../journal/lock.ts';
import type { StateFolder } from '../journal/state-folder.ts';
import { exitCodes, type Failure, FairleadError, fail, failureOf } from '../model/failure.ts';
import type { Json } from '../model/json.ts';
import type { DockerEngine } from '../model/ports.ts';
import { emptyRun, foldAll } from '../model/run-state.ts';
import { eventsOf, findRun, latestRun, type ReadableRun, runsOf, standingOf, unfinishedRun } from './deployments.ts';
import { healthOf } from './health.ts';
import { type Console, printFailure, printJson } from './output.ts';
import type { Session } from './session.ts';
import { deploymentStanding, isDamage, whatFor } from './standing.ts';
import { localTime, table } from './table.ts';
import { wrappedTable } from './wrapped-table.ts';

/** A deployment as `status` shows it. */
interface Standing {
  readonly name: string;
  readonly recipe?: { readonly name: string; readonly version: string } | undefined;
  readonly state: string;
  readonly health: string;
  readonly last?: ReadableRun | undefined;
  readonly held: boolean;
  /** Why its record can't be read. */
  readonly failure?: Failure;
}

/** `fairlead status`: the deployments and how they stand; ends with 1 where the record of one is damaged. */
export async function showStatus(session: Session): Promise<number> {
  const { console, folder } = session;
  const docker = createDockerodeEngine({
    reveal: async (text) => String(text),
  });
  const rows = await Promise.all((await folder.deployments()).map((name) => standing(name, folder, docker)));
  const shown = rows.filter((row) => row.last !== undefined || row.failure !== undefined);
  if (console.json) {
    printJson(
      console,
      shown.map(({ name, recipe, state, health, last }) => ({
        deployment: name,
        recipe: recipe?.name ?? null,
        version: recipe?.version ?? null,
        state,
        health,
        run: last?.id ?? null,
        at: last?.last.at ?? null,
      })),
    );
    return endWithDamage(shown, console);
  }
  if (shown.length === 0) {
    console.out('Nothing is deployed yet. `fairlead list` shows the recipes.\n');
    return exitCodes.done;
  }
  console.out(
    table(
      ['DEPLOYMENT', 'RECIPE', 'STATE', 'HEALTH', 'LAST RUN'],
      shown.map(({ name, recipe, state, health, last }) => [
        name,
        `${recipe?.name ?? '?'} ${recipe?.version ?? ''}`,
        state,
        health,
        last === undefined ? '' : localTime(last.last.at),
      ]),
    ),
  );
  for (const { last, held } of shown) {
    if (last === undefined || standingOf(last) !== 'unfinished') continue;
    if (held) {
      console.out(
        `\n${last.header.deployment} is under way. Watch it, answer it or stop it:\n    fairlead attach ${last.header.deployment}\n`,
      );
      continue;
    }
    console.out(`\n${last.header.deployment} has not come to its end. Go on with it:\n    fairlead resume ${last.id}\n`);
  }
  return endWithDamage(shown, console);
}

/** A damaged record is its deployment's own trouble: the others stand as they stand. */
async function standing(name: string, folder: StateFolder, docker: DockerEngine): Promise<Standing> {
  const held = (await lockHolder(folder.deployment(name).lock)) !== undefined;
  try {
    const runs = await runsOf(folder, name, { whole: true });
    const recipe = (await readRecord(folder, name))?.recipe;
    return {
      name,
      recipe,
      state: stateWord(runs, held),
      health: (await healthOf(runs, docker)).word,
      last: latestRun(runs),
      held,
    };
  } catch (error) {
    if (!isDamage(error)) throw error;
    return {
      name,
      state: 'damaged',
      health: '-',
      held,
      failure: failureOf(error),
    };
  }
}

/** Says what is damaged and what can be done about it; the exit code. */
function endWithDamage(found: readonly { readonly failure?: Failure }[], console: Console): number {
  const failures = found.flatMap(({ failure }) => (failure === undefined ? [] : [failure]));
  for (const failure of failures) printFailure(console, new FairleadError(failure));
  return failures.length === 0 ? exitCodes.done : exitCodes.failed;
}

/** The state in a word, with the reason of one that stopped. */
function stateWord(runs: readonly ReadableRun[], held: boolean): string {
  const standing = deploymentStanding(runs, held);
  const last = unfinishedRun(runs)?.last;
  if (standing === 'stopped' && last?.type === 'run.stopped') return `stopped: ${last.reason}`;
  return standing === 'broken-off' ? 'broken off' : standing;
}

/** `fairlead runs`: every run, newest last; ends with 1 where the record of one is damaged. */
export async function listRuns(session: Session): Promise<number> {
  const { console, folder } = session;
  const rows: { deployment: string; run: ReadableRun }[] = [];
  const damaged: { readonly failure: Failure }[] = [];
  for (const deployment of await folder.deployments()) {
    for (const run of await folder.listRuns(deployment, { whole: true })) {
      if ('failure' in run) damaged.push(run);
      else rows.push({ deployment, run });
    }
  }
  rows.sort((a, b) => a.run.header.at.localeCompare(b.run.header.at));
  if (console.json) {
    printJson(
      console,
      rows.map(({ deployment, run }) => ({
        run: run.id,
        deployment,
        kind: run.header.kind,
        task: run.header.options.task ?? null,
        rotates: run.header.options.rotate ?? null,
        recipe: run.header.recipe as unknown as Json,
        standing: standingOf(run),
        startedAt: run.header.at,
        lastAt: run.last.at,
        user: run.header.who.user,
      })),
    );
  } else if (rows.length === 0 && damaged.length === 0) {
    console.out('There are no runs yet.\n');
  } else {
    console.out(
      `${wrappedTable(
        ['RUN', 'DEPLOYMENT', 'WHAT', 'END', 'BEGAN', 'BY'],
        rows.map(({ deployment, run }) => [
          run.id,
          deployment,
          whatFor(run),
          standingOf(run),
          localTime(run.header.at),
          run.header.who.user,
        ]),
        console.columns(),
      ).join('\n')}\n`,
    );
  }
  return endWithDamage(damaged, console);
}

/** `fairlead export RUN --format ndjson`: the journal, verified, line for line. */
export async function exportRun(named: string | undefined, format: string, session: Session): Promise<number> {
  if (format !== 'ndjson') {
    throw fail('export.unknown-format', `There is no format ${format}.`, {
      hints: ['Formats: ndjson.'],
    });
  }
  const { run } = await findRun(session.folder, named, 'any');
  const events = await eventsOf(run);
  if (foldAll(events) === emptyRun) throw fail('run.empty', `Run ${run.id} has no events.`);
  for (const event of events) session.console.out(`${JSON.stringify(event)}\n`);
  return exitCodes.done;
}
