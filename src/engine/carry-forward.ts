import type { EventMap, Orphan } from '../model/events.ts';
import type { RecipeStep } from '../model/recipe.ts';
import type { RunState } from '../model/run-state.ts';
import type { Carried } from '../model/step.ts';
import type { StepId } from '../model/step-id.ts';
import { untoldAfter } from './telling.ts';

/** What a deployment's next run starts from. */
export type Heritage = Pick<EventMap['run.started'], 'carried' | 'made' | 'inputs'> & {
  /** Secrets of whose new value the system, whose data is older, was not told to the end. */
  readonly untold?: readonly string[];
};

/**
 * What the last run of a deployment leaves to the next: for each step what its last finish left, and all that
 * fairlead made. `steps` are those of the next run: one that was renamed (`was`) keeps its history. After an uninstall
 * nothing counts as done any more. Pure.
 */
export function carryForward(last: RunState | undefined, steps: readonly RecipeStep[] = []): Heritage {
  const header = last?.header;
  if (last === undefined || header === undefined) return { carried: {}, made: [], inputs: {} };
  const made = [...last.made].sort();
  const left = untoldAfter(last);
  const untold = left.length === 0 ? {} : { untold: left };
  if (header.kind === 'uninstall' && last.status === 'ok') return { carried: {}, made, inputs: header.inputs, ...untold };
  const carried: Record<string, Carried> = { ...header.carried };
  const own = new Set<string>([...Object.keys(header.carried), ...steps.map(({ id }) => id)]);
  for (const step of last.steps.values()) {
    // Of a rotation the recipe's own steps count; those that told the system of a new value are not among them.
    const counts = header.kind === 'converge' || (header.kind === 'rotate' && own.has(step.id));
    if (counts && step.carried !== undefined && step.tells === undefined) carried[step.id] = step.carried;
  }
  if (header.kind === 'orphans') {
    // What they made is gone, or was there before them: in either case nothing is left to do. A folder that was not
    // empty is still there, and still theirs.
    for (const { id, status, notes } of last.steps.values()) {
      const left = notes.some((note) => note.includes('not empty'));
      if (status === 'changed' || (status === 'ok' && !left)) delete carried[id];
    }
  }
  return { carried: renamed(carried, steps), made, inputs: header.inputs, ...untold };
}

/** The steps of earlier runs that a recipe with these steps does not have any more. Pure. */
export function orphansOf(carried: Heritage['carried'], steps: readonly RecipeStep[]): readonly Orphan[] {
  const there = new Set<string>(steps.map(({ id }) => id));
  return Object.entries(carried).flatMap(([id, { run }]) => (there.has(id) ? [] : [{ step: id as StepId, run }]));
}

/** A step that has a new name keeps its history, and so do those that look at it. */
function renamed(carried: Readonly<Record<string, Carried>>, steps: readonly RecipeStep[]): Heritage['carried'] {
  const names = new Map(
    steps.flatMap(({ id, was }) => (was === undefined || id in carried ? [] : [[was as string, id as string]])),
  );
  const nameOf = (id: string): string => names.get(id) ?? id;
  return Object.fromEntries(
    Object.entries(carried).map(([id, one]) => {
      const saw = Object.fromEntries(Object.entries(one.saw).map(([seen, digest]) => [nameOf(seen), digest]));
      return [nameOf(id), { ...one, saw }];
    }),
  );
}
