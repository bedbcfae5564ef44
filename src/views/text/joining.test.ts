import { describe, expect, it, vi } from 'vitest';
import type { EventBody, JournalEvent } from '../../model/events.ts';
import type { FeedItem, Request } from '../../model/feed.ts';
import type { Question } from '../../model/questions.ts';
import type { StepId } from '../../model/step-id.ts';
import { createTextView, type TextTerminal } from './text-view.ts';

const style = { colour: false, unicode: false };
const one = 'one' as StepId;
const two = 'two' as StepId;
const STARTED: EventBody = {
  type: 'run.started',
  run: '20260101T000000Z-0001',
  kind: 'converge',
  deployment: 'toy',
  recipe: { name: 'toy', version: '1.0.0', title: 'A toy', digest: 'd' },
  fairlead: '0',
  inputs: {},
  options: { only: [], onFailure: 'stop' },
  hosts: {},
  who: { user: 'root' },
  steps: [
    { id: one, title: 'The first', uses: 'toy' },
    { id: two, title: 'The second', uses: 'toy' },
  ],
  carried: {},
  made: [],
};
const MANUAL: Question = {
  id: 'manual:4',
  about: 'manual',
  step: two,
  data: null,
  takes: { choices: ['done', 'stop'] },
};

function events(...bodies: readonly EventBody[]): readonly JournalEvent[] {
  return bodies.map(
    (body, at) => ({ ...body, v: 1, seq: at + 1, at: '2026-01-01T00:00:00.000Z', prev: '', sum: '' }) as JournalEvent,
  );
}

/** A feed that stays open until something is so. */
async function* feed(items: readonly FeedItem[], open: () => boolean): AsyncGenerator<FeedItem> {
  yield* items;
  await vi.waitFor(() => expect(open()).toBe(false));
}

async function follow(
  past: readonly JournalEvent[],
  since: readonly FeedItem[],
  terminal: Partial<TextTerminal>,
  over: (requests: readonly Request[]) => boolean = () => true,
): Promise<{ readonly written: string; readonly requests: readonly Request[] }> {
  let written = '';
  const requests: Request[] = [];
  const write = (text: string): void => {
    written += text;
  };
  const items = feed([...past, { type: 'feed.caught-up' }, ...since], () => !over(requests));
  await createTextView({ write, style, overwrites: false, ...terminal }).follow(
    { items },
    { request: (request) => void requests.push(request) },
  );
  return { written, requests };
}

const ASKED = events(
  STARTED,
  { type: 'step.started', step: one, attempt: 1 },
  { type: 'step.finished', step: one, attempt: 1, outcome: 'changed' },
  { type: 'question.asked', question: MANUAL },
);

describe('a view of a run that was under way already', () => {
  it('says where it stands, and asks the question that is open', async () => {
    const { written, requests } = await follow(
      ASKED,
      [],
      { joins: true, readLine: async () => 'done' },
      (sent) => sent.length > 0,
    );
    expect(written).toContain('A toy (toy 1.0.0)');
    expect(written).toContain('So far: 1 changed, 1 not done.');
    expect(written).toContain('By hand: The second');
    expect(requests).toEqual([{ kind: 'answer', id: 'manual:4', answer: 'done' }]);
  });

  it('asks nothing that was open before the process began which it watches from its beginning', async () => {
    const readLine = vi.fn(async () => 'done');
    const resumed = { ...events(STARTED)[0], type: 'run.resumed', seq: 5, pid: 1, fairlead: '0' } as unknown as JournalEvent;
    const { written } = await follow(ASKED, [resumed], { readLine });
    expect(written).not.toContain('By hand: The second');
    expect(readLine).not.toHaveBeenCalled();
  });

  it('where nobody can be asked names what the run waits for', async () => {
    const { written } = await follow(ASKED, [], { joins: true });
    expect(written).toContain('It waits for an answer: ');
  });

  it('says that it came too late', async () => {
    const { written } = await follow(
      [...ASKED.slice(0, 3), ...events(...Array(3).fill(STARTED), { type: 'run.stopped', reason: 'interrupted' }).slice(3)],
      [],
      {
        joins: true,
      },
    );
    expect(written).toContain('Meanwhile it came to its end: interrupted.');
  });
});

describe('Ctrl-C at a question', () => {
  it('stops the run where nothing else was said', async () => {
    const { requests } = await follow(ASKED, [], { joins: true, readLine: async () => undefined }, (sent) => sent.length > 0);
    expect(requests).toEqual([{ kind: 'stop', when: 'now' }]);
  });

  it('means what the terminal says: the question is asked once more, or left open', async () => {
    const typed = [undefined, 'done'];
    const again = { joins: true, readLine: async () => typed.shift(), giveUp: async () => true };
    const { written, requests } = await follow(ASKED, [], again, (sent) => sent.length > 0);
    expect(written.split('By hand: The second')).toHaveLength(3);
    expect(requests).toEqual([{ kind: 'answer', id: 'manual:4', answer: 'done' }]);

    const giveUp = vi.fn(async () => false);
    const left = { joins: true, readLine: async () => undefined, giveUp };
    expect((await follow(ASKED, [], left, () => giveUp.mock.calls.length > 0)).requests).toEqual([]);
  });
});

it('an answer that somebody else gave is shown as such, one’s own is not repeated', async () => {
  const answered = events(...Array(4).fill(STARTED), {
    type: 'question.answered',
    id: 'manual:4',
    answer: 'done',
    by: 'operator',
  }).slice(4);
  let prompted = false;
  const readLine = (_: string, signal?: AbortSignal) =>
    new Promise<string | undefined>((resolve) => {
      prompted = true;
      signal?.addEventListener('abort', () => resolve(undefined));
    });
  let written = '';
  const items = (async function* (): AsyncGenerator<FeedItem> {
    yield* ASKED;
    yield { type: 'feed.caught-up' };
    await vi.waitFor(() => expect(prompted).toBe(true));
    yield* answered;
  })();
  const write = (text: string): void => {
    written += text;
  };
  await createTextView({ write, style, overwrites: false, joins: true, readLine }).follow(
    { items },
    { request: () => undefined },
  );
  expect(written).toContain('> done (answered elsewhere)');
});
