import type { Dispatch } from '../model/dispatch.ts';
import { createDrafting } from './draft.ts';
import type { GivenInputs } from './input-rules.ts';
import type { Session } from './session.ts';

/** The part of Dispatch that runs. */
export type Running = Pick<Dispatch, 'start' | 'resume' | 'abandon' | 'attach'>;

/** All that front ends may ask for. `given`: values of inputs from the command line and the environment. */
export function createDispatch(session: Session, running: Running, given: GivenInputs = {}): Dispatch {
  return { ...createDrafting(session, given), ...running };
}
