import type { Style } from '../../../lib/style.ts';
import type { Key } from '../../key.ts';
import type { PlanRoom } from '../../plan/plan-layout.ts';
import { planPanelLines } from '../../plan/plan-lines.ts';
import { type PlanTurn, planPartKey } from '../../plan/plan-part.tsx';
import { type PlanPartState, planPartOf } from '../../plan/plan-part-state.ts';
import { planOfRun } from '../../plan/plan-words.ts';
import type { RunPicture } from '../run-picture.ts';
import { choicesFor } from './ask-choices.ts';
import type { AskState } from './ask-state.ts';

/** The plan that is asked about, with the answers below it. */
export function planAsked({ question, plan, sent }: AskState, picture: RunPicture, style: Style): PlanPartState {
  const answers = sent === undefined ? choicesFor(question, picture, style) : [];
  const actions = answers.map(({ key, label, leads }) => ({ key, label, explain: leads }));
  return plan === undefined ? planPartOf(planOfRun(picture.state, actions)) : { ...plan, plan: { ...plan.plan, actions } };
}

/** What a key does to the plan; undefined where it means nothing to it. */
export function planAskedKey(state: AskState, key: Key, picture: RunPicture, room: PlanRoom): PlanTurn | undefined {
  return planPartKey(planAsked(state, picture, room.style), key, { ...room, rows: room.rows - 1 });
}

/** The plan in so many lines, the heading not counted. */
export function planAskedLines(state: AskState, picture: RunPicture, room: PlanRoom): readonly string[] {
  return planPanelLines(planAsked(state, picture, room.style), room);
}
