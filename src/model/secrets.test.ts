import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { encode, revealParts, toBase64 } from './encodings.ts';
import { encodeText, isSecretRef, joinTexts, MASK, SecretText, secretNames, secretText } from './secrets.ts';

const values: Readonly<Record<string, string>> = { password: 'p$"\'ä\n/', user: 'anna' };
const reveal = (text: string | SecretText): string =>
  typeof text === 'string' ? text : revealParts(text.parts, ({ $secret }) => values[$secret] as string);

describe('a secret text', () => {
  const text = joinTexts(['user=', secretText('user'), ':', encodeText(secretText('password'), 'url')]) as SecretText;

  it('turns into the mask, whatever turns it into text', () => {
    const all = [
      String(text),
      `${text}`,
      `before ${text} after`.slice(7, 10),
      ['', text].join(''),
      JSON.parse(JSON.stringify({ text })).text,
      text.toString(),
      text.toLocaleString(),
      encodeURIComponent(String(text)) === encodeURIComponent(MASK) ? MASK : '',
    ];
    expect(new Set(all)).toEqual(new Set([MASK]));
  });

  it('has no value in it to print: it knows its secrets by name only', () => {
    const printed = [
      inspect(text, { depth: 9, showHidden: true }),
      JSON.stringify(Object.values(text)),
      `${new Error(`failed: ${text}`)}`,
    ];
    for (const one of printed) for (const value of Object.values(values)) expect(one).not.toContain(value);
  });

  it('reveals to its parts in order, each in its encoding', () => {
    expect(reveal(text)).toBe("user=anna:p%24%22'%C3%A4%0A%2F");
    expect(reveal(encodeText(text, 'base64'))).toBe(toBase64(new TextEncoder().encode("user=anna:p%24%22'%C3%A4%0A%2F")));
    expect(secretNames(joinTexts([text, secretText('user')]))).toEqual(['user', 'password']);
  });
});

describe('joining', () => {
  it('keeps plain texts plain', () => {
    expect(joinTexts(['a', 'b', 'c'], ', ')).toBe('a, b, c');
    expect(joinTexts([])).toBe('');
    expect(secretNames('plain')).toEqual([]);
  });

  it('makes the whole secret as soon as one part is', () => {
    const joined = joinTexts(['a', secretText('user'), 'c'], '-');
    expect(joined).toBeInstanceOf(SecretText);
    expect(reveal(joined)).toBe('a-anna-c');
  });
});

describe('encodings keep the text around them valid', () => {
  const value = values.password as string;

  it('JSON and YAML in double quotes read back', () => {
    expect(JSON.parse(`"${encode(value, 'json')}"`)).toBe(value);
    expect(JSON.parse(encode(value, 'yaml'))).toBe(value);
  });

  it('URL parts read back', () => {
    const url = new URL(`https://${encode(value, 'url')}:${encode(value, 'url')}@host/${encode(value, 'url')}`);
    expect([url.username, url.password, url.pathname.slice(1)].map(decodeURIComponent)).toEqual([value, value, value]);
  });

  it('SQL and shell quotes hold', () => {
    expect(`'${encode(value, 'sql')}'`).toBe(`'p$"''ä\n/'`);
    expect(encode(value, 'shell')).toBe(`'p$"'\\''ä\n/'`);
  });

  it('base64 is that of RFC 4648, of the UTF-8 bytes', () => {
    expect(encode('', 'base64')).toBe('');
    expect(encode('foob', 'base64')).toBe('Zm9vYg==');
    expect(encode('ä', 'base64')).toBe('w6Q=');
    expect(toBase64(Uint8Array.from({ length: 256 }, (_, index) => index))).toBe(
      Buffer.from(Array.from({ length: 256 }, (_, index) => index)).toString('base64'),
    );
  });
});

it('a reference to a secret is told from other data', () => {
  expect([{ $secret: 'a' }, { $secret: 'a', more: 1 }].map(isSecretRef)).toEqual([true, true]);
  expect([null, 'a', { $secret: 1 }, {}, ['$secret']].map(isSecretRef)).toEqual([false, false, false, false, false]);
});
