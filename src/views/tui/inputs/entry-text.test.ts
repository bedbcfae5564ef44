import { expect, it } from 'vitest';
import { deskInput } from '../../../testing/fake-desk.ts';
import { paintedWidth } from '../../lib/width.ts';
import { fieldWindow, textField } from '../parts/text-field.ts';
import { choiceText, maskedText, typedText, valueText } from './entry-text.ts';

const plain = { colour: false, unicode: true };
const colour = { colour: true, unicode: true };
const ascii = { colour: false, unicode: false };
const long = 'abcdefghij'.repeat(10);

it('a long value scrolls with its cursor, and is marked where it is cut', () => {
  expect(typedText(textField(long), 20, plain)).toBe('‹defghijabcdefghij▏');
  expect(typedText({ text: long, cursor: 0 }, 20, plain)).toBe('▏abcdefghijabcdefg›');
  expect(typedText({ text: long, cursor: 50 }, 20, plain)).toMatch(/^‹\w+ghij▏abcd›$/);
});

it('the cursor is seen in colour, without, and in ASCII', () => {
  expect(typedText({ text: 'abc', cursor: 1 }, 20, colour)).toBe('a\u001b[7mb\u001b[27mc');
  expect(typedText(textField('abc'), 20, colour)).toBe('abc\u001b[7m \u001b[27m');
  expect(typedText({ text: 'abc', cursor: 1 }, 20, plain)).toBe('a▏bc');
  expect(typedText({ text: 'abc', cursor: 1 }, 20, ascii)).toBe('a|bc');
});

it('wide letters count for two, and what combines stays with its letter', () => {
  for (const columns of [7, 8, 20]) {
    for (let cursor = 0; cursor <= 6; cursor++) {
      expect(paintedWidth(typedText({ text: '灯台は海を照', cursor }, columns, plain))).toBeLessThanOrEqual(columns);
    }
  }
  expect(typedText({ text: 'e\u0301x', cursor: 2 }, 20, plain)).toBe('e\u0301▏x');
});

it('however long a value is, only what is near the cursor is looked at', () => {
  let looks = 0;
  const count = (letter: string): string => {
    looks++;
    return letter;
  };
  fieldWindow({ text: 'x'.repeat(100_000), cursor: 50_000 }, 40, count);
  expect(looks).toBeLessThan(120);
});

it('a secret takes the same cells whatever its length, and an empty one none', () => {
  expect(maskedText(false, plain)).toBe('••••••••▏');
  expect(maskedText(true, plain)).toBe('▏');
  expect(maskedText(false, ascii)).toBe('********|');
});

it('choices stand beside each other where they have room, else the chosen one and its place among them', () => {
  const spec = deskInput('size', 'choice', { choices: ['small', 'large'] });
  expect(choiceText(spec, 'small', 30, plain)).toBe('● small  ○ large');
  expect(choiceText(spec, 'large', 30, ascii)).toBe('( ) small  (*) large');
  expect(choiceText(spec, 'large', 16, plain)).toBe('○ small  ● large');
  expect(choiceText(spec, 'large', 15, plain)).toBe('‹ la… ›  2 of 2');
  expect(choiceText(deskInput('open', 'boolean'), '', 30, plain)).toBe('○ yes  ○ no');
});

it('what can not be seen in a value is seen', () => {
  expect(valueText(deskInput('note', 'text'), 'a\nb\tc\u200bd\u001be', 30, plain)).toBe('a↵b c?d?e');
  expect(valueText(deskInput('open', 'boolean'), 'true', 30, plain)).toBe('yes');
  expect(valueText(deskInput('note', 'string'), long, 10, plain)).toBe('abcdefghi…');
});
