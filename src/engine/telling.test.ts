import { beforeEach, describe, expect, it } from 'vitest';
import type { JournalEvent } from '../model/events.ts';
import type { RecipeStep, SecretSpec } from '../model/recipe.ts';
import { foldAll, type RunState } from '../model/run-state.ts';
import type { SecretText } from '../model/secrets.ts';
import type { AnyStepType, ApplyContext, Change, ReadContext } from '../model/step.ts';
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
import { carryForward, orphansOf } from './carry-forward.ts';
import { noStandingAnswers } from './policy.ts';
import { createProgram, type Program, plainOptions } from './program.ts';
import { createRun } from './run.ts';
import { tellingsOf } from './telling.ts';

const at = { file: 'recipe.yaml', line: 1, column: 1 };
const OLD = 'the value of long ago';
const password = [{ root: 'secrets', name: 'password' }] as const;
const withPassword = (name: string) => deferred((scope) => ({ name, password: scope.secrets.password ?? '' }), password);

/** `tell` changes the password that the toy database knows, once it is up; `opens` waits until it takes the vault's. */
function typesOf(world: ToyWorld): ReadonlyMap<string, AnyStepType> {
  const knows = (secret: SecretText, ctx: ReadContext) =>
    ctx.secrets.matches(secret, new TextEncoder().encode(world.cells.get('db')));
  const tell: AnyStepType = {
    name: 'tell',
    summary: 'The database knows a password.',
    schema: {},
    needs: () => [],
    whenInDoubt: () => 'read-again',
    read: (params: { password: SecretText }, ctx) => knows(params.password, ctx),
    diff: (_: unknown, isKnown: boolean): Change[] =>
      isKnown ? [] : [{ action: 'update', target: 'db', property: 'password', secret: true }],
    async apply(params: { password: SecretText }, _: unknown, ctx: ApplyContext) {
      expect(world.cells.get('up'), 'it can be told only when it is up').toBe('1');
      world.onEffect('before tell');
      world.cells.set('db', await ctx.reveal(params.password));
      world.onEffect('after tell');
      return undefined;
    },
  };
  const opens: AnyStepType = {
    ...tell,
    name: 'opens',
    pollEveryMs: () => 1,
    diff: (_: unknown, isKnown: boolean): Change[] => (isKnown ? [] : [{ action: 'check', target: 'db' }]),
    looksForItself: true,
  };
  const { apply: _, ...check } = opens;
  return new Map([...toyTypes(world), ['tell', tell], ['opens', check]]);
}

const tellIt = toyStep('tell', 'tell', withPassword('tell'), { title: 'Tell the database' });
const secretOf = (more: Partial<SecretSpec> = {}): SecretSpec => ({
  name: 'password',
  generate: 'hex',
  keeps: { volume: deferred('db') },
  rotate: [tellIt],
  at,
  ...more,
});
const after = (...ids: string[]) => ({ after: ids as StepId[] });
const env = toyStep('env', 'cell', deferred({ name: 'env', value: '1' }, password));
const up = toyStep('up', 'cell', { name: 'up', value: '1' }, after('env'));
const ping = toyStep('ping', 'opens', withPassword('ping'), { timeoutMs: 2_000 });
const admin = toyStep('admin', 'cell', deferred({ name: 'admin', value: '1' }, password));
const recipe = toyRecipe([env, up, ping, admin], { secrets: [secretOf()] });
const programOf = (world: ToyWorld): Program => createProgram(recipe, typesOf(world), plainOptions);

/** The volume is there, and what lies in it opens with the old value. */
function worldWithData(): ToyWorld {
  const world = createToyWorld();
  world.docker.volumeProjects.set('db', undefined);
  world.cells.set('db', OLD);
  return world;
}

interface Lived {
  readonly events: readonly JournalEvent[];
  readonly state: RunState;
  readonly crashed: boolean;
}

interface Life {
  readonly past?: readonly JournalEvent[];
  readonly last?: RunState;
  readonly answer?: 'adopt' | 'rotate' | 'wipe';
  readonly givingUp?: boolean;
  /** The process dies at the nth moment. */
  readonly dies?: number;
}

let made = 0;

async function live(world: ToyWorld, { past = [], last, answer = 'rotate', givingUp = false, dies }: Life = {}): Promise<Lived> {
  let left = dies ?? Number.POSITIVE_INFINITY;
  let blown = false;
  const tick = (): void => {
    if (blown || left-- === 0) {
      blown = true;
      throw new Crash('crashed');
    }
  };
  const around = async <T>(act: () => Promise<T>): Promise<T> => {
    tick();
    const result = await act();
    tick();
    return result;
  };
  const journal = createToyJournal(past);
  journal.onAppend = tick;
  world.onEffect = tick;
  const program = { ...programOf(world), givingUp };
  const { vault } = world;
  const answers = new Map<string, string>([
    ['secrets.password', answer],
    ['secrets.password.wipe', 'db'],
  ]);
  const run = createRun({
    program,
    outside: {
      ...toyOutside(world, journal),
      // No two processes make the same.
      generateSecret: async () => `made as number ${made++}`,
      vault: {
        ...vault,
        put: (name, value) => around(() => vault.put(name, value)),
        stage: (values) => around(() => vault.stage(values)),
        commit: (names) => around(() => vault.commit(names)),
      },
    },
    standing: { ...noStandingAnswers, approvePlan: true, answers, secrets: new Map([['password', OLD]]) },
    attended: false,
    begin: past.length > 0 ? { past, fairlead: '0.0.0' } : { header: toyHeader(program, carryForward(last, recipe.steps)) },
  });
  try {
    return { state: await run.go(), events: journal.events, crashed: false };
  } catch (error) {
    if (!blown) throw error;
    return { state: foldAll(journal.events), events: journal.events, crashed: true };
  }
}

const finished = (events: readonly JournalEvent[]): string[] =>
  events.flatMap((event) => (event.type === 'step.finished' ? [`${event.step} ${event.outcome}`] : []));
const expectOpen = (world: ToyWorld, where = ''): void => {
  expect(world.vault.value('password'), where).toMatch(/^made as number/);
  expect(world.cells.get('db'), where).toBe(world.vault.value('password'));
  expect(world.docker.volumeProjects.has('db'), where).toBe(true);
};

describe('a new value where data of an old one is', () => {
  let world: ToyWorld;
  beforeEach(() => {
    world = worldWithData();
  });

  it('is told to the system once it is up, and before its health is looked at; the data stays', async () => {
    const { state, events } = await live(world);
    expect(state.status, JSON.stringify(events.at(-2))).toBe('ok');
    expect(finished(events)).toEqual(['env changed', 'up changed', 'tell changed', 'ping ok', 'admin changed']);
    expect([...state.steps.keys()]).toEqual(['env', 'up', 'tell', 'ping', 'admin']);
    expectOpen(world);
    expect(JSON.stringify(events)).not.toContain('made as number');
    expect(foldAll(events)).toEqual(state);
  });

  it('is no step of the run before the operator chose so, and none where he chose otherwise', async () => {
    const { events } = await live(world, { answer: 'adopt' });
    const [header] = events;
    expect(header?.type === 'run.started' && header.steps.map(({ id }) => id)).toEqual(['env', 'up', 'ping', 'admin']);
    expect(finished(events)).toEqual(['env changed', 'up changed', 'ping ok', 'admin changed']);
    expect(world.cells.get('db')).toBe(OLD);
    expect(JSON.stringify(events)).not.toContain('"tell"');
  });

  it('is offered where the recipe knows how', async () => {
    const question = (await live(world)).events.find(
      (event) => event.type === 'question.asked' && event.question.about === 'adopt',
    );
    expect(question).toMatchObject({
      question: { data: { rotates: true }, takes: { choices: ['adopt', 'rotate', 'wipe', 'stop'] } },
    });
  });

  it('leaves nothing to the next run: no step, no history, no orphan', async () => {
    const first = await live(world);
    const heritage = carryForward(first.state, recipe.steps);
    expect(heritage.untold).toBeUndefined();
    expect(Object.keys(heritage.carried)).toEqual(['env', 'up', 'ping', 'admin']);
    expect(orphansOf(heritage.carried, recipe.steps)).toEqual([]);
    const second = await live(world, { last: first.state });
    expect(finished(second.events)).toEqual(['env ok', 'up ok', 'ping ok', 'admin ok']);
  });

  it('that was not told, because the run was given up, is told by the next one', async () => {
    let reached = 0;
    for (let dies = 0; ; dies++) {
      const here = worldWithData();
      const dead = await live(here, { dies });
      if (!dead.crashed) break;
      if (dead.events.length === 0) continue;
      const given = await live(here, { past: dead.events, givingUp: true });
      expect(given.state.status).toBe('abandoned');
      const next = await live(here, { last: given.state });
      expect(next.state.status, `given up after ${dies}`).toBe('ok');
      expectOpen(here, `given up after ${dies}`);
      if (carryForward(given.state, recipe.steps).untold !== undefined) reached++;
      expect(carryForward(next.state, recipe.steps).untold).toBeUndefined();
    }
    expect(reached).toBeGreaterThan(5);
  });

  it('after a crash at any moment, and at any of the resume, is the one that opens the data', { timeout: 300_000 }, async () => {
    let cases = 0;
    for (let first = 0; (await live(worldWithData(), { dies: first })).crashed; first++) {
      for (let second = first % 4; ; second += 4) {
        const here = worldWithData();
        const dead = await live(here, { dies: first });
        const again = await live(here, { past: dead.events, dies: second });
        const end = again.crashed ? await live(here, { past: again.events }) : again;
        const where = `crash at ${first}, then at ${second}`;
        expect(end.state.status, where).toBe('ok');
        expectOpen(here, where);
        cases++;
        if (!again.crashed) break;
      }
    }
    expect(cases).toBeGreaterThan(150);
  });

  it('stays to be told through a task and a part of the steps, until a whole run does it', async () => {
    const untold = ['password'];
    const program = programOf(world);
    const header = toyHeader(program, { untold });
    expect(header.untold).toEqual([{ secret: 'password', steps: ['tell'] }]);
    expect(header.steps.map(({ id }) => id)).toEqual(['env', 'up', 'tell', 'ping', 'admin']);
    for (const options of [
      { ...plainOptions, only: ['env'] },
      { ...plainOptions, until: 'up' },
    ]) {
      const part = toyHeader(createProgram(recipe, typesOf(world), options), { untold });
      expect(part.steps.map(({ id }) => id)).toEqual(['env', 'up', 'ping', 'admin']);
      const events = [{ ...part, v: 1, seq: 1, at: '', prev: '', sum: '' } as JournalEvent];
      expect(carryForward(foldAll(events), recipe.steps).untold).toEqual(untold);
    }
  });
});

describe('the place of the steps that tell', () => {
  const world = createToyWorld();
  const check = (id: string) => toyStep(id, 'look', { name: id, value: '1' });
  const plainUp = toyStep('up', 'cell', { name: 'up', value: '1' });
  const restart = toyStep('restart', 'bounce', { name: 'restart' }, after('env'));
  const cases: readonly (readonly [law: string, steps: readonly RecipeStep[], before: string | undefined])[] = [
    ['before the first check behind the start', [env, up, check('ping'), check('proof')], 'ping'],
    ['not before the start, where another check comes first', [env, check('mail'), up, check('ping')], 'ping'],
    ['not behind the first check, where a later step mentions the secret too', [env, up, check('ping'), admin], 'ping'],
    [
      'not behind the first check, where something is started anew later',
      [env, up, check('ping'), restart, check('proof')],
      'ping',
    ],
    ['behind a start that does not say what it follows', [env, plainUp, check('ping')], 'ping'],
    ['at the end where nothing is checked', [env, up, admin], undefined],
  ];
  it.each(cases)('is %s', (_, steps, before) => {
    const [telling] = tellingsOf(toyRecipe(steps, { secrets: [secretOf()] }), typesOf(world));
    expect(telling?.before).toBe(before);
  });

  it('is none where the secret keeps nothing, nothing tells, or what tells needs the old value', () => {
    const old = toyStep('tell', 'cell', deferred({ name: 'x' }, [{ root: 'previous', name: 'password' }]));
    const { keeps: _, ...keepsNothing } = secretOf();
    for (const secret of [keepsNothing, secretOf({ rotate: [] }), secretOf({ rotate: [old] })]) {
      expect(tellingsOf(toyRecipe([env, up], { secrets: [secret] }), typesOf(world))).toEqual([]);
    }
  });
});
