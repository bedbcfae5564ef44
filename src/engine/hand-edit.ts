import type { RunState } from '../model/run-state.ts';
import type { Carried, Fingerprints, ManagedPart } from '../model/step.ts';
import type { StepId } from '../model/step-id.ts';
import type { Looking } from './outside.ts';

/** Who changed what a step manages in a file: nobody but fairlead, a person, or a person whose edit was to be kept. */
export type HandEdit = 'none' | 'drift' | 'kept';

/**
 * Was a part edited by hand since fairlead left it? Only what would be overwritten counts: an edit that agrees with
 * what is wanted is none. What a crash of our own left half-way, and what a step of this very run wrote, is not a
 * person's.
 */
export async function handEditOf(
  managed: readonly ManagedPart[],
  carried: Carried | undefined,
  paramsDigest: string,
  state: RunState,
  id: StepId,
  secrets: Looking['secrets'],
): Promise<HandEdit> {
  const left = carried?.left;
  if (left === undefined || state.steps.get(id)?.doubted !== undefined) return 'none';
  const now = await fingerprintsOf(
    managed.filter(({ file, part, asWanted }) => !asWanted && left[part] !== undefined && !writtenByUs(file, state)),
    secrets,
  );
  const edited = Object.entries(now).filter(([part, fingerprint]) => fingerprint !== left[part]);
  if (edited.length === 0) return 'none';
  const kept = paramsDigest === carried?.paramsDigest && edited.every(([part, print]) => print === carried.kept?.[part]);
  return kept ? 'kept' : 'drift';
}

/** Was the whole file written by a step of this run? Then parts of it that others manage are missing, not edited. */
function writtenByUs(file: string, state: RunState): boolean {
  return [...state.steps.values()].some(
    ({ status, changes }) =>
      status === 'changed' &&
      changes.some(
        ({ action, target, property }) =>
          target === file && (action === 'create' || (action === 'update' && property !== 'mode' && property !== 'owner')),
      ),
  );
}

/** A keyed fingerprint of each part's text. */
export async function fingerprintsOf(managed: readonly ManagedPart[], secrets: Looking['secrets']): Promise<Fingerprints> {
  const prints = await Promise.all(managed.map(({ text }) => secrets.fingerprint(text)));
  return Object.fromEntries(managed.map(({ part }, index) => [part, prints[index] ?? '']));
}
