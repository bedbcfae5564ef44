import { beforeEach, describe, expect, it } from 'vitest';
import type { EventOf, JournalEvent } from '../model/events.ts';
import type { Host } from '../model/ports.ts';
import type { Question } from '../model/questions.ts';
import type { SecretSpec } from '../model/recipe.ts';
import { foldAll, type RunState } from '../model/run-state.ts';
import type { StepId } from '../model/step-id.ts';
import {
  Crash,
  createToyJournal,
  createToyWorld,
  deferred,
  type ToyWorld,
  toyHeader,
  toyOutside,
  toyProgram,
  toyRecipe,
  toyStep,
} from '../testing/toy-run.ts';
import { forecast } from './forecast.ts';
import { noStandingAnswers, type StandingAnswers } from './policy.ts';
import { createRun, virtualState } from './run.ts';

const at = { file: 'recipe.yaml', line: 1, column: 1 };
const OLD = 'the value of long ago';
const DATA = '/srv/db/base/pg_class';

const kinds = {
  path: { keeps: { path: deferred('/srv/db') }, word: '/srv/db' },
  volume: { keeps: { volume: deferred('toy_db') }, word: 'toy_db' },
} as const;
type Kind = keyof typeof kinds;

const secretOf = (kind: Kind): SecretSpec => ({ name: 'password', generate: 'hex', keeps: kinds[kind].keeps, at });
const uses = (name: string) =>
  deferred(
    (scope) => ({ name, value: scope.secrets.password === undefined ? 'unset' : 'set' }),
    [{ root: 'secrets', name: 'password' }],
  );
const recipeOf = (kind: Kind) =>
  toyRecipe(
    [
      toyStep('first', 'cell', { name: 'first', value: '1' }),
      toyStep('env', 'cell', uses('env'), { title: 'Write the environment' }),
      toyStep('role', 'act', deferred({ name: 'role' }, [{ root: 'secrets', name: 'password' }]), { after: ['env' as StepId] }),
    ],
    { secrets: [secretOf(kind)] },
  );

function worldWithData(kind: Kind): ToyWorld {
  const world = createToyWorld();
  if (kind === 'path') for (const file of [DATA, '/srv/db/PG_VERSION']) world.host.put(file, { content: 'x' });
  else world.docker.volumeProjects.set('toy_db', undefined);
  return world;
}
const hasData = (world: ToyWorld): boolean =>
  [DATA, '/srv/db/PG_VERSION'].some((file) => world.host.at(file) !== undefined) || world.docker.volumeProjects.has('toy_db');

interface Lived {
  readonly state: RunState;
  readonly events: readonly JournalEvent[];
}

interface Life {
  readonly past?: readonly JournalEvent[];
  readonly inputs?: Readonly<Record<string, string>>;
  readonly standing?: Partial<StandingAnswers>;
  /** What somebody types; undefined: nobody is there. */
  readonly answer?: (question: Question) => string;
  /** Called before and after each line of the journal, each write to the vault, each removal. */
  readonly tick?: () => void;
  /** Hears of the journal, which outlives a crash. */
  readonly onJournal?: (events: readonly JournalEvent[]) => void;
}

/** One process. What is removed is a moment of its own, before and after. */
async function live(kind: Kind, world: ToyWorld, life: Life = {}): Promise<Lived> {
  const { past = [], answer, tick = () => undefined } = life;
  const journal = createToyJournal(past);
  life.onJournal?.(journal.events);
  journal.onAppend = tick;
  world.onEffect = tick;
  const program = toyProgram(recipeOf(kind), world);
  const around = async <T>(act: () => Promise<T>): Promise<T> => {
    tick();
    const result = await act();
    tick();
    return result;
  };
  const host: Host = {
    ...world.host,
    // Each file on its own: a crash may fall between two.
    files: (async (ops: Parameters<Host['files']>[0]) => {
      const results: unknown[] = [];
      for (const op of ops) {
        const act = () => world.host.files([op]);
        results.push(...(op.op === 'remove' ? await around(act) : await act()));
      }
      return results;
    }) as Host['files'],
  };
  const run = createRun({
    program,
    outside: {
      ...toyOutside(world, journal),
      hosts: new Map([['local', host]]),
      docker: { ...world.docker, removeVolume: (name) => around(() => world.docker.removeVolume(name)) },
      vault: { ...world.vault, put: (name, value) => around(() => world.vault.put(name, value)) },
    },
    standing: { ...noStandingAnswers, approvePlan: true, ...life.standing },
    attended: answer !== undefined,
    begin: past.length === 0 ? { header: { ...toyHeader(program), inputs: life.inputs ?? {} } } : { past, fairlead: '0.0.0' },
  });
  const answering = (async () => {
    for await (const item of run.feed().items) {
      if (item.type === 'question.asked' && answer !== undefined && item.question.about !== 'plan') {
        run.request({ kind: 'answer', id: item.question.id, answer: answer(item.question) });
      }
    }
  })();
  const state = await run.go();
  await answering;
  return { state, events: journal.events };
}

const asked = (events: readonly JournalEvent[]) =>
  events.filter((event): event is EventOf<'question.asked'> => event.type === 'question.asked').map(({ question }) => question);
const answered = (events: readonly JournalEvent[]) =>
  events.filter((event): event is EventOf<'question.answered'> => event.type === 'question.answered');

/** An operator who adopts, or wipes. */
const operator =
  (choice: 'adopt' | 'wipe' | 'stop') =>
  ({ takes }: Question): string =>
    'secret' in takes ? OLD : 'word' in takes ? takes.word : choice;

describe.each(['path', 'volume'] as const)('a secret whose %s holds data', (kind) => {
  let world: ToyWorld;
  beforeEach(() => {
    world = worldWithData(kind);
  });

  it('is said in the plan, at the first step that uses it and nowhere else', async () => {
    const program = toyProgram(recipeOf(kind), world);
    const looking = toyOutside(world, createToyJournal());
    const planned = await forecast(program, virtualState(toyHeader(program)), looking, new AbortController().signal);
    const data = kind === 'path' ? { path: '/srv/db' } : { volume: 'toy_db' };
    expect(planned.map(({ step, adopts }) => [step, adopts])).toEqual([
      ['first', undefined],
      ['env', [{ secret: 'password', ...data }]],
      ['role', undefined],
    ]);
    expect(world.vault.names()).toEqual([]);
  });

  it('is adopted: the typed value is in the vault and only its name in the journal; the data stays', async () => {
    const { state, events } = await live(kind, world, { answer: operator('adopt') });
    expect(state.status).toBe('ok');
    expect(world.vault.value('password')).toBe(OLD);
    expect(hasData(world)).toBe(true);
    expect(asked(events).map(({ about, step, takes }) => [about, step, takes])).toEqual([
      ['plan', undefined, expect.anything()],
      ['adopt', 'env', { choices: ['adopt', 'wipe', 'stop'] }],
      ['adopt', 'env', { secret: 'password' }],
    ]);
    expect(answered(events).map(({ answer, by }) => [answer, by])).toEqual([
      ['approve', 'option'],
      ['adopt', 'operator'],
      [{ $secret: 'password' }, 'operator'],
    ]);
    expect(JSON.stringify(events)).not.toContain(OLD);
    expect(events.some(({ type }) => type === 'secret.generated')).toBe(false);
  });

  it('is wiped after the typed word, and a new value is made', async () => {
    const { state, events } = await live(kind, world, { answer: operator('wipe') });
    expect(state.status).toBe('ok');
    expect(hasData(world)).toBe(false);
    expect(world.vault.value('password')).toBe('made-password-0123456789');
    expect(asked(events).at(-1)).toMatchObject({ about: 'danger', takes: { word: kinds[kind].word } });
    expect(events.filter(({ type }) => type === 'secret.generated')).toHaveLength(1);
  });

  it('stops the run where the operator says so, with nothing done to either, and asks again on resume', async () => {
    const first = await live(kind, world, { answer: operator('stop') });
    expect(first.state).toMatchObject({ status: 'stopped', stopReason: 'operator-needed' });
    expect(world.vault.names()).toEqual([]);
    expect(hasData(world)).toBe(true);
    const again = await live(kind, world, { past: first.events, answer: operator('adopt') });
    expect(again.state.status).toBe('ok');
    expect(world.vault.value('password')).toBe(OLD);
  });

  it('is answered by no option but its own', async () => {
    const standing = { approvePlan: true, acknowledged: ['all'], answers: new Map([['env', 'adopt']]) };
    const { state, events } = await live(kind, world, { standing: { ...standing, secrets: new Map([['password', OLD]]) } });
    expect(state).toMatchObject({ status: 'stopped', stopReason: 'operator-needed', question: { about: 'adopt' } });
    expect(world.vault.names()).toEqual([]);
    const answers = new Map([['secrets.password', 'adopt']]);
    const next = await live(kind, world, { past: events, standing: { answers, secrets: new Map([['password', OLD]]) } });
    expect(next.state.status).toBe('ok');
    expect(world.vault.value('password')).toBe(OLD);
    expect(answered(next.events).at(-1)).toMatchObject({ answer: { $secret: 'password' }, by: 'option' });
    expect(JSON.stringify(next.events)).not.toContain(OLD);
  });

  it('is not adopted without its value, nor with an empty one', async () => {
    const answers = new Map([['secrets.password', 'adopt']]);
    for (const secrets of [new Map<string, string>(), new Map([['password', '']])]) {
      const { state } = await live(kind, worldWithData(kind), { standing: { answers, secrets } });
      expect(state).toMatchObject({ stopReason: 'operator-needed', question: { takes: { secret: 'password' } } });
    }
    expect(world.vault.names()).toEqual([]);
  });

  it('is adopted also where the old value is a word like any other, but none that an input has', async () => {
    const answers = new Map([['secrets.password', 'adopt']]);
    const word = await live(kind, world, { standing: { answers, secrets: new Map([['password', 'password']]) } });
    expect(word.state.status).toBe('ok');
    expect(world.vault.value('password')).toBe('password');
    const other = worldWithData(kind);
    const standing = { answers, secrets: new Map([['password', 'mastodon']]) };
    const { state } = await live(kind, other, { standing, inputs: { user: 'mastodon' } });
    expect(state.steps.get('env' as StepId)?.failure?.code).toBe('secret.not-apart');
    expect(other.vault.names()).toEqual([]);
  });

  it('is wiped by options only where they give the word too', async () => {
    const wipe: readonly [string, string] = ['secrets.password', 'wipe'];
    const first = await live(kind, world, { standing: { answers: new Map([wipe, ['secrets.password.wipe', 'yes']]) } });
    expect(first.state).toMatchObject({ stopReason: 'operator-needed', question: { about: 'danger' } });
    expect(hasData(world)).toBe(true);
    const answers = new Map([wipe, ['secrets.password.wipe', kinds[kind].word]]);
    const next = await live(kind, world, { past: first.events, standing: { answers } });
    expect(next.state.status).toBe('ok');
    expect(hasData(world)).toBe(false);
  });

  it('that the vault holds is never asked about', async () => {
    await world.vault.put('password', 'kept since then');
    const { state, events } = await live(kind, world, { standing: {} });
    expect(state.status).toBe('ok');
    expect(asked(events).map(({ about }) => about)).toEqual(['plan']);
    expect(state.forecast?.some(({ adopts }) => adopts !== undefined)).toBe(false);
    expect(world.vault.value('password')).toBe('kept since then');
  });

  it.each(['adopt', 'wipe'] as const)(
    'after a crash at any moment, and at any of the resume, ends as the operator said (%s)',
    { timeout: 300_000 },
    async (choice) => {
      let cases = 0;
      for (let first = 0; ; first++) {
        if (!(await crashing(kind, worldWithData(kind), [], choice, first)).crashed) break;
        // A second crash at every place would take minutes: at every fourth, another one each time.
        for (let second = kind === 'path' ? first % 4 : Number.POSITIVE_INFINITY; ; second += 4) {
          const crashed = worldWithData(kind);
          const dead = await crashing(kind, crashed, [], choice, first);
          expectAgreement(crashed, dead.events, choice, `after ${first}`);
          const again = await crashing(kind, crashed, dead.events, choice, second);
          expectAgreement(crashed, again.events, choice, `after ${first}, ${second}`);
          const end = again.crashed ? await crashing(kind, crashed, again.events, choice, Number.POSITIVE_INFINITY) : again;
          const where = `crash at ${first}, then at ${second}`;
          expect(foldAll(end.events).status, where).toBe('ok');
          expect(crashed.vault.value('password'), where).toBe(choice === 'adopt' ? OLD : 'made-password-0123456789');
          expect(hasData(crashed), where).toBe(choice === 'adopt');
          expect(JSON.stringify(end.events), where).not.toContain(OLD);
          cases++;
          if (!again.crashed) break;
        }
      }
      expect(cases).toBeGreaterThan(kind === 'path' ? 150 : 30);
    },
  );
});

/** At no moment does the vault hold a value that was made while the data of another one is there. */
function expectAgreement(world: ToyWorld, events: readonly JournalEvent[], choice: 'adopt' | 'wipe', where: string): void {
  const value = world.vault.value('password');
  if (hasData(world)) expect([undefined, OLD], where).toContain(value);
  // Nothing goes before the word for it was written down.
  else
    expect(
      answered(events).some(({ id }) => id.startsWith('danger:')),
      where,
    ).toBe(choice === 'wipe');
}

interface Died {
  readonly events: readonly JournalEvent[];
  readonly crashed: boolean;
}

/** One process that dies at the nth moment; the act in doubt is looked up by the operator. */
async function crashing(
  kind: Kind,
  world: ToyWorld,
  past: readonly JournalEvent[],
  choice: 'adopt' | 'wipe',
  moment: number,
): Promise<Died> {
  let left = moment;
  let blown = false;
  let written: readonly JournalEvent[] = past;
  const tick = (): void => {
    if (blown || left-- === 0) {
      blown = true;
      throw new Crash('crashed');
    }
  };
  const answers = new Map([
    ['role', world.acts.includes('role') ? 'done' : 'again'],
    ['secrets.password', choice],
    ['secrets.password.wipe', kinds[kind].word],
  ]);
  try {
    const { events } = await live(kind, world, {
      past,
      standing: { answers, secrets: new Map([['password', OLD]]) },
      tick,
      onJournal: (events) => {
        written = events;
      },
    });
    return { events, crashed: false };
  } catch (error) {
    if (!blown) throw error;
    return { events: written, crashed: true };
  }
}
