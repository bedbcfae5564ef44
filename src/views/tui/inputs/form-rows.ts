import type { Field } from '../../../model/dispatch.ts';
import { type Meaning, paint, type Style, sign } from '../../lib/style.ts';
import { cut, cutPainted, fitPainted, paintedWidth, widthOf } from '../../lib/width.ts';
import { words } from '../../lib/words.ts';
import type { Around } from '../page.ts';
import { isTyped } from './edit-entry.ts';
import { choiceText, maskedText, maskOf, typedText, valueText } from './entry-text.ts';
import { shownFault, shownFaults } from './field-faults.ts';
import { entryOf, existsAlready, type InputsState, isChanged, type Row, rowsOf } from './inputs-state.ts';

/** Cells of the pointer before a row, and between title and value. */
const POINTER = 2;
const GAP = 2;
/** The part of the row that titles may take, at most. */
const LABEL_PART = 0.45;

/** A row of the form in one line: what is asked for, what stands there, and what is to be said about it. */
export function rowLine(state: InputsState, at: number, around: Around): string {
  const { columns, style } = around;
  const row = rowsOf(state)[at] ?? { kind: 'plan' };
  const focused = at === state.focus;
  const pointer = focused ? `${paint(sign('pointer', style), 'asking', style)} ` : ' '.repeat(POINTER);
  if (row.kind === 'plan') return `${pointer}${planButton(state, focused, around)}`;
  const labelColumns = Math.min(widestTitle(state, style), Math.floor((columns - POINTER) * LABEL_PART));
  const title = titleOf(row, style);
  const label = fitPainted(focused ? paint(title, 'strong', style) : title, labelColumns, sign('more', style));
  const room = columns - POINTER - labelColumns - GAP;
  return `${pointer}${label}${' '.repeat(GAP)}${cellOf(state, row, focused, room, around)}`;
}

function titleOf(row: Row, style: Style): string {
  if (row.kind === 'plan') return '';
  return words(row.kind === 'name' ? NAME_TITLE : row.field.spec.title, style);
}

/** Of those that are not asked for, too: values stay where they are when rows come and go. */
function widestTitle({ draft, name }: InputsState, style: Style): number {
  const titles = [...(name === undefined ? [] : [NAME_TITLE]), ...draft.fields.map(({ spec }) => words(spec.title, style))];
  return Math.max(0, ...titles.map(widthOf));
}

/** What the deployment's name is called. */
export const NAME_TITLE = 'Name of the deployment';

/** What the way on is called. */
export function planTitle({ draft }: InputsState): string {
  return draft.changes === undefined ? 'Plan' : 'Go on with these';
}

function planButton(state: InputsState, focused: boolean, around: Around): string {
  const { style } = around;
  const title = `[ ${planTitle(state)} ]`;
  const wrong = shownFaults(state, around);
  const beside =
    state.planning === true
      ? paint('as soon as the name is known to be good', 'faint', style)
      : wrong > 0
        ? paint(`${sign('warning', style)} ${wrong === 1 ? 'one input is' : `${wrong} inputs are`} not right yet`, 'bad', style)
        : '';
  return `${paint(title, focused ? 'chosen' : 'strong', style)}  ${beside}`.trimEnd();
}

/** The value, and beside it what is to be said: what is wrong with it, or where it comes from. */
function cellOf(state: InputsState, row: Exclude<Row, { kind: 'plan' }>, focused: boolean, room: number, around: Around): string {
  const { style } = around;
  const fault = shownFault(state, row, around);
  const warning = `${sign('warning', style)} `;
  // Of the field under the cursor the fault stands below, in full.
  const remark: Remark | undefined =
    fault === undefined
      ? remarkOf(state, row)
      : { text: focused ? warning.trimEnd() : `${warning}${words(fault, style)}`, meaning: 'bad' };
  const whole = shownValue(state, row, focused, room, style);
  if (remark === undefined) return whole;
  // A cell more where the cursor is not, so that nothing moves when it comes.
  const gap = focused ? GAP : GAP + 1;
  const beside = widthOf(remark.text) + gap;
  const left = room - paintedWidth(whole);
  if (left >= beside) return joined(whole, remark, gap, style);
  // A fault is never left out; where it has no room beside the value, both are cut.
  if (fault === undefined) return whole;
  const value = shownValue(state, row, focused, Math.max(room - beside, Math.floor(room / 2)), style);
  const text = cut(remark.text, room - paintedWidth(value) - gap, sign('more', style));
  return cutPainted(joined(value, { ...remark, text }, gap, style), room, sign('more', style));
}

/** Said beside a value. */
interface Remark {
  readonly text: string;
  readonly meaning: Meaning;
}

function joined(value: string, { text, meaning }: Remark, gap: number, style: Style): string {
  return `${value}${paintedWidth(value) === 0 ? '' : ' '.repeat(gap)}${paint(text, meaning, style)}`;
}

function shownValue(
  state: InputsState,
  row: Exclude<Row, { kind: 'plan' }>,
  focused: boolean,
  room: number,
  style: Style,
): string {
  if (row.kind === 'name') {
    const entry = state.name?.text ?? { text: '', cursor: 0 };
    return focused ? typedText(entry, room, style) : cut(words(entry.text, style), room, sign('more', style));
  }
  const { spec } = row.field;
  const entry = entryOf(state, row.field);
  if (spec.type === 'secret' && !(focused && state.revealed)) {
    if (focused) return maskedText(entry.text === '', style);
    return entry.text === '' ? '' : maskOf(style);
  }
  if (!focused) return valueText(spec, entry.text, room, style);
  return isTyped(spec) ? typedText(entry, room, style) : choiceText(spec, entry.text, room, style);
}

function remarkOf(state: InputsState, row: Exclude<Row, { kind: 'plan' }>): Remark | undefined {
  if (row.kind === 'name') return nameRemark(state);
  const { field } = row;
  const { text } = entryOf(state, field);
  if (field.spec.type === 'secret') return faint(secretRemark(state, field, text));
  if (isChanged(state, field))
    return field.from === 'nowhere' && text !== '' ? undefined : { text: 'changed', meaning: 'changed' };
  if (text === '') return faint(field.spec.optional ? 'may stay empty' : 'needed');
  if (field.from === 'earlier-run') return faint(state.draft.changes === undefined ? 'last run' : 'as it was');
  return field.from === 'default' || field.from === 'given' ? faint(field.from) : undefined;
}

function faint(text: string): Remark {
  return { text, meaning: 'faint' };
}

function nameRemark({ name, draft }: InputsState): Remark | undefined {
  if (name?.asked !== undefined) return faint('looking at it');
  return draft.deployment === name?.text.text && existsAlready(draft) ? faint('exists already') : undefined;
}

function secretRemark({ made, revealed }: InputsState, { spec, from }: Field, text: string): string {
  if (text !== '') return made.includes(spec.name) ? 'made at random' : revealed ? 'typed' : 'typed, hidden';
  if (from === 'vault') return 'kept in the vault; type to replace it';
  if (from === 'given') return 'given; type to replace it';
  return spec.optional ? 'may stay empty' : 'needed';
}
