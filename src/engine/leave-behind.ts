import type { RecipeStep } from '../model/recipe.ts';
import type { Redactor } from '../model/redactor.ts';
import type { RunState } from '../model/run-state.ts';
import type { Carried, Change, FreshOutputs } from '../model/step.ts';
import { sha256 } from './digest.ts';
import { sawNow, unchangedResult } from './due.ts';
import { fingerprintsOf } from './hand-edit.ts';
import type { Look } from './look.ts';
import { homeOutputs } from './outputs.ts';
import type { Looking } from './outside.ts';

/** What a finished step leaves for later steps and for its own next time. */
export async function leaveBehind(
  step: RecipeStep,
  state: RunState,
  world: Looking,
  digest: string,
  fresh: FreshOutputs,
  changed: boolean,
  redactor: Redactor,
  { managed, edits, countsAsDone }: Pick<Look, 'managed' | 'edits' | 'countsAsDone'>,
): Promise<Carried> {
  const before = state.steps.get(step.id)?.carried;
  const run = state.header?.run ?? '';
  const outputs = {
    // In a rotation an act counts as done with other params than it was done with: what it left then is all there is of it.
    ...(countsAsDone ? state.header?.carried[step.id]?.outputs : {}),
    ...(countsAsDone || before?.paramsDigest === digest ? before?.outputs : {}),
    ...(await homeOutputs(step, fresh, world.vault, world.secrets, redactor)),
  };
  // A result is a version, not a content: a file that was repaired to its old content is a new result all the
  // same, since what reads it may have seen the damage.
  const resultDigest = changed ? sha256({ run, seq: state.seq, digest }) : (before?.resultDigest ?? unchangedResult(digest));
  return { run, paramsDigest: digest, resultDigest, outputs, saw: sawNow(step, state), ...(await leftInFile()) };

  /** A part that was kept as a person left it stays known as what fairlead left there before. */
  async function leftInFile(): Promise<Pick<Carried, 'left' | 'kept'>> {
    if (managed.length === 0) return {};
    const now = await fingerprintsOf(managed, world.secrets);
    const ours = Object.entries(before?.left ?? {}).filter(([part]) => part in edits.kept);
    const left = { ...now, ...Object.fromEntries(ours) };
    return Object.keys(edits.kept).length === 0 ? { left } : { left, kept: edits.kept };
  }
}

/** What came into being and what went, by changes that did happen: for the journal's account of what is ours. */
export function madeBy(step: RecipeStep, happened: readonly Change[]): { made?: readonly string[]; unmade?: readonly string[] } {
  const targets = (action: Change['action']): string[] => [
    ...new Set(happened.filter((change) => change.action === action).map((change) => `${step.uses} ${change.target}`)),
  ];
  const unmade = targets('delete');
  const made = targets('create').filter((target) => !unmade.includes(target));
  return { ...(made.length === 0 ? {} : { made }), ...(unmade.length === 0 ? {} : { unmade }) };
}

/** The changes of `intended` that are no longer wanting: they did happen, although the step failed. */
export function happenedOf(intended: readonly Change[], stillWanting: readonly Change[]): readonly Change[] {
  const wanting = new Set(stillWanting.map((change) => `${change.action} ${change.target} ${change.property ?? ''}`));
  return intended.filter((change) => !wanting.has(`${change.action} ${change.target} ${change.property ?? ''}`));
}
