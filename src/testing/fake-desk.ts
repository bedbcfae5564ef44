import { type FakeTerminalRun, openFakeTerminal } from '../adapters/docker/fake-terminal.ts';
import { taskOf } from '../engine/program.ts';
import type { Catalogue, DeploymentSummary, Health, RecipeSummary } from '../model/catalogue.ts';
import type { Dispatch, Draft, Field, PlannedRun, RunLink, Typed } from '../model/dispatch.ts';
import { stepsOfDraft } from '../model/draft.ts';
import type { EventBody, EventMap, StepForecast } from '../model/events.ts';
import { fail } from '../model/failure.ts';
import type { FeedItem } from '../model/feed.ts';
import type { Json } from '../model/json.ts';
import type { InputSpec, InputType, Recipe, Task } from '../model/recipe.ts';
import { withTaskInputs } from '../model/task-inputs.ts';
import type { DeployedContainer, Terminals } from '../model/terminals.ts';
import { askedFields } from '../recipe/asked-fields.ts';
import { coerce, inputFault } from '../recipe/input-value.ts';
import { createFakeRun } from './fake-run.ts';
import { toyRecipe, toyStep } from './toy-run.ts';

/** What was asked of the desk's Dispatch, in order: a test's way to see what a front end did. */
export type Asked =
  | { readonly what: 'draft'; readonly ref: string; readonly deployment?: string; readonly changes?: string }
  | { readonly what: 'draft-task'; readonly deployment: string; readonly task: string }
  | { readonly what: 'generate'; readonly field: string }
  | { readonly what: 'plan'; readonly deployment: string; readonly task?: string; readonly typed: Typed }
  | { readonly what: 'start'; readonly plan: PlannedRun }
  | { readonly what: 'resume'; readonly run: string; readonly typed?: Typed }
  | { readonly what: 'abandon' | 'attach'; readonly run: string };

/** What there is on a desk; what is left out is empty, or a toy. */
export interface FakeDeskContents {
  readonly recipes?: readonly Recipe[];
  /** Recipes of the list that can't be used. */
  readonly brokenRecipes?: readonly RecipeSummary[];
  readonly deployments?: readonly DeploymentSummary[];
  /** Default: healthy. */
  readonly health?: (deployment: string) => Promise<Health>;
  /** Records, by run. */
  readonly records?: Readonly<Record<string, readonly FeedItem[]>>;
  /** What a step printed in an attempt; default: nothing. */
  readonly output?: (run: string, step: string, attempt: number) => readonly string[];
  /** What a new run of a recipe, or one that is changed, has in its fields besides defaults, by the input's name. */
  readonly filled?: Readonly<Record<string, Pick<Field, 'text' | 'from'>>>;
  readonly usedBy?: Readonly<Record<string, readonly string[]>>;
  /** Why a deployment can't be drafted now. */
  readonly refuses?: (deployment: string) => Error | undefined;
  /** Default: every step of the recipe makes one thing. May throw, as the real one does. */
  readonly forecast?: (draft: Draft, typed: Typed) => readonly StepForecast[];
  /** The containers of a deployment; default: none. May throw. */
  readonly containers?: (deployment: string) => readonly DeployedContainer[];
  /** The shell behind every container. */
  readonly shell?: FakeTerminalRun;
  /** The run behind `start`, `resume`, `abandon` and `attach`. Default: one that ends well at once. */
  readonly run?: (
    asked: Extract<Asked, { readonly what: 'start' | 'resume' | 'abandon' | 'attach' }>,
  ) => RunLink | Promise<RunLink>;
}

/** A Catalogue and a Dispatch with nothing behind them, and what was asked of them. */
export interface FakeDesk {
  readonly catalogue: Catalogue;
  readonly dispatch: Dispatch;
  readonly terminals: Terminals;
  readonly asked: readonly Asked[];
}

/** A desk for tests of front ends: inputs are checked by the real rules, runs are as `run` says. */
export function createFakeDesk(contents: FakeDeskContents = {}): FakeDesk {
  const recipes = contents.recipes ?? [deskRecipe()];
  const asked: Asked[] = [];
  const link = contents.run ?? (() => endedWell().link);
  const find = (ref: string): Recipe => {
    const found = recipes.find(({ name }) => name === ref);
    if (found === undefined)
      throw fail('recipe.not-found', `There is no recipe ${ref}.`, { hints: ['`fairlead list` shows them.'] });
    return found;
  };
  const recipeOf = (deployment: string): Recipe =>
    find(contents.deployments?.find(({ name }) => name === deployment)?.recipe?.name ?? deployment);
  const begin = async (what: Extract<Asked, { readonly what: 'start' | 'resume' | 'abandon' | 'attach' }>): Promise<RunLink> => {
    asked.push(what);
    return link(what);
  };
  const catalogue: Catalogue = {
    recipes: async () => [...recipes.map(summaryOf), ...(contents.brokenRecipes ?? [])],
    deployments: async () => contents.deployments ?? [],
    health: contents.health ?? (async () => ({ dot: 'good', word: 'healthy' })),
    async recipe(ref) {
      const broken = contents.brokenRecipes?.find((one) => one.ref === ref)?.failure;
      if (broken !== undefined) throw fail(broken.code, broken.message, broken);
      return find(ref);
    },
    tasks: async (deployment) => recipeOf(deployment).tasks,
    async record(run) {
      const found = contents.records?.[run];
      if (found === undefined) throw fail('run.not-found', `There is no run ${run}.`);
      return found;
    },
    output: async (run, step, attempt) => contents.output?.(run, step, attempt) ?? [],
  };
  const dispatch: Dispatch = {
    async draft(ref, options = {}) {
      asked.push({ what: 'draft', ref, ...options });
      const recipe = find(ref);
      const deployment = options.deployment ?? recipe.name;
      if (!/^[a-z][a-z0-9_-]*$/.test(deployment)) {
        throw fail('state.bad-name', `${deployment} can not be the name of a deployment.`, {
          hints: ['Small letters, digits, - and _; a letter first.'],
        });
      }
      const refusal = contents.refuses?.(deployment);
      if (refusal !== undefined) throw refusal;
      const fields = recipe.inputs.map((spec) => fieldOf(spec, contents));
      return { recipe, ref, deployment, fields, ...(options.changes === undefined ? {} : { changes: options.changes }) };
    },
    async draftTask(deployment, name) {
      asked.push({ what: 'draft-task', deployment, task: name });
      const refusal = contents.refuses?.(deployment);
      if (refusal !== undefined) throw refusal;
      const plain = recipeOf(deployment);
      const task = taskOf(plain, name);
      const recipe = withTaskInputs(plain, name);
      const names = task.changes ?? task.inputs.map((spec) => spec.name);
      const fields = recipe.inputs.filter((spec) => names.includes(spec.name)).map((spec) => fieldOf(spec, contents));
      return { recipe, ref: plain.folder, deployment, fields, task };
    },
    fault({ spec, from }, text) {
      if (text === '') return spec.optional || from === 'vault' ? undefined : 'needs a value';
      const fault = inputFault(spec, coerce(spec, text));
      return fault === undefined ? undefined : `must be ${fault}`;
    },
    asked: (draft, typed) => askedFields(draft.recipe.inputs, draft.fields, typed),
    generate({ spec }) {
      asked.push({ what: 'generate', field: spec.name });
      return `made-for-${spec.name}`;
    },
    async plan(draft, typed, watch) {
      const steps = stepsOfDraft(draft);
      for (const { id } of steps) watch?.looking?.(id);
      const task = draft.task === undefined ? {} : { task: draft.task.name };
      asked.push({ what: 'plan', deployment: draft.deployment, ...task, typed });
      const { name, title, version } = draft.recipe;
      return {
        recipe: { name, title, version },
        deployment: draft.deployment,
        steps: steps.map(({ id, title, uses }) => ({ id, title, uses })),
        forecast: contents.forecast?.(draft, typed) ?? steps.map(makesOneThing),
        changedInputs: [],
      };
    },
    start: (plan) => begin({ what: 'start', plan }),
    resume: (run, change) => begin({ what: 'resume', run, ...(change === undefined ? {} : { typed: change.typed }) }),
    abandon: (run) => begin({ what: 'abandon', run }),
    attach: (run) => begin({ what: 'attach', run }),
  };
  const terminals: Terminals = {
    containers: async (deployment) => contents.containers?.(deployment) ?? [],
    openShell: async (container, options) =>
      openFakeTerminal(contents.shell ?? (async () => 0), { argv: ['sh'], env: { CONTAINER: container } }, options),
  };
  return { catalogue, dispatch, terminals, asked };
}

/** Rules for a form that takes everything, and asks for all that there is. */
export const takesAll: Pick<Dispatch, 'fault' | 'asked'> = {
  fault: () => undefined,
  asked: ({ fields }) => new Set(fields.map(({ spec }) => spec.name)),
};

/** An input with the schema of its type as far as tests need one. */
export function deskInput(name: string, type: InputType, more: Partial<InputSpec> = {}): InputSpec {
  return {
    name,
    type,
    title: `The ${name}`,
    optional: false,
    schema: SCHEMAS[type] ?? { type: 'string' },
    at: { file: 'recipe.yaml', line: 1, column: 1 },
    ...more,
  };
}

const SCHEMAS: Partial<Record<InputType, InputSpec['schema']>> = {
  port: { type: 'integer', minimum: 1, maximum: 65535 },
  integer: { type: 'integer' },
  boolean: { type: 'boolean' },
  path: { type: 'string', pattern: '^/' },
  email: { type: 'string', format: 'email' },
  choice: { type: 'string', enum: ['small', 'large'] },
  secret: { type: 'string', minLength: 1 },
};

/** A recipe with an input of every kind that is entered in a way of its own, and two steps. */
export function deskRecipe(more: Partial<Recipe> = {}): Recipe {
  const steps = [
    toyStep('folder', 'cell', { name: '/srv/toy', value: 'folder' }, { title: 'Make its folder' }),
    toyStep('start', 'act', { name: 'start' }, { title: 'Start it', explain: 'It takes a moment.' }),
  ];
  return toyRecipe(steps, {
    title: 'Toy, a thing to play with',
    summary: 'Nothing behind it.',
    inputs: [
      deskInput('port', 'port', { default: 8077, title: 'Port on this host', explain: 'It listens here.' }),
      deskInput('size', 'choice', { default: 'small', choices: ['small', 'large'], title: 'How large' }),
      deskInput('mail', 'email', { title: 'E-mail of the first account' }),
      deskInput('note', 'string', { optional: true, title: 'A note' }),
      deskInput('password', 'secret', { title: 'Password of the first account' }),
    ],
    ...more,
  });
}

/** A task of a recipe on a desk: one step, unless there are others. */
export function deskTask(name: string, title: string, more: Partial<Task> = {}): Task {
  return { name, title, inputs: [], steps: [toyStep(name, 'act', { name }, { title })], ...more };
}

/** A deployment as a list shows it. */
export function deskDeployment(name: string, more: Partial<DeploymentSummary> = {}): DeploymentSummary {
  return {
    name,
    standing: 'installed',
    recipe: { name: 'toy', title: 'Toy, a thing to play with', version: '1.0.0', ref: 'toy' },
    ...more,
  };
}

function summaryOf({ name, title, version, summary }: Recipe): RecipeSummary {
  return { ref: name, name, title, version, ...(summary === undefined ? {} : { summary }) };
}

function fieldOf(spec: InputSpec, { filled, usedBy }: FakeDeskContents): Field {
  const text = spec.default === undefined || spec.type === 'secret' ? '' : textOf(spec.default);
  const given = filled?.[spec.name] ?? { text, from: spec.default === undefined ? 'nowhere' : 'default' };
  return { spec, usedBy: usedBy?.[spec.name] ?? [], ...given };
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function makesOneThing({ id, title }: Recipe['steps'][number]): StepForecast {
  return { step: id, changes: [{ action: 'create', target: title }] };
}

function endedWell() {
  const run = createFakeRun();
  run.show({ type: 'feed.caught-up' });
  run.tell(runStarted({}), { type: 'run.finished', outcome: 'ok', finish: 'All is well.' });
  run.end();
  return run;
}

/** A run's first event. */
export function runStarted(more: Partial<EventMap['run.started']>): EventBody {
  return {
    type: 'run.started',
    run: 'run-1',
    kind: 'converge',
    deployment: 'toy',
    recipe: { name: 'toy', version: '1.0.0', title: 'Toy, a thing to play with', digest: 'd'.repeat(64) },
    fairlead: '0.0.0',
    inputs: {},
    options: { only: [], onFailure: 'stop' },
    hosts: { local: 'fake' },
    who: { user: 'tester' },
    steps: [],
    carried: {},
    made: [],
    ...more,
  };
}
