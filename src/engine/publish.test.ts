import { describe, expect, it } from 'vitest';
import { createMemoryVault } from '../adapters/vault/memory-vault.ts';
import type { EventBody } from '../model/events.ts';
import { fail } from '../model/failure.ts';
import type { FeedItem } from '../model/feed.ts';
import { emptyRun, foldAll } from '../model/run-state.ts';
import type { StepId } from '../model/step-id.ts';
import { createToyJournal, createToyWorld, toyHeader, toyProgram, toyRecipe, toyStep } from '../testing/toy-run.ts';
import { createPublisher } from './publish.ts';

const up = 'up' as StepId;
const header = toyHeader(toyProgram(toyRecipe([toyStep('up', 'cell', { name: 'up', value: '1' })]), createToyWorld()));
const SECRET = 'correct horse/battery';

async function ready() {
  const vault = createMemoryVault();
  await vault.put('key', SECRET);
  const journal = createToyJournal();
  return { vault, journal, publisher: createPublisher(journal, vault, [], emptyRun) };
}

async function all(items: AsyncIterable<FeedItem>): Promise<readonly FeedItem[]> {
  const seen: FeedItem[] = [];
  for await (const item of items) seen.push(item);
  return seen;
}

const finished = (more: Partial<Extract<EventBody, { type: 'step.finished' }>>): EventBody => ({
  type: 'step.finished',
  step: up,
  attempt: 1,
  outcome: 'ok',
  ...more,
});

describe('facts', () => {
  it('are in the journal, in the state and in every feed, the same', async () => {
    const { journal, publisher } = await ready();
    const first = publisher.feed();
    await publisher.append(header);
    const second = publisher.feed();
    await publisher.append({ type: 'step.started', step: up, attempt: 1 });
    publisher.close();
    expect(await all(first.items)).toEqual([{ type: 'feed.caught-up' }, ...journal.events]);
    expect(await all(second.items)).toEqual([{ type: 'feed.caught-up' }, ...journal.events]);
    expect(publisher.state).toEqual(foldAll(journal.events));
  });

  it('that can not be written are not shown and change no state', async () => {
    const { journal, publisher } = await ready();
    await publisher.append(header);
    const feed = publisher.feed();
    journal.onAppend = () => {
      throw fail('journal.append-failed', 'The disk is full.');
    };
    const before = publisher.state;
    await expect(publisher.append({ type: 'step.started', step: up, attempt: 1 })).rejects.toMatchObject({
      failure: { code: 'journal.append-failed' },
    });
    publisher.close();
    expect(publisher.state).toBe(before);
    expect((await all(feed.items)).map((item) => item.type)).toEqual(['feed.caught-up', 'run.started']);
  });

  it('of the past come before the mark, what happens now after it', async () => {
    const { journal, publisher } = await ready();
    await publisher.append(header);
    const past = [...journal.events];
    const resumed = createPublisher(journal, createMemoryVault(), past, foldAll(past));
    const feed = resumed.feed();
    await resumed.append({ type: 'run.resumed', pid: 1, fairlead: '0' });
    resumed.close();
    expect((await all(feed.items)).map((item) => item.type)).toEqual(['run.started', 'feed.caught-up', 'run.resumed']);
  });

  it('a feed that is asked for after the end still shows all of them, and ends', async () => {
    const { publisher } = await ready();
    await publisher.append(header);
    publisher.close();
    expect((await all(publisher.feed().items)).map((item) => item.type)).toContain('run.started');
  });
});

describe('a view that stalls', () => {
  it('loses the oldest live items, never a fact, and the newest stay', async () => {
    const { journal, publisher } = await ready();
    const { items } = publisher.feed();
    const place = items[Symbol.asyncIterator]();
    expect((await place.next()).value).toEqual({ type: 'feed.caught-up' });
    await publisher.append(header);
    const count = 25_000;
    for (let line = 0; line < count; line++) {
      publisher.show({ type: 'step.output', step: up, text: String(line) });
      if (line % 5_000 === 0) await publisher.append({ type: 'step.started', step: up, attempt: line + 1 });
    }
    publisher.close();
    const seen = await all({ [Symbol.asyncIterator]: () => place });
    expect(seen.filter((item) => 'seq' in item)).toEqual(journal.events);
    const live = seen.flatMap((item) => (item.type === 'step.output' ? [Number(item.text)] : []));
    expect(live.length).toBeGreaterThanOrEqual(9_999);
    expect(live.length).toBeLessThanOrEqual(10_000);
    expect(live).toEqual(Array.from({ length: live.length }, (_, index) => count - live.length + index));
  });

  it('lets go of the oldest of what passes by where it is long, however few they are', async () => {
    const { publisher } = await ready();
    const { items } = publisher.feed();
    for (let line = 0; line < 2_000; line++)
      publisher.show({ type: 'step.output', step: up, text: `${line}`.padEnd(10_000, '.') });
    publisher.close();
    const seen: string[] = [];
    for await (const item of items) if (item.type === 'step.output') seen.push(item.text);
    expect(seen).toHaveLength(800);
    expect(seen.at(-1)).toMatch(/^1999\./);
  });

  it('takes nothing from a view that keeps up', async () => {
    const { publisher } = await ready();
    publisher.feed();
    const { items } = publisher.feed();
    const seen: FeedItem[] = [];
    const reading = (async () => {
      for await (const item of items) seen.push(item);
    })();
    for (let line = 0; line < 12_000; line++) {
      publisher.show({ type: 'step.output', step: up, text: String(line) });
      if (line % 1_000 === 0) await new Promise(setImmediate);
    }
    publisher.close();
    await reading;
    expect(seen).toHaveLength(12_001);
  });
});

describe('secrets', () => {
  it('in the text of an event are masked before it is written', async () => {
    const { journal, publisher } = await ready();
    await publisher.append(header);
    const { failure } = fail('host.command-failed', `login with ${SECRET} failed`, {
      hints: [`try ${encodeURIComponent(SECRET)}`],
      evidence: { argv: ['login', SECRET], exit: 1, tail: [`sent ${Buffer.from(SECRET).toString('base64')}`] },
    });
    await publisher.append(finished({ outcome: 'failed', failure, notes: [SECRET] }));
    const line = JSON.stringify(journal.events.at(-1));
    expect(line).toContain('login with ••• failed');
    expect(line).not.toMatch(/horse|battery|Y29ycmVjd/);
  });

  it('in a value are a bug: the event is refused, and nothing is written', async () => {
    const { journal, publisher } = await ready();
    await publisher.append(header);
    const outputs = { token: `x${SECRET}` };
    const carried = { run: 'run-1', paramsDigest: 'p', resultDigest: 'r', outputs, saw: {} };
    await expect(publisher.append(finished({ carried }))).rejects.toMatchObject({
      failure: { code: 'bug.secret-in-journal', fault: 'bug' },
    });
    await expect(publisher.append({ type: 'question.answered', id: 'q', answer: SECRET, by: 'operator' })).rejects.toMatchObject({
      failure: { code: 'bug.secret-in-journal' },
    });
    expect(journal.events).toHaveLength(1);
  });

  it('that are made during the run are known from then on', async () => {
    const { vault, publisher, journal } = await ready();
    await publisher.append(header);
    await publisher.append(finished({ notes: ['later-secret-0123'] }));
    await vault.put('later', 'later-secret-0123');
    await publisher.append(finished({ notes: ['later-secret-0123'] }));
    expect(journal.events.slice(1).map((event) => 'notes' in event && event.notes)).toEqual([['later-secret-0123'], ['•••']]);
  });
});

describe('pictures of a terminal', () => {
  const at = (text: string) => ({
    type: 'step.terminal' as const,
    step: up,
    question: 'q',
    picture: {
      columns: 80,
      rows: 1,
      lines: [[{ text, cells: text.length }]],
      wrapped: [],
      alternate: false,
      modes: { applicationCursor: false, bracketedPaste: false },
    },
  });

  it('replace each other for who has not looked yet, and who comes later sees the last, as long as there is one', async () => {
    const { publisher } = await ready();
    await publisher.append(header);
    const slow = publisher.feed();
    for (let n = 0; n < 100; n++) publisher.show(at(String(n)));
    publisher.show({ type: 'step.output', step: up, text: 'line' });
    const late = publisher.feed('now');
    publisher.show({ type: 'step.terminal', step: up, question: 'q' });
    const tooLate = publisher.feed('now');
    publisher.close();
    const types = async (feed: { readonly items: AsyncIterable<FeedItem> }) => (await all(feed.items)).map(({ type }) => type);
    expect(await types(slow)).toEqual(['feed.caught-up', 'run.started', 'step.output', 'step.terminal']);
    expect(await types(late)).toEqual(['run.started', 'feed.caught-up', 'step.terminal']);
    expect(await types(tooLate)).toEqual(['run.started', 'feed.caught-up']);
  });
});
