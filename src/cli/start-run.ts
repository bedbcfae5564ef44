import { fail } from '../model/failure.ts';
import { needingYes } from '../model/plan-effect.ts';
import { foldLines } from '../views/lib/fold-line.ts';
import { askMissingInputs } from './ask-inputs.ts';
import { carryOut } from './carry-out.ts';
import { heedSignalsAgain } from './drive-run.ts';
import type { Heading } from './open-started.ts';
import { planPage } from './plan-command.ts';
import { printPlanDocument } from './plan-document.ts';
import { checkAnswers, heritageOf, type Plan, programFor, wantsRoot } from './prepare-run.ts';
import { prepareRun, startOf } from './prepared-run.ts';
import { refuseIfHeld } from './refuse-if-held.ts';
import { restartUnderSudo } from './restart-under-sudo.ts';
import type { Session } from './session.ts';

/** A run that is to begin. */
export interface Start extends Heading {
  readonly session: Session;
}

/** Plans, has the plan approved where that can be asked only before (no terminal), then runs; the exit code. */
export async function startRun(asked: Start): Promise<number> {
  heedSignalsAgain();
  const { session, recipe } = asked;
  const program = programFor(recipe, asked.request.options);
  checkAnswers(program, asked.request.standing);
  await refuseIfHeld(asked.deployment, session);
  const start = await withInputsAsked(asked);
  const { request } = start;
  try {
    const prepared = await prepareRun(start, program, session);
    const unapproved = !session.console.attended && !request.standing.approvePlan;
    if (unapproved && needingYes(prepared.plan.forecast).length > 0) return refuseUnapproved(prepared.plan, session);
    return await carryOut(startOf(prepared), session, recipe);
  } catch (error) {
    if (!wantsRoot(error) || !session.console.attended) throw error;
    const code = await restartUnderSudo(request.inputs, session);
    if (code === undefined) throw error;
    return code;
  }
}

/** What is typed is asked for once, before anything else is: the plan and the run both need it. */
async function withInputsAsked(start: Start): Promise<Start> {
  const { recipe, runs, request, session } = start;
  if (!session.console.attended) return start;
  const before = start.inputs ?? (await heritageOf(runs, recipe)).inputs;
  const inputs = await askMissingInputs(recipe, request.inputs, before, session.console);
  return { ...start, request: { ...request, inputs } };
}

function refuseUnapproved(plan: Plan, session: Session): number {
  const { console } = session;
  if (console.json) printPlanDocument(console, plan);
  else console.out(`${foldLines(planPage(plan, console.style), console.columns()).join('\n')}\n`);
  throw fail(
    'run.operator-needed',
    'The plan needs a yes, and there is no terminal to ask at. Nothing was changed and no run was kept.',
    { hints: ['Read the plan above; then run it again with --yes.'] },
  );
}
