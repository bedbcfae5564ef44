import Type from 'typebox';
import { FairleadError } from '../../model/failure.ts';
import type { Command } from '../../model/ports.ts';
import { isSecretRef, secretText } from '../../model/secrets.ts';
import type { Change, FreshOutputs, ReadContext } from '../../model/step.ts';
import type { StepId } from '../../model/step-id.ts';
import { absolutePath } from './schema.ts';

/** Of a program that only reads. */
const readsOnly = {
  reads_only: Type.Optional(
    Type.Boolean({
      description:
        'It changes nothing: it is run in every run and in no plan, needs no yes, counts as `ok` and makes no later step act. Not with a guard. Default: false.',
    }),
  ),
};

/** Schema options: whether it is needed is no question for a program that only reads, so that these guards don't go with it. */
export function notGuarded(...guards: readonly string[]) {
  return {
    allOf: guards.map((guard) => ({
      not: { type: 'object', properties: { reads_only: { const: true }, [guard]: true }, required: ['reads_only', guard] },
    })),
  };
}

/** The params that let an act converge: spread into a step type's schema. */
export const guardParams = {
  ...readsOnly,
  creates: Type.Optional(absolutePath('What the act makes: where this path exists, nothing is run.')),
  unless: Type.Optional(
    Type.Object(
      {
        argv: Type.Array(Type.String(), { minItems: 1, description: 'The program and its arguments.' }),
        reads_only: Type.Optional(
          Type.Boolean({ description: 'It changes nothing, so that a plan may run it too. Default: false.' }),
        ),
      },
      { additionalProperties: false, description: 'A program that ends with 0 where nothing needs to be run.' },
    ),
  ),
};

/** The guard of an act, as params hold it. */
export interface Guard {
  readonly reads_only?: boolean;
  readonly creates?: string;
  readonly unless?: { readonly argv: readonly string[]; readonly reads_only?: boolean };
}

/** What one look at a guard found. */
export interface GuardState {
  /** `unlooked`: a plan may not run an `unless` that isn't known to read only. `needless`: the program itself only reads. */
  readonly guard: 'none' | 'holds' | 'fails' | 'unlooked' | 'needless';
  /** Steps whose results make this one act again. */
  readonly due: readonly StepId[];
  /** What the last finish left: still true while nothing is run. */
  readonly carried: FreshOutputs;
}

/** Can it be run only once, since nothing tells whether it was? Not where there is a guard, nor where it only reads. */
export function isOnce(guard: Guard): boolean {
  return guard.reads_only !== true && !isGuarded(guard);
}

function isGuarded(guard: Guard): boolean {
  return guard.creates !== undefined || guard.unless !== undefined;
}

/** Looks at a guard; `around` is the environment, folder and user that `unless` runs with. */
export async function readGuard(guard: Guard, around: Omit<Command, 'argv' | 'stdin'>, ctx: ReadContext): Promise<GuardState> {
  // What it said the last time is not what it says now, and nothing that changed makes it more needed.
  if (guard.reads_only === true) return { guard: 'needless', due: [], carried: {} };
  return { guard: await lookAt(guard, around, ctx), due: ctx.due, carried: carriedOutputs(ctx) };
}

async function lookAt(guard: Guard, around: Omit<Command, 'argv' | 'stdin'>, ctx: ReadContext): Promise<GuardState['guard']> {
  if (!isGuarded(guard)) return 'none';
  if (guard.creates !== undefined) {
    const [there] = await ctx.host.files([{ op: 'stat', path: guard.creates }]);
    if (there !== undefined) return 'holds';
  }
  if (guard.unless === undefined) return 'fails';
  if (ctx.forecast && guard.unless.reads_only !== true) return 'unlooked';
  try {
    const { code } = await ctx.host.exec({ ...around, argv: guard.unless.argv }, { signal: ctx.signal });
    return code === 0 ? 'holds' : 'fails';
  } catch (error) {
    if (!(error instanceof FairleadError)) throw error;
    // A program, folder, user or secret that an earlier step will make is missing in a plan; a missing program
    // means the same in a run, and whatever else is wrong there must be told.
    if (ctx.forecast || error.failure.code === 'host.no-such-program') return 'fails';
    throw error;
  }
}

function carriedOutputs(ctx: ReadContext): FreshOutputs {
  const outputs = Object.entries(ctx.carried?.outputs ?? {});
  return Object.fromEntries(outputs.map(([name, value]) => [name, isSecretRef(value) ? secretText(value.$secret) : value]));
}

/** The one change of an act: run it, unless its guard holds and no step made it due. */
export function guardChanges(target: string, state: GuardState): readonly Change[] {
  if (state.guard === 'needless') return [{ action: 'read', target }];
  if (state.guard === 'holds' && state.due.length === 0) return [];
  return [{ action: 'run', target, ...(state.due.length > 0 ? { because: state.due } : {}) }];
}

/** What a plan should say about a guard that it may not look at. */
export function guardNotes(state: GuardState): readonly string[] {
  return state.guard === 'unlooked' ? ['`unless` is asked in the run only: it may turn out that nothing is to be run'] : [];
}
