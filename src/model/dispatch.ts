import type { Orphan, StepForecast } from './events.ts';
import type { Failure } from './failure.ts';
import type { RunControl, RunFeed } from './feed.ts';
import type { InputSpec, Recipe, Task } from './recipe.ts';

/** One input of a run that is being prepared. */
export interface Field {
  readonly spec: InputSpec;
  /** What stands in it at first, as text; of a secret always empty. */
  readonly text: string;
  /** Where that comes from; `vault`: a secret that an earlier run was given, which stays as long as nothing is typed. */
  readonly from: 'default' | 'earlier-run' | 'given' | 'vault' | 'nowhere';
  /** Where else its value is used: titles of steps, names of the recipe's files, names of inputs' neighbours; no sentences. */
  readonly usedBy: readonly string[];
}

/** A run that is being prepared: nothing of it is written anywhere. */
export interface Draft {
  readonly recipe: Recipe;
  /** What `run` takes to find the recipe again. */
  readonly ref: string;
  readonly deployment: string;
  readonly fields: readonly Field[];
  /** The run that would be changed: its inputs are filled in here. Absent: a new run. */
  readonly changes?: string;
  /** The task that the run would do; its recipe is the deployment's own copy then, and the fields are the task's. Absent: the recipe. */
  readonly task?: Task;
}

/** What was typed into the fields, by the input's name. Of a secret it is the secret; empty: what it had, or none. */
export type Typed = Readonly<Record<string, string>>;

/** A plan to say yes or no to. It knows how to begin; it holds no value of a secret that could be shown. */
export interface PlannedRun {
  readonly recipe: { readonly name: string; readonly title: string; readonly version: string };
  readonly deployment: string;
  readonly steps: readonly { readonly id: string; readonly title: string; readonly uses: string }[];
  readonly forecast: readonly StepForecast[];
  /** Inputs whose values differ from those of the run before. */
  readonly changedInputs: readonly string[];
  /** Who it will be done as on this host: `root`. */
  readonly user?: string;
  /** Steps of earlier runs that the recipe does not have any more: what they made stays. */
  readonly orphans?: readonly Orphan[];
}

/** Somebody who waits for a plan. */
export interface PlanWatch {
  /** Now it looks at this step. */
  looking?(step: string): void;
  /** The plan is not waited for any more. */
  readonly signal?: AbortSignal;
}

/** A line to a running run, until it is let go or the run's process ends. */
export interface RunLink {
  readonly run: string;
  readonly deployment: string;
  /** From the run's first event. What happened before the line was there comes before `feed.caught-up`. */
  readonly feed: RunFeed;
  /** A `leave` lets go of the line; the run goes on. */
  readonly control: RunControl;
  /** The line is down: `undefined` where the run came to its end or was let go, else what became of its process. */
  readonly ended: Promise<Failure | undefined>;
}

/** What may be asked for besides looking. Every one throws a FairleadError that says why not. */
export interface Dispatch {
  /** A new run, or the installed one's inputs to converge again; `changes`: the unfinished run to go on with otherwise. */
  draft(ref: string, options?: { readonly deployment?: string; readonly changes?: string }): Promise<Draft>;
  /** A task of an installed deployment, as its own copy of the recipe has it. `deployment.unknown`, `task.unknown`, … */
  draftTask(deployment: string, task: string): Promise<Draft>;
  /** What is wrong with what was typed into a field, in words that follow its name (`must be a port`, `needs a value`); undefined where it will do. Quick: for each key. */
  fault(field: Field, text: string): string | undefined;
  /**
   * The fields of a draft, by the input's name, that are asked for with what was typed so far. What was typed into the others
   * does not count: no plan and no run sees it. Quick: for each key.
   */
  asked(draft: Draft, typed: Typed): ReadonlySet<string>;
  /** A good random value for a secret input. */
  generate(field: Field): string;
  /** Looks at the world for every step; seconds. `host.root-needed`, `inputs.invalid`, `run.held`, … */
  plan(draft: Draft, typed: Typed, watch?: PlanWatch): Promise<PlannedRun>;
  /** The run of a plan that was approved, in a process of its own. The plan's question is answered with that yes. */
  start(plan: PlannedRun): Promise<RunLink>;
  /** Goes on with an unfinished run in a process of its own; with `change` as a draft that `changes` it says. */
  resume(run: string, change?: { readonly draft: Draft; readonly typed: Typed }): Promise<RunLink>;
  /** Makes an unfinished run final: only doubts are settled. */
  abandon(run: string): Promise<RunLink>;
  /** A line to a run that a living process has. */
  attach(run: string): Promise<RunLink>;
}
