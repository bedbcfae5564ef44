import { beforeEach, describe, expect, it } from 'vitest';
import type { JournalEvent } from '../model/events.ts';
import type { Vault } from '../model/ports.ts';
import type { Deferred, Recipe, RecipeStep, Value } from '../model/recipe.ts';
import { emptyRun, foldAll, type RunState } from '../model/run-state.ts';
import type { SecretText } from '../model/secrets.ts';
import type { AnyStepType, ApplyContext, ReadContext } from '../model/step.ts';
import type { StepId } from '../model/step-id.ts';
import {
  Crash,
  createToyJournal,
  createToyWorld,
  deferred,
  type ToyWorld,
  toyHeader,
  toyOutside,
  toyRecipe,
  toyStep,
  toyTypes,
} from '../testing/toy-run.ts';
import { carryForward } from './carry-forward.ts';
import { noStandingAnswers } from './policy.ts';
import { createProgram, type Program, plainOptions } from './program.ts';
import { createRun } from './run.ts';

/** A cell that holds a secret: what is told of it, or written down. */
function sealedCell(world: ToyWorld): AnyStepType {
  return {
    name: 'sealed',
    summary: 'A cell holds a secret.',
    schema: {},
    needs: () => [],
    whenInDoubt: () => 'read-again',
    async read({ name, secret }: { name: string; secret: SecretText }, ctx: ReadContext) {
      return ctx.secrets.matches(secret, new TextEncoder().encode(world.cells.get(name) ?? ''));
    },
    diff: ({ name }: { name: string }, isSame: boolean) =>
      isSame ? [] : [{ action: 'update', target: name, secret: true as const }],
    async apply({ name, secret }: { name: string; secret: SecretText }, _: unknown, ctx: ApplyContext) {
      const value = await ctx.reveal(secret);
      world.onEffect(`before ${name}`);
      world.cells.set(name, value);
      world.onEffect(`after ${name}`);
      return undefined;
    },
  };
}

function typesOf(world: ToyWorld): ReadonlyMap<string, AnyStepType> {
  const types = toyTypes(world);
  const health: AnyStepType = { ...(types.get('look') as AnyStepType), name: 'health', looksForItself: true };
  return new Map([...types, ['sealed', sealedCell(world)], ['health', health]]);
}

const mentioning = (name: string, secret = 'password'): Deferred<{ readonly [key: string]: Value }> =>
  deferred((scope) => ({ name, secret: scope.secrets[secret] as SecretText }), [{ root: 'secrets', name: secret }]);

const at = { file: 'recipe.yaml', line: 1, column: 1 };
const tell: RecipeStep = toyStep('tell', 'sealed', mentioning('database'));

const recipe: Recipe = toyRecipe(
  [
    toyStep('folder', 'cell', { name: 'folder', value: 'there' }),
    toyStep('role', 'sealed', mentioning('database')),
    toyStep('config', 'sealed', mentioning('config')),
    toyStep('hash', 'sealed', mentioning('hash', 'hashed')),
    toyStep('account', 'act', mentioning('account')),
    toyStep(
      'log',
      'cell',
      deferred(
        (scope) => ({ name: 'log', value: String(scope.steps.account?.said) }),
        [{ root: 'steps', name: 'account', field: 'said' }],
      ),
    ),
    toyStep('restart', 'bounce', { name: 'restart' }, { after: ['config' as StepId] }),
    toyStep('alone', 'bounce', { name: 'alone' }, { after: ['folder' as StepId] }),
    toyStep('once', 'look', { name: 'folder', value: 'there' }),
    toyStep('health', 'health', { name: 'folder', value: 'there' }),
  ],
  {
    secrets: [
      { name: 'password', generate: 'hex', bytes: 16, at, rotate: [tell] },
      { name: 'hashed', generate: 'hex', bytes: 16, of: 'password', at },
      { name: 'seal', generate: 'hex', bytes: 16, at },
    ],
  },
);

/** One process' worth of a run. */
interface Life {
  readonly events: readonly JournalEvent[];
  readonly state: RunState;
}

/** Throws at the given moment, counted over lines of the journal, writes of the vault, and effects. */
interface Fuse {
  left: number;
  blown: boolean;
}

const never = (): Fuse => ({ left: Number.POSITIVE_INFINITY, blown: false });

let world: ToyWorld;
let made: number;
let installed: RunState;

beforeEach(async () => {
  world = createToyWorld();
  made = 0;
  installed = (await live(createProgram(recipe, typesOf(world)), [], never())).state;
  expect(installed.status).toBe('ok');
  expect(values()).toEqual({ database: 'password 1', config: 'password 1', hash: 'hashed 2' });
});

async function live(program: Program, past: readonly JournalEvent[], fuse: Fuse): Promise<Life> {
  const tick = (): void => {
    if (!fuse.blown && fuse.left-- > 0) return;
    fuse.blown = true;
    throw new Crash('crashed');
  };
  const journal = createToyJournal(past);
  journal.onAppend = tick;
  world.onEffect = tick;
  const vault: Vault = { ...world.vault };
  for (const write of ['put', 'stage', 'commit', 'unstage'] as const) {
    vault[write] = async (...given: never[]): Promise<void> => {
      tick();
      await (world.vault[write] as (...args: never[]) => Promise<void>)(...given);
      tick();
    };
  }
  const rotates = program.kind === 'rotate' ? { rotates: ['password', 'hashed'] } : {};
  const heritage = installed === undefined ? {} : carryForward(installed, recipe.steps);
  const run = createRun({
    program,
    outside: {
      ...toyOutside({ ...world, vault }, journal),
      vault,
      generateSecret: async ({ name }) => {
        made++;
        return `${name} ${made}`;
      },
    },
    standing: { ...noStandingAnswers, approvePlan: true },
    attended: false,
    begin: past.length === 0 ? { header: toyHeader(program, { ...heritage, ...rotates }) } : { past, fairlead: '0.0.0' },
  });
  try {
    return { events: journal.events, state: await run.go() };
  } catch (error) {
    if (!fuse.blown) throw error;
    return { events: journal.events, state: emptyRun };
  }
}

const rotation = (): Program => createProgram(recipe, typesOf(world), { ...plainOptions, rotate: 'password' });
const givingUp = (): Program => ({ ...rotation(), givingUp: true });

function values(): Record<string, string | undefined> {
  return Object.fromEntries(['database', 'config', 'hash'].map((name) => [name, world.cells.get(name)]));
}

/** The system, the files and the vault say the same; nothing is left staged; the state says which it is. */
function expectConsistent(state: RunState, where: string): 'old' | 'new' {
  const password = world.vault.value('password');
  expect(values(), where).toEqual({ database: password, config: password, hash: world.vault.value('hashed') });
  // What was done once is not done again, and what it said then is known still.
  expect(world.cells.get('log'), where).toBe('did account');
  expect(world.vault.staged('password'), where).toBeUndefined();
  expect(world.vault.staged('hashed'), where).toBeUndefined();
  const isOld = password === 'password 1';
  expect(state.status, where).toBe(isOld ? 'abandoned' : 'ok');
  expect(state.rotation === 'committed', where).toBe(!isOld);
  if (!isOld) expect(world.vault.previous('password'), where).toBe('password 1');
  expect(
    world.acts.filter((act) => act === 'account'),
    where,
  ).toHaveLength(1);
  return isOld ? 'old' : 'new';
}

describe('a rotation', () => {
  it('tells the system first, then does what mentions the secrets, what follows from that, and the checks of health', () => {
    expect(rotation().steps.map(({ id }) => id)).toEqual([
      'tell',
      'role',
      'config',
      'hash',
      'account',
      'log',
      'restart',
      'health',
    ]);
  });

  it('puts new values in force everywhere, keeps the old ones, starts anew what follows, and nothing else', async () => {
    const before = [...world.acts];
    const { state, events } = await live(rotation(), [], never());
    expect(expectConsistent(state, 'whole')).toBe('new');
    expect(world.vault.value('hashed')).toMatch(/^hashed /);
    expect(world.vault.previous('hashed')).toBe('hashed 2');
    expect(world.acts.slice(before.length)).toEqual(['restart']);
    expect(events.map(({ type }) => type).filter((type) => type.startsWith('secret.'))).toEqual([
      'secret.staged',
      'secret.committed',
    ]);
  });

  it('leaves nothing to do for the next run of the recipe', async () => {
    installed = (await live(rotation(), [], never())).state;
    const acts = [...world.acts];
    const { state } = await live(createProgram(recipe, typesOf(world)), [], never());
    expect([...state.steps.values()].map(({ status }) => status)).toEqual(recipe.steps.map(() => 'ok'));
    expect(world.acts).toEqual(acts);
  });

  it('of a secret that the recipe does not say how to rotate, or does not have, is refused', () => {
    const of = (name: string) => () => createProgram(recipe, typesOf(world), { ...plainOptions, rotate: name });
    expect(of('seal')).toThrow('does not say how');
    expect(of('other')).toThrow('makes no secret other');
  });

  it('that has a no to its plan forgets the new values, and has changed nothing', async () => {
    const journal = createToyJournal();
    const program = rotation();
    const run = createRun({
      program,
      outside: { ...toyOutside(world, journal), generateSecret: async ({ name }) => `${name} new` },
      standing: noStandingAnswers,
      attended: true,
      begin: { header: toyHeader(program, { ...carryForward(installed, recipe.steps), rotates: ['password', 'hashed'] }) },
    });
    const feed = run.feed();
    const going = run.go();
    for await (const item of feed.items) {
      if (item.type === 'question.asked') run.request({ kind: 'answer', id: item.question.id, answer: 'abandon' });
    }
    expect(expectConsistent(await going, 'no')).toBe('old');
  });
});

/** A file with two lines: one is open, one holds the secret. */
function twoLines(): AnyStepType {
  const lines = () => ({ open: world.cells.get('file open'), sealed: world.cells.get('file sealed') });
  return {
    name: 'lines',
    summary: 'A file has two lines.',
    schema: {},
    needs: () => [],
    whenInDoubt: () => 'read-again',
    async read({ secret }: { secret: SecretText }, ctx: ReadContext) {
      const { open, sealed = '' } = lines();
      const isSame = await ctx.secrets.matches(secret, new TextEncoder().encode(sealed));
      return { open: open === 'as wanted' || ctx.kept?.has('open') === true, sealed: isSame };
    },
    diff: (_: unknown, is: { open: boolean; sealed: boolean }) => [
      ...(is.open ? [] : [{ action: 'update', target: 'file', property: 'open', after: 'as wanted' } as const]),
      ...(is.sealed ? [] : [{ action: 'update', target: 'file', property: 'sealed', secret: true } as const]),
    ],
    managed: (_: unknown, is: { open: boolean; sealed: boolean }) =>
      (['open', 'sealed'] as const).map((part) => ({ file: 'file', part, text: lines()[part] ?? '', asWanted: is[part] })),
    async apply({ secret }: { secret: SecretText }, changes: readonly { property?: string }[], ctx: ApplyContext) {
      for (const { property } of changes)
        world.cells.set(`file ${property}`, property === 'open' ? 'as wanted' : await ctx.reveal(secret));
      return undefined;
    },
  };
}

describe('a hand edit that a rotation comes upon', () => {
  const settings: Recipe = { ...recipe, steps: [toyStep('lines', 'lines', mentioning('lines'))] };
  const types = () => new Map([...typesOf(world), ['lines', twoLines()]]);
  const kept = { ...noStandingAnswers, approvePlan: true, onDrift: 'keep' } as const;
  let last: RunState | undefined;

  async function go(program: Program, rotates?: readonly string[]): Promise<RunState> {
    const begun = rotates === undefined ? {} : { rotates };
    const header = toyHeader(program, { ...carryForward(last, settings.steps), ...begun });
    const generateSecret = async ({ name }: { name: string }) => `${name} ${++made}`;
    const outside = { ...toyOutside(world, createToyJournal()), generateSecret };
    last = await createRun({ program, outside, standing: kept, attended: false, begin: { header } }).go();
    return last;
  }
  const rotates = () => go(createProgram(settings, types(), { ...plainOptions, rotate: 'password' }), ['password', 'hashed']);

  beforeEach(async () => {
    last = undefined;
    expect((await go(createProgram(settings, types()))).status).toBe('ok');
  });

  it('may stay where it holds no secret, and the new value comes into force beside it', async () => {
    world.cells.set('file open', 'as I like it');
    expect((await rotates()).status).toBe('ok');
    expect(world.cells.get('file open')).toBe('as I like it');
    expect(world.cells.get('file sealed')).toBe(world.vault.value('password'));
  });

  it('may not stay where it may hold the value that is rotated: there would be two', async () => {
    world.cells.set('file sealed', 'as I like it');
    expect((await rotates()).status).toBe('stopped');
    expect(world.cells.get('file sealed')).toBe('as I like it');
  });
});

describe('a rotation that is killed before, inside and after any line, write and effect', { timeout: 300_000 }, () => {
  it.each([
    ['and resumed', rotation, 'new'],
    ['and given up', givingUp, undefined],
  ] as const)('%s ends in one of two consistent states, and says in which', async (_, next, expected) => {
    const ends = new Set<string>();
    let places = 0;
    const start = { cells: new Map(world.cells), acts: [...world.acts] };
    for (let first = 0; ; first++) {
      await fresh(start);
      const dead = await live(rotation(), [], { left: first, blown: false });
      if (dead.state.status !== 'none') break;
      if (dead.events.length === 0) continue;
      places++;
      // Every third place, and others for each first one: all pairs would take long.
      for (let second = first % 3; ; second += 3) {
        await fresh(start);
        const { events } = await live(rotation(), [], { left: first, blown: false });
        const again = await live(next(), events, { left: second, blown: false });
        const died = again.state.status === 'none';
        const end = died ? await live(rotation(), again.events, never()) : again;
        // What was given up before it was written down that it was goes on, as anything that is resumed does.
        const goesOn = end.state.rotation === 'committed';
        const state = end.state;
        expect(state, `${first} ${second}`).toEqual(foldAll(end.events));
        ends.add(expectConsistent(state, `killed at ${first}, then at ${second}`));
        if (expected !== undefined) expect(goesOn, `${first} ${second}`).toBe(expected === 'new');
        if (!died) break;
      }
    }
    expect(places).toBeGreaterThan(30);
    expect([...ends].sort()).toEqual(expected === undefined ? ['new', 'old'] : [expected]);
  });
});

/** The world as it was after the install. */
async function fresh({
  cells,
  acts,
}: {
  readonly cells: ReadonlyMap<string, string>;
  readonly acts: readonly string[];
}): Promise<void> {
  world = createToyWorld();
  for (const [name, value] of cells) world.cells.set(name, value);
  world.acts.push(...acts);
  await world.vault.put('password', 'password 1');
  await world.vault.put('hashed', 'hashed 2');
}
