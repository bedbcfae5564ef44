import { scopeFor } from '../engine/scope.ts';
import { fail } from '../model/failure.ts';
import type { Container, DockerEngine } from '../model/ports.ts';
import type { RunState } from '../model/run-state.ts';
import type { DeployedContainer } from '../model/terminals.ts';
import { nearest } from '../recipe/suggestion.ts';
import { installedRun, latestRun, type ReadableRun, stateOf } from './deployments.ts';
import { readRecipeFolder } from './read-recipe.ts';

const SERVICE_LABEL = 'com.docker.compose.service';

/**
 * The containers of a deployment: those of the compose projects that its runs brought up, and those that steps of its recipe
 * name. One run that is stopped half-way counts as well: that is when one wants to look.
 */
export async function deployedContainers(
  runs: readonly ReadableRun[],
  docker: Pick<DockerEngine, 'containers'>,
): Promise<readonly DeployedContainer[]> {
  const meant = new Set([installedRun(runs), latestRun(runs)].filter((run) => run !== undefined));
  const projects = new Set<string>();
  const named = new Set<string>();
  for (const run of meant) {
    const state = await stateOf(run);
    for (const { uses, carried } of state.steps.values()) {
      if (uses === 'compose.up' && typeof carried?.outputs.project === 'string') projects.add(carried.outputs.project);
    }
    for (const name of await namesIn(run, state)) named.add(name);
  }
  const ofProjects = await Promise.all([...projects].map((project) => docker.containers({ project })));
  const others = named.size === 0 ? [] : (await docker.containers({})).filter(({ name }) => named.has(name));
  const found = new Map([...ofProjects.flat(), ...others].map((container) => [container.id, container]));
  return listed([...found.values()]);
}

/** What `exec` was told of: by its service or its own name. Throws `exec.unknown-service`, `exec.not-running`. */
export function meantContainer(named: string, deployment: string, containers: readonly DeployedContainer[]): DeployedContainer {
  const found = containers.find(({ name }) => name === named) ?? containers.find(({ container }) => container === named);
  if (found === undefined) {
    const meant = nearest(
      named,
      containers.map(({ name }) => name),
    );
    throw fail('exec.unknown-service', `${deployment} has no service or container ${JSON.stringify(named)}.`, {
      hints: [
        ...(meant === undefined ? [] : [`Did you mean \`${meant}\`?`]),
        containers.length === 0
          ? `No container of ${deployment} is there. \`fairlead run\` brings it up.`
          : `There are: ${containers.map(({ name, running, state }) => (running ? name : `${name} (${state})`)).join(', ')}.`,
      ],
    });
  }
  if (found.running) return found;
  throw fail('exec.not-running', `The container ${found.container} is not running: it is ${found.state}.`, {
    fault: 'environment',
    hints: [`See why: docker logs ${found.container}`, 'Running the recipe again starts it.'],
    retryable: true,
  });
}

/** Where steps of the recipe say in which container they work; what can't be worked out now is left out. */
async function namesIn(run: ReadableRun, state: RunState): Promise<readonly string[]> {
  const recipe = await readRecipeFolder(run.paths.recipe).catch(() => undefined);
  if (recipe === undefined) return [];
  const steps = [...recipe.steps, ...recipe.tasks.flatMap((task) => task.steps)];
  return steps.flatMap((step) => {
    try {
      const params = step.params.evaluate(scopeFor(step, recipe, state));
      const name: unknown = typeof params === 'object' && params !== null && 'container' in params ? params.container : undefined;
      return typeof name === 'string' ? [name] : [];
    } catch {
      return [];
    }
  });
}

function listed(containers: readonly Container[]): readonly DeployedContainer[] {
  const services = containers.map(({ labels }) => labels[SERVICE_LABEL]);
  const all = containers.map(({ name, image, state, labels }): DeployedContainer => {
    const service = labels[SERVICE_LABEL];
    const isOwn = service !== undefined && services.filter((one) => one === service).length === 1;
    return { name: isOwn ? service : name, container: name, image, state, running: state === 'running' };
  });
  return all.sort((a, b) => Number(b.running) - Number(a.running) || a.name.localeCompare(b.name));
}
