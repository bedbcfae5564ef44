import { type AppState, frontPage } from '../app-state.ts';
import type { Intent } from '../intent.ts';
import type { Choice } from '../parts/choice-list.ts';
import type { RunPicture } from '../run/run-picture.ts';

/** One way to go on after Ctrl-C. */
export interface LeaveChoice extends Choice {
  readonly intents: readonly Intent[];
  /** The run is asked to stop like this: the next Ctrl-C offers what is left then. */
  readonly stops?: 'after-step' | 'now';
}

/** How the run on the page was asked to stop, while it goes on. */
export function stopAsked(state: AppState): 'after-step' | 'now' | undefined {
  const run = runGoingOn(state);
  return run !== undefined && state.stopAsked?.run === run ? state.stopAsked.when : undefined;
}

/** The run on the page in front, where one goes on. */
export function runGoingOn(state: AppState): string | undefined {
  const page = frontPage(state);
  if (page.kind !== 'run') return undefined;
  return isGoingOn(page.picture) ? page.picture.run : undefined;
}

/** Does the run have a process that is at work, or waits? */
function isGoingOn({ past, down, state }: RunPicture): boolean {
  return !past && down === undefined && state.status === 'running';
}

/** What Ctrl-C offers: about the run on the page where one goes on, else about the app. What harms least comes first. */
export function leaveChoices(state: AppState): readonly LeaveChoice[] {
  const page = frontPage(state);
  if (runGoingOn(state) === undefined || page.kind !== 'run') return [quit];
  const asked = stopAsked(state);
  if (asked === 'now') return [leave, leaveBehind];
  // Nothing is at work while an answer is awaited.
  if (page.picture.state.question !== undefined) return [leave, stopHere];
  return asked === 'after-step' ? [leave, stopNow] : [leave, stopAfterStep, stopNow];
}

const quit: LeaveChoice = {
  key: 'q',
  label: 'quit fairlead',
  leads: 'Runs that are under way go on; `fairlead` shows them again.',
  intents: [{ kind: 'quit' }],
};

const leave: LeaveChoice = {
  key: 'l',
  label: 'leave it running, and quit fairlead',
  leads: 'The run goes on without this window. `fairlead` or `fairlead attach` comes back to it.',
  intents: [{ kind: 'quit' }],
};

const stopAfterStep: LeaveChoice = {
  key: 's',
  label: 'stop after this step',
  leads: 'The step at work comes to its end first. Then the run stops, and can be resumed.',
  intents: [request('after-step'), { kind: 'notice', text: 'It stops when this step is at its end. Ctrl-C asks again.' }],
  stops: 'after-step',
};

const stopHere: LeaveChoice = {
  key: 's',
  label: 'stop here',
  leads: 'The question stays open: the run stops, and asks again when it is resumed.',
  intents: [request('now'), { kind: 'notice', text: 'It stops.' }],
  stops: 'now',
};

const stopNow: LeaveChoice = {
  key: 'n',
  label: 'stop now',
  leads:
    'The step at work is cut short, with the programs that it started. The run can be resumed; it looks first at what came about.',
  intents: [request('now'), { kind: 'notice', text: 'It stops. Ctrl-C asks again, should something not end.' }],
  stops: 'now',
};

const leaveBehind: LeaveChoice = {
  key: 'b',
  label: 'leave behind what does not stop',
  leads: 'The run stops at once. What it leaves at work may go on; resuming looks for that first.',
  intents: [request('now'), { kind: 'notice', text: 'It stops, and leaves behind what does not.' }],
  stops: 'now',
};

function request(when: 'after-step' | 'now'): Intent {
  return { kind: 'request', request: { kind: 'stop', when } };
}
