import xterm from '@xterm/headless';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CLIPBOARD_BYTES, clipboardSequence } from './clipboard.ts';

/** What a terminal takes into its clipboard of what is written to it; whatever it shows is an error. */
const taken = async (written: string): Promise<readonly string[]> => {
  const terminal = new xterm.Terminal({ allowProposedApi: true });
  const texts: string[] = [];
  terminal.parser.registerOscHandler(52, (data) => {
    expect(data).toMatch(/^c;[A-Za-z0-9+/]*=*$/);
    texts.push(Buffer.from(data.slice(2), 'base64').toString());
    return true;
  });
  try {
    await new Promise<void>((resolve) => terminal.write(written, resolve));
    expect(terminal.buffer.active.getLine(0)?.translateToString(true)).toBe('');
    expect(terminal.buffer.active.cursorX).toBe(0);
    return texts;
  } finally {
    terminal.dispose();
  }
};

/** What a multiplexer hands through of device control strings that begin so. */
const handedThrough = (written: string, begin: string): string =>
  written
    .split('\u001bP')
    .slice(1)
    .map((string) => {
      expect(string.endsWith('\u001b\\')).toBe(true);
      expect(string.startsWith(begin)).toBe(true);
      return string.slice(begin.length, -2);
    })
    .join('');

const text = fc.string({ unit: fc.constantFrom('a', 'ü', '漢', ' ', '\n', '\t', "'", '🛟'), maxLength: 2000 });

describe('a text that is copied', () => {
  it('is what the terminal takes, to the last character', async () => {
    await fc.assert(
      fc.asyncProperty(text, async (words) => {
        expect(await taken(clipboardSequence(words, {}) ?? '')).toEqual([words]);
      }),
      { numRuns: 30 },
    );
  });

  it('goes to tmux, and through it', async () => {
    for (const environment of [{ TMUX: '/tmp/tmux-0/default,1,0', TERM: 'screen-256color' }, { TERM: 'tmux-256color' }]) {
      const written = clipboardSequence('one\ntwo', environment) ?? '';
      expect(await taken(written.slice(0, written.indexOf('\u001bP')))).toEqual(['one\ntwo']);
      const through = handedThrough(written, 'tmux;');
      // Each escape character is doubled, or tmux would take the string for ended.
      expect(through.replaceAll('\u001b\u001b', '')).not.toContain('\u001b');
      expect(await taken(through.replaceAll('\u001b\u001b', '\u001b'))).toEqual(['one\ntwo']);
    }
  });

  it('goes through screen in pieces that it does not drop', async () => {
    const words = 'a long text\n'.repeat(200);
    const written = clipboardSequence(words, { STY: '1.pts-0.host', TERM: 'screen' }) ?? '';
    for (const piece of written.split('\u001b\\')) expect(piece.length).toBeLessThan(256);
    expect(await taken(handedThrough(written, ''))).toEqual([words]);
  });

  it('carries no escape sequence and no control character to where it is pasted', async () => {
    const hostile = 'rm\u001b[200~ -rf\u0007\r\u0003 /\u001b]0;title\u0007\u202e end\n';
    expect(await taken(clipboardSequence(hostile, {}) ?? '')).toEqual(['rm -rf / end\n']);
  });

  it('is refused when it is longer than terminals take', () => {
    expect(clipboardSequence('x'.repeat(CLIPBOARD_BYTES), {})?.length).toBeLessThan(100_010);
    expect(clipboardSequence(`${'x'.repeat(CLIPBOARD_BYTES - 1)}ü`, {})).toBeUndefined();
  });
});
