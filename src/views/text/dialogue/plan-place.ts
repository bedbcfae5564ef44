import type { PlannedRun } from '../../../model/dispatch.ts';
import { hasForm } from '../../../model/draft.ts';
import type { StepForecast } from '../../../model/events.ts';
import { failureOf } from '../../../model/failure.ts';
import { needingYes, onlyReads } from '../../../model/plan-effect.ts';
import { changeOfMindLines } from '../../lib/change-text.ts';
import { adoptsLines } from '../../lib/kept-data-text.ts';
import { changeLines, markOf, type PlanMark, planSummary } from '../../lib/plan-text.ts';
import { words } from '../../lib/words.ts';
import { type Desk, type Form, type Place, QUIT } from './place.ts';
import type { Talk } from './talk.ts';
import { placeBefore } from './tasks-place.ts';

/** Each mark of a plan as a word: a sign alone is nothing to hear. */
const MARKS: Readonly<Record<PlanMark, string>> = {
  create: 'create',
  update: 'change',
  delete: 'delete',
  run: 'run',
  check: 'wait for',
  read: 'read',
  knownAfterApply: 'known later',
  nothing: 'nothing to do',
  skipped: 'skipped',
};

/** What a run would do, step by step; a yes begins it. */
export async function planPlace(form: Form, desk: Desk): Promise<Place> {
  const { dispatch, talk } = desk;
  talk.say('', 'Looking at what is there and what a run would change; nothing is changed by that.');
  const plan = await dispatch.plan(form.draft, form.typed).catch((error: unknown) => asRoot(error, form, desk));
  if (plan === undefined) return QUIT;
  const steps = plan.forecast;
  const back = hasForm(form.draft) ? 'change (the inputs)' : 'back';
  list(plan, form, talk);
  while (true) {
    const show = steps.length === 0 ? '' : 'show NUMBER (a step), ';
    const typed = (await talk.ask(`Do this? Type yes, no, ${back}, ${show}or ?: `))?.toLowerCase();
    if (typed === 'yes' || typed === 'y') return { at: 'run', open: () => dispatch.start(plan), known: { approved: steps } };
    if (typed === undefined || typed === 'no' || typed === 'n') {
      talk.say('Nothing was changed.');
      return placeBefore(form);
    }
    if (typed === 'q' || typed === 'quit') return QUIT;
    if (typed === 'change' || typed === 'c' || typed === 'back') return beforePlan(form);
    const wanted = /^(?:show|s)(?: +(all|\d+))?$/.exec(typed);
    if (wanted !== null) showSteps(steps, wanted[1], plan, talk);
    else if (typed === '?') {
      talk.say(...HELP);
      list(plan, form, talk);
    } else if (typed !== '') talk.say('Please type yes, no, change, or show and a number.');
  }
}

/** What can be entered otherwise; a task that asks for nothing leads back to the list. */
export function beforePlan(form: Form): Place {
  return hasForm(form.draft) ? { at: 'inputs', form, begin: 'summary' } : placeBefore(form);
}

/** Where the plan needs root: begins anew as root, and then there is nothing more to say here. */
async function asRoot(error: unknown, { draft, typed }: Form, { talk, beginAsRoot }: Desk): Promise<undefined> {
  if (beginAsRoot === undefined || failureOf(error).code !== 'host.root-needed') throw error;
  talk.say('', words(failureOf(error).message, talk.style));
  const chosen = draft.task === undefined ? draft.recipe.name : `the task ${draft.task.name} of ${draft.deployment}`;
  talk.say(words(`Nothing was changed yet. Under sudo what you entered is kept: choose ${chosen} once more there.`, talk.style));
  const yes = await talk.ask('Begin again under sudo? Type yes or no: ');
  if (yes === undefined || !/^y(es)?$/i.test(yes)) throw error;
  await beginAsRoot(draft, typed);
  return undefined;
}

const HELP = [
  'yes begins the run, no changes nothing and goes back to the list, change goes back to the inputs, q quits.',
  'show and a number, or show all, tells all that a step would do.',
  'In the details + is a line that comes, - one that goes.',
] as const;

function list({ forecast, steps, deployment, recipe, changedInputs }: PlannedRun, { draft: { task } }: Form, talk: Talk): void {
  const { style } = talk;
  const plain = { ...style, colour: false };
  const what = task === undefined ? `${recipe.title} ${recipe.version}` : `task ${task.name}`;
  talk.say('', words(`The plan for ${deployment} (${what})`, style));
  talk.say(withoutSigns(planSummary(forecast)));
  if (changedInputs.length > 0) talk.say(words(`Other values than before: ${changedInputs.join(', ')}.`, style));
  talk.say(...changeOfMindLines(forecast, undefined, plain));
  talk.say(
    ...forecast.map((step, index) =>
      words(`${index + 1}. ${MARKS[markOf(step)]}: ${titleOf(step, steps)}${remark(step, steps)}`, style),
    ),
  );
  if (needingYes(forecast).length === 0) {
    talk.say(
      forecast.some(onlyReads)
        ? 'It only reads, and changes nothing.'
        : 'All is as wanted; a run would look at it once more and change nothing.',
    );
  }
}

/** The signs stand for words that are spoken here. */
function withoutSigns(summary: string): string {
  return summary.replaceAll(/ \([^)]\)/g, '');
}

function titleOf({ step }: StepForecast, steps: PlannedRun['steps']): string {
  return steps.find(({ id }) => id === step)?.title ?? step;
}

function remark(step: StepForecast, steps: PlannedRun['steps']): string {
  if (step.drift) return '; it was edited by hand, you will be asked';
  if (step.skipped) return '; its condition does not hold';
  if (step.adopts !== undefined && step.adopts.length > 0) return '; data is there already, you will be asked';
  if (step.waitsFor === undefined) return '';
  return `; known after: ${steps.find(({ id }) => id === step.waitsFor)?.title ?? step.waitsFor}`;
}

function showSteps(forecast: readonly StepForecast[], wanted: string | undefined, plan: PlannedRun, talk: Talk): void {
  const number = Number(wanted);
  const chosen = wanted === 'all' ? forecast : number > 0 ? forecast.slice(number - 1, number) : [];
  if (wanted === undefined) talk.say('Type show and the number of a step, as in: show 1');
  else if (chosen.length === 0) talk.say(`There is no step ${wanted} in the plan.`);
  for (const step of chosen) detail(step, forecast.indexOf(step), plan, talk);
}

function detail(step: StepForecast, index: number, { steps }: PlannedRun, { say, style }: Talk): void {
  say('', words(`${index + 1}. ${MARKS[markOf(step)]}: ${titleOf(step, steps)} (${step.step})${remark(step, steps)}`, style));
  const lines = [
    ...adoptsLines(step.adopts ?? [], style),
    ...step.changes.flatMap((change) => changeLines(change, style)),
    ...(step.notes ?? []).map((note) => `    ${words(note, style)}`),
  ];
  say(...(lines.length === 0 ? ['    Nothing is to be done for it.'] : lines));
}
