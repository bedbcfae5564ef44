import { generateSecret } from '../adapters/vault/generate.ts';
import { underAnswers } from '../engine/policy.ts';
import type { Program } from '../engine/program.ts';
import { stageNewValues } from '../engine/rotation.ts';
import { virtualState } from '../engine/run.ts';
import { momentAfter, newRunId } from '../journal/state-folder.ts';
import type { PlannedRun, PlanWatch } from '../model/dispatch.ts';
import { fail } from '../model/failure.ts';
import { latestRun } from './deployments.ts';
import { checkNeeds } from './needs.ts';
import { type Heading, headerFor } from './open-started.ts';
import { makePlan, type Plan } from './prepare-run.ts';
import type { StartSpec } from './run-spec.ts';
import type { Session } from './session.ts';
import { openWorld } from './world.ts';

/** A run with its plan: nothing of it is written anywhere. */
export interface PreparedRun extends Omit<Heading, 'runs'> {
  /** The deployment's latest run so far. */
  readonly latestRun?: string;
  readonly plan: Plan;
  /** What it will be dated with. */
  readonly moment: Date;
}

/** Looks at the world for every step, before the first byte is written: what must be refused is refused with nothing touched. */
export async function prepareRun(heading: Heading, program: Program, session: Session, watch?: PlanWatch): Promise<PreparedRun> {
  const { recipe, deployment, runs, inputs, request } = heading;
  await checkNeeds(recipe, session);
  const moment = momentAfter(runs);
  const world = await openWorld(session, deployment, { purpose: 'plan' });
  const header = await headerFor(heading, newRunId(moment), world, session);
  // In memory: the run makes its own. No plan shows a value.
  await stageNewValues(header.rotates ?? [], recipe, virtualState(header), { vault: world.vault, generateSecret });
  const plan = await makePlan(underAnswers(program, request.standing), header, world, watch);
  const latest = latestRun(runs);
  return {
    recipe,
    deployment,
    request,
    plan,
    moment,
    ...(inputs === undefined ? {} : { inputs }),
    ...(latest === undefined ? {} : { latestRun: latest.id }),
  };
}

/** What does it, here or in a process of its own. `approved`: the operator said yes to its plan already. */
export function startOf(prepared: PreparedRun, approved = false): StartSpec {
  const { recipe, deployment, request, plan, moment, inputs, latestRun: latest } = prepared;
  return {
    kind: 'start',
    deployment,
    request,
    run: plan.header.run,
    moment: moment.toISOString(),
    recipe: { folder: recipe.folder, digest: recipe.digest },
    forecast: plan.forecast,
    ...(inputs === undefined ? {} : { inputs }),
    ...(latest === undefined ? {} : { latestRun: latest }),
    ...(approved ? { approved } : {}),
  };
}

/** What a front end is shown, and what that stands for: values of secrets are in it. */
const standsFor = new WeakMap<PlannedRun, PreparedRun>();

/** A prepared run as a front end may see it. */
export function plannedOf(prepared: PreparedRun): PlannedRun {
  const { header, forecast } = prepared.plan;
  const planned: PlannedRun = {
    recipe: { name: header.recipe.name, title: header.recipe.title, version: header.recipe.version },
    deployment: prepared.deployment,
    steps: header.steps,
    forecast,
    changedInputs: header.changedInputs ?? [],
    user: header.who.user,
    ...(header.orphans === undefined ? {} : { orphans: header.orphans }),
  };
  standsFor.set(planned, prepared);
  return planned;
}

/** The prepared run that a front end hands back. */
export function preparedOf(planned: PlannedRun): PreparedRun {
  const prepared = standsFor.get(planned);
  if (prepared === undefined) throw fail('run.not-prepared', 'There is no plan like that.', { fault: 'bug' });
  return prepared;
}
