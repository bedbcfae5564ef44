import { expect, it } from 'vitest';
import { fail } from '../model/failure.ts';
import type { AnyStepType, ApplyContext } from '../model/step.ts';
import { createToyJournal, createToyWorld, toyHeader, toyOutside, toyRecipe, toyStep } from '../testing/toy-run.ts';
import { noStandingAnswers } from './policy.ts';
import { createProgram } from './program.ts';
import { createRun } from './run.ts';

/** A step that puts what a program shows to the operator. */
const talks: AnyStepType = {
  name: 'talks',
  summary: 'Talks.',
  schema: {},
  needs: () => [],
  actsOnce: () => true,
  whenInDoubt: () => 'ask',
  read: async () => null,
  diff: () => [{ action: 'run', target: 'it' }],
  async apply(_: unknown, __: unknown, ctx: ApplyContext) {
    const screen = 'Your password is hunter2. Next?';
    await ctx.ask({ about: 'dialog', data: { screen }, takes: { schema: { type: 'string' } } });
    return undefined;
  },
};

it.each([false, true])('what a program shows is asked about, but not where its step is sensitive (%s)', async (sensitive) => {
  const world = createToyWorld();
  const program = createProgram(toyRecipe([toyStep('it', 'talks', {}, { sensitive })]), new Map([['talks', talks]]));
  const journal = createToyJournal();
  const standing = { ...noStandingAnswers, approvePlan: true };
  const header = toyHeader(program);
  const state = await createRun({
    program,
    outside: toyOutside(world, journal),
    standing,
    attended: false,
    begin: { header },
  }).go();
  expect(state).toMatchObject({ status: 'stopped', stopReason: 'operator-needed', question: { about: 'dialog', step: 'it' } });
  expect(JSON.stringify(journal.events).includes('hunter2')).toBe(!sensitive);
});

/** A step whose program fails, as the recipe knows it; what it printed is in the message. */
const fails: AnyStepType = {
  ...talks,
  name: 'fails',
  async apply() {
    throw fail('it.failed', 'It printed hunter2.', { recipeSays: 'The door is shut; open it.', evidence: { tail: ['hunter2'] } });
  },
};

it.each([false, true])(
  'why an act failed is told; of a sensitive step only what the recipe says of it (%s)',
  async (sensitive) => {
    const program = createProgram(toyRecipe([toyStep('it', 'fails', {}, { sensitive })]), new Map([['fails', fails]]));
    const journal = createToyJournal();
    const state = await createRun({
      program,
      outside: toyOutside(createToyWorld(), journal),
      standing: { ...noStandingAnswers, approvePlan: true },
      attended: false,
      begin: { header: toyHeader(program) },
    }).go();
    expect([...state.steps.values()]).toMatchObject([
      {
        status: 'failed',
        failure: {
          code: 'it.failed',
          message: sensitive
            ? 'It failed: The door is shut; open it. What it said is not shown: the step is sensitive.'
            : 'It printed hunter2.',
        },
      },
    ]);
    expect(JSON.stringify(journal.events).includes('hunter2')).toBe(!sensitive);
  },
);

it('nobody is sent to read what a sensitive step printed: it is kept nowhere', async () => {
  const tail = ['hunter2'];
  const silent: AnyStepType = {
    ...talks,
    name: 'silent',
    async apply() {
      throw fail('it.failed', 'It ended with exit code 1.', { hints: ['Read the last lines.'], evidence: { exit: 1, tail } });
    },
  };
  const program = createProgram(toyRecipe([toyStep('it', 'silent', {}, { sensitive: true })]), new Map([['silent', silent]]));
  const state = await createRun({
    program,
    outside: toyOutside(createToyWorld(), createToyJournal()),
    standing: { ...noStandingAnswers, approvePlan: true },
    attended: false,
    begin: { header: toyHeader(program) },
  }).go();
  const [failed] = [...state.steps.values()];
  expect(failed?.failure?.hints).toEqual([expect.stringContaining('is kept nowhere')]);
  expect(failed?.failure?.evidence).toEqual({ exit: 1, tail: [] });
});
