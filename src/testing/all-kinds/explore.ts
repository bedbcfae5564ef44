import { createSecretAccess } from '../../adapters/vault/secret-access.ts';
import { carryForward } from '../../engine/carry-forward.ts';
import { forecast } from '../../engine/forecast.ts';
import { virtualState } from '../../engine/run.ts';
import { referencesOf } from '../../engine/scope.ts';
import type { JournalEvent } from '../../model/events.ts';
import { canonicalJson, type Json } from '../../model/json.ts';
import { emptyRun, fold, foldAll, type RunState } from '../../model/run-state.ts';
import { digestOf, endOf } from './digest.ts';
import { checkParams, live, nothingYet, type Remains, type Scenario } from './life.ts';
import type { SavedWorld, SimulatedWorld } from './world.ts';

/** How far to go. */
export interface Extent {
  /** How many processes may end one after the other before one comes to its end; Infinity: any number. */
  readonly crashes: number;
  /** Only every nth of the moments. */
  readonly every?: number;
  /** Moments at which the same is left are tried each. Default: one of them is. */
  readonly alike?: true;
  /** Each process goes on to its end, also where what follows is known. */
  readonly toTheEnd?: true;
  /** Called with the world as it is left at each moment that is tried. */
  inspect?(remains: Remains): Promise<void>;
}

/** How a run that nothing disturbed ended, and the world then. */
export interface End {
  readonly state: RunState;
  readonly events: readonly JournalEvent[];
  readonly world: SavedWorld;
}

/** What was seen. */
export interface Explored {
  readonly end: End;
  /** The moments that a process passed by. */
  readonly moments: number;
  /** From so many of them another process went on: what was left there differs from what was left elsewhere. */
  readonly resumed: number;
  /** The most processes that ended one after the other before nothing new came of it. */
  readonly depth: number;
  /** Steps whose act the operator had to order anew, since only the act can tell an output that others need. */
  readonly orderedAnew: ReadonlySet<string>;
  /** What went wrong, with the moments that led there. */
  readonly wrong: readonly string[];
}

/**
 * Ends the process at every moment of a run, and every process that goes on from there, again and again, and sees that
 * each comes to the same end, after which a plan is empty.
 *
 * A moment is not run up to anew: what is left then (the world, the journal) is kept as the run passes it by, and the
 * next process starts from there. That is the same as a kill, and truer than an exception, which lets `finally` act.
 *
 * What is left at two moments may be alike (before an append and inside it, say): by `digestOf`, which holds all that
 * the next process can depend on. Then one of them is tried. Likewise a process is left at the end of a step where its
 * digest is that of an earlier process at the end of a step: what follows there was run to its end, and the moments
 * that follow are tried already. As moments are taken in the order of how many processes ended before, those were
 * tried with at least as many crashes to come.
 */
export async function explore(world: SimulatedWorld, scenario: Scenario, extent: Extent): Promise<Explored> {
  const needed = outputsUsedIn(scenario);
  const known = new Set<string>();
  const seen = new Set<string>();
  const queue: Remains[] = [nothingYet(world)];
  const wrong: string[] = [];
  let counted = 0;
  let moments = 0;
  let resumed = 0;
  let depth = 0;
  const orderedAnew = new Set<string>();
  let end: End | undefined;
  let good = '';

  const passBy = (where: string, state: RunState, events: readonly JournalEvent[], trail: readonly string[]): void => {
    moments++;
    if (trail.length >= extent.crashes) return;
    if (extent.alike === undefined) {
      const key = digestOf(world, asResumed(state), needed);
      if (seen.has(key)) return;
      seen.add(key);
    }
    if (counted++ % (extent.every ?? 1) !== 0) return;
    resumed++;
    depth = Math.max(depth, trail.length + 1);
    queue.push({ world: world.save(), events: [...events], state, trail: [...trail, where] });
  };

  for (let remains = queue.shift(); remains !== undefined; remains = queue.shift()) {
    const { trail, events: past, state: before } = remains;
    const passed: string[] = [];
    try {
      world.load(remains.world);
      await extent.inspect?.(remains);
      world.load(remains.world);
      // A run that is over is not gone on with.
      const ended =
        before.status === 'ok'
          ? { state: before, events: past }
          : await live(world, scenario, past, before, {
              moment: (where, state, events) => passBy(where, state, events, trail),
              boundary(state) {
                const key = digestOf(world, state, needed);
                passed.push(key);
                return extent.toTheEnd === undefined && known.has(key);
              },
              orderedAnew: (step) => void orderedAnew.add(step),
            });
      if (ended !== undefined) {
        const now = canonicalJson(endOf(world, ended.state, needed));
        end ??= { ...ended, world: world.save() };
        good ||= now;
        if (now !== good) wrong.push(said(trail, differences(good, now), ended.state));
        wrong.push(...(await unsound(world, scenario, ended)).map((what) => said(trail, what)));
      }
    } catch (error) {
      wrong.push(said(trail, String((error as Error)?.stack ?? error)));
    }
    for (const key of passed) known.add(key);
  }
  if (end === undefined) throw new Error(`the undisturbed run came to no end: ${wrong.join('\n')}`);
  return { end, moments, resumed, depth, orderedAnew, wrong };
}

/** What must hold at each end: it is a good one, nothing is left to do, and the journal folds and tells no secret. */
async function unsound(world: SimulatedWorld, { program, header }: Scenario, end: Omit<End, 'world'>): Promise<string[]> {
  const { state, events } = end;
  const { docker, host, vault } = world;
  const wrong = state.status === 'ok' ? [] : [`it ended as ${state.status}`];
  // Six digits stand in one of so many digests by chance.
  const told = JSON.stringify(events).replaceAll(/\b[0-9a-f]{32,}\b/g, '');
  wrong.push(...vault.names().flatMap((name) => (told.includes(vault.value(name) ?? '') ? [`the journal tells ${name}`] : [])));
  if (canonicalJson(endOf(world, foldAll(events), new Set())) !== canonicalJson(endOf(world, state, new Set())))
    wrong.push('the journal folds to another state');

  world.onMoment = () => undefined;
  const before = host.fingerprint();
  const { carried, made } = carryForward(state, program.steps);
  const next = virtualState({ ...header, run: 'run-after', inputs: state.header?.inputs ?? {}, carried, made });
  const looking = { hosts: new Map([['local', host]]), docker, vault, secrets: createSecretAccess(vault), checkParams };
  for (const { step, changes, waitsFor } of await forecast(program, next, looking, AbortSignal.timeout(60_000))) {
    if (changes.length > 0 || waitsFor !== undefined) wrong.push(`a plan is not empty: ${step} ${JSON.stringify(changes)}`);
  }
  if (host.fingerprint() !== before) wrong.push('a plan changed the host');
  return wrong;
}

/** `<step>.<output>` of all that steps and the closing words mention. */
function outputsUsedIn({ program }: Scenario): ReadonlySet<string> {
  const references = [...program.steps.flatMap(referencesOf), ...(program.finish?.references ?? [])];
  return new Set(references.flatMap(({ root, name, field }) => (root === 'steps' ? [`${name}.${field}`] : [])));
}

/** The state as the next process finds it. */
export function asResumed(state: RunState): RunState {
  if (state.status === 'none' || state.status === 'ok') return state;
  const place = { v: 1, seq: state.seq + 1, at: '', prev: '', sum: '' } as const;
  return fold(state, { ...place, type: 'run.resumed', pid: 0, fairlead: '' });
}

function said(trail: readonly string[], what: string, state: RunState = emptyRun): string {
  const failures = [...state.steps.values()].flatMap(({ id, failure }) =>
    failure === undefined ? [] : [`${id}: ${JSON.stringify(failure)}`],
  );
  return [`ended ${trail.join('; then ') || 'never'}`, what, ...failures].join('\n  ');
}

function differences(good: string, now: string): string {
  const [wanted = [], found = []] = [good, now].map((text) => textsOf(JSON.parse(text) as Json, ''));
  const lost = wanted.filter((line) => !found.includes(line)).map((line) => `- ${line}`);
  const more = found.filter((line) => !wanted.includes(line)).map((line) => `+ ${line}`);
  return [...lost, ...more].join('\n  ');
}

/** One line for each item of a list, and for each value. */
function textsOf(value: Json, at: string): readonly string[] {
  if (value === null || typeof value !== 'object') return [`${at} ${JSON.stringify(value)}`];
  if (Array.isArray(value)) return value.map((item) => `${at} ${JSON.stringify(item)}`);
  return Object.entries(value).flatMap(([key, item]) => textsOf(item as Json, `${at} ${key}`));
}
