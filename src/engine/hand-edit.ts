import type { RunState } from '../model/run-state.ts';
import type { Carried, Fingerprints, ManagedPart } from '../model/step.ts';
import type { StepId } from '../model/step-id.ts';
import type { Looking } from './outside.ts';
import type { Program } from './program.ts';

/** Parts of a file that a person edited since fairlead left them, each with the fingerprint of what is there now. */
export interface HandEdits {
  /** Nobody has said yet what shall become of these. */
  readonly drift: Fingerprints;
  /** These are to stay as they are. */
  readonly kept: Fingerprints;
  /** Any of them is to be overwritten. */
  readonly overwritten: boolean;
}

/** What the operator has decided, about just the text that was there when he was asked. */
export interface Decided {
  readonly keep: Fingerprints;
  readonly overwrite: Fingerprints;
  /** What an earlier run kept is not decided any more. */
  readonly forgetsKept?: true;
}

/** Nobody was asked yet. */
export const undecided: Decided = { keep: {}, overwrite: {} };

/** What is decided before anybody is asked. */
export function decidedAtFirst({ forgetsKept }: Pick<Program, 'forgetsKept'>): Decided {
  return forgetsKept === undefined ? undecided : { ...undecided, forgetsKept };
}

/** No part was edited. */
export const noEdits: HandEdits = { drift: {}, kept: {}, overwritten: false };

/**
 * Which parts were edited by hand since fairlead left them? Only what would be overwritten counts: an edit that agrees
 * with what is wanted is none. What a crash of our own left half-way, and what a step of this very run wrote, is not a
 * person's.
 */
export async function handEditsOf(
  managed: readonly ManagedPart[],
  carried: Carried | undefined,
  paramsDigest: string,
  decided: Decided,
  state: RunState,
  id: StepId,
  secrets: Looking['secrets'],
): Promise<HandEdits> {
  const left = carried?.left;
  if (left === undefined || state.steps.get(id)?.doubted !== undefined) return noEdits;
  const suspects = managed.filter(
    ({ file, part, asWanted }) => !asWanted && left[part] !== undefined && !writtenByUs(file, state),
  );
  const isKeptStill = decided.forgetsKept !== true && paramsDigest === carried?.paramsDigest;
  const keptBefore = isKeptStill ? carried.kept : undefined;
  const drift: Record<string, string> = {};
  const kept: Record<string, string> = {};
  let overwritten = false;
  for (const [part, now] of Object.entries(await fingerprintsOf(suspects, secrets))) {
    if (now === left[part]) continue;
    if (now === decided.overwrite[part]) overwritten = true;
    else if (now === decided.keep[part] || now === keptBefore?.[part]) kept[part] = now;
    else drift[part] = now;
  }
  return { drift, kept, overwritten };
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
