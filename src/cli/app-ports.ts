import type { Dispatch } from '../model/dispatch.ts';
import { dispatchRuns } from './dispatch-runs.ts';
import { type Asked, createDrafting, requestOfDraft } from './draft.ts';
import type { Session } from './session.ts';

/** All that front ends may ask for. `asked`: what the command line and the environment say of the runs to prepare. */
export function openDispatch(session: Session, asked: Asked = {}): Dispatch {
  return {
    ...createDrafting(session, asked),
    ...dispatchRuns(session, (draft, typed) => requestOfDraft(draft, typed).inputs),
  };
}
