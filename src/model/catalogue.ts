import type { RunKind, StopReason } from './events.ts';
import type { Failure } from './failure.ts';
import type { FeedItem } from './feed.ts';
import type { Recipe, Task } from './recipe.ts';

/** A recipe as a list shows it. */
export interface RecipeSummary {
  /** What `run` takes: its name, or the path of the operator's own. */
  readonly ref: string;
  readonly name: string;
  readonly title: string;
  readonly version: string;
  readonly summary?: string;
  /** It is the operator's own, not one that came with fairlead. */
  readonly own?: true;
  /** Why it can't be used; then the title is its name. */
  readonly failure?: Failure;
}

/** How a deployment stands. `running`: a living process has it; `broken-off`: its last one died. */
export type DeploymentStanding =
  | 'running'
  | 'stopped'
  | 'broken-off'
  | 'installed'
  | 'abandoned'
  | 'uninstalled'
  | 'empty'
  | 'damaged';

/** A run as a list shows it. */
export interface RunSummary {
  readonly id: string;
  readonly kind: RunKind;
  /** `lighthouse 1.0.0`, the task's name, `rotate NAME`. */
  readonly what: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly lastAt: string;
  readonly stopReason?: StopReason;
  /** It was given up. */
  readonly abandoned?: true;
}

/** A deployment as a list shows it. */
export interface DeploymentSummary {
  readonly name: string;
  readonly standing: DeploymentStanding;
  /** Of its last run. */
  readonly recipe?: {
    readonly name: string;
    readonly title: string;
    readonly version: string;
    /** What `run` takes: its name, or where it is not to be found by that, the path of the deployment's own copy. */
    readonly ref: string;
  };
  /** Its run, which a living process has, waits for an answer. */
  readonly asks?: true;
  /** The run that has not come to its end. */
  readonly unfinished?: RunSummary;
  /** The run that something happened in last. */
  readonly last?: RunSummary;
  /** Of a damaged record. */
  readonly failure?: Failure;
}

/** How well the containers of a deployment are, as one look tells. */
export interface Health {
  readonly dot: 'good' | 'bad' | 'unknown';
  /** `healthy`, `1 of 3 not well`, `no containers`, `no engine`; `-` where it has nothing that could be asked. */
  readonly word: string;
}

/** What there is: queries, which change nothing and are not journalled. */
export interface Catalogue {
  recipes(): Promise<readonly RecipeSummary[]>;
  deployments(): Promise<readonly DeploymentSummary[]>;
  /** Asks Docker: may take a moment. */
  health(deployment: string): Promise<Health>;
  /** Throws the failure that says what is wrong with it, line by line. */
  recipe(ref: string): Promise<Recipe>;
  /** What can be done with an installed deployment, from its own copy of its recipe. Throws where nothing is installed. */
  tasks(deployment: string): Promise<readonly Task[]>;
  /** All that is in the record of a run, to its end as it is now. */
  record(run: string): Promise<readonly FeedItem[]>;
  /** What a step printed in one attempt, redacted, as the record keeps it; none where there is nothing. */
  output(run: string, step: string, attempt: number): Promise<readonly string[]>;
}
