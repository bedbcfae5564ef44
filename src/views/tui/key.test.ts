import type { Key as InkKey } from 'ink';
import { expect, test } from 'vitest';
import { keysOf } from './key.ts';

const plain = {} as InkKey;

test('keys that arrive in one piece are each themselves', () => {
  expect(keysOf('ab\r', plain)).toEqual([
    { kind: 'text', text: 'a' },
    { kind: 'text', text: 'b' },
    { kind: 'named', name: 'enter' },
  ]);
  expect(keysOf('x\t\u007f\u0015', plain).slice(1)).toEqual([
    { kind: 'named', name: 'tab' },
    { kind: 'named', name: 'backspace' },
    { kind: 'ctrl', letter: 'u' },
  ]);
});

test('Enter is a carriage return, with or without a line feed; a line feed alone is Ctrl-J', () => {
  expect(keysOf('\r\n\n', plain)).toEqual([
    { kind: 'named', name: 'enter' },
    { kind: 'ctrl', letter: 'j' },
  ]);
});

test('a letter of several code points is one key', () => {
  expect(keysOf('é👨‍👩‍👧', plain)).toHaveLength(2);
});

test('what is no key of ours is none', () => {
  expect(keysOf('\u0000\u001c\u009b', plain)).toEqual([]);
  expect(keysOf('x', { meta: true } as InkKey)).toEqual([]);
});

test('Shift and Tab go back', () => {
  expect(keysOf('', { tab: true, shift: true } as InkKey)).toEqual([{ kind: 'named', name: 'back-tab' }]);
});

test('several lines in one piece are a paste; a long word and its Enter are keys', () => {
  const lines = 'one line\rrm -rf the other\r';
  expect(keysOf(lines, plain)).toEqual([{ kind: 'paste', text: lines }]);
  expect(keysOf('lighthouse.example.org\r', plain).at(-1)).toEqual({ kind: 'named', name: 'enter' });
  expect(keysOf('\r\r', plain)).toHaveLength(2);
  expect(keysOf('n'.repeat(30), plain)).toHaveLength(30);
});
