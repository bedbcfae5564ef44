import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { EventBody, EventType, JournalEvent } from '../model/events.ts';
import { eventFields } from '../model/events.ts';
import { failureOf } from '../model/failure.ts';
import { arbitraryEvent } from '../testing/arbitrary-events.ts';
import { checkFollows, decodeLine, encodeLine, FIRST_PREV } from './journal-line.ts';

const at = '2026-11-22T19:55:30.123Z';
const place = { file: '/j', line: 1 };
const first = { seq: 1, at, prev: FIRST_PREV };
const resumed: EventBody = { type: 'run.resumed', pid: 7, fairlead: '0.1.0' };
const anyEvent = fc.oneof(...(Object.keys(eventFields) as EventType[]).map(arbitraryEvent));

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const failureFrom = (act: () => unknown): ReturnType<typeof failureOf> => {
  try {
    act();
  } catch (error) {
    return failureOf(error);
  }
  throw new Error('it did not fail');
};

/** A line as some other program might write it, with a checksum that fits. */
function sealed(body: Record<string, unknown>): string {
  const hashed = JSON.stringify({ ...body, prev: FIRST_PREV });
  const sum = createHash('sha256').update(FIRST_PREV).update(hashed).digest('hex');
  return `${hashed.slice(0, -1)},"sum":"${sum}"}`;
}

it('a line reads back as the event that its writer got', () => {
  fc.assert(
    fc.property(anyEvent, (body) => {
      const { text, event } = encodeLine(body, first);
      expect(decodeLine(bytesOf(text), place)).toEqual(event);
      const { v, seq, at: when, prev, sum, ...rest } = event;
      expect(rest).toEqual(JSON.parse(JSON.stringify(body)));
      expect({ v, seq, when, prev, sum }).toEqual({
        v: 1,
        seq: 1,
        when: at,
        prev: FIRST_PREV,
        sum: expect.stringMatching(/^[0-9a-f]{64}$/),
      });
    }),
  );
});

it('a line is its own canonical form, without a newline inside', () => {
  fc.assert(
    fc.property(anyEvent, (body) => {
      const { text } = encodeLine(body, first);
      expect(JSON.stringify(JSON.parse(text))).toBe(text);
      expect(text).not.toContain('\n');
    }),
  );
});

it('the checksum is what the documentation says', () => {
  const { text, event } = encodeLine(resumed, first);
  expect(text).toBe(
    `{"v":1,"seq":1,"at":"${at}","type":"run.resumed","pid":7,"fairlead":"0.1.0","prev":"${FIRST_PREV}","sum":"${event.sum}"}`,
  );
  const withoutSum = `{"v":1,"seq":1,"at":"${at}","type":"run.resumed","pid":7,"fairlead":"0.1.0","prev":"${FIRST_PREV}"}`;
  expect(event.sum).toBe(createHash('sha256').update(`${FIRST_PREV}${withoutSum}`).digest('hex'));
});

it('any changed byte is found, also where it decodes to the same replacement character', () => {
  const { text } = encodeLine({ type: 'secret.generated', name: 'a\ufffdb', fingerprint: 'ff' }, first);
  const bytes = bytesOf(text);
  for (let index = 0; index < bytes.length; index++) {
    for (const flip of [1, 0x20, 0x80, 0x1f]) {
      const changed = Uint8Array.from(bytes);
      changed[index] = (changed[index] as number) ^ flip;
      expect(['journal.corrupt', 'journal.newer-version']).toContain(failureFrom(() => decodeLine(changed, place)).code);
    }
  }
});

it.each([
  ['not JSON', 'hello'],
  ['not a JSON object', '[1]'],
  ['does not end with', '{"v":1}'],
  [
    'not written as fairlead writes',
    sealed({ v: 1, seq: 1, at, type: 'run.resumed', pid: 7, fairlead: '0' }).replace('"pid":7', '"pid": 7'),
  ],
  ['has no version', sealed({ seq: 1, at, type: 'run.resumed' })],
])('a line that is %s is corrupt, and the message says so', (what, line) => {
  const withSum = what.startsWith('not written') ? resum(line) : line;
  const failure = failureFrom(() => decodeLine(bytesOf(withSum), { file: '/x/journal.ndjson', line: 12 }));
  expect(failure.code).toBe('journal.corrupt');
  expect(failure.message).toContain('Line 12 of the journal /x/journal.ndjson');
  expect(failure.message).toContain(what);
  expect(failure.hints.join(' ')).toContain('head -n 11');
});

function resum(line: string): string {
  const hashed = `${line.slice(0, line.indexOf(',"sum"'))}}`;
  return `${hashed.slice(0, -1)},"sum":"${createHash('sha256').update(FIRST_PREV).update(hashed).digest('hex')}"}`;
}

it('a line of a newer version, or with an event of a newer fairlead, is refused and not called corrupt', () => {
  const newer = failureFrom(() => decodeLine(bytesOf(sealed({ v: 2, seq: 1, at, type: 'run.resumed' })), place));
  expect(newer).toMatchObject({ code: 'journal.newer-version', message: expect.stringContaining('version 2') });
  const unknown = failureFrom(() => decodeLine(bytesOf(sealed({ v: 1, seq: 1, at, type: 'moon.landed' })), place));
  expect(unknown).toMatchObject({ code: 'journal.newer-version', message: expect.stringContaining('moon.landed') });
});

it('an event may not bring fields that are the line’s own', () => {
  const sneaky = { ...resumed, sum: 'mine' } as unknown as EventBody;
  expect(failureFrom(() => encodeLine(sneaky, first)).code).toBe('bug.reserved-field');
});

it('a line follows only the one right before it', () => {
  const one = encodeLine(resumed, first).event;
  const two = encodeLine(resumed, { seq: 2, at, prev: one.sum }).event;
  const stranger = encodeLine(resumed, { seq: 2, at, prev: two.sum }).event;
  checkFollows(one, undefined, place);
  checkFollows(two, one, { file: '/j', line: 2 });
  const wrong: [JournalEvent, JournalEvent | undefined][] = [
    [two, undefined],
    [one, one],
    [stranger, one],
    [{ ...two, seq: 3 }, one],
  ];
  for (const [event, before] of wrong) {
    expect(failureFrom(() => checkFollows(event, before, place)).code).toBe('journal.corrupt');
  }
});
