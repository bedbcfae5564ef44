import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { EventBody, JournalEvent } from '../../model/events.ts';
import type { FeedItem } from '../../model/feed.ts';
import type { Question } from '../../model/questions.ts';
import { emptyRun, type RunState } from '../../model/run-state.ts';
import type { StepId } from '../../model/step-id.ts';
import { arbitraryRun } from '../../testing/arbitrary-events.ts';
import { feedOf } from '../../testing/view-doors.ts';
import { linesOf } from './event-text.ts';
import { createTextView } from './text-view.ts';

function journalOf(bodies: readonly EventBody[]): readonly FeedItem[] {
  const at = '2026-01-01T12:00:00.000Z';
  return JSON.parse(
    JSON.stringify(bodies.map((body, index) => ({ v: 1, seq: index + 1, at, ...body, prev: '', sum: '' }))),
  ) as JournalEvent[];
}

async function print(items: readonly FeedItem[], colour: boolean, unicode: boolean): Promise<string> {
  let text = '';
  const write = (more: string): void => {
    text += more;
  };
  await createTextView({ write, style: { colour, unicode }, overwrites: false }).follow(feedOf(items));
  return text;
}

it('whatever the facts of a run are, their text holds no control characters, and is ASCII where that is asked', async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryRun(), async (bodies) => {
      const items = journalOf(bodies);
      const text = await print(items, false, true);
      expect([...text.matchAll(/\p{Cc}/gu)].map(([found]) => found).filter((found) => found !== '\n' && found !== '\t')).toEqual(
        [],
      );
      expect(await print(items, false, false)).toMatch(/^[\t\n -~]*$/);
    }),
    { numRuns: 200 },
  );
});

it('colours only add to the text', async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryRun(), async (bodies) => {
      const items = journalOf(bodies);
      const codes = new RegExp(`${String.fromCharCode(27)}\\[(?:1|2|22|3[1236]|39)m`, 'g');
      expect((await print(items, true, true)).replaceAll(codes, '')).toBe(await print(items, false, true));
    }),
    { numRuns: 100 },
  );
});

it('an answer of the command line that the question does not take is said to be none, with those that it takes', () => {
  const [event] = journalOf([
    {
      type: 'question.asked',
      question: {
        id: 'in-doubt:up:3',
        about: 'in-doubt',
        step: 'up' as StepId,
        data: null,
        takes: { choices: ['done', 'again', 'stop'] },
        refused: true,
      },
    },
  ]) as readonly [JournalEvent];
  expect(linesOf(event, { before: emptyRun, after: emptyRun }, { colour: false, unicode: false })).toEqual([
    'What --answer says for up is no answer to this. It takes: done, again, stop',
  ]);
});

it('a task that stopped can be given up, which is said: until then it stands in the way of the next', () => {
  const [event] = journalOf([{ type: 'run.stopped', reason: 'failed' }]) as readonly [JournalEvent];
  const stopped = (options: object) => {
    const header = { run: 'run-1', options } as RunState['header'] & object;
    const after: RunState = { ...emptyRun, header, status: 'stopped' };
    return linesOf(event, { before: emptyRun, after }, { colour: false, unicode: true }).slice(2);
  };
  expect(stopped({})).toEqual(['Go on with:', '    fairlead resume run-1']);
  expect(stopped({ task: 'backup' })).toEqual([
    'Go on with:',
    '    fairlead resume run-1',
    'Or give it up; what it did stays as it is:',
    '    fairlead resume run-1 --abandon',
  ]);
});

it('a rotation whose steps have only looked has told nobody of the new value; once one has begun to act it may be known', () => {
  const style = { colour: false, unicode: true };
  const [stopped, withdrawn] = journalOf([
    { type: 'run.stopped', reason: 'operator-needed' },
    { type: 'secret.withdrawn', names: ['pin'] },
  ]) as readonly [JournalEvent, JournalEvent];
  const said = (event: JournalEvent, step: object): string => {
    const header = { run: 'run-1', kind: 'rotate', rotates: ['pin'], options: {} } as unknown as RunState['header'] & object;
    const steps = new Map([['tell', { id: 'tell', title: 'Tell', attempt: 1, status: 'running', ...step }]]);
    const state = { ...emptyRun, header, status: 'stopped', rotation: 'staged', steps } as unknown as RunState;
    return linesOf(event, { before: state, after: state }, style).join('\n');
  };
  expect(said(stopped, {})).toContain('Nothing was told of a new value of pin yet. Give it up with:');
  expect(said(withdrawn, {})).toBe('Given up: a new value of pin. Nothing was told of it.');
  const intended = { status: 'intended', intentSeq: 5 };
  expect(said(stopped, intended)).toContain('The system may know a new value of pin in parts; the old one is kept.');
  expect(said(withdrawn, intended)).toContain('What was told of it is told the old one again.');
});

it('a program that nobody answered is begun anew: at a terminal first, since with nobody there it would ask the same', () => {
  const style = { colour: false, unicode: true };
  const [event] = journalOf([{ type: 'run.stopped', reason: 'operator-needed' }]) as readonly [JournalEvent];
  const header = { run: 'run-1' } as RunState['header'] & object;
  const unasked: Question = {
    id: 'dialog:sign_in:3',
    about: 'dialog',
    step: 'sign_in' as StepId,
    data: { markdown: 'It waits.' },
    takes: { schema: { type: 'string' } },
  };
  const after: RunState = { ...emptyRun, header, status: 'stopped' };
  expect(linesOf(event, { before: emptyRun, after, unasked }, style).slice(-5)).toEqual([
    '    It waits.',
    'Answer it yourself at a terminal, where the program begins anew:',
    '    fairlead resume run-1',
    'Or let it begin anew with nobody there:',
    '    fairlead resume run-1 --answer sign_in=again',
  ]);
});

it('what a recipe says at the end has no fences in plain lines, and all that stands between them', async () => {
  const finish = 'It uses:\n\n```\nmedia: 3 GB\n```\n\nSee `du`.';
  const text = await print(journalOf([{ type: 'run.finished', outcome: 'ok', finish }]), false, true);
  expect(text).not.toContain('```');
  expect(text).toContain('It uses:\n\nmedia: 3 GB\n\nSee `du`.');
});
