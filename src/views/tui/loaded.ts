import { type Failure, failureOf } from '../../model/failure.ts';

/** Something that was asked for: not there yet, there, or why not. */
export type Loaded<T> =
  | { readonly status: 'loading' }
  | { readonly status: 'ready'; readonly value: T }
  | { readonly status: 'failed'; readonly failure: Failure };

/** Asked for, and not there yet. */
export const loading: Loaded<never> = { status: 'loading' };

/** It is there. */
export function ready<T>(value: T): Loaded<T> {
  return { status: 'ready', value };
}

/** The value, where it is there. */
export function valueIn<T>(loaded: Loaded<T>): T | undefined {
  return loaded.status === 'ready' ? loaded.value : undefined;
}

/** What came of reading something: its failure, too. */
export async function loaded<T>(work: Promise<T>): Promise<Loaded<T>> {
  try {
    return ready(await work);
  } catch (error) {
    return { status: 'failed', failure: failureOf(error) };
  }
}
