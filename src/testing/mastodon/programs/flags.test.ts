import { describe, expect, test } from 'vitest';
import { readFlags } from './flags.ts';

const KNOWN = { email: 'text!', confirmed: 'flag', days: 'number' } as const;

describe('flags are read as the original’s library reads them', () => {
  test('with a value behind them or behind an equals sign, by dash or underscore, and taken back by no-', () => {
    const flags = readFlags(['me', '--email=a@b', '-d', '7', '--confirmed', 'too', '--no-confirmed'], KNOWN);
    expect(flags.words).toEqual(['me', 'too']);
    expect(flags.text('email')).toBe('a@b');
    expect(flags.number('days', 1)).toBe(7);
    expect(flags.has('confirmed')).toBe(false);
    expect(readFlags(['--disable_2fa'], { 'disable-2fa': 'flag' }).has('disable-2fa')).toBe(true);
  });

  test.each([
    [['--confirmed'], "No value provided for required options '--email'"],
    [['--email'], "No value provided for option '--email'"],
    [['--email', '--confirmed'], "No value provided for option '--email'"],
    [['--email', 'a', '--days', 'many'], `Expected numeric value for '--days'; got "many"`],
    [['--email', 'a', '--mail', 'b'], 'Unknown switches "--mail"'],
  ])('%j is refused', (args, message) => {
    expect(() => readFlags(args, KNOWN)).toThrow(message);
  });
});
