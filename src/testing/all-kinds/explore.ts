import { referencesOf } from '../../engine/scope.ts';
import { canonicalJson, type Json } from '../../model/json.ts';
import { emptyRun, fold, type RunState } from '../../model/run-state.ts';
import type { JournalEvent } from '../../model/events.ts';
import { digestOf, endOf } from './digest.ts';
import { live, nothingYet, type Remains, type Scenario } from './life.ts';
import type { SavedWorld, SimulatedWorld } from './world.ts';

/** How far to go. */
export interface Extent {
  /** How many processes may end one after the other before one comes to its end; Infinity: any number. */
  readonly crashes: number;
  /** Only every nth of the moments that differ. */
  readonly every?: number;
}

/** How a run that nothing disturbed ended, and the world then. */
export interface End {
  readonly state: RunState;
  readonly events: readonly JournalEvent[];
  readonly world: SavedWorld;
}

/** What was seen. */
export interface Explored {
  /** The end of a run that nothing disturbed. */
  readonly end: End;
  /** Moments at which a process ended, all told. */
  readonly moments: number;
  /** Those of them that differ by what is left: from each of these another process went on. */
  readonly resumed: number;
  /** The most processes that ended one after the other before nothing new came of it. */
  readonly depth: number;
  /** Acts that the operator had to order anew. */
  readonly orderedAnew: number;
  /** What went wrong, with the moments that led there. */
  readonly wrong: readonly string[];
}

/**
 * Ends the process at every moment of a run, and every process that goes on from there, again and again, and sees that
 * each comes to the same end.
 *
 * A moment is not run up to anew: what is left then (the world, the journal) is kept as the run passes it by, and the
 * next process starts from there. That is the same as a kill, and truer than an exception, which lets `finally` act.
 *
 * What is left of two moments may be alike (before an append and inside it, say): by `digestOf`, which holds all that
 * the next process can depend on. Then one of them is tried. Likewise a process is left at the end of a step where its
 * digest is that of an earlier process at the end of a step: what follows there was run to its end, and the moments
 * that follow are tried already. As moments are taken in the order of how many processes ended before, those were
 * tried with at least as many crashes to come.
 */
export async function explore(world: SimulatedWorld, scenario: Scenario, extent: Extent): Promise<Explored> {
  const begin = nothingYet(world);
  const needed = outputsUsedIn(scenario);
  const known = new Set<string>();
  const seen = new Set<string>();
  const queue: Remains[] = [begin];
  const wrong: string[] = [];
  let moments = 0;
  let orderedAnew = 0;
  let different = 0;
  let depth = 0;
  let end: End | undefined;
  let good = '';

  for (let remains = queue.shift(); remains !== undefined; remains = queue.shift()) {
    const { trail } = remains;
    const passed: string[] = [];
    world.load(remains.world);
    const life = live(world, scenario, remains.events, remains.state, {
      moment(where, state, events) {
        moments++;
        if (trail.length >= extent.crashes) return;
        const key = digestOf(world, resumed(state), needed);
        if (seen.has(key)) return;
        seen.add(key);
        if (different++ % (extent.every ?? 1) !== 0) return;
        depth = Math.max(depth, trail.length + 1);
        queue.push({ world: world.save(), events: [...events], state, trail: [...trail, where] });
      },
      boundary(state) {
        const key = digestOf(world, state, needed);
        passed.push(key);
        return known.has(key);
      },
      orderedAnew: () => void orderedAnew++,
    });
    const ended = await life.catch((error: unknown) => void wrong.push(said(trail, String((error as Error)?.stack ?? error))));
    for (const key of passed) known.add(key);
    if (ended === undefined) continue;
    const now = canonicalJson(endOf(world, ended.state, needed));
    end ??= { ...ended, world: world.save() };
    good ||= now;
    if (now !== good) wrong.push(said(trail, differences(good, now), ended.state));
  }
  if (end === undefined) throw new Error(`the undisturbed run came to no end: ${wrong.join('\n')}`);
  return { end, moments, resumed: seen.size, depth, orderedAnew, wrong };
}

/** `<step>.<output>` of all that steps and the closing words mention. */
function outputsUsedIn({ program }: Scenario): ReadonlySet<string> {
  const references = [...program.steps.flatMap(referencesOf), ...(program.finish?.references ?? [])];
  return new Set(references.flatMap(({ root, name, field }) => (root === 'steps' ? [`${name}.${field}`] : [])));
}

/** The state as the next process finds it. A run that is over is not gone on with. */
function resumed(state: RunState): RunState {
  if (state.status === 'none' || state.status === 'ok') return state;
  const place = { v: 1, seq: state.seq + 1, at: '', prev: '', sum: '' } as const;
  return fold(state, { ...place, type: 'run.resumed', pid: 0, fairlead: '' });
}

function said(trail: readonly string[], what: string, state: RunState = emptyRun): string {
  const failures = [...state.steps.values()].flatMap(({ id, failure }) => (failure === undefined ? [] : [id, JSON.stringify(failure)]));
  return [`ended ${trail.join('; then ') || 'never'}`, what, ...failures].join('\n  ');
}

function differences(good: string, now: string): string {
  const [a, b] = [good, now].map((text) => new Set(textsOf(JSON.parse(text) as Json, '')));
  const lost = [...(a ?? [])].filter((line) => b?.has(line) !== true).map((line) => `- ${line}`);
  const more = [...(b ?? [])].filter((line) => a?.has(line) !== true).map((line) => `+ ${line}`);
  return [...lost, ...more].join('\n  ');
}

/** One line for each item of a list, and for each value. */
function textsOf(value: Json, at: string): readonly string[] {
  if (value === null || typeof value !== 'object') return [`${at} ${JSON.stringify(value)}`];
  if (Array.isArray(value)) return value.map((item) => `${at} ${JSON.stringify(item)}`);
  return Object.entries(value).flatMap(([key, item]) => textsOf(item as Json, `${at} ${key}`));
}
