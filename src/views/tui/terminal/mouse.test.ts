import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createMouse, MOUSE_OFF, MOUSE_ON, type MouseEvent, readMouse } from './mouse.ts';

const report = (code: number, x: number, y: number, end = 'M'): string => `\u001b[<${code};${x};${y}${end}`;

it('the wheel and the buttons are told apart, with the place counted from 0', () => {
  const input = [report(64, 3, 4), report(65, 1, 1), report(0, 80, 24), report(1, 2, 2), report(2, 2, 3)].join('');
  expect(readMouse('', input)).toEqual({
    events: [
      { kind: 'wheel', direction: 'up', column: 2, row: 3 },
      { kind: 'wheel', direction: 'down', column: 0, row: 0 },
      { kind: 'click', button: 'left', column: 79, row: 23 },
      { kind: 'click', button: 'middle', column: 1, row: 1 },
      { kind: 'click', button: 'right', column: 1, row: 2 },
    ],
    rest: '',
  });
});

it('held keys make no difference; releases, moves and other buttons are nothing', () => {
  expect(readMouse('', report(64 + 4 + 8 + 16, 1, 1)).events).toMatchObject([{ kind: 'wheel', direction: 'up' }]);
  const nothing = [report(0, 1, 1, 'm'), report(32, 1, 1), report(35, 1, 1), report(66, 1, 1), report(128, 1, 1)];
  expect(readMouse('', nothing.join('')).events).toEqual([]);
});

it('wherever input is torn apart, and whatever keys come between, the same is found', () => {
  const piece = fc.oneof(
    fc.constantFrom('a', '\u001b[A', '\u001b', '\r', 'ü', '\u001b[5~', '\u001b[<', '\u001b[<1;'),
    fc.tuple(fc.constantFrom(0, 2, 64, 65), fc.integer({ min: 1, max: 300 })).map(([code, x]) => report(code, x, x + 1)),
  );
  const input = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(''));
  fc.assert(
    fc.property(input, fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 300, maxLength: 300 }), (all, lengths) => {
      let rest = '';
      let at = 0;
      const torn = lengths.flatMap((length) => {
        const found = readMouse(rest, all.slice(at, at + length));
        at += length;
        rest = found.rest;
        return found.events;
      });
      expect(torn).toEqual(readMouse('', all.slice(0, at)).events);
    }),
  );
});

it('an endless number is not waited for', () => {
  expect(readMouse('', `\u001b[<${'1'.repeat(100_000)}`).rest).toBe('');
});

it('is off until it is turned on; then it is asked for, heard, and given back', () => {
  const stdin = new PassThrough({ encoding: 'utf8' });
  const written: string[] = [];
  const heard: MouseEvent[] = [];
  const stdout = { write: (text: string | Uint8Array) => written.push(text.toString()) > 0 };
  const mouse = createMouse({ stdin, stdout }, (event) => heard.push(event));
  expect({ isOn: mouse.isOn, listeners: stdin.listenerCount('data'), written }).toEqual({
    isOn: false,
    listeners: 0,
    written: [],
  });
  mouse.turnOn();
  mouse.turnOn();
  stdin.emit('data', report(64, 1, 1).slice(0, 5));
  stdin.emit('data', report(64, 1, 1).slice(5));
  mouse.turnOff();
  mouse.turnOff();
  expect(heard).toEqual([{ kind: 'wheel', direction: 'up', column: 0, row: 0 }]);
  expect(written).toEqual([MOUSE_ON, MOUSE_OFF]);
  expect(stdin.listenerCount('data')).toBe(0);
});
