import type { Draft, Field, Typed } from '../../../model/dispatch.ts';
import type { Failure } from '../../../model/failure.ts';
import type { Around } from '../page.ts';
import { type TextField, textField } from '../parts/text-field.ts';

/** The deployment's name, where it may be chosen. */
export interface NameEntry {
  readonly text: TextField;
  /** The name that is being looked at: whether it may be used, and what is known of it. */
  readonly asked?: string;
  /** Why the name can't be used; gone as soon as another is typed. */
  readonly failure?: Failure;
}

/** The form: what a run needs to know. */
export interface InputsState {
  readonly kind: 'inputs';
  readonly draft: Draft;
  /** Absent where the deployment is fixed: a run that goes on, or one of a deployment that was chosen. */
  readonly name?: NameEntry;
  /** What was typed, by the field's name; a field that was left alone is not in it. Of a secret it is the secret. */
  readonly typed: Readonly<Record<string, TextField>>;
  /** The fields that are asked for, by name: only these have a row. Made anew (`askedAnew`) whenever something else stands in one. */
  readonly asked: ReadonlySet<string>;
  /** Secrets that were made here rather than typed. */
  readonly made: readonly string[];
  /** Fields whose faults are shown: they were left once, or were right once, or all was to be planned. */
  readonly judged: readonly string[];
  /** The row that keys go to, counted from 0 over `rowsOf`. */
  readonly focus: number;
  /** The secret under the cursor is shown; never longer than it has the cursor. */
  readonly revealed: boolean;
  /** The first line shown of what explains the field. */
  readonly explainTop: number;
  /** The secret that is being made. */
  readonly making?: string;
  /** To be planned as soon as the name is known to be good. */
  readonly planning?: true;
  /** Escape was pressed, and what was typed would be lost: once more leaves. */
  readonly leaving?: true;
}

/** A row of the form. */
export type Row = { readonly kind: 'name' } | { readonly kind: 'field'; readonly field: Field } | { readonly kind: 'plan' };

/** The form of a draft, as it is at first. `named`: the deployment was chosen before, and stays. */
export function formOf(
  draft: Draft,
  { asked }: Pick<Around, 'asked'>,
  { named = false }: { readonly named?: boolean } = {},
): InputsState {
  const free = !named && draft.changes === undefined;
  return {
    kind: 'inputs',
    draft,
    ...(free ? { name: { text: textField(draft.deployment) } } : {}),
    typed: {},
    asked: asked(draft, {}),
    made: [],
    judged: [],
    focus: 0,
    revealed: false,
    explainTop: 0,
  };
}

/** All rows, in the order in which the cursor visits them; the last is the way on. */
export function rowsOf(state: InputsState): readonly Row[] {
  const fields = askedOf(state).map((field): Row => ({ kind: 'field', field }));
  return [...(state.name === undefined ? [] : [{ kind: 'name' } as const]), ...fields, { kind: 'plan' }];
}

/** The fields that have a row. */
export function askedOf({ draft, asked }: InputsState): readonly Field[] {
  return draft.fields.filter(({ spec }) => asked.has(spec.name));
}

/** With the rows that are to be there by now, and the cursor in the row where it was. */
export function askedAnew(state: InputsState, { asked }: Pick<Around, 'asked'>): InputsState {
  const now = { ...state, asked: asked(state.draft, typedOf(state)) };
  const keys = rowsOf(now).map(keyOf);
  const focus = keys.indexOf(keyOf(focusedRow(state)));
  return { ...now, focus: focus === -1 ? Math.min(state.focus, keys.length - 1) : focus };
}

function keyOf(row: Row): string {
  return row.kind === 'field' ? `field ${row.field.spec.name}` : row.kind;
}

/** The row that keys go to. */
export function focusedRow(state: InputsState): Row {
  return rowsOf(state)[state.focus] ?? { kind: 'plan' };
}

/** What stands in a field, with its cursor. */
export function entryOf({ typed }: InputsState, { spec, text }: Field): TextField {
  return typed[spec.name] ?? textField(text);
}

/** Does something else stand in a field than at first? */
export function isChanged(state: InputsState, field: Field): boolean {
  return entryOf(state, field).text !== field.text;
}

/** Was anything typed that would be lost? */
export function isTouched(state: InputsState): boolean {
  const { draft, name } = state;
  return (name !== undefined && name.text.text !== draft.deployment) || draft.fields.some((field) => isChanged(state, field));
}

/** Has the deployment had a run before, as far as its inputs tell? */
export function existsAlready({ fields }: Draft): boolean {
  return fields.some(({ from }) => from === 'earlier-run' || from === 'vault');
}

/** What stands in all fields, asked for or not, for the plan. */
export function typedOf(state: InputsState): Typed {
  return Object.fromEntries(state.draft.fields.map((field) => [field.spec.name, entryOf(state, field).text]));
}
