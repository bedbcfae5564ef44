import { standsIn } from '../engine/apart.ts';
import { carryForward, type Heritage } from '../engine/carry-forward.ts';
import { forecast } from '../engine/forecast.ts';
import type { StandingAnswers } from '../engine/policy.ts';
import { createProgram, type Program } from '../engine/program.ts';
import { redactorFor } from '../engine/publish.ts';
import { checkRequirements } from '../engine/requirements.ts';
import { rotatedWith } from '../engine/rotation-steps.ts';
import { type RunHeader, virtualState } from '../engine/run.ts';
import { headSteps } from '../engine/telling.ts';
import type { PlanWatch } from '../model/dispatch.ts';
import type { Orphan, RunOptions, StepForecast } from '../model/events.ts';
import { type Failure, FairleadError, fail } from '../model/failure.ts';
import { canonicalJson, type Json } from '../model/json.ts';
import type { Vault } from '../model/ports.ts';
import type { Recipe } from '../model/recipe.ts';
import { redactEvent } from '../model/redact-event.ts';
import type { RunState } from '../model/run-state.ts';
import { basesOf } from '../model/secret-order.ts';
import { isSecretRef } from '../model/secrets.ts';
import type { Outputs } from '../model/step.ts';
import { resolveInputs } from '../recipe/inputs.ts';
import { endMeaning } from '../recipe/suggestion.ts';
import { stepTypes } from '../steps/index.ts';
import { installedRun, latestRun, type ReadableRun, stateOf } from './deployments.ts';
import { type GivenInputs, valuesFor, waysToGive } from './input-rules.ts';
import { findOrphans } from './orphans.ts';
import type { Session } from './session.ts';
import { version } from './version.ts';
import { whoIsThere } from './who.ts';
import type { World } from './world.ts';

/** The header of a run that starts now. */
export function headerOf(
  program: Program,
  deployment: string,
  run: string,
  { inputs, changedInputs }: RunInputs,
  heritage: FullHeritage,
  world: World,
  session: Session,
): RunHeader {
  const { recipe } = program;
  const orphans = program.kind === 'converge' ? heritage.orphans : [];
  return {
    type: 'run.started',
    run,
    kind: program.kind,
    deployment,
    vault: session.folder.deployment(deployment).vault,
    recipe: { name: recipe.name, version: recipe.version, title: recipe.title, digest: recipe.digest },
    fairlead: version,
    inputs,
    options: program.options,
    hosts: { local: world.local.id },
    who: whoIsThere(session.environment),
    ...headSteps(program, heritage.untold),
    // A task acts each time it is asked: only what the recipe's own steps left counts for it.
    carried: heritage.carried,
    made: heritage.made,
    ...(changedInputs.length === 0 ? {} : { changedInputs }),
    ...(orphans.length === 0 ? {} : { orphans }),
    ...(program.kind === 'rotate' ? { rotates: rotatedIn(program, world.vault) } : {}),
  };
}

/**
 * The secrets that a rotation changes. One that is made of them and is not there (`secrets set` forgets it) is made by
 * the rotation: a step that needed it would have it made of the old value. Left out is what can't be made yet.
 */
function rotatedIn({ recipe, options }: Program, vault: Vault): readonly string[] {
  if (vault.value(options.rotate ?? '') === undefined) {
    throw fail('secret.missing', `The secret ${options.rotate} is not made yet.`, {
      hints: ['A run of the recipe makes it. Nothing was changed.'],
    });
  }
  const names: string[] = [];
  for (const spec of rotatedWith(recipe, options.rotate ?? '')) {
    const isThere = (name: string): boolean => names.includes(name) || vault.value(name) !== undefined;
    if (isThere(spec.name) || basesOf(spec, recipe.secrets).every(isThere)) names.push(spec.name);
  }
  return names;
}

/** The inputs of a run, and which of them had another value in the run before; none where there was no run. */
export interface RunInputs {
  readonly inputs: RunHeader['inputs'];
  readonly changedInputs: readonly string[];
}

/**
 * The inputs of a run: given now, else those of the deployment's last run (`before`), else defaults. A secret's value
 * goes to the vault and the run gets a reference. All that is wrong is one failure. A secret that others may know is refused
 * (see `valuesFor`).
 */
export async function inputsFor(
  recipe: Recipe,
  given: GivenInputs,
  before: RunHeader['inputs'],
  vault: Vault,
): Promise<RunInputs> {
  const { values, problems } = resolveInputs(recipe, valuesFor(recipe, given), before);
  const secret = problems.find(({ name }) => recipe.inputs.some((spec) => spec.name === name && spec.type === 'secret'));
  if (problems.length > 0) {
    throw fail(
      'inputs.invalid',
      `These inputs won't do:\n${problems.map(({ name, message }) => `  ${name}: ${message}`).join('\n')}`,
      {
        hints: [
          ...(problems.every(({ name }) => name === secret?.name)
            ? []
            : ['Give a value with --input NAME=VALUE or in a file with --inputs FILE.']),
          ...(secret === undefined
            ? []
            : [`${secret.name} is a secret, which --input does not take:`, ...waysToGive(secret.name)]),
          'Nothing was changed.',
        ],
      },
    );
  }
  refuseNotApart(recipe, values, vault);
  const inputs: Record<string, RunHeader['inputs'][string]> = {};
  const changedInputs: string[] = [];
  for (const spec of recipe.inputs) {
    const value = values[spec.name] ?? null;
    const known = before[spec.name];
    if (spec.type !== 'secret' || value === null || isSecretRef(value)) {
      inputs[spec.name] = value;
      if (known !== undefined && canonicalJson(known as Json) !== canonicalJson(value as Json)) changedInputs.push(spec.name);
      continue;
    }
    if (isSecretRef(known) && vault.value(known.$secret) === String(value)) {
      inputs[spec.name] = known;
      continue;
    }
    const name = await keepSecretInput(spec.name, String(value), vault);
    if (known !== undefined) changedInputs.push(spec.name);
    inputs[spec.name] = { $secret: name };
  }
  return { inputs, changedInputs };
}

/** A secret that stands in an input which is shown: it could not be masked there, and no run could begin any more. */
function refuseNotApart(recipe: Recipe, values: ReturnType<typeof resolveInputs>['values'], vault: Vault): void {
  const isSecret = new Set(recipe.inputs.flatMap(({ name, type }) => (type === 'secret' ? [name] : [])));
  const open = Object.entries(values).filter(([name, value]) => !isSecret.has(name) && value !== undefined);
  const inputs = Object.fromEntries(open) as Outputs;
  const given = Object.entries(values).flatMap(([name, value]) =>
    isSecret.has(name) && typeof value === 'string' ? [[name, value] as const] : [],
  );
  for (const [name, value] of given) {
    const where = standsIn([value], { inputs, carried: {} });
    if (where === undefined) continue;
    throw fail('inputs.not-apart', `The secret input ${name} also stands in ${where}, which is shown: it would be no secret.`, {
      hints: ['Choose another value for one of both. Nothing was changed.'],
    });
  }
  const where = standsIn(vault.everyValue(), { inputs, carried: {} });
  if (where === undefined) return;
  throw fail('inputs.not-apart', `A secret of this deployment, or one that it had before, stands in ${where}, which is shown.`, {
    hints: ['Choose another value for that input. Nothing was changed.'],
  });
}

/**
 * Keeps a secret input under a name of its own and never overwrites another value: the installed run refers to the old
 * one, and this one may be given up yet.
 */
async function keepSecretInput(input: string, value: string, vault: Vault): Promise<string> {
  for (let n = 1; ; n++) {
    const name = n === 1 ? `input.${input}` : `input.${input}.${n}`;
    const there = vault.value(name);
    if (there === value) return name;
    if (there !== undefined) continue;
    await vault.put(name, value);
    return name;
  }
}

/** A plan, and the state that it was made from. */
export interface Plan {
  readonly header: RunHeader;
  readonly state: RunState;
  readonly program: Program;
  readonly forecast: readonly StepForecast[];
}

/** Looks at the world for every step; changes nothing. A step that can't be looked at is a failure that names it. */
export async function makePlan(program: Program, header: RunHeader, world: World, watch: PlanWatch = {}): Promise<Plan> {
  const state = virtualState(header);
  // A plan is shown and may be piped anywhere: it passes the same redactor as the journal.
  const redactor = redactorFor(world.vault);
  try {
    await checkRequirements(program, state, world.local);
    const found = await forecast(program, state, world, watch.signal ?? new AbortController().signal, watch.looking);
    const shown = redactEvent({ type: 'plan.forecast', forecast: found }, redactor());
    return { header, state, program, forecast: shown.type === 'plan.forecast' ? shown.forecast : [] };
  } catch (error) {
    if (!(error instanceof FairleadError)) throw error;
    throw new FairleadError(redactor().redactJson(error.failure as unknown as Json) as unknown as Failure, { cause: error });
  }
}

/** The program of a recipe with the run's options; a bad step name is a failure. */
export function programFor(recipe: Recipe, options: RunOptions): Program {
  return createProgram(recipe, stepTypes, options);
}

/**
 * What a deployment's runs leave to the next one of this recipe. What was done counts whatever became of the run that
 * did it; inputs are those of the installed run: one that was given up was a try.
 */
export async function heritageOf(runs: readonly ReadableRun[], recipe: Recipe): Promise<FullHeritage> {
  const last = latestRun(runs);
  const heritage = carryForward(last === undefined ? undefined : await stateOf(last), recipe.steps);
  const installed = installedRun(runs);
  const inputs = installed === undefined ? heritage.inputs : ((await stateOf(installed)).header?.inputs ?? {});
  return { ...heritage, inputs, orphans: await findOrphans(heritage, runs, recipe) };
}

/** What a run starts from, with the steps of earlier runs that the recipe does not have any more. */
export interface FullHeritage extends Heritage {
  readonly orphans: readonly Orphan[];
}

/** One recipe's deployment is not another's: its tasks and its uninstall would be out of reach. */
export function refuseOtherRecipe(deployment: string, runs: readonly ReadableRun[], recipe: Recipe): void {
  const installed = installedRun(runs)?.header.recipe.name;
  if (installed === undefined || installed === recipe.name) return;
  throw fail('deployment.other-recipe', `${deployment} was deployed from the recipe ${installed}, and this is ${recipe.name}.`, {
    hints: ['Choose another name with --name. Nothing was changed.'],
  });
}

/** `--ack` and `--answer` for a step that there isn't would be taken for an answer that counts. */
export function checkAnswers(program: Program, standing: StandingAnswers): void {
  const keeping = program.recipe.secrets.flatMap(({ name, keeps }) =>
    keeps === undefined ? [] : [`secrets.${name}`, `secrets.${name}.wipe`],
  );
  const ids = program.steps.map((step) => step.id as string);
  const unknown =
    standing.acknowledged.find((id) => id !== 'all' && !ids.includes(id)) ??
    [...standing.answers.keys()].find((id) => !ids.includes(id) && !keeping.includes(id));
  const odd = keeping.find((id) => !id.endsWith('.wipe') && !WAYS.includes(standing.answers.get(id) ?? 'stop'));
  if (unknown === undefined && odd !== undefined) {
    throw fail('usage.bad-answer', `${JSON.stringify(standing.answers.get(odd))} is no answer for ${odd}.`, {
      hints: [`It takes: ${WAYS.join(', ')}. Nothing was changed.`],
    });
  }
  if (unknown === undefined) return;
  const what = unknown.startsWith('secrets.') ? `no data kept by ${unknown}` : `no step ${unknown}`;
  throw fail('step.unknown', `There is ${what} to answer for${endMeaning(unknown, [...ids, ...keeping])}`, {
    hints: ['Nothing was changed.'],
  });
}

/** What may become of data that opens with an old value only. */
const WAYS: readonly string[] = ['adopt', 'rotate', 'wipe', 'stop'];

/** Is this the failure that root would cure? */
export function wantsRoot(error: unknown): boolean {
  return error instanceof FairleadError && error.failure.code === 'host.root-needed';
}
