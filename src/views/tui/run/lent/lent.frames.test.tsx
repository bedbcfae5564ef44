import { expect, it } from 'vitest';
import type { LentPicture } from '../../../../model/lent-picture.ts';
import type { Question } from '../../../../model/questions.ts';
import type { StepId } from '../../../../model/step-id.ts';
import { appFrames } from '../../../../testing/app-frames.tsx';
import { takesAll } from '../../../../testing/fake-desk.ts';
import { eventOf } from '../../../../testing/fake-run.ts';
import { goldenEvents } from '../../../../testing/golden-runs.ts';
import { createScreen } from '../../embedded/program-screen.ts';
import { type RunPageState, runPageOf, withPicture } from '../run-page-state.ts';
import { type RunPicture, watchRun } from '../run-picture.ts';
import { terminalRoom } from './lent-lines.ts';
import { handOf } from './lent-state.ts';

const US = 'us';
const step = 'group' as StepId;
const QUESTION: Question = {
  id: 'dialog:group:7:1',
  about: 'dialog',
  step,
  attempt: 1,
  data: { screen: '', program: '`cloud-cli account add` in the container cloud-cli', markdown: '' },
  takes: { choices: ['stop'] },
};

interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** What a program has written, on a terminal of this size. */
async function pictureOf(written: string, { columns, rows }: Size): Promise<LentPicture> {
  const screen = await createScreen(columns, rows, () => undefined);
  await screen.write(new TextEncoder().encode(written));
  const picture = screen.picture();
  screen.close();
  return { ...picture, wrapped: [] };
}

const PROMPTS = [
  '\u001b[1mWelcome to cloud-cli 2.3\u001b[0m',
  'Enter app type (default: photos): auth',
  'Enter email address: me@home.lan',
  '\u001b[33mThis server wants a second factor.\u001b[0m',
  'Enter the code of your authenticator app: ',
].join('\r\n');

const MENU = [
  '\u001b[2J\u001b[H\u001b[44;37;1m Set-up \u001b[0m',
  '',
  ' \u001b[36m❯ none\u001b[0m',
  '   STARTTLS',
  '   TLS',
  '',
  '\u001b[7m ↑↓ choose, Enter \u001b[0m\u001b[?25l',
].join('\r\n');

/** A golden run whose program asks, with its terminal in somebody's hand. */
function pictureWith(picture: LentPicture, by?: string): RunPicture {
  const watch = watchRun('run-1', 'cloud', false, US);
  watch.take({ type: 'feed.caught-up' });
  const events = goldenEvents('lighthouse', 7);
  for (const event of events) watch.take(event);
  watch.take(eventOf({ type: 'question.asked', question: QUESTION }, events.length + 1));
  watch.take({ type: 'step.terminal', step, question: QUESTION.id, picture, ...(by === undefined ? {} : { by }) });
  return watch.picture();
}

/** The page with the terminal in our hand. */
async function held(written: string, { columns, rows }: Size): Promise<RunPageState> {
  const room = terminalRoom({ columns, rows: rows - 4 });
  const picture = pictureWith(await pictureOf(written, room), US);
  return withPicture({ ...runPageOf(picture), hand: handOf(QUESTION.id, room, false) }, picture);
}

const WIDE = { columns: 200, rows: 50 };

it('a program that waits at what its script does not know', async () => {
  await appFrames('lent-free', runPageOf(pictureWith(await pictureOf(PROMPTS, WIDE))));
});

it('a program whose lines are longer than the page is wide', async () => {
  const long = `${PROMPTS}\r\n${'a long line of output that goes on and on '.repeat(4)}\r\nIs that right? (y/N) `;
  await appFrames('lent-free-wide', runPageOf(pictureWith(await pictureOf(long, WIDE))));
});

it('its terminal is in the hand of another', async () => {
  await appFrames('lent-another', runPageOf(pictureWith(await pictureOf(PROMPTS, { columns: 78, rows: 20 }), 'another')));
});

it('the steps beside it', async () => {
  await appFrames('lent-steps', runPageOf(pictureWith(await pictureOf(PROMPTS, WIDE))), ['tab']);
});

it('its terminal is in our hand', async () => {
  await appFrames('lent-held', (size) => held(PROMPTS, size));
});

it('a menu in colours, without a cursor, in our hand', async () => {
  await appFrames('lent-held-menu', (size) => held(MENU, size));
});

it('after the chord its commands are in the key bar', async () => {
  await appFrames('lent-chord', (size) => held(PROMPTS, size), [{ kind: 'typed', piece: '\u001d' }]);
});

it('given back, until the run has heard of it', async () => {
  await appFrames('lent-given-back', (size) => held(PROMPTS, size), [{ kind: 'typed', piece: '\u001dg' }]);
});

it('a page of another size tells the program, once', async () => {
  const { runPage } = await import('../run-page.tsx');
  const state = await held(PROMPTS, { columns: 80, rows: 24 });
  const around = { columns: 120, rows: 36, style: { colour: false, unicode: true }, now: 0, ...takesAll };
  const turn = runPage.onResized?.(state, around);
  expect(turn?.intents).toEqual([{ kind: 'terminal', question: QUESTION.id, act: { act: 'resize', columns: 120, rows: 34 } }]);
  expect(runPage.onResized?.(turn?.state as RunPageState, around).intents).toBeUndefined();
});
