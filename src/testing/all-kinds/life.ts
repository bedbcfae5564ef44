import { fileURLToPath } from 'node:url';
import { createSecretAccess } from '../../adapters/vault/secret-access.ts';
import type { Outside } from '../../engine/outside.ts';
import { noStandingAnswers } from '../../engine/policy.ts';
import { createProgram, type Program, plainOptions } from '../../engine/program.ts';
import { createRun, type RunHeader } from '../../engine/run.ts';
import { encodeLine, FIRST_PREV } from '../../journal/journal-line.ts';
import { verifyLines } from '../../journal/read-journal.ts';
import type { EventBody, JournalEvent } from '../../model/events.ts';
import { fail } from '../../model/failure.ts';
import type { Json } from '../../model/json.ts';
import type { Question } from '../../model/questions.ts';
import type { Recipe } from '../../model/recipe.ts';
import { emptyRun, fold, type RunState } from '../../model/run-state.ts';
import type { StepTypes } from '../../model/step.ts';
import { createParamsCheck } from '../../recipe/compile-params.ts';
import { loadRecipe } from '../../recipe/load-recipe.ts';
import { stepTypes } from '../../steps/index.ts';
import { watchedEngine, watchedHost, watchedVault } from './moments.ts';
import type { SavedWorld, SimulatedWorld } from './world.ts';

/** Where the recipe of all kinds lies. */
export const RECIPE_FOLDER = fileURLToPath(new URL('recipe', import.meta.url));

/** Checks params against all step types. */
export const checkParams = createParamsCheck(stepTypes);

/** Reads the recipe of all kinds. */
export async function loadAllKinds(): Promise<Recipe> {
  const loaded = await loadRecipe(RECIPE_FOLDER, stepTypes);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems, null, 1));
  return loaded.recipe;
}

/** A run to try. */
export interface Scenario {
  readonly program: Program;
  readonly header: RunHeader;
  /** How often each act has happened before it. */
  readonly ledger: ReadonlyMap<string, number>;
  /** What was edited by hand, by the step that manages it, and what is to become of it. */
  readonly edits: ReadonlyMap<string, HandEdit>;
  /** Does the operator have tried again what failed? */
  readonly retries?: boolean;
}

/** An edit by hand. */
export interface HandEdit {
  readonly path: string;
  /** What shows that it is there. */
  readonly text: string;
  readonly answer: 'keep' | 'overwrite';
}

/** The program of the recipe's steps, or of one of its tasks. */
export function programOf(recipe: Recipe, types: StepTypes = stepTypes, task?: string): Program {
  return createProgram(recipe, types, task === undefined ? plainOptions : { ...plainOptions, task });
}

/** What is left when the process has ended at a moment: the world, and the journal as far as it was written. */
export interface Remains {
  readonly world: SavedWorld;
  readonly events: readonly JournalEvent[];
  /** `events`, folded. */
  readonly state: RunState;
  /** The moments at which processes ended so far, for whoever reads that a test failed. */
  readonly trail: readonly string[];
}

/** Watches one process. */
export interface Watch {
  /** It could end here: before or after an append, or around an effect. */
  moment(where: string, state: RunState, events: readonly JournalEvent[]): void;
  /** A step has finished. True: all that would follow is known, and the process may be left. */
  boundary(state: RunState): boolean;
  /** The operator had to order an act anew although it did happen, since only the act can tell its output. */
  orderedAnew(step: string): void;
}

/**
 * One process, in the world as it is, until it ends or is left; undefined where it was left. `attended`: an operator is
 * there, who answers by what happened in truth; options approve the plan and say that what is done by hand is done.
 */
export async function live(
  world: SimulatedWorld,
  scenario: Scenario,
  past: readonly JournalEvent[],
  before: RunState,
  watch: Watch,
  attended = true,
): Promise<{ readonly state: RunState; readonly events: readonly JournalEvent[] } | undefined> {
  const events = [...past];
  let state = before;
  let left = false;
  let unexpected: unknown;
  world.onMoment = (where) => watch.moment(where, state, events);

  const append = async (body: EventBody): Promise<JournalEvent> => {
    world.onMoment(`before the append of ${nameOf(body)}`);
    const last = events.at(-1);
    const { text, event } = encodeLine(body, { seq: events.length + 1, at: world.now(), prev: last?.sum ?? FIRST_PREV });
    requireForgiven(text, last);
    events.push(event);
    state = fold(state, event);
    world.onMoment(`after the append of ${nameOf(body)}`);
    if (body.type === 'question.asked') setImmediate(() => answer(body.question));
    if (body.type === 'step.finished' && watch.boundary(state)) {
      left = true;
      throw fail('journal.left', 'What would follow is known.', { fault: 'bug' });
    }
    return event;
  };
  const answer = (question: Question): void => {
    // What options answer (the plan, what is done by hand) is no longer open.
    if (!attended || state.question?.id !== question.id) return;
    try {
      run.request({ kind: 'answer', id: question.id, answer: truth(question, scenario, world, watch) });
    } catch (error) {
      unexpected = error;
      run.request({ kind: 'stop', when: 'now' });
    }
  };
  const vault = watchedVault(world);
  const outside: Outside = {
    journal: { append },
    hosts: new Map([['local', watchedHost(world)]]),
    docker: watchedEngine(world),
    vault,
    secrets: createSecretAccess(vault),
    checkParams,
    // What was never written was never used: the next process makes another one, and this stands for it.
    generateSecret: async ({ name }) => `made-${name}-${world.puts.get(name) ?? 0}-9f86d081884c`,
    outputLog: () => ({ write: () => undefined, close: async () => undefined }),
    lockHost: async () => ({ release: async () => undefined }),
    survivors: async () => [],
    keepBackup: async (_, __, path) => world.onMoment(`before and after the backup of ${path}`),
  };
  const run = createRun({
    program: scenario.program,
    outside,
    standing: { ...noStandingAnswers, approvePlan: true, acknowledged: ['all'] },
    attended,
    begin: past.length === 0 ? { header: scenario.header } : { past, fairlead: '0.0.0' },
  });
  try {
    await run.go();
  } catch (error) {
    if (!left) throw error;
  }
  if (unexpected !== undefined) throw unexpected;
  return left ? undefined : { state, events };
}

/** What an operator answers who looks what happened. */
function truth(question: Question, { ledger, edits, retries = false }: Scenario, world: SimulatedWorld, watch: Watch): Json {
  const step = question.step ?? '';
  if (question.about === 'failure') return retries ? 'retry' : 'stop';
  if ('word' in question.takes) return question.takes.word;
  if (question.about === 'drift') {
    const edit = edits.get(step);
    if (edit !== undefined && world.host.text(edit.path).includes(edit.text)) return edit.answer;
  }
  if (question.about !== 'in-doubt' || !('choices' in question.takes)) throw new Error(`nobody expected ${question.id}`);
  const acts = world.ledger.get(step) ?? 0;
  if (acts <= (ledger.get(step) ?? 0)) return 'again';
  if (question.takes.choices.includes('done')) return 'done';
  // Counted apart, so that the ledger says how often it happened without having been ordered.
  world.ledger.set(step, acts - 1);
  watch.orderedAnew(step);
  return 'again';
}

/** A line that is cut anywhere, or filled up with NULs, counts as not written. */
function requireForgiven(text: string, last: JournalEvent | undefined): void {
  const line = Buffer.from(text);
  const torn = [line.subarray(0, line.length / 2), line, Buffer.concat([line.subarray(0, 20), Buffer.alloc(20)])];
  for (const tail of torn) {
    const { events, size } = verifyLines(tail, 'journal.ndjson', last);
    if (events.length > 0 || size > 0) throw new Error(`a torn line was read: ${text}`);
  }
}

function nameOf(body: EventBody): string {
  return 'step' in body && typeof body.step === 'string' ? `${body.type} ${body.step}` : body.type;
}

/** Before anything was written. */
export function nothingYet(world: SimulatedWorld): Remains {
  return { world: world.save(), events: [], state: emptyRun, trail: [] };
}
