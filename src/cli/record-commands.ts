import { createDockerodeEngine } from '../adapters/docker/dockerode-engine.ts';
import { readRecord } from '../journal/deployment-record.ts';
import { lockHolder } from '../journal/lock.ts';
import { exitCodes, fail, NotYet } from '../model/failure.ts';
import type { Json } from '../model/json.ts';
import type { ContainerDetail, DockerEngine } from '../model/ports.ts';
import { emptyRun, foldAll } from '../model/run-state.ts';
import { paint } from '../views/text/style.ts';
import {
  eventsOf,
  findRun,
  installedRun,
  latestRun,
  type ReadableRun,
  runsOf,
  standingOf,
  stateOf,
  unfinishedRun,
} from './deployments.ts';
import { printJson } from './output.ts';
import type { Session } from './session.ts';
import { localTime, table } from './table.ts';

/** `fairlead status`: the deployments and how they stand. */
export async function showStatus(session: Session): Promise<number> {
  const { console, folder } = session;
  const docker = createDockerodeEngine({ reveal: async (text) => String(text) });
  const rows = await Promise.all(
    (await folder.deployments()).map(async (name) => {
      const runs = await runsOf(folder, name);
      const record = await readRecord(folder, name);
      const held = (await lockHolder(folder.deployment(name).lock)) !== undefined;
      return { name, record, state: stateWord(runs, held), health: await healthOf(runs, docker), last: latestRun(runs), held };
    }),
  );
  const shown = rows.filter((row) => row.last !== undefined);
  if (console.json) {
    printJson(
      console,
      shown.map(({ name, record, state, health, last }) => ({
        deployment: name,
        recipe: record?.recipe.name ?? null,
        version: record?.recipe.version ?? null,
        state,
        health,
        run: last?.id ?? null,
        at: last?.last.at ?? null,
      })),
    );
    return exitCodes.done;
  }
  if (shown.length === 0) {
    console.out('Nothing is deployed yet. `fairlead list` shows the recipes.\n');
    return exitCodes.done;
  }
  console.out(
    table(
      ['DEPLOYMENT', 'RECIPE', 'STATE', 'HEALTH', 'LAST RUN'],
      shown.map(({ name, record, state, health, last }) => [
        name,
        `${record?.recipe.name ?? '?'} ${record?.recipe.version ?? ''}`,
        state,
        health,
        last === undefined ? '' : localTime(last.last.at),
      ]),
    ),
  );
  for (const { last, held } of shown) {
    if (last === undefined || held || standingOf(last) !== 'unfinished') continue;
    console.out(`\n${last.header.deployment} has not come to its end. Go on with it: fairlead resume ${last.id}\n`);
  }
  return exitCodes.done;
}

/** The containers of its compose projects, in a word: `healthy`, `1 of 3 not well`; `-` where it has none. */
async function healthOf(runs: readonly ReadableRun[], docker: DockerEngine): Promise<string> {
  const installed = installedRun(runs);
  if (installed === undefined) return '-';
  const { steps } = await stateOf(installed);
  const projects = [...steps.values()].flatMap(({ uses, carried }) =>
    uses === 'compose.up' && typeof carried?.outputs.project === 'string' ? [carried.outputs.project] : [],
  );
  if (projects.length === 0) return '-';
  try {
    const listed = (await Promise.all(projects.map((project) => docker.containers({ project })))).flat();
    const details = await Promise.all(listed.map(({ id }) => docker.container(id)));
    const ill = details.filter((one) => one === undefined || !isWell(one));
    if (details.length === 0) return 'no containers';
    return ill.length === 0 ? 'healthy' : `${ill.length} of ${details.length} not well`;
  } catch (error) {
    if (error instanceof NotYet) return 'no engine';
    throw error;
  }
}

function isWell({ state, health, exitCode }: ContainerDetail): boolean {
  return state === 'running' ? health !== 'unhealthy' : state === 'exited' && exitCode === 0;
}

/** `held`: a living process runs it. */
function stateWord(runs: readonly ReadableRun[], held: boolean): string {
  if (held) return 'running';
  const unfinished = unfinishedRun(runs);
  if (unfinished !== undefined) {
    return unfinished.last.type === 'run.stopped' ? `stopped: ${unfinished.last.reason}` : 'broken off';
  }
  const installed = installedRun(runs);
  if (installed === undefined) return 'uninstalled';
  return standingOf(installed) === 'ok' ? 'installed' : 'abandoned';
}

/** `fairlead runs`: every run, newest last. */
export async function listRuns(session: Session): Promise<number> {
  const { console, folder } = session;
  const rows: { deployment: string; run: ReadableRun }[] = [];
  const broken: string[] = [];
  for (const deployment of await folder.deployments()) {
    for (const run of await folder.listRuns(deployment)) {
      if ('failure' in run) broken.push(`${run.id} (${deployment}): ${run.failure.message}`);
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
        recipe: run.header.recipe as unknown as Json,
        standing: standingOf(run),
        startedAt: run.header.at,
        lastAt: run.last.at,
        user: run.header.who.user,
      })),
    );
  } else if (rows.length === 0) {
    console.out('There are no runs yet.\n');
  } else {
    console.out(
      table(
        ['RUN', 'DEPLOYMENT', 'WHAT', 'END', 'BEGAN', 'BY'],
        rows.map(({ deployment, run }) => [
          run.id,
          deployment,
          run.header.options.task ?? `${run.header.recipe.name} ${run.header.recipe.version}`,
          standingOf(run),
          localTime(run.header.at),
          run.header.who.user,
        ]),
      ),
    );
  }
  for (const line of broken) console.err(`${paint(line, 'bad', console.errorStyle)}\n`);
  return exitCodes.done;
}

/** `fairlead export RUN --format ndjson`: the journal, verified, line for line. */
export async function exportRun(named: string | undefined, format: string, session: Session): Promise<number> {
  if (format !== 'ndjson') {
    throw fail('export.unknown-format', `There is no format ${format}.`, { hints: ['Formats: ndjson.'] });
  }
  const { run } = await findRun(session.folder, named, 'any');
  const events = await eventsOf(run);
  if (foldAll(events) === emptyRun) throw fail('run.empty', `Run ${run.id} has no events.`);
  for (const event of events) session.console.out(`${JSON.stringify(event)}\n`);
  return exitCodes.done;
}
