import type { DeploymentSummary, Health, RecipeSummary } from '../../model/catalogue.ts';
import type { Draft, PlannedRun } from '../../model/dispatch.ts';
import type { Recipe, Task } from '../../model/recipe.ts';
import type { DeployedContainer } from '../../model/terminals.ts';
import type { ProgramNow } from './embedded/program-session.ts';
import type { Loaded } from './loaded.ts';
import type { RunPicture } from './run/run-picture.ts';

/** What came of intents, and what happens in the run on the page. Every page hears all news, and heeds its own. */
export type News =
  | { readonly kind: 'deployments'; readonly deployments: Loaded<readonly DeploymentSummary[]> }
  | { readonly kind: 'recipes'; readonly recipes: Loaded<readonly RecipeSummary[]> }
  | { readonly kind: 'health'; readonly deployment: string; readonly health: Health }
  | { readonly kind: 'recipe'; readonly ref: string; readonly recipe: Loaded<Recipe> }
  | { readonly kind: 'tasks'; readonly deployment: string; readonly tasks: Loaded<readonly Task[]> }
  /** `deployment`: the name that was asked for. */
  | { readonly kind: 'draft'; readonly deployment: string; readonly draft: Loaded<Draft> }
  | { readonly kind: 'generated'; readonly field: string; readonly text: string }
  /** `asked`: as the page that waits for it has it. */
  | { readonly kind: 'plan'; readonly plan: Loaded<PlannedRun>; readonly asked: number }
  /** The plan that was asked for looks at this step now. */
  | { readonly kind: 'looking'; readonly asked: number; readonly step: string }
  | {
      readonly kind: 'output';
      readonly run: string;
      readonly step: string;
      readonly attempt: number;
      readonly lines: Loaded<readonly string[]>;
    }
  | {
      readonly kind: 'containers';
      readonly deployment: string;
      readonly containers: Loaded<readonly DeployedContainer[]>;
    }
  /** What the program on the page shows now, or how it ended; `id`: as the page has it. */
  | { readonly kind: 'program'; readonly id: number; readonly now: ProgramNow }
  /** The run on the page has moved on. */
  | { readonly kind: 'run'; readonly picture: RunPicture };
