// biome-ignore-all lint/suspicious/noControlCharactersInRegex: what a program writes, and keys, are made of them

import { describe, expect, it, test } from 'vitest';
import { CHORD, readTyped, type Typed, untyped } from './program-keys.ts';

const PLAIN = { applicationCursor: false, bracketedPaste: false };
const ASKED = { applicationCursor: true, bracketedPaste: true };

function typed(pieces: readonly string[], modes = PLAIN): readonly Typed[] {
  let typing = untyped;
  const all: Typed[] = [];
  for (const piece of pieces) {
    const read = readTyped(typing, piece, modes);
    typing = read.typing;
    all.push(...read.typed);
  }
  return all;
}

const keys = (pieces: readonly string[], modes = PLAIN): string =>
  typed(pieces, modes)
    .map((one) => ('keys' in one ? one.keys : `<${one.command}>`))
    .join('');

it('text, control letters, Alt and function keys go through as they came', () => {
  const raw = 'aé漢😀\u0001\u0003\u0004\u001a\u001c\r\t\u007f\u001bx\u001b[15~\u001bOP\u001b[1;5C\u001b[3~\u001b[5~\u001b[Z';
  expect(keys([raw])).toBe(raw);
  expect(keys([raw], ASKED)).toBe(raw);
});

it('arrows, Home and End have the codes that the program asked for, whichever the terminal sends', () => {
  expect(keys(['\u001b[A\u001b[D\u001b[H\u001bOF\u001b[1~\u001b[4~'], ASKED)).toBe(
    '\u001bOA\u001bOD\u001bOH\u001bOF\u001bOH\u001bOF',
  );
  expect(keys(['\u001bOA\u001b[B\u001b[7~\u001b[8~'])).toBe('\u001b[A\u001b[B\u001b[H\u001b[F');
});

it('the function keys of other terminals are those of xterm', () => {
  expect(keys(['\u001b[[A\u001b[[E\u001b[11~\u001b[14~'])).toBe('\u001bOP\u001b[15~\u001bOP\u001bOS');
});

it('Escape is with the program at once, also where the rest of a key comes later', () => {
  expect(typed(['\u001b'])).toEqual([{ keys: '\u001b' }]);
  expect(keys(['\u001b', '[A'], ASKED)).toBe('\u001bOA');
  expect(keys(['\u001b', '[', '['])).toBe('\u001b[[');
  expect(keys(['\u001b[1', ';5C'])).toBe('\u001b[1;5C');
});

describe('what is pasted', () => {
  const paste = ['\u001b[200~one\ntwo\u0003\u001b', '[31m three\u001d\u001b[20', '1~x'];

  it('is marked where the program asked for that', () => {
    expect(keys(['\u001b[200~one\rtwo\u001b[201~'], ASKED)).toBe('\u001b[200~one\rtwo\u001b[201~');
  });

  it('is typed where it did not, with Enter at the ends of lines', () => {
    expect(keys(['\u001b[200~one\ntwo\rthree\u001b[201~'])).toBe('one\rtwo\rthree');
  });

  it('presses no key and gives no command, in however many pieces it comes', () => {
    expect(keys(paste)).not.toMatch(/[\u0003\u001b\u001d]/);
    expect(typed(paste).every((one) => 'keys' in one)).toBe(true);
    expect(keys(paste).endsWith('x')).toBe(true);
  });
});

describe('the chord', () => {
  it('makes the next key a command, in one piece or in two', () => {
    expect(typed([`ab${CHORD}lcd`])).toEqual([{ keys: 'ab' }, { command: 'l' }, { keys: 'cd' }]);
    expect(typed(['ab', CHORD, 'l'])).toEqual([{ keys: 'ab' }, { command: 'l' }]);
  });

  it('pressed twice is for the program', () => {
    expect(typed([CHORD, CHORD])).toEqual([{ keys: CHORD }]);
  });

  it('followed by Escape, or by a key without a letter, is that command: none', () => {
    expect(typed([CHORD, '\u001b'])).toEqual([{ command: '\u001b' }]);
    expect(typed([CHORD, '\u001b[A', 'x'])).toEqual([{ command: '\u001b' }, { keys: 'x' }]);
  });
});

test('reports of the mouse and of the focus are not for the program', () => {
  expect(keys(['\u001b[<0;10;5Mx\u001b[<64;1;1m\u001b[I\u001b[O'])).toBe('x');
});
