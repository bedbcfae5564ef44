import { expect, it, vi } from 'vitest';
import type { FeedItem, Request } from '../model/feed.ts';
import { type LentPicture, textOfRow } from '../model/lent-picture.ts';
import type { AnyStepType, ApplyContext, LentTerminal } from '../model/step.ts';
import { createToyJournal, createToyWorld, toyHeader, toyOutside, toyRecipe, toyStep } from '../testing/toy-run.ts';
import { noStandingAnswers } from './policy.ts';
import { createProgram } from './program.ts';
import { createRun, type Run } from './run.ts';

const SECRET = 'correct-horse-battery';

/** A program at a terminal that a test writes, and what was done to it. */
function createProgramAtTerminal(...lines: readonly string[]) {
  const done: string[] = [];
  const over = Promise.withResolvers<void>();
  let follow = (): void => undefined;
  let shown = lines;
  const terminal: LentTerminal = {
    picture: (): LentPicture => ({
      columns: 80,
      rows: 5,
      lines: shown.map((text) => [{ text, cells: text.length }]),
      wrapped: [],
      alternate: false,
      modes: { applicationCursor: false, bracketedPaste: false },
    }),
    follow(changed) {
      follow = changed;
      return () => {
        done.push('unfollowed');
        follow = () => undefined;
      };
    },
    take: (columns, rows) => void done.push(`take ${columns}x${rows}`),
    type: (keys) => void done.push(`type ${keys}`),
    giveBack: () => void done.push('given back'),
    over: over.promise,
  };
  const print = (...next: readonly string[]): void => {
    shown = next;
    follow();
  };
  return { terminal, done, print, end: () => over.resolve() };
}

/** A run that asks about that program; what it shows, and how it goes on. */
async function asking(
  program: ReturnType<typeof createProgramAtTerminal>,
  options: { readonly sensitive?: boolean; readonly attended?: boolean } = {},
) {
  const answers: unknown[] = [];
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
      answers.push(await ctx.ask({ about: 'dialog', data: {}, takes: { schema: { type: 'string' } } }, program.terminal));
      return undefined;
    },
  };
  const world = createToyWorld();
  const { sensitive = false, attended = true } = options;
  const made = createProgram(toyRecipe([toyStep('it', 'talks', {}, { sensitive })]), new Map([['talks', talks]]));
  const journal = createToyJournal();
  const outside = toyOutside(world, journal);
  await outside.vault.put('key', SECRET);
  const run: Run = createRun({
    program: made,
    outside,
    standing: { ...noStandingAnswers, approvePlan: true },
    attended,
    begin: { header: toyHeader(made) },
  });
  const seen: FeedItem[] = [];
  const reading = watch(run, seen);
  const gone = run.go();
  const question = (): string | undefined => {
    const [asked] = seen.flatMap((item) =>
      item.type === 'question.asked' && item.question.about === 'dialog' ? [item.question.id] : [],
    );
    return asked;
  };
  const ask = (request: object): void =>
    run.request({ kind: 'terminal', question: question() ?? '', by: 'a', ...request } as Request);
  return { run, seen, gone, reading, journal, answers, ask, question };
}

const watch = async (run: Run, seen: FeedItem[]): Promise<void> => {
  for await (const item of run.feed('now').items) seen.push(item);
};
const pictures = (seen: readonly FeedItem[]) => seen.flatMap((item) => (item.type === 'step.terminal' ? [item] : []));
const textsOf = (seen: readonly FeedItem[]): readonly (readonly string[] | undefined)[] =>
  pictures(seen).map(({ picture }) => picture?.lines.map(textOfRow));
const shows = (seen: readonly FeedItem[], text: string): Promise<void> =>
  vi.waitFor(() => expect(JSON.stringify(textsOf(seen).at(-1))).toContain(text));

it('the terminal is shown to who watches and to who comes later, masked; what is typed goes to the program and nowhere else', async () => {
  const program = createProgramAtTerminal('Password?');
  const { run, seen, gone, reading, journal, answers, ask } = await asking(program);
  await shows(seen, 'Password?');
  program.print('Password?', `It is ${SECRET}.`);
  await shows(seen, 'It is •••.');
  const later: FeedItem[] = [];
  void watch(run, later);
  await shows(later, 'It is •••.');
  ask({ act: 'take', columns: 78, rows: 18 });
  await vi.waitFor(() => expect(pictures(later).at(-1)?.by).toBe('a'));
  ask({ act: 'type', keys: 'hunter2\r' });
  ask({ act: 'resize', columns: 60, rows: 10 });
  ask({ act: 'give-back' });
  expect((await gone).status).toBe('ok');
  await reading;
  expect(program.done).toEqual(['take 78x18', 'type hunter2\r', 'take 60x10', 'given back', 'unfollowed']);
  const times = { taken: expect.stringMatching(/^\d{4}-.*Z$/), returned: expect.stringMatching(/^\d{4}-.*Z$/) };
  expect(answers).toEqual([{ terminal: 'given-back', ...times }]);
  expect(journal.events).toContainEqual(
    expect.objectContaining({ type: 'question.answered', by: 'operator', answer: { terminal: 'given-back', ...times } }),
  );
  expect(pictures(seen).at(-1)).not.toHaveProperty('picture');
  expect(JSON.stringify([seen, later, journal.events])).not.toMatch(/hunter2|correct/);
});

it('only the hand that has it types; another may take it over', async () => {
  const program = createProgramAtTerminal('Colour?');
  const { seen, gone, ask, question, run } = await asking(program);
  await shows(seen, 'Colour?');
  ask({ act: 'type', keys: 'before' });
  ask({ act: 'take', columns: 80, rows: 20 });
  ask({ act: 'type', keys: 'x', by: 'b' });
  ask({ act: 'give-back', by: 'b' });
  // Nor does a line answer what somebody is at.
  run.request({ kind: 'answer', id: question() ?? '', answer: 'red' });
  ask({ act: 'take', columns: 100, rows: 30, by: 'b' });
  ask({ act: 'type', keys: 'late' });
  ask({ act: 'give-back', gone: true });
  ask({ act: 'type', keys: 'y', by: 'b' });
  ask({ act: 'give-back', by: 'b' });
  await gone;
  expect(program.done).toEqual(['take 80x20', 'take 100x30', 'type y', 'given back', 'unfollowed']);
});

it('is given back where its hand goes away, and is nobody’s answer where the program ends by itself', async () => {
  const lost = createProgramAtTerminal('Colour?');
  const first = await asking(lost);
  await shows(first.seen, 'Colour?');
  first.ask({ act: 'take', columns: 80, rows: 20 });
  first.ask({ act: 'give-back', gone: true });
  await first.gone;
  expect(first.answers).toMatchObject([{ terminal: 'left', taken: expect.any(String) }]);

  const ended = createProgramAtTerminal('Bye.');
  const second = await asking(ended);
  await shows(second.seen, 'Bye.');
  ended.end();
  await second.gone;
  expect(second.answers).toEqual([{ terminal: 'program-ended' }]);
  expect(second.journal.events).toContainEqual(expect.objectContaining({ type: 'question.answered', by: 'policy' }));
});

it('is not lent by a step whose output nobody is to see, nor where nobody is there; a question that is answered otherwise ends it', async () => {
  const hidden = createProgramAtTerminal('Your password is 1234');
  const sensitive = await asking(hidden, { sensitive: true });
  await vi.waitFor(() => expect(sensitive.question()).toBeDefined());
  sensitive.ask({ act: 'take', columns: 80, rows: 20 });
  sensitive.run.request({ kind: 'answer', id: sensitive.question() ?? '', answer: 'x' });
  await sensitive.gone;
  expect([hidden.done, pictures(sensitive.seen)]).toEqual([[], []]);

  const alone = createProgramAtTerminal('Colour?');
  const unattended = await asking(alone, { attended: false });
  expect((await unattended.gone).stopReason).toBe('operator-needed');
  expect([alone.done, pictures(unattended.seen)]).toEqual([[], []]);

  const plain = createProgramAtTerminal('Colour?');
  const line = await asking(plain);
  await shows(line.seen, 'Colour?');
  line.run.request({ kind: 'answer', id: line.question() ?? '', answer: 'blue' });
  await line.gone;
  expect([line.answers, plain.done]).toEqual([['blue'], ['unfollowed']]);
});

it('of pictures that come faster than anybody looks only some are shown, and the last always', async () => {
  const program = createProgramAtTerminal('0');
  const { seen, gone, ask, reading } = await asking(program);
  await shows(seen, '0');
  for (let n = 1; n <= 1000; n++) program.print(`count ${n}`);
  await shows(seen, 'count 1000');
  expect(pictures(seen).length).toBeLessThan(10);
  ask({ act: 'take', columns: 80, rows: 20 });
  ask({ act: 'give-back' });
  await gone;
  await reading;
});
