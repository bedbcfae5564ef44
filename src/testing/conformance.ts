import { createFakeEngine, type FakeEngine } from '../adapters/docker/fake-engine.ts';
import { createFakeHost, type FakeHost } from '../adapters/host/fake-host.ts';
import { createMemoryVault } from '../adapters/vault/memory-vault.ts';
import { createSecretAccess } from '../adapters/vault/secret-access.ts';
import { carryForward } from '../engine/carry-forward.ts';
import type { JournalPort } from '../engine/outside.ts';
import { noStandingAnswers, type StandingAnswers } from '../engine/policy.ts';
import { createProgram } from '../engine/program.ts';
import { createRun } from '../engine/run.ts';
import { encodeLine, FIRST_PREV } from '../journal/journal-line.ts';
import type { JournalEvent } from '../model/events.ts';
import type { FeedItem } from '../model/feed.ts';
import type { Vault } from '../model/ports.ts';
import type { Value } from '../model/recipe.ts';
import type { RunState } from '../model/run-state.ts';
import type { StepId } from '../model/step-id.ts';
import { createParamsCheck } from '../recipe/compile-params.ts';
import { stepTypes } from '../steps/index.ts';
import { Crash, deferred, toyHeader, toyRecipe, toyStep } from './toy-run.ts';

/** A world of fakes that one example is tried on. */
export interface Trial {
  readonly host: FakeHost;
  readonly docker: FakeEngine;
  /** Added to by an example's `prepare`: ports of servers of its own. */
  readonly ports: number[];
  /** Likewise: what ends them. */
  readonly cleanUps: (() => void)[];
}

/** Params as expressions evaluate to them. */
export type Params = { readonly [name: string]: Value };

/** How a step type is tried: params, and the world in which they mean something to do. */
export interface Example {
  readonly uses: string;
  /** What it shows, where a type has more than one. */
  readonly as?: string;
  /** The secret `password` stands in them wherever they may hold one. */
  readonly params: Params | ((trial: Trial) => Params);
  prepare?(trial: Trial): void | Promise<void>;
  /** What `ensure: absent` leaves behind on purpose; without it, the world must be as before. */
  readonly leaves?: string;
  /** Outputs that a crash may cost, since only the act itself can know them. */
  readonly forgets?: string;
  /** It is asked in every run, and changes nothing. */
  readonly reads?: true;
  /** Of an act that nothing can look up: how often it has happened. */
  acts?(trial: Trial): number;
}

/** The value of the secret that examples use: with all that quoting could go wrong about. */
export const SECRET = `Tr0ub4dor & "3" \\ $HOME 'x'`;

const STEP = 'it' as StepId;
const checkParams = createParamsCheck(stepTypes);

/** A world made for an example, and a vault that holds nothing yet. */
export interface Prepared extends Trial {
  readonly example: Example;
  readonly params: Params;
  readonly vault: Vault;
  /** All that can be seen of the fakes, but for times. */
  print(): Promise<string>;
}

/** Makes the world of an example. */
export async function prepare(example: Example): Promise<Prepared> {
  const vault = createMemoryVault();
  const { reveal } = createSecretAccess(vault);
  const host = createFakeHost({ reveal });
  const docker = createFakeEngine({ reveal });
  const trial: Trial = { host, docker, ports: [], cleanUps: [] };
  await example.prepare?.(trial);
  const { params } = example;
  return {
    ...trial,
    example,
    params: typeof params === 'function' ? params(trial) : params,
    vault,
    print: async () => JSON.stringify([host.fingerprint(), await contentOf(docker)]),
  };
}

async function contentOf(docker: FakeEngine): Promise<unknown> {
  const { up, networksByName, images, volumeProjects } = docker;
  return {
    up,
    containers: up ? await docker.containers({}) : [],
    things: [networksByName, images, volumeProjects].map((map) => [...map]),
  };
}

/** What happens to a process: it dies at a moment, or the operator stops it there. */
export interface Fate {
  /** Counted from 0 once the step has started: before and after each call to the world and each line of the journal. */
  readonly at: number | 'apply';
  readonly is: 'crash' | 'stop';
}

/** How one process goes about the example's run. */
export interface LifeOptions {
  /** The journal so far: it is resumed. */
  readonly past?: readonly JournalEvent[];
  /** The deployment's last run. */
  readonly last?: RunState | undefined;
  readonly params?: Params;
  readonly standing?: Partial<StandingAnswers>;
  readonly fate?: Fate;
  /** What each program that is run does instead of its work. */
  readonly programs?: (onLine?: (line: string) => void) => { code: number; stdout: string; stderr: string };
}

/** One process, from its start to its end. */
export interface Life {
  /** Undefined where it died, or where the run could not be. */
  readonly state?: RunState;
  readonly events: readonly JournalEvent[];
  /** All that views saw, and the lines of output files. */
  readonly shown: readonly (FeedItem | string)[];
  /** The fate came true. */
  readonly struck: boolean;
  /** What the run threw, where it did. */
  readonly error?: unknown;
  /** How often `apply` was called. */
  readonly applied: number;
}

/** Runs the example by the real engine until it ends, or until its fate strikes. */
export async function live(world: Prepared, options: LifeOptions = {}): Promise<Life> {
  const { example, params, vault } = world;
  const events: JournalEvent[] = [...(options.past ?? [])];
  const shown: (FeedItem | string)[] = [];
  let armed = false;
  const { at = Number.POSITIVE_INFINITY, is } = options.fate ?? {};
  let left = at === 'apply' ? Number.POSITIVE_INFINITY : at;
  let struck = false;
  let applied = 0;
  const strike = (): void => {
    struck = true;
    if (is === 'crash') throw new Crash('crashed');
    run.request({ kind: 'stop', when: 'now' });
  };
  const tick = (): void => {
    // A process that is dead does nothing more, whoever catches what ended it.
    if (struck && is === 'crash') throw new Crash('dead');
    if (armed && !struck && left-- <= 0) strike();
  };
  const journal: JournalPort = {
    async append(body) {
      tick();
      const last = events.at(-1);
      const place = { seq: events.length + 1, at: new Date().toISOString(), prev: last?.sum ?? FIRST_PREV };
      const { event } = encodeLine(body, place);
      events.push(event);
      armed ||= body.type === 'step.started';
      tick();
      return event;
    },
  };
  const type = stepTypes.get(example.uses);
  if (type === undefined) throw new Error(`there is no step type ${example.uses}`);
  const apply = type.apply;
  const counted =
    apply === undefined
      ? type
      : {
          ...type,
          apply: (...args: Parameters<typeof apply>) => {
            applied++;
            if (at === 'apply') strike();
            return apply(...args);
          },
        };
  const references = [{ root: 'secrets', name: 'password' } as const];
  const secrets = [{ name: 'password', generate: 'password', at: { file: 'recipe.yaml', line: 1, column: 1 } } as const];
  const recipe = toyRecipe(
    [
      toyStep(
        STEP,
        example.uses,
        deferred(() => options.params ?? params, references),
      ),
    ],
    { secrets },
  );
  const program = createProgram(recipe, new Map([[type.name, counted]]));
  const { carried, made } = carryForward(options.last);
  const run = createRun({
    program,
    outside: {
      journal,
      hosts: new Map([['local', watched(hostOf(world, options), ['exec', 'files'], tick)]]),
      docker: watched(world.docker, ENGINE_CALLS, tick),
      vault,
      secrets: createSecretAccess(vault),
      checkParams,
      generateSecret: async () => SECRET,
      outputLog: () => ({ write: (line) => shown.push(line), close: async () => undefined }),
      lockHost: async () => ({ release: async () => undefined }),
      survivors: async () => [],
      keepBackup: async () => tick(),
    },
    standing: { ...noStandingAnswers, approvePlan: true, acknowledged: ['all'], ...options.standing },
    attended: false,
    begin:
      options.past === undefined
        ? { header: toyHeader(program, { run: options.last === undefined ? 'run-1' : 'run-2', carried, made }) }
        : { past: options.past, fairlead: '0.0.0' },
  });
  const feed = run.feed();
  const following = (async () => {
    for await (const item of feed.items) shown.push(item);
  })();
  const ended = await run.go().then(
    (state) => ({ state }),
    (error: unknown) => ({ error }),
  );
  await following;
  return { ...ended, events, shown, struck, applied };
}

const ENGINE_CALLS = [
  'info',
  'networks',
  'createNetwork',
  'removeNetwork',
  'image',
  'pull',
  'removeImage',
  'containers',
  'container',
  'restart',
  'exec',
  'openTerminal',
  'logs',
  'volumes',
  'removeVolume',
];

/** The same thing, with a moment before and after each of these calls. */
function watched<T extends object>(thing: T, calls: readonly string[], tick: () => void): T {
  return new Proxy(thing, {
    get(target, name, receiver) {
      const value: unknown = Reflect.get(target, name, receiver);
      if (typeof name !== 'string' || !calls.includes(name) || typeof value !== 'function') return value;
      if (name === 'logs') {
        return (...args: unknown[]): unknown => {
          tick();
          return Reflect.apply(value, target, args);
        };
      }
      return async (...args: unknown[]): Promise<unknown> => {
        tick();
        const answer: unknown = await Reflect.apply(value, target, args);
        tick();
        return answer;
      };
    },
  });
}

function hostOf({ host }: Trial, { programs }: LifeOptions): FakeHost {
  if (programs === undefined) return host;
  return { ...host, exec: async (_, { onLine }) => ({ signal: null, ...programs(onLine) }) };
}

/** Where the example's one step stands. */
export function stepIn(state: RunState | undefined) {
  return state?.steps.get(STEP);
}

/** All strings in a value, keys included. */
export function stringsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, item]) => [key, ...stringsIn(item)]);
}
