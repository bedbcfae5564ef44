import { expect, it, vi } from 'vitest';
import type { TerminalRequest } from '../../../../model/feed.ts';
import type { LentPicture } from '../../../../model/lent-picture.ts';
import type { StepId } from '../../../../model/step-id.ts';
import { openApp } from '../../../../testing/app-under-test.tsx';
import { createFakeDesk, runStarted } from '../../../../testing/fake-desk.ts';
import { createFakeRun } from '../../../../testing/fake-run.ts';
import { KEYS } from '../../../../testing/keys.ts';

const id = 'account' as StepId;
const QUESTION = 'dialog:account:4:1';
const CHORD = KEYS.ctrl(']');

const picture = (lines: readonly string[], more: Partial<LentPicture> = {}): LentPicture => ({
  columns: 200,
  rows: 50,
  lines: lines.map((text) => (text === '' ? [] : [{ text, cells: text.length }])),
  cursor: { column: lines.at(-1)?.length ?? 0, row: Math.max(0, lines.length - 1) },
  wrapped: [],
  alternate: false,
  modes: { applicationCursor: false, bracketedPaste: false },
  ...more,
});

/** The run page where a program asks; what is done with its terminal goes to `done`, and whoever takes it has it. */
async function asking(lines: readonly string[] = ['Name: bob', 'Colour:']) {
  const done: TerminalRequest[] = [];
  const run = createFakeRun({
    begin(fake) {
      fake.show({ type: 'feed.caught-up' });
      const steps = [{ id, title: 'Add the account', uses: 'container.dialog' }];
      fake.tell(
        runStarted({ steps }),
        { type: 'step.started', step: id, attempt: 1 },
        { type: 'step.intended', step: id, attempt: 1, changes: [] },
        {
          type: 'question.asked',
          question: {
            id: QUESTION,
            about: 'dialog',
            step: id,
            attempt: 1,
            data: { screen: '', program: '`setup` in the container cli', markdown: 'It asks.' },
            takes: { schema: { type: 'string' } },
          },
        },
      );
      fake.show({ type: 'step.terminal', step: id, question: QUESTION, picture: picture(lines) });
    },
    heed(request, fake) {
      if (request.kind !== 'terminal') return;
      done.push(request);
      if (request.act !== 'take') return;
      const { columns, rows, by } = request;
      fake.show({ type: 'step.terminal', step: id, question: QUESTION, picture: picture(lines, { columns, rows }), by });
    },
  });
  const app = openApp(createFakeDesk({ run: () => run.link }), { first: { kind: 'attach', run: 'run-1' } });
  await app.shows('Enter take the terminal');
  const shows = (next: LentPicture, by = done.at(-1)?.by): void =>
    run.show({ type: 'step.terminal', step: id, question: QUESTION, picture: next, ...(by === undefined ? {} : { by }) });
  const acts = () => done.map(({ kind: _, question: __, by: ___, ...act }) => act);
  return { app, run, done, shows, acts };
}

it('the program’s screen is on the page, and Enter takes its terminal: then every key is for the program', async () => {
  const { app, acts, done } = await asking();
  expect(app.screen()).toContain('`setup` in the container cli waits at what its script does not know.');
  expect(app.screen()).toContain('Colour:');
  await app.type('x', KEYS.enter);
  await app.hides('Enter take the terminal');
  await app.shows('Every key goes to the program');
  await app.type('b', '?', KEYS.tab, KEYS.ctrl('c'), KEYS.ctrl('t'), KEYS.up, 'ü', KEYS.enter);
  expect(acts()).toEqual([
    { act: 'take', columns: 80, rows: 18 },
    ...['b', '?', '\t', '\u0003', '\u0014', '\u001b[A', 'ü', '\r'].map((keys) => ({ act: 'type', keys })),
  ]);
  expect(new Set(done.map(({ by, question }) => `${by} ${question}`)).size).toBe(1);
  expect(app.screen()).toContain('Every key goes to the program');
});

it('the chord and g give it back, and keys are the app’s again; twice it is for the program', async () => {
  const { app, run, acts } = await asking();
  await app.type(KEYS.enter);
  await app.shows('Every key goes to the program');
  expect(app.screen()).toContain('Ctrl-] g give it back');
  await app.type(CHORD);
  await app.shows('Esc back to the program');
  await app.type(CHORD, 'y', `\r${CHORD}gignored`);
  expect(acts().slice(1)).toEqual([
    { act: 'type', keys: CHORD },
    { act: 'type', keys: 'y' },
    { act: 'type', keys: '\r' },
    { act: 'give-back' },
  ]);
  await app.shows('Given back: the script goes on');
  run.tell({
    type: 'question.answered',
    id: QUESTION,
    answer: { terminal: 'given-back', taken: '2026-01-01T00:00:00.000Z', returned: '2026-01-01T00:01:00.000Z' },
    by: 'operator',
  });
  await app.hides('Given back');
  await app.type(KEYS.ctrl('c'));
  await app.shows('leave it running');
});

it('the chord and s stop the run, and so does l before it is taken', async () => {
  const { app, run } = await asking();
  await app.type(KEYS.enter);
  await app.shows('Every key goes to the program');
  await app.type(CHORD, 's');
  await app.shows('The run stops here');
  expect(run.requests.at(-1)).toEqual({ kind: 'stop', when: 'now' });

  const other = await asking();
  await other.app.type('l');
  await other.app.shows('The run stops here');
  expect(other.run.requests).toEqual([{ kind: 'stop', when: 'now' }]);
});

it('what came in one piece with the key that takes it is nothing that the page heeds', async () => {
  const { app, run } = await asking();
  await app.type(`${KEYS.enter}ls${KEYS.enter}`);
  await app.shows('Every key goes to the program');
  expect(run.requests.map(({ kind }) => kind)).toEqual(['terminal']);
});

it('what another has taken is his, until it is taken over', async () => {
  const { app, shows, acts } = await asking();
  await app.type(KEYS.enter);
  await app.shows('Every key goes to the program');
  shows(picture(['Name: bob', 'Colour: re'], { columns: 100, rows: 30 }), 'somebody');
  await app.shows(/Somebody\s+else who watches/);
  await app.shows('Colour: re');
  await app.type('x', KEYS.enter);
  await app.shows('Every key goes to the program');
  expect(acts().map(({ act }) => act)).toEqual(['take', 'take']);
});

it('a paste is marked where the program wants that, and arrows have the codes that it asked for', async () => {
  const { app, shows, acts } = await asking();
  await app.type(KEYS.enter);
  await app.shows('Every key goes to the program');
  shows(picture(['edit me'], { columns: 80, rows: 18, modes: { applicationCursor: true, bracketedPaste: true } }));
  await app.shows('edit me');
  await app.type(KEYS.paste('two\nlines'), KEYS.up);
  await vi.waitFor(() => expect(acts()).toHaveLength(3));
  expect(acts().slice(1)).toEqual([
    { act: 'type', keys: '\u001b[200~two\nlines\u001b[201~' },
    { act: 'type', keys: '\u001bOA' },
  ]);
});

it('a program that ends takes its terminal with it; keys are the app’s again', async () => {
  const { app, run } = await asking();
  await app.type(KEYS.enter);
  await app.shows('Every key goes to the program');
  run.tell(
    { type: 'question.answered', id: QUESTION, answer: { terminal: 'program-ended' }, by: 'policy' },
    { type: 'step.finished', step: id, attempt: 1, outcome: 'changed' },
  );
  await app.hides('Every key goes to the program');
  await app.type(KEYS.escape);
  await app.shows('The run goes on.');
});

it('the steps can be looked at while it is not taken, and the question is there still', async () => {
  const { app } = await asking();
  await app.type(KEYS.tab);
  await app.shows('waiting for your answer');
  await app.hides('Enter take the terminal');
  await app.type(KEYS.tab, KEYS.tab);
  await app.shows('Enter take the terminal');
});

it('what the program writes moves nothing on the operator’s terminal', async () => {
  const { app, shows } = await asking();
  const evil = ['\u001b]52;c;eA==\u0007', '\u001b[2J', '\u202e', 'gone'].map((text) => ({ text, cells: text.length }));
  shows(picture([], { lines: [evil] }), undefined);
  await app.shows('gone');
  expect(app.screen()).toContain('waits at what its script does not know');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: none of these may be there
  expect(app.screen()).not.toMatch(/\u001b\]|\u001b\[2J|\u0007|\u202e/);
});
