import type { Field } from '../../../model/dispatch.ts';
import type { Around } from '../page.ts';
import { entryOf, focusedRow, type InputsState, type Row, rowsOf } from './inputs-state.ts';

/** What is wrong with a row as it is, whether that is shown yet or not. */
export function faultOf(state: InputsState, row: Row, around: Pick<Around, 'fault'>): string | undefined {
  if (row.kind === 'plan') return undefined;
  if (row.kind === 'field') return around.fault(row.field, entryOf(state, row.field).text);
  const { text, failure } = state.name ?? {};
  return text?.text === '' ? 'needs a name' : failure?.message;
}

/**
 * What is wrong with a row, where the operator is to see it. It is calm: nobody is corrected before a field was left or was
 * right once, nor for a field that was emptied to be filled anew.
 */
export function shownFault(state: InputsState, row: Row, around: Pick<Around, 'fault'>): string | undefined {
  if (row.kind === 'field' && !state.judged.includes(row.field.spec.name)) return undefined;
  if (row.kind === 'name' && state.name?.text.text === '' && focusedRow(state).kind === 'name') return undefined;
  return faultOf(state, row, around);
}

/** The rows that are wrong, shown or not, by where they stand. */
export function wrongRows(state: InputsState, around: Pick<Around, 'fault'>): readonly number[] {
  return rowsOf(state).flatMap((row, at) => (faultOf(state, row, around) === undefined ? [] : [at]));
}

/** How many rows are marked as wrong. */
export function shownFaults(state: InputsState, around: Pick<Around, 'fault'>): number {
  return rowsOf(state).filter((row) => shownFault(state, row, around) !== undefined).length;
}

/**
 * The fields whose faults are shown after an edit of one: it is among them where what stands in it is right, for then it is
 * corrected from now on, and no more where it is empty, or is begun anew.
 */
export function judgedAfterEdit(
  state: InputsState,
  field: Field,
  text: string,
  around: Pick<Around, 'fault'>,
): readonly string[] {
  const { name } = field.spec;
  const others = state.judged.filter((judged) => judged !== name);
  if (text === '') return others;
  const goesOn = state.judged.includes(name) && entryOf(state, field).text !== '';
  return goesOn || around.fault(field, text) === undefined ? [...others, name] : others;
}
