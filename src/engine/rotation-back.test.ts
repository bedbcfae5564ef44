import { beforeEach, describe, expect, it } from 'vitest';
import type { JournalEvent } from '../model/events.ts';
import { fail } from '../model/failure.ts';
import type { Json } from '../model/json.ts';
import type { Question } from '../model/questions.ts';
import type { Deferred, Recipe, Value } from '../model/recipe.ts';
import { emptyRun, leftAlone, type RunState } from '../model/run-state.ts';
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
import { noStandingAnswers, type StandingAnswers } from './policy.ts';
import { createProgram, type Program, plainOptions } from './program.ts';
import { createRun } from './run.ts';

/** Writes a secret into a cell: as an act that nothing can look up, or as a text that people may edit. */
function typesOf(world: ToyWorld): ReadonlyMap<string, AnyStepType> {
  const apply = async ({ name, secret }: { name: string; secret: SecretText }, _: unknown, ctx: ApplyContext) => {
    world.onEffect(`before ${name}`);
    if (world.cells.get('broken') === name) throw fail('act.failed', 'it broke', { fault: 'environment' });
    world.cells.set(name, await ctx.reveal(secret));
    world.acts.push(name);
    world.onEffect(`after ${name}`);
    return undefined;
  };
  const told: AnyStepType = { ...(toyTypes(world).get('act') as AnyStepType), name: 'told', apply };
  const file: AnyStepType = {
    ...(toyTypes(world).get('page') as AnyStepType),
    name: 'file',
    async read({ name, secret }: { name: string; secret: SecretText }, ctx: ReadContext) {
      const text = world.cells.get(name);
      const isSame = await ctx.secrets.matches(secret, new TextEncoder().encode(text ?? ''));
      return { text, isSame, kept: ctx.kept?.has('content') === true };
    },
    diff: ({ name }: { name: string }, { isSame, kept }: { isSame: boolean; kept: boolean }) =>
      isSame || kept ? [] : [{ action: 'update', target: name, secret: true as const }],
    outputsOf: undefined as never,
    managed: ({ name }: { name: string }, { text, isSame, kept }: { text?: string; isSame: boolean; kept: boolean }) =>
      text === undefined ? [] : [{ file: name, part: 'content', text, asWanted: isSame || kept }],
    apply,
  };
  return new Map([...toyTypes(world), ['told', told], ['file', file]]);
}

const mentioning = (name: string, secret = 'password'): Deferred<{ readonly [key: string]: Value }> =>
  deferred((scope) => ({ name, secret: scope.secrets[secret] as SecretText }), [{ root: 'secrets', name: secret }]);
const at = { file: 'recipe.yaml', line: 1, column: 1 };
const recipe: Recipe = toyRecipe(
  [
    toyStep('config', 'file', mentioning('config')),
    toyStep('hash', 'file', mentioning('hash', 'hashed')),
    toyStep('restart', 'bounce', { name: 'restart' }, { after: ['config' as StepId] }),
  ],
  {
    secrets: [
      { name: 'password', generate: 'hex', bytes: 16, at, rotate: [toyStep('tell', 'told', mentioning('database'))] },
      { name: 'hashed', generate: 'hex', bytes: 16, of: 'password', at },
    ],
  },
);

let world: ToyWorld;
let types: ReadonlyMap<string, AnyStepType>;
let installed: RunState | undefined;

interface Life {
  readonly past?: readonly JournalEvent[];
  readonly standing?: Partial<StandingAnswers>;
  readonly answer?: (question: Question) => Json;
  readonly crashAt?: string;
}

async function live(program: Program, life: Life = {}) {
  const { past = [], answer, crashAt } = life;
  const journal = createToyJournal(past);
  let dead = false;
  world.onEffect = (where) => {
    if (where !== crashAt) return;
    dead = true;
    throw new Crash(where);
  };
  journal.onAppend = () => {
    if (dead) throw new Crash('dead');
  };
  const heritage = installed === undefined ? {} : carryForward(installed, recipe.steps);
  const rotates = program.kind === 'rotate' ? { rotates: ['password', 'hashed'] } : {};
  let made = 0;
  const run = createRun({
    program,
    outside: {
      ...toyOutside(world, journal),
      generateSecret: async ({ name }, { of }) => (of === undefined ? `${name} ${program.kind} ${++made}` : `${name} of ${of}`),
    },
    standing: { ...noStandingAnswers, approvePlan: true, ...life.standing },
    attended: answer !== undefined,
    begin: past.length === 0 ? { header: toyHeader(program, { ...heritage, ...rotates }) } : { past, fairlead: '0.0.0' },
  });
  const answering = (async () => {
    for await (const item of run.feed().items) {
      if (item.type === 'question.asked' && answer !== undefined && item.question.about !== 'plan')
        run.request({ kind: 'answer', id: item.question.id, answer: answer(item.question) });
    }
  })();
  const state = await run.go().catch((error: unknown) => {
    if (!dead) throw error;
    return emptyRun;
  });
  await answering;
  const questions = journal.events
    .slice(past.length)
    .flatMap((event) => (event.type === 'question.asked' ? [event.question] : []));
  return { state, events: journal.events, questions };
}

const rotation = (onFailure: 'stop' | 'skip' = 'stop'): Program =>
  createProgram(recipe, types, { ...plainOptions, onFailure, rotate: 'password' });
const givingUp = (): Program => ({ ...rotation(), givingUp: true });
const OLD = 'password converge 1';

beforeEach(async () => {
  world = createToyWorld();
  types = typesOf(world);
  installed = undefined;
  installed = (await live(createProgram(recipe, types))).state;
  expect(installed.status).toBe('ok');
  world.cells.set('database', OLD);
  world.acts.length = 0;
});

describe('a rotation that goes back', () => {
  it('tells the system of the old value also where it was in doubt whether it had heard of the new one', async () => {
    const { events } = await live(rotation(), { crashAt: 'after database' });
    const back = await live(givingUp(), { past: events, answer: () => 'done' });
    expect(back.state.status).toBe('abandoned');
    expect(world.vault.value('password')).toBe(OLD);
    expect(world.cells.get('database')).toBe(OLD);
    expect(back.questions).toEqual([]);
  });

  it('starts anew what was started anew with the new value, also where that was in doubt', async () => {
    const { events } = await live(rotation(), { crashAt: 'after restart' });
    world.acts.length = 0;
    const back = await live(givingUp(), { past: events });
    expect(back.state.status).toBe('abandoned');
    expect(world.acts).toEqual(['database', 'config', 'hash', 'restart']);
  });
});

describe('a rotation that can go neither on nor back', () => {
  it('comes to its end where somebody names the step that is to stay as it is, and only then', async () => {
    world.cells.set('broken', 'restart');
    const dead = await live(rotation(), { crashAt: 'after hash' });
    world.cells.set('broken', 'database');
    const stuck = await live({ ...givingUp(), options: { ...plainOptions, onFailure: 'skip' } }, { past: dead.events });
    expect(stuck.state.status).toBe('stopped');
    expect(stuck.state.rotation).toBe('withdrawn');
    const standing = { answers: new Map([['tell', 'skip']]) };
    const { state } = await live(rotation(), { past: stuck.events, standing });
    expect(state.status).toBe('abandoned');
    expect(world.vault.value('password')).toBe(OLD);
    expect(world.cells.get('config')).toBe(OLD);
    // What was left alone knows the new value, which is not lost.
    expect(leftAlone(state).map(({ id }) => id)).toEqual(['tell']);
    expect(world.vault.staged('password')).toBe(world.cells.get('database'));
    expect(world.vault.staged('password')).not.toBe(OLD);
  });
});

describe('a rotation', () => {
  it('does not leave the old value in a file that was edited by hand', async () => {
    world.cells.set('config', 'edited');
    const { state } = await live(rotation(), { standing: { onDrift: 'keep' } });
    expect(state.rotation).not.toBe('committed');
  });

  it('skips no step that fails: the others would be told of a value that the system does not know', async () => {
    world.cells.set('broken', 'database');
    const { state } = await live(rotation('skip'));
    expect(state.status).toBe('stopped');
    expect(world.cells.get('config')).toBe(OLD);
  });

  it('makes anew what is made of it, also where that was forgotten', async () => {
    await world.vault.remove(['hashed']);
    const { state } = await live(rotation());
    expect(state.rotation).toBe('committed');
    expect(world.vault.value('hashed')).toBe(`hashed of ${world.vault.value('password')}`);
    expect(world.cells.get('hash')).toBe(world.vault.value('hashed'));
  });
});
