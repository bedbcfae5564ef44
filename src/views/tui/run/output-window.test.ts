import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Key, KeyName } from '../key.ts';
import { type OutputSource, sourceOf } from './output-source.ts';
import { type OutputRoom, scrollOutput, windowOf } from './output-window.ts';

const room: OutputRoom = { columns: 20, rows: 5, fold: false, style: { colour: false, unicode: true } };
const key = (name: KeyName): Key => ({ kind: 'named', name });
const numbers = (source: OutputSource, top: number | undefined, of = room): readonly number[] =>
  windowOf(source, top, of).map(({ number }) => number);
const ten = sourceOf(Array.from({ length: 10 }, (_, at) => `line ${at}`));

it('without a place of its own the window is at the end, whatever comes', () => {
  expect(numbers(ten, undefined)).toEqual([5, 6, 7, 8, 9]);
  expect(numbers(sourceOf(['a']), undefined)).toEqual([0]);
  expect(numbers(sourceOf([]), undefined)).toEqual([]);
});

it('up, page up and home go back; down to the last line, or End, follows again', () => {
  expect(scrollOutput(ten, undefined, key('up'), room)).toBe(4);
  expect(scrollOutput(ten, undefined, key('page-up'), room)).toBe(1);
  expect(scrollOutput(ten, 3, key('home'), room)).toBe(0);
  expect(scrollOutput(ten, 0, key('up'), room)).toBe(0);
  expect(scrollOutput(ten, 3, key('down'), room)).toBe(4);
  expect(scrollOutput(ten, 4, key('down'), room)).toBe('end');
  expect(scrollOutput(ten, 0, key('page-down'), room)).toBe(4);
  expect(scrollOutput(ten, 0, key('end'), room)).toBe('end');
  expect(scrollOutput(ten, 0, key('enter'), room)).toBeUndefined();
});

it('what fits has no place but its end', () => {
  expect(scrollOutput(sourceOf(['a', 'b']), undefined, key('up'), room)).toBe('end');
});

it('a window is never higher than its room or wider, folded or cut, and goes on without a gap', () => {
  const line = fc.string({ unit: fc.constantFrom('a', '漢', '\t', ' ', '\u001b[31m', 'é'), maxLength: 60 });
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 12 }),
      fc.option(fc.nat(15), { nil: undefined }),
      fc.boolean(),
      (lines, top, fold) => {
        const seen = windowOf(sourceOf(lines), top, { ...room, fold });
        expect(seen.length).toBeLessThanOrEqual(room.rows);
        for (const [at, { number }] of seen.entries()) {
          const before = seen[at - 1];
          if (before !== undefined) expect([before.number, before.number + 1]).toContain(number);
        }
        if (top === undefined && lines.length > 0) expect(seen.at(-1)?.number).toBe(lines.length - 1);
      },
    ),
  );
});

it('page up, then page down leads through every line, also where lines are folded', () => {
  const lines = Array.from({ length: 40 }, (_, at) => `${at}: ${'x'.repeat((at * 7) % 50)}`);
  const source = sourceOf(lines);
  for (const fold of [false, true]) {
    const seen = new Set<number>();
    let top: number | 'end' | undefined = 0;
    for (let press = 0; press < 100 && top !== 'end'; press++) {
      for (const number of numbers(source, top, { ...room, fold })) seen.add(number);
      top = scrollOutput(source, top, key('page-down'), { ...room, fold }) ?? 'end';
    }
    for (const number of numbers(source, undefined, { ...room, fold })) seen.add(number);
    expect(seen.size).toBe(lines.length);
  }
});

it('to be drawn, no more lines are looked at than are in sight, of however many', () => {
  let looked = 0;
  const vast: OutputSource = {
    count: 10_000_000,
    first: 9_990_000,
    line(number) {
      looked++;
      return `line ${number}`;
    },
  };
  windowOf(vast, undefined, room);
  windowOf(vast, 9_995_000, room);
  expect(looked).toBe(2 * room.rows);
  looked = 0;
  scrollOutput(vast, 9_995_000, key('page-up'), room);
  expect(looked).toBeLessThan(8 * room.rows);
});
