import type { Field } from '../../../model/dispatch.ts';

/** What came of asking for one input: its text; or the operator wants back to the one before, or out of it all. */
export type Entered = { readonly text: string } | 'kept' | 'back' | 'out';

/** One input, and what stands in it now. */
export interface Entry {
  readonly field: Field;
  /** What was typed before; absent: what the field had at first. */
  readonly typed: string | undefined;
  /** `Input 2 of 6`. */
  readonly place: string;
  /** The deployment that it is for. */
  readonly deployment: string;
}
