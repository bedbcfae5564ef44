import type { Catalogue } from '../../../model/catalogue.ts';
import type { Dispatch, Draft, RunLink, Typed } from '../../../model/dispatch.ts';
import type { Failure } from '../../../model/failure.ts';
import type { RunState } from '../../../model/run-state.ts';
import type { TextTerminal } from '../text-view.ts';
import type { Talk } from './talk.ts';

/** What was entered into the inputs of a run that is being prepared. */
export interface Form {
  readonly draft: Draft;
  readonly typed: Typed;
  /** May the deployment be given another name? Only a new one's. */
  readonly naming: boolean;
}

/** What the operator knows of a run that is watched: the plan that was just said yes to; that it was under way before. */
export type Known = Pick<TextTerminal, 'approved' | 'joins'>;

/** Where the dialogue is: each place says what there is, asks, and names the next. */
export type Place =
  | { readonly at: 'home' }
  | { readonly at: 'deployment'; readonly name: string }
  | { readonly at: 'recipe'; readonly ref: string }
  | { readonly at: 'tasks'; readonly deployment: string }
  | { readonly at: 'inputs'; readonly form: Form; readonly begin: 'first' | 'last' | 'summary' }
  | { readonly at: 'plan'; readonly form: Form }
  | { readonly at: 'run'; readonly open: () => Promise<RunLink>; readonly known?: Known }
  | { readonly at: 'quit' };

/** What the dialogue talks about, and with whom. */
export interface Desk {
  readonly catalogue: Catalogue;
  readonly dispatch: Dispatch;
  readonly talk: Talk;
  /** Lends the terminal to a shell until that ends; absent: there is none to be had. */
  readonly openShell?: () => Promise<void>;
  /** Hears how watching a run came to its end: how the run did, why its process is gone, or that it was left to go on. */
  readonly onEnd?: (end: RunState | Failure | 'left') => void;
  /** Begins this program anew as root, with what was entered, until that ends; absent: it is root's already. */
  readonly beginAsRoot?: (draft: Draft, typed: Typed) => Promise<void>;
}

export const HOME: Place = { at: 'home' };
export const QUIT: Place = { at: 'quit' };
