import type { Field } from '../../../model/dispatch.ts';
import type { Intent } from '../intent.ts';
import { isCtrl, isKey, type Key } from '../key.ts';
import type { News } from '../news.ts';
import type { Around, Turn } from '../page.ts';
import { editField, textField } from '../parts/text-field.ts';
import { editEntry } from './edit-entry.ts';
import { judgedAfterEdit, wrongRows } from './field-faults.ts';
import { lastExplainTop } from './field-panel.ts';
import { askedAnew, askedOf, entryOf, focusedRow, type InputsState, isTouched, rowsOf, typedOf } from './inputs-state.ts';

type Look = Pick<Around, 'fault' | 'asked'>;

/** The form after a key. */
export function inputsAfterKey(before: InputsState, key: Key, around: Around): Turn<InputsState> {
  const { leaving, ...state } = before;
  if (isKey(key, 'escape')) return leave(state, leaving === true);
  if (isCtrl(key, 'p')) return toPlan(state, around);
  const row = focusedRow(state);
  if (isKey(key, 'enter')) return row.kind === 'plan' ? toPlan(state, around) : focusOn(state, state.focus + 1);
  if (isKey(key, 'tab', 'down', 'wheel-down')) return focusOn(state, state.focus + 1);
  if (isKey(key, 'back-tab', 'up', 'wheel-up')) return focusOn(state, state.focus - 1);
  if (isKey(key, 'page-down', 'page-up')) return { state: readOn(state, isKey(key, 'page-down') ? READ_ON : -READ_ON, around) };
  if (row.kind === 'plan') return { state };
  if (row.kind === 'name') return { state: nameAfterKey(state, key) };
  return fieldAfterKey(state, row.field, key, around);
}

/** The form after news: a draft of another name, or a secret that was made. */
export function inputsAfterNews(state: InputsState, news: News, around: Look): Turn<InputsState> {
  if (news.kind === 'generated' && news.field === state.making) return { state: askedAnew(withMade(state, news.text), around) };
  if (news.kind !== 'draft' || state.name?.asked === undefined || news.deployment !== state.name.asked) return { state };
  const { planning, ...rest } = state;
  const { asked: _, ...name } = state.name;
  if (news.draft.status === 'failed') {
    const { failure } = news.draft;
    const failed = { ...rest, name: { ...name, failure } };
    return planning === true ? { state: { ...unseen(failed), focus: 0 }, intents: [notice(NAME_IS_WRONG)] } : { state: failed };
  }
  if (news.draft.status !== 'ready') return { state };
  const known = askedAnew({ ...rest, name, draft: news.draft.value }, around);
  return planning === true ? toPlan(known, around) : { state: known };
}

const NAME_IS_WRONG = 'The deployment needs another name.';
const LEAVES = 'Esc once more leaves the form: what you typed in it is forgotten then.';

function leave(state: InputsState, sure: boolean): Turn<InputsState> {
  if (sure || !isTouched(state)) return { state, intents: [{ kind: 'back' }] };
  return { state: { ...state, leaving: true }, intents: [notice(LEAVES)] };
}

function notice(text: string): Intent {
  return { kind: 'notice', text };
}

/** Lines of an explanation at a time: so few that the eye keeps its place. */
const READ_ON = 2;

function readOn(state: InputsState, lines: number, around: Around): InputsState {
  return { ...state, explainTop: Math.min(lastExplainTop(state, around), Math.max(0, state.explainTop + lines)) };
}

/** A secret is not shown any longer than it has the cursor. */
function unseen(state: InputsState): InputsState {
  return { ...state, revealed: false, explainTop: 0 };
}

function focusOn(state: InputsState, to: number): Turn<InputsState> {
  const focus = Math.min(rowsOf(state).length - 1, Math.max(0, to));
  if (focus === state.focus) return { state };
  const left = afterLeaving(state);
  return { ...left, state: { ...unseen(left.state), focus } };
}

/**
 * The row under the cursor is left: its faults are shown from now on, and another name is looked at. A field that was only
 * passed by is not held against anybody.
 */
function afterLeaving(state: InputsState): Turn<InputsState> {
  const row = focusedRow(state);
  if (row.kind === 'plan') return { state };
  if (row.kind === 'name') return afterNaming(state);
  const { name } = row.field.spec;
  const passedBy = state.typed[name] === undefined && row.field.text === '';
  return { state: passedBy ? state : { ...state, judged: [...new Set([...state.judged, name])] } };
}

function afterNaming(state: InputsState): Turn<InputsState> {
  const { name, draft } = state;
  const deployment = name?.text.text ?? '';
  if (name === undefined || deployment === '' || name.failure !== undefined || name.asked === deployment) return { state };
  if (deployment === draft.deployment) return { state: { ...state, name: { text: name.text } } };
  return {
    state: { ...state, name: { text: name.text, asked: deployment } },
    intents: [{ kind: 'redraft', ref: draft.ref, deployment }],
  };
}

function nameAfterKey(state: InputsState, key: Key): InputsState {
  const { name, draft } = state;
  if (name === undefined) return state;
  const text = isCtrl(key, 'z') ? textField(draft.deployment) : editField(name.text, key);
  if (text === undefined) return state;
  if (text.text === name.text.text) return { ...state, name: { ...name, text } };
  const { planning: _, ...rest } = state;
  return { ...rest, name: { text } };
}

function fieldAfterKey(state: InputsState, field: Field, key: Key, around: Look): Turn<InputsState> {
  const { spec } = field;
  if (isCtrl(key, 'z')) return { state: askedAnew(withoutTyped(state, field), around) };
  const now = entryOf(state, field);
  // Where nothing is typed yet nothing would be seen of it, and then the next letter would be.
  if (spec.type === 'secret' && isCtrl(key, 'r')) return { state: { ...state, revealed: now.text !== '' && !state.revealed } };
  if (spec.type === 'secret' && isCtrl(key, 'g')) {
    return { state: { ...state, making: spec.name }, intents: [{ kind: 'generate', draft: state.draft, field: spec.name }] };
  }
  const entry = editEntry(spec, now, key, !state.revealed);
  if (entry === undefined) return { state };
  const typed = { ...state.typed, [spec.name]: entry };
  if (entry.text === now.text) return { state: { ...state, typed } };
  const judged = judgedAfterEdit(state, field, entry.text, around);
  const made = state.made.filter((name) => name !== spec.name);
  return { state: askedAnew({ ...state, typed, judged, made }, around) };
}

/** As it was at first; nobody is corrected for that. */
function withoutTyped(state: InputsState, { spec }: Field): InputsState {
  const { [spec.name]: _, ...typed } = state.typed;
  const others = (names: readonly string[]): readonly string[] => names.filter((name) => name !== spec.name);
  return { ...state, typed, judged: others(state.judged), made: others(state.made), revealed: false };
}

function withMade({ making = '', ...state }: InputsState, text: string): InputsState {
  return { ...state, typed: { ...state.typed, [making]: textField(text) }, made: [...new Set([...state.made, making])] };
}

/** To the plan; where something is wrong to the first of it, and says how much is. */
function toPlan(state: InputsState, around: Look): Turn<InputsState> {
  const left = afterLeaving(state);
  const intents = left.intents ?? [];
  const judged = askedOf(left.state).map(({ spec }) => spec.name);
  const now = { ...unseen(left.state), judged };
  const wrong = wrongRows(now, around);
  const [first] = wrong;
  if (first !== undefined) {
    const message =
      wrong.length === 1
        ? 'One of the inputs is not right yet: this one.'
        : `${wrong.length} of the inputs are not right yet. This is the first.`;
    return { state: { ...now, focus: first }, intents: [...intents, notice(message)] };
  }
  if (changesNothing(now)) return { state: { ...now, focus: 0 }, intents: [...intents, notice(NOTHING_NEW)] };
  if (now.name?.asked !== undefined) return { state: { ...now, planning: true, focus: rowsOf(now).length - 1 }, intents };
  return { state: now, intents: [...intents, { kind: 'open-plan', draft: now.draft, typed: typedOf(now) }] };
}

const NOTHING_NEW = 'Nothing is changed yet: this task needs a new value of at least one input.';

/** Is it a task that is the recipe done with other inputs, and none is another? */
function changesNothing(state: InputsState): boolean {
  const { task, fields } = state.draft;
  return task?.changes !== undefined && !isTouched(state) && !fields.some(({ from }) => from === 'given');
}
