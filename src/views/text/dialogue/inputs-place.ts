import { words } from '../../lib/words.ts';
import { enterField, shownValue } from './enter-field.ts';
import { type Desk, type Form, HOME, type Place, QUIT } from './place.ts';
import { placeBefore } from './tasks-place.ts';

/**
 * The inputs that are asked for, one after the other, and a summary at the end, where each can be changed. Which they are may
 * change with every answer; those before it stay.
 */
export async function inputsPlace(given: Form, begin: 'first' | 'last' | 'summary', desk: Desk): Promise<Place> {
  let form = given;
  const first = form.naming ? 0 : 1;
  let last = fieldsOf(form, desk).length;
  let at = begin === 'first' ? first : begin === 'last' ? last : last + 1;
  if (last + 1 - first === 0) desk.talk.say('', 'It asks for nothing.');
  /** From the summary one input is changed, and the summary comes again. */
  let only = false;
  while (true) {
    if (at > last) {
      const wish = await summary(form, desk);
      if (wish === 'out') return HOME;
      if (wish === 'quit') return QUIT;
      if (wish === 'go') return onward(form, desk);
      // A task that changes inputs begins with all of them: it is left from there too, not one by one.
      if (wish === 'back' && form.draft.task?.changes !== undefined) return placeBefore(form);
      only = wish !== 'back';
      at = wish === 'back' ? Math.max(last, first) : wish;
      if (at < first || at > last) at = last + 1;
      continue;
    }
    const entered = at === 0 ? await enterName(form, desk) : await enterInput(form, at, desk);
    if (entered === 'out') return HOME;
    if (entered === 'back') {
      if (at === first && !only) return form.naming ? { at: 'recipe', ref: form.draft.ref } : placeBefore(form);
      at = only ? last + 1 : at - 1;
    } else {
      form = entered;
      last = fieldsOf(form, desk).length;
      at = only ? last + 1 : at + 1;
    }
    if (at > last) only = false;
  }
}

function onward(form: Form, { dispatch }: Desk): Place {
  const { draft, typed } = form;
  const { changes } = draft;
  // What a changed run will do is asked about by the run itself, which knows what it has done.
  if (changes !== undefined) return { at: 'run', open: () => dispatch.resume(changes, { draft, typed }) };
  return { at: 'plan', form };
}

async function enterInput(form: Form, at: number, desk: Desk): Promise<Form | 'back' | 'out'> {
  const { dispatch, talk } = desk;
  const { draft, typed } = form;
  const fields = fieldsOf(form, desk);
  const field = fields[at - 1];
  if (field === undefined) return 'back';
  const { name } = field.spec;
  const place = `Input ${at} of ${fields.length}`;
  const entered = await enterField({ field, typed: typed[name], place, deployment: draft.deployment }, dispatch, talk);
  if (entered === 'kept') return form;
  return typeof entered === 'string' ? entered : { ...form, typed: { ...typed, [name]: entered.text } };
}

/** The deployment's name decides which vault and which earlier run there is: with another one it is another draft. */
async function enterName(form: Form, { catalogue, dispatch, talk }: Desk): Promise<Form | 'back' | 'out'> {
  const { draft } = form;
  const taken = (await catalogue.deployments()).filter(({ standing }) => standing !== 'empty').map(({ name }) => name);
  talk.say('', 'The name of this deployment');
  talk.say('Its records, and often its user, its network and its containers go by that.');
  if (taken.includes(draft.deployment)) {
    talk.say(
      words(`${draft.deployment} is there already: that name runs it again, another one makes a further one.`, talk.style),
    );
  }
  while (true) {
    const typed = await talk.ask(`Type a name, back, or Enter for [${draft.deployment}]: `);
    if (typed === undefined) return 'out';
    if (typed.toLowerCase() === 'back') return 'back';
    if (typed === '?') {
      talk.say('Small letters, digits and -; the name can not be changed later.');
      continue;
    }
    if (typed === '' || typed === draft.deployment) return form;
    try {
      return { ...form, draft: await dispatch.draft(draft.ref, { deployment: typed }) };
    } catch (error) {
      talk.trouble(error);
    }
  }
}

/** What was entered, numbered; a number is the input to change. */
async function summary(form: Form, desk: Desk): Promise<number | 'go' | 'back' | 'out' | 'quit'> {
  const { dispatch, talk } = desk;
  const { draft, naming } = form;
  const fields = fieldsOf(form, desk);
  const wrong = fields.findIndex((field) => faultOf(form, field, dispatch) !== undefined);
  const next = draft.changes === undefined ? 'see the plan' : 'go on with the run';
  const list = (): void => {
    const task = draft.task === undefined ? '' : `the task ${draft.task.name} of `;
    talk.say('', words(`What will be used for ${task}${draft.deployment}:`, talk.style));
    if (naming) talk.say(words(`0. The name of the deployment: ${draft.deployment}`, talk.style));
    talk.say(...fields.map((field, index) => words(`${index + 1}. ${lineOf(form, field, dispatch)}`, talk.style)));
    if (fields.length === 0) talk.say('It asks for nothing.');
  };
  list();
  while (true) {
    const numbers = fields.length === 0 ? (naming ? ' 0 to change the name,' : '') : ' a number to change one,';
    const go = wrong === -1 ? ` yes to ${next},` : '';
    const typed = (await talk.ask(`Type${go}${numbers} back, or q to quit: `))?.toLowerCase();
    if (typed === undefined) return 'out';
    if (typed === 'q' || typed === 'quit') return 'quit';
    if (typed === 'back' || typed === 'b') return 'back';
    if (/^\d+$/.test(typed)) {
      const at = Number(typed);
      if (at <= fields.length && (at > 0 || naming)) return at;
      talk.say('That number is not in the list.');
    } else if (typed === 'yes' || typed === 'y') {
      if (wrong === -1) return 'go';
      talk.say(`Number ${wrong + 1} will not do yet.`);
    } else list();
  }
}

type Field = Form['draft']['fields'][number];

/** Those that are asked for, with what was entered so far. */
function fieldsOf({ draft, typed }: Form, { dispatch }: Desk): readonly Field[] {
  const asked = dispatch.asked(draft, typed);
  return draft.fields.filter(({ spec }) => asked.has(spec.name));
}

function faultOf({ typed }: Form, field: Field, dispatch: Desk['dispatch']): string | undefined {
  return dispatch.fault(field, typed[field.spec.name] ?? field.text);
}

function lineOf(form: Form, field: Field, dispatch: Desk['dispatch']): string {
  const { spec } = field;
  const fault = faultOf(form, field, dispatch);
  return `${spec.title}: ${valueText(form, field)}${fault === undefined ? '' : `. It will not do: it ${fault}`}`;
}

/** Of a secret only whether there is one. */
function valueText({ typed }: Form, field: Field): string {
  const text = typed[field.spec.name];
  if (field.spec.type !== 'secret') return shownValue(text ?? field.text, field);
  if (text !== undefined && text !== '') return 'given, not shown';
  return field.from === 'vault' && text === undefined ? 'the one that it has' : 'none';
}
