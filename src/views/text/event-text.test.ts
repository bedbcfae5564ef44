import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { EventBody, JournalEvent } from '../../model/events.ts';
import type { FeedItem } from '../../model/feed.ts';
import { arbitraryRun } from '../../testing/arbitrary-events.ts';
import { feedOf } from '../../testing/view-doors.ts';
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
