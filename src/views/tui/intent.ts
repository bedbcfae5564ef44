import type { DeploymentSummary } from '../../model/catalogue.ts';
import type { Draft, PlannedRun, RunLink, Typed } from '../../model/dispatch.ts';
import type { Request, TerminalAct } from '../../model/feed.ts';

/** What a page, or a dialog, wants done. Data: the conductor does it, and news tell what came of it. */
export type Intent =
  /** News: `recipes`, `deployments`, then `health` for each. */
  | { readonly kind: 'load-home' }
  /** Opens the recipe's page; `deployment`: the one of it that is meant; `about`: the one that it is, or would be by its name. */
  | { readonly kind: 'open-recipe'; readonly ref: string; readonly deployment?: string; readonly about?: DeploymentSummary }
  /** Opens the form. `changes`: the unfinished run that goes on with other inputs. */
  | { readonly kind: 'open-inputs'; readonly ref: string; readonly deployment?: string; readonly changes?: string }
  /** Renames the deployment of a form: drafts anew under that name. News: `draft`. */
  | { readonly kind: 'redraft'; readonly ref: string; readonly deployment: string }
  /** News: `generated`. */
  | { readonly kind: 'generate'; readonly draft: Draft; readonly field: string }
  /** Opens the plan page; `again`: in the place of the one in front. News: `plan`. */
  | { readonly kind: 'open-plan'; readonly draft: Draft; readonly typed: Typed; readonly again?: true }
  /** The form, and where nothing in it is wrong the plan at once; with `approved` the run begins when the plan is made. */
  | { readonly kind: 'prepare'; readonly ref: string; readonly deployment?: string; readonly approved?: true }
  /** The app steps aside for this program begun anew as root, with what was typed, and ends with it. */
  | { readonly kind: 'begin-as-root'; readonly draft: Draft; readonly typed: Typed }
  /** Opens the run page on a line that is there already. */
  | { readonly kind: 'follow'; readonly link: RunLink }
  /** Opens the run page on a run of its own. */
  | { readonly kind: 'start'; readonly plan: PlannedRun }
  | {
      readonly kind: 'resume';
      readonly run: string;
      readonly change?: { readonly draft: Draft; readonly typed: Typed };
    }
  /** Stops the run on the page, which asks `question`, and opens the form of its inputs: it goes on with what is changed. */
  | {
      readonly kind: 'change-inputs';
      readonly run: string;
      readonly deployment: string;
      readonly ref: string;
      readonly question: string;
    }
  | { readonly kind: 'abandon'; readonly run: string }
  | { readonly kind: 'attach'; readonly run: string }
  /** Opens the run page on a run that is past. */
  | { readonly kind: 'show-record'; readonly run: string }
  /** What a step printed before this app looked. News: `output`. */
  | { readonly kind: 'load-output'; readonly run: string; readonly step: string; readonly attempt: number }
  /** Opens the page of an installed deployment's tasks. */
  | { readonly kind: 'open-tasks'; readonly deployment: string }
  /** News: `tasks`. */
  | { readonly kind: 'load-tasks'; readonly deployment: string }
  /** Opens the form of a task; of one that asks for nothing the plan page at once. */
  | { readonly kind: 'open-task'; readonly deployment: string; readonly task: string }
  /** Opens the page of a deployment's containers. */
  | { readonly kind: 'open-containers'; readonly deployment: string }
  /** News: `containers`. */
  | { readonly kind: 'load-containers'; readonly deployment: string }
  /** A shell in a container, at a terminal of this size. News: `program`, with this `id`. */
  | {
      readonly kind: 'open-shell';
      readonly container: string;
      readonly id: number;
      readonly columns: number;
      readonly rows: number;
    }
  /** To the program on the page, as it is to get them. */
  | { readonly kind: 'type-keys'; readonly keys: string }
  /** The app steps aside for the program on the page, until Ctrl-] is pressed or it ends. */
  | { readonly kind: 'full-screen' }
  /** Ends the program on the page. News: `program`. */
  | { readonly kind: 'end-program' }
  /** To the run on the page. */
  | { readonly kind: 'request'; readonly request: Request }
  /** With the terminal of the program that this question of the run on the page is about. */
  | { readonly kind: 'terminal'; readonly question: string; readonly act: TerminalAct }
  /** One page back; from the first page it asks whether to quit. */
  | { readonly kind: 'back' }
  | { readonly kind: 'home' }
  | { readonly kind: 'quit' }
  /** To the operator's clipboard (OSC 52); `what`: for the notice. */
  | { readonly kind: 'copy'; readonly text: string; readonly what: string }
  /** The app steps aside for a shell and comes back. */
  | { readonly kind: 'shell' }
  | { readonly kind: 'toggle-mouse' }
  /** A line that stands in the key bar's place until the next key. */
  | { readonly kind: 'notice'; readonly text: string };
