import { type FairleadError, fail } from '../model/failure.ts';
import type { Host } from '../model/ports.ts';
import type { RecipeStep, Scope, Value } from '../model/recipe.ts';
import type { RunState } from '../model/run-state.ts';
import type { AnyStepType, ApplyContext, Change, FreshOutputs, ManagedPart, ReadContext, StepTypes } from '../model/step.ts';
import type { StepId } from '../model/step-id.ts';
import { paramsDigest } from './digest.ts';
import { type Decided, type HandEdits, handEditsOf, noEdits, undecided } from './hand-edit.ts';
import type { Looking } from './outside.ts';

/** What a look at one step found. */
export interface Look {
  readonly type: AnyStepType;
  readonly params: { readonly [key: string]: Value };
  readonly digest: string;
  /** Undefined where a finish counts as done and the world was not asked. */
  readonly state: unknown;
  readonly changes: readonly Change[];
  readonly notes: readonly string[];
  readonly outputs: FreshOutputs;
  /** An earlier finish counts, and what it left with it. */
  readonly countsAsDone?: true;
  /** What is there of what the step manages in a file. */
  readonly managed: readonly ManagedPart[];
  /** Which parts of that were edited by hand since fairlead left them. */
  readonly edits: HandEdits;
  readonly context: ReadContext;
}

/** How to look: in a plan or in a run. */
export interface LookOptions {
  readonly scope: Scope;
  readonly due: readonly StepId[];
  readonly signal: AbortSignal;
  readonly forecast: boolean;
  /** What was decided about hand edits, in this attempt. */
  readonly decided?: Decided;
  /** What a check may do besides reading: it may have to send a secret to see whether it holds. */
  readonly acting?: Acting;
  progress(text: string, done?: number, of?: number): void;
}

/** What `apply` can do that `read` can't. */
export type Acting = Pick<ApplyContext, 'reveal' | 'output' | 'ask' | 'backUp'>;

/** The machine that a step acts on. */
export function hostOf(step: RecipeStep, world: Looking): Host {
  const host = world.hosts.get(step.host);
  if (host === undefined) {
    throw fail('host.unknown-role', `Step ${step.id} names the host ${step.host}, which is not known.`, {
      hints: [`Known hosts: ${[...world.hosts.keys()].join(', ')}.`],
    });
  }
  return host;
}

/** The kind of step that a step uses. */
export function typeOf(step: RecipeStep, types: StepTypes): AnyStepType {
  const type = types.get(step.uses);
  if (type === undefined)
    throw fail('recipe.unknown-step-type', `Step ${step.id} uses ${step.uses}, which this fairlead does not know.`);
  return type;
}

/** Evaluates a step's params, reads the world and says what differs. The same for a plan and for a run. */
export async function look(
  step: RecipeStep,
  state: RunState,
  types: StepTypes,
  world: Looking,
  options: LookOptions,
): Promise<Look> {
  const type = typeOf(step, types);
  const params = step.params.evaluate(options.scope);
  world.checkParams(step.uses, params);
  const host = hostOf(step, world);
  if (type.needs(params).includes('root') && host.uid !== 0) throw rootNeeded(step);

  const now = state.steps.get(step.id);
  const digest = await paramsDigest(step.uses, params, world.secrets);
  const context: ReadContext = {
    host,
    docker: world.docker,
    secrets: world.secrets,
    signal: options.signal,
    forecast: options.forecast,
    due: options.due,
    ...(now?.carried === undefined ? {} : { carried: now.carried }),
    ...(now?.doubted === undefined || options.forecast ? {} : { doubted: now.doubted }),
    ...(now?.doubted === undefined || now.intentAt === undefined ? {} : { doubtedAt: now.intentAt }),
    ...(state.startedAt === undefined || options.forecast
      ? {}
      : { began: { run: state.startedAt, step: (id = step.id) => state.steps.get(id)?.begunAt } }),
    made: (target) => state.made.has(`${step.uses} ${target}`),
    progress: options.progress,
    ...options.acting,
  };
  const base = { type, params, digest, context };
  const acting = type.actsOnce?.(params) === true;
  if (acting && options.due.length === 0 && countsAsDone(step.id, now?.carried?.paramsDigest === digest, state)) {
    return { ...base, state: undefined, changes: [], notes: [], outputs: {}, countsAsDone: true, managed: [], edits: noEdits };
  }
  const first = await type.read(params, context);
  const found = type.managed?.(params, first) ?? [];
  const decided = options.decided ?? undecided;
  const edits = await handEditsOf(found, now?.carried, digest, decided, state, step.id, world.secrets);
  const keptParts = Object.keys(edits.kept);
  // What is to be kept counts as wanted: looked at so, all else that differs is still seen, and done.
  const seeing: ReadContext = {
    ...context,
    ...(keptParts.length === 0 ? {} : { kept: new Set(keptParts) }),
    ...(edits.overwritten ? { overwritesEdit: true as const } : {}),
  };
  const read = keptParts.length === 0 ? first : await type.read(params, seeing);
  const changes = type.diff(params, read);
  const managed = keptParts.length === 0 ? found : (type.managed?.(params, read) ?? []);
  const notes = type.notes?.(params, read) ?? [];
  return {
    ...base,
    context: seeing,
    state: read,
    changes: mustAct(type, changes, options.due, context, state)
      ? [{ action: 'run', target: step.uses, because: options.due }]
      : changes,
    notes: [...notes, ...keptParts.map(keptNote)],
    outputs: type.outputsOf?.(params, read) ?? {},
    managed,
    edits,
  };
}

/**
 * An act-once step counts as done where its params are those of its last finish. A rotation does not create an account a
 * second time because its password is another now: what the system has to be told stands under the secret's `rotate`.
 */
function countsAsDone(id: StepId, isUnchanged: boolean, { header }: RunState): boolean {
  return isUnchanged || (header?.kind === 'rotate' && header.carried[id] !== undefined);
}

/** The note of a step that leaves a hand edit alone. */
function keptNote(part: string): string {
  return `kept as edited by hand, until something else is wanted there: ${part}`;
}

/**
 * A due step acts although the world looks as wanted, unless that very act is what a crash left in doubt: but a rotation
 * that goes back left it in doubt with the new value.
 */
function mustAct(
  type: AnyStepType,
  changes: readonly Change[],
  due: readonly StepId[],
  { doubted }: ReadContext,
  { rotation }: RunState,
): boolean {
  const mayAct = doubted === undefined || rotation === 'withdrawn';
  return due.length > 0 && changes.length === 0 && type.apply !== undefined && mayAct;
}

/** A step of this run needs root, and we are not. */
export function rootNeeded(step: RecipeStep): FairleadError {
  return fail('host.root-needed', `Step ${step.id} (${step.title}) needs root.`, {
    hints: ['Run it again with sudo: a run with a root step runs as root throughout. Nothing was changed.'],
  });
}
