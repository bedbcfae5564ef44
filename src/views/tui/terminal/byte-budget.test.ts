import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FRAME_MS, type FrameCause, type Ledger, type Spent, spend, WINDOW_BYTES, WINDOW_MS, waitBefore } from './byte-budget.ts';

/** Frames drawn as soon as they may be, each at some pause after the wish for it arose. */
const frames = (largest: number) =>
  fc.array(
    fc.record({
      cause: fc.constantFrom<FrameCause>('key', 'output'),
      bytes: fc.integer({ min: 1, max: largest }),
      pause: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 2000 })),
    }),
    { minLength: 50, maxLength: 400 },
  );

const play = (wishes: readonly { cause: FrameCause; bytes: number; pause: number }[]): readonly Spent[] => {
  let ledger: Ledger = [];
  let now = 0;
  return wishes.map(({ cause, bytes, pause }) => {
    now += pause;
    now += waitBefore(cause, ledger, now);
    ledger = spend(ledger, now, bytes);
    return { at: now, bytes };
  });
};

const mostInWindow = (drawn: readonly Spent[]): number =>
  Math.max(...drawn.map(({ at }) => drawn.filter((o) => o.at > at - WINDOW_MS && o.at <= at).reduce((n, o) => n + o.bytes, 0)));

describe('frames that wait as they are told', () => {
  it('stay below 30 KB/s over any five seconds, however large they are and whatever they are for', () => {
    fc.assert(
      fc.property(frames(19_999), (wishes) => {
        expect(mostInWindow(play(wishes))).toBeLessThan(WINDOW_BYTES);
      }),
    );
  });

  it('are never closer together than 20 a second', () => {
    fc.assert(
      fc.property(frames(3000), (wishes) => {
        const drawn = play(wishes);
        for (const [index, { at }] of drawn.entries()) {
          if (index > 0) expect(at - (drawn[index - 1]?.at ?? 0)).toBeGreaterThanOrEqual(FRAME_MS);
        }
      }),
    );
  });

  it('of output leave room for keys: a key never waits longer than a frame behind output alone', () => {
    const outputs = fc.array(fc.integer({ min: 1, max: 19_999 }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(outputs, (sizes) => {
        const drawn = play(sizes.map((bytes) => ({ cause: 'output', bytes, pause: 0 })));
        const ledger = drawn.reduce<Ledger>((all, { at, bytes }) => spend(all, at, bytes), []);
        expect(waitBefore('key', ledger, drawn.at(-1)?.at ?? 0)).toBeLessThanOrEqual(FRAME_MS);
      }),
    );
  });

  it('reach the full 20 a second where they are small', () => {
    const drawn = play(Array.from({ length: 200 }, () => ({ cause: 'output' as const, bytes: 900, pause: 0 })));
    expect((drawn.at(-1)?.at ?? 0) / 199).toBeCloseTo(FRAME_MS, 0);
  });

  it('of output are spread evenly, not drawn in bursts with a pause after', () => {
    const drawn = play(Array.from({ length: 100 }, () => ({ cause: 'output' as const, bytes: 6000, pause: 0 })));
    const gaps = drawn.slice(1).map(({ at }, index) => at - (drawn[index]?.at ?? 0));
    expect(Math.max(...gaps) - Math.min(...gaps)).toBeLessThanOrEqual(FRAME_MS);
    expect(Math.max(...gaps)).toBeLessThan(400);
  });
});

it('the first frame, and one after a rest, is drawn at once', () => {
  expect(waitBefore('output', [], 7)).toBe(0);
  expect(waitBefore('output', spend([], 0, 140_000), WINDOW_MS)).toBe(0);
});

it('what is written in the same moment is one frame, and what is older than the window is forgotten', () => {
  const ledger = spend(spend(spend([], 10, 1), 20, 2), 20, 3);
  expect(ledger).toEqual([
    { at: 10, bytes: 1 },
    { at: 20, bytes: 5 },
  ]);
  expect(spend(ledger, 20 + WINDOW_MS, 4)).toEqual([{ at: 20 + WINDOW_MS, bytes: 4 }]);
});
