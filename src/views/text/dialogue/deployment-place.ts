import type { DeploymentSummary, RunSummary } from '../../../model/catalogue.ts';
import { fail } from '../../../model/failure.ts';
import { failureLines } from '../../lib/failure-text.ts';
import { beginningText, standingText } from '../../lib/standing-text.ts';
import { words } from '../../lib/words.ts';
import { createTextView } from '../text-view.ts';
import { type Desk, HOME, type Place, QUIT } from './place.ts';
import type { Choice } from './talk.ts';

type Act = 'attach' | 'resume' | 'change' | 'give-up' | 'again' | 'task' | 'recipe' | 'last';

/** One deployment: how it stands, and what can be done about it. */
export async function deploymentPlace(name: string, desk: Desk): Promise<Place> {
  const { catalogue, dispatch, talk } = desk;
  const deployment = (await catalogue.deployments()).find((one) => one.name === name);
  if (deployment === undefined) throw fail('state.no-deployment', `There is no deployment ${name} any more.`);
  const { unfinished, last, recipe, failure } = deployment;
  const run = unfinished ?? last;
  talk.say('', ...headOf(deployment).map((line) => words(line, talk.style)));
  if (failure !== undefined) talk.say(...failureLines(failure, talk.style));
  const chosen = await talk.choose(actsOf(deployment), { help: HELP });
  if (chosen === 'quit') return QUIT;
  if (chosen === 'back') return HOME;
  const here: Place = { at: 'deployment', name };
  const ref = recipe?.ref ?? name;
  switch (chosen) {
    case 'attach':
      return run === undefined ? here : { at: 'run', open: () => dispatch.attach(run.id), known: { joins: true } };
    case 'resume':
      return run === undefined ? here : { at: 'run', open: () => dispatch.resume(run.id) };
    case 'give-up':
      if (run === undefined || !(await sure(desk))) return here;
      return { at: 'run', open: () => dispatch.abandon(run.id) };
    case 'change':
      return run === undefined ? here : changeInputs(desk, ref, name, run.id);
    case 'again':
      return {
        at: 'inputs',
        begin: 'summary',
        form: { draft: await dispatch.draft(ref, { deployment: name }), typed: {}, naming: false },
      };
    case 'task':
      return { at: 'tasks', deployment: name };
    case 'recipe':
      return { at: 'recipe', ref };
    case 'last':
      if (run !== undefined) await playBack(run, desk);
      return here;
  }
}

/** The inputs of an unfinished run, to go on with other ones. */
export async function changeInputs({ dispatch }: Desk, ref: string, deployment: string, run: string): Promise<Place> {
  const draft = await dispatch.draft(ref, { deployment, changes: run });
  return { at: 'inputs', begin: 'summary', form: { draft, typed: {}, naming: false } };
}

const HELP = [
  'A run that is under way goes on by itself: look at it, and leave again.',
  'A run that has stopped goes on at the step where it did; what is done is not done again.',
] as const;

function headOf(deployment: DeploymentSummary): readonly string[] {
  const { name, recipe, unfinished, last } = deployment;
  const what = recipe === undefined ? '' : `, ${recipe.title} ${recipe.version}`;
  const run = unfinished ?? last;
  return [
    `${name}${what}: ${standingText(deployment, undefined)}.`,
    ...(run === undefined ? [] : [`${unfinished === undefined ? 'Last run' : 'Run'}: ${beginningText(run)}.`]),
  ];
}

function actsOf({ standing, unfinished, recipe, last }: DeploymentSummary): readonly Choice<Act>[] {
  const act = (word: Act, meaning: string): Choice<Act> => ({ word, meaning, value: word });
  const record = unfinished ?? last;
  const told = record === undefined ? [] : [act('last', 'read what its last run did')];
  const read = recipe === undefined ? [] : [act('recipe', 'read its recipe')];
  if (standing === 'damaged') return [];
  if (standing === 'running') return [act('attach', 'look at its run, and answer what it asks'), ...read];
  if (unfinished !== undefined) {
    // A rotation works with the inputs of the installed run.
    const change = unfinished.kind === 'rotate' ? [] : [act('change', 'go on with other inputs')];
    return [
      act('resume', 'go on where it stopped'),
      ...change,
      act('give-up', 'make the run final; what it did stays'),
      ...told,
      ...read,
    ];
  }
  const again = recipe === undefined ? [] : [act('again', 'run it again, with the same inputs or others')];
  // A task is done from what was installed.
  const task =
    standing === 'installed' || standing === 'abandoned'
      ? [act('task', 'do one of its tasks: a backup, an upgrade, uninstalling, …')]
      : [];
  return [...again, ...task, ...told, ...read];
}

async function sure({ talk }: Desk): Promise<boolean> {
  talk.say('What the run did stays as it is, and the run can not be resumed any more.');
  while (true) {
    const typed = (await talk.ask('Give it up? Type yes or no: '))?.toLowerCase();
    if (typed === 'yes' || typed === 'y') return true;
    if (typed === undefined || typed === 'no' || typed === 'n' || typed === 'back') return false;
  }
}

async function playBack(run: RunSummary, { catalogue, talk }: Desk): Promise<void> {
  const items = await catalogue.record(run.id);
  const all = (async function* () {
    yield* items;
  })();
  await createTextView(talk.terminal).follow({ items: all });
}
