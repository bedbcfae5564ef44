import fc from 'fast-check';
import { expect, test } from 'vitest';
import { paintedWidth, widthOf } from '../../lib/width.ts';
import type { Key } from '../key.ts';
import { keyBar } from './key-bar.ts';
import { moveCursor, scrollText, windowTop } from './scroll.ts';
import { editField, fieldWindow, type TextField, textField } from './text-field.ts';

const named = (name: Extract<Key, { kind: 'named' }>['name']): Key => ({ kind: 'named', name });
const text = (value: string): Key => ({ kind: 'text', text: value });

const anyKey: fc.Arbitrary<Key> = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 3 }).map(text),
  fc.string({ unit: 'grapheme', maxLength: 12 }).map((value): Key => ({ kind: 'paste', text: value })),
  fc.constantFrom(...(['left', 'right', 'home', 'end', 'backspace', 'delete'] as const)).map(named),
  fc.constantFrom(...'aeukwbfhd').map((letter): Key => ({ kind: 'ctrl', letter })),
);

const typed = (keys: readonly Key[], from = textField()): TextField =>
  keys.reduce((field, key) => editField(field, key) ?? field, from);

test('whatever is typed, the cursor stands in the text or behind it', () => {
  fc.assert(
    fc.property(fc.array(anyKey, { maxLength: 30 }), (keys) => {
      const field = typed(keys);
      expect(field.cursor).toBeGreaterThanOrEqual(0);
      expect(field.cursor).toBeLessThanOrEqual([...field.text].length);
    }),
  );
});

test('whatever is typed, what is shown fits and the cursor is in it', () => {
  fc.assert(
    fc.property(fc.array(anyKey, { maxLength: 40 }), fc.integer({ min: 4, max: 60 }), (keys, columns) => {
      const shown = fieldWindow(typed(keys), columns);
      expect(widthOf(shown.text)).toBeLessThan(columns);
      expect(shown.column).toBeLessThan(columns);
    }),
  );
});

test('pasted text is one line without control characters, and its last line break is dropped', () => {
  expect(typed([{ kind: 'paste', text: 'one\r\ntwo\u001b[31m\n' }]).text).toBe('one two[31m');
});

test('a masked field shows as many masks as it would show letters, and none of them', () => {
  const shown = fieldWindow(textField('secret'), 20, '*');
  expect(shown.text).toBe('******');
});

test('Ctrl-W takes the word before the cursor, Ctrl-U all before it', () => {
  const field = typed([text('one two')]);
  expect(editField(field, { kind: 'ctrl', letter: 'w' })?.text).toBe('one ');
  expect(editField(field, { kind: 'ctrl', letter: 'u' })?.text).toBe('');
});

test('a key that is no edit is left to others', () => {
  expect(editField(textField('x'), named('enter'))).toBeUndefined();
  expect(editField(textField('x'), { kind: 'ctrl', letter: 'p' })).toBeUndefined();
});

test('a cursor stays in its list and in sight, also in an empty one', () => {
  fc.assert(
    fc.property(
      fc.nat({ max: 300 }),
      fc.integer({ min: 1, max: 40 }),
      fc.array(fc.constantFrom(...(['up', 'down', 'page-up', 'page-down', 'home', 'end', 'wheel-down'] as const))),
      (count, rows, keys) => {
        let cursor = 0;
        for (const key of keys) cursor = moveCursor(cursor, named(key), count, rows) ?? cursor;
        expect(cursor).toBeGreaterThanOrEqual(0);
        expect(cursor).toBeLessThan(Math.max(1, count));
        const top = windowTop(cursor, count, rows);
        expect(cursor - top).toBeLessThan(rows);
        expect(cursor).toBeGreaterThanOrEqual(top);
      },
    ),
  );
});

test('a text is never scrolled past its end', () => {
  expect(scrollText(0, named('end'), 100, 20)).toBe(80);
  expect(scrollText(0, named('end'), 10, 20)).toBe(0);
  expect(scrollText(78, named('page-down'), 100, 20)).toBe(80);
});

test('a key bar fits, and always has the key that shows all keys', () => {
  const hints = Array.from({ length: 20 }, (_, at) => ({ key: `F${at}`, does: 'something' }));
  for (const columns of [20, 80, 120]) {
    const bar = keyBar(hints, columns, { colour: true, unicode: true });
    expect(paintedWidth(bar)).toBeLessThanOrEqual(columns);
    expect(bar).toContain('keys');
  }
});
