import { createFakeEngine, type FakeEngine } from '../adapters/docker/fake-engine.ts';
import { createFakeHost, type FakeHost } from '../adapters/host/fake-host.ts';
import { createMemoryVault } from '../adapters/vault/memory-vault.ts';
import { createSecretAccess } from '../adapters/vault/secret-access.ts';
import type { JournalPort, Outside } from '../engine/outside.ts';
import { createProgram, type Program, plainOptions } from '../engine/program.ts';
import type { RunHeader } from '../engine/run.ts';
import { headSteps } from '../engine/telling.ts';
import type { EventBody, JournalEvent, RunOptions } from '../model/events.ts';
import { fail } from '../model/failure.ts';
import type { Vault } from '../model/ports.ts';
import type { AskedWhere, Deferred, Recipe, RecipeStep, Reference, Scope, Value } from '../model/recipe.ts';
import type { AnyStepType, ApplyContext, Carried, Change, ReadContext } from '../model/step.ts';
import type { StepId } from '../model/step-id.ts';

/** What toy steps act on: named cells, a list of acts that happened, and conditions that checks wait for. */
export interface ToyWorld {
  readonly cells: Map<string, string>;
  readonly acts: string[];
  readonly vault: Vault;
  readonly host: FakeHost;
  readonly docker: FakeEngine;
  /** Called before and inside every effect: a test crashes here. */
  onEffect: (where: string) => void;
}

/** An empty toy world. */
export function createToyWorld(): ToyWorld {
  return {
    cells: new Map(),
    acts: [],
    vault: createMemoryVault(),
    host: createFakeHost(),
    docker: createFakeEngine(),
    onEffect: () => undefined,
  };
}

/** The end of the process, as far as the engine can tell: nothing after it is written or done. */
export class Crash extends Error {}

/**
 * Kinds of steps with nothing behind them: `cell` converges, `act` acts once, `look` checks, `bounce` restarts
 * (an act that can be looked up after a crash), `page` is a cell whose value is noticed to be edited by hand, `ask` only reads
 * what a cell holds.
 */
export function toyTypes(world: ToyWorld): ReadonlyMap<string, AnyStepType> {
  const bounced = new Map<string, number>();
  const cell: AnyStepType = {
    name: 'cell',
    summary: 'A cell has a value.',
    schema: {},
    needs: () => [],
    whenInDoubt: () => 'read-again',
    async read({ name }: { name: string }, ctx: ReadContext) {
      return { value: world.cells.get(name), made: ctx.made(name) };
    },
    diff(
      { name, value, ensure }: { name: string; value: string; ensure?: string },
      state: { value?: string; made: boolean },
    ): Change[] {
      if (ensure === 'absent') return state.value !== undefined && state.made ? [{ action: 'delete', target: name }] : [];
      if (state.value === value) return [];
      if (state.value === undefined) return [{ action: 'create', target: name, after: value }];
      return [{ action: 'update', target: name, before: state.value, after: value }];
    },
    outputsOf: ({ value }: { value: string }) => ({ value }),
    async apply({ name, value, ensure }: { name: string; value: string; ensure?: string }, _: unknown, ctx: ApplyContext) {
      ctx.signal.throwIfAborted();
      world.onEffect(`before ${name}`);
      if (ensure === 'absent') world.cells.delete(name);
      else world.cells.set(name, value);
      world.onEffect(`after ${name}`);
      return undefined;
    },
  };
  const act: AnyStepType = {
    name: 'act',
    summary: 'Something happens once.',
    schema: {},
    needs: () => [],
    actsOnce: () => true,
    whenInDoubt: () => 'ask',
    read: async () => ({}),
    diff: ({ name }: { name: string }) => [{ action: 'run', target: name }],
    async apply({ name, fails }: { name: string; fails?: boolean }, _: unknown, ctx: ApplyContext) {
      ctx.signal.throwIfAborted();
      world.onEffect(`before ${name}`);
      if (fails === true && world.cells.get('mended') !== 'yes')
        throw fail('act.failed', `${name} broke`, { fault: 'environment' });
      world.acts.push(name);
      world.onEffect(`after ${name}`);
      return { said: `did ${name}` };
    },
  };
  const bounce: AnyStepType = {
    ...act,
    name: 'bounce',
    whenInDoubt: () => 'read-again',
    read: async ({ name }: { name: string }, ctx: ReadContext) => ({
      happened: bounced.get(name),
      doubtedAt: ctx.doubtedAt,
      doubted: ctx.doubted,
    }),
    diff: ({ name }: { name: string }, state: { happened?: number; doubtedAt?: string; doubted?: unknown }) =>
      state.doubted !== undefined && state.happened !== undefined && state.happened >= Date.parse(state.doubtedAt ?? '')
        ? []
        : [{ action: 'run', target: name }],
    async apply({ name }: { name: string }) {
      world.onEffect(`before ${name}`);
      bounced.set(name, Date.now());
      world.acts.push(name);
      world.onEffect(`after ${name}`);
      return undefined;
    },
  };
  const look: AnyStepType = {
    name: 'look',
    summary: 'A cell holds a value, sooner or later.',
    schema: {},
    needs: () => [],
    whenInDoubt: () => 'read-again',
    pollEveryMs: () => 1,
    read: async ({ name }: { name: string }) => world.cells.get(name),
    diff: ({ name, value }: { name: string; value: string }, state: string | undefined): Change[] =>
      state === value ? [] : [{ action: 'check', target: name, before: state ?? null, after: value }],
    outputsOf: (_: unknown, state: string | undefined) => ({ seen: state ?? null }),
  };
  const page: AnyStepType = {
    ...cell,
    name: 'page',
    summary: 'A cell whose value is a text that people may edit.',
    removal: { targets: ({ name }: { name: string }) => [name] },
    async read(params: { name: string }, ctx: ReadContext) {
      return { ...(await cell.read(params, ctx)), kept: ctx.kept?.has('content') === true };
    },
    diff: (params: { ensure?: string }, state: { kept: boolean }) =>
      state.kept && params.ensure !== 'absent' ? [] : cell.diff(params, state),
    managed: ({ name, value }: { name: string; value: string }, state: { value?: string; kept: boolean }) =>
      state.value === undefined
        ? []
        : [{ file: name, part: 'content', text: state.value, asWanted: state.kept || state.value === value }],
  };
  const ask: AnyStepType = {
    ...act,
    name: 'ask',
    summary: 'Somebody says what a cell holds.',
    actsOnce: () => false,
    whenInDoubt: () => 'read-again',
    diff: ({ name }: { name: string }) => [{ action: 'read', target: name }],
    async apply(params: { name: string; fails?: boolean }, changes: readonly Change[], ctx: ApplyContext) {
      await act.apply?.(params, changes, ctx, {});
      return { said: world.cells.get(params.name) ?? 'nothing' };
    },
  };
  return new Map([cell, act, bounce, look, page, ask].map((type) => [type.name, type]));
}

/** Where an input is asked for, as a recipe would say it. */
export function askedWhere(source: string, isAsked: (scope: Scope) => boolean, ...inputs: readonly string[]): AskedWhere {
  return {
    ...deferred<boolean>(
      isAsked,
      inputs.map((name) => ({ root: 'inputs', name })),
    ),
    source,
  };
}

/** A value without expressions, or with: then `references` says what it uses. */
export function deferred<T extends Value>(value: T | ((scope: Scope) => T), references: readonly Reference[] = []): Deferred<T> {
  return { references, evaluate: (scope) => (typeof value === 'function' ? value(scope) : value) };
}

/** A toy step; what is not given has its default. */
export function toyStep(
  id: string,
  uses: string,
  params: Deferred<{ readonly [key: string]: Value }> | { readonly [key: string]: Value },
  more: Partial<RecipeStep> = {},
): RecipeStep {
  return {
    id: id as StepId,
    title: `Step ${id}`,
    uses,
    params: 'evaluate' in params ? (params as Deferred<{ readonly [key: string]: Value }>) : deferred(params),
    after: [],
    tags: [],
    host: 'local',
    sensitive: false,
    at: { file: 'recipe.yaml', line: 1, column: 1 },
    ...more,
  };
}

/** A recipe of toy steps. */
export function toyRecipe(steps: readonly RecipeStep[], more: Partial<Recipe> = {}): Recipe {
  return {
    name: 'toy',
    version: '1.0.0',
    title: 'Toy',
    folder: '/nowhere',
    digest: 'd'.repeat(64),
    requires: { ports: [] },
    needs: [],
    inputs: [],
    secrets: [],
    steps,
    tasks: [],
    ...more,
  };
}

/** A journal in memory; `crashAfter` events it dies, before or after the line is written. */
export function createToyJournal(past: readonly JournalEvent[] = []): JournalPort & {
  readonly events: JournalEvent[];
  onAppend: (event: EventBody, moment: 'before' | 'after') => void;
} {
  const events: JournalEvent[] = [...past];
  const journal = {
    events,
    onAppend: (_: EventBody, __: 'before' | 'after'): void => undefined,
    async append(event: EventBody): Promise<JournalEvent> {
      journal.onAppend(event, 'before');
      const written = JSON.parse(
        JSON.stringify({ v: 1, seq: events.length + 1, at: new Date().toISOString(), ...event, prev: '', sum: '' }),
      ) as JournalEvent;
      events.push(written);
      journal.onAppend(event, 'after');
      return written;
    },
  };
  return journal;
}

/** The outside of a toy run. */
export function toyOutside(world: ToyWorld, journal: JournalPort): Outside {
  return {
    journal,
    hosts: new Map([['local', world.host]]),
    docker: world.docker,
    vault: world.vault,
    secrets: createSecretAccess(world.vault),
    checkParams: () => undefined,
    generateSecret: async (spec) => `made-${spec.name}-0123456789`,
    outputLog: () => ({ write: () => undefined, close: async () => undefined }),
    lockHost: async () => ({ release: async () => undefined }),
    survivors: async () => [],
    keepBackup: async () => undefined,
  };
}

/** A program of toy steps. */
export function toyProgram(recipe: Recipe, world: ToyWorld, options: RunOptions = plainOptions): Program {
  return createProgram(recipe, toyTypes(world), options);
}

/** A toy run's first event. */
export function toyHeader(
  program: Program,
  more: {
    readonly carried?: Readonly<Record<string, Carried>>;
    readonly made?: readonly string[];
    readonly run?: string;
    readonly rotates?: readonly string[];
    readonly untold?: readonly string[];
  } = {},
): RunHeader {
  return {
    type: 'run.started',
    run: more.run ?? 'run-1',
    kind: program.kind,
    deployment: 'toy',
    recipe: { name: 'toy', version: '1.0.0', title: 'Toy', digest: program.recipe.digest },
    fairlead: '0.0.0',
    inputs: {},
    options: program.options,
    hosts: { local: 'fake' },
    who: { user: 'tester' },
    ...headSteps(program, more.untold),
    carried: more.carried ?? {},
    made: more.made ?? [],
    ...(more.rotates === undefined ? {} : { rotates: more.rotates }),
  };
}
