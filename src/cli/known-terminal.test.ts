import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { coloursOf, isKnownTerminal, wantsPlain } from './known-terminal.ts';

it.each([
  'xterm',
  'xterm-256color',
  'xterm-kitty',
  'xterm-ghostty',
  'screen',
  'screen.xterm-256color',
  'tmux-256color',
  'linux',
  'vt100',
  'vt220',
  'rxvt-unicode-256color',
  'alacritty',
  'foot-extra',
  'konsole-256color',
  'st-256color',
  'putty-256color',
])('%s can be drawn on, whether terminfo knows it or not', (term) => {
  expect(isKnownTerminal({ TERM: term })).toBe(true);
});

it.each([undefined, '', 'dumb', 'unknown', 'bogus', 'xtermite', 'vt', '../../../etc/passwd'])('%s gets plain lines', (term) => {
  expect(isKnownTerminal(term === undefined ? {} : { TERM: term })).toBe(false);
});

it('a terminal of no known family is known where terminfo has an entry for it, the user’s own too', async () => {
  const home = await mkdtemp(join(tmpdir(), 'known-terminal-'));
  try {
    const environment = { TERM: 'homemade', HOME: home };
    expect(isKnownTerminal(environment)).toBe(false);
    await mkdir(join(home, '.terminfo', 'h'), { recursive: true });
    await writeFile(join(home, '.terminfo', 'h', 'homemade'), '');
    expect(isKnownTerminal(environment)).toBe(true);
    expect(isKnownTerminal({ TERM: 'homemade', TERMINFO: join(home, '.terminfo') })).toBe(true);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
});

it('a screen reader is announced by ACCESSIBLE with any value but none and 0', () => {
  for (const ACCESSIBLE of ['1', 'true', 'yes']) expect(wantsPlain({ ACCESSIBLE })).toBe(true);
  for (const environment of [{}, { ACCESSIBLE: '' }, { ACCESSIBLE: '0' }]) expect(wantsPlain(environment)).toBe(false);
});

it('a terminal has 256 colours where it says so, and sixteen else', () => {
  expect(coloursOf({ TERM: 'tmux-256color' })).toBe(256);
  expect(coloursOf({ TERM: 'xterm', COLORTERM: 'truecolor' })).toBe(256);
  expect(coloursOf({ TERM: 'linux' })).toBe(16);
  expect(coloursOf({})).toBe(16);
});
