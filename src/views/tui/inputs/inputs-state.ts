import type { Draft } from '../../../model/dispatch.ts';
import { type TextField, textField } from '../parts/text-field.ts';

/** The form: what a run needs to know. */
export interface InputsState {
  readonly kind: 'inputs';
  readonly draft: Draft;
  /** What stands in each field, by its name. */
  readonly texts: Readonly<Record<string, TextField>>;
  /** The field that keys go to, counted from 0. */
  readonly focus: number;
}

/** The form of a draft, as it is at first. */
export function formOf(draft: Draft): InputsState {
  const texts = Object.fromEntries(draft.fields.map(({ spec, text }) => [spec.name, textField(text)]));
  return { kind: 'inputs', draft, texts, focus: 0 };
}
