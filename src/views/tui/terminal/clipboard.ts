import { sanitize } from '../../../model/untrusted-text.ts';

/** Terminals take no more than 100,000 characters of base64; this many bytes of text. */
export const CLIPBOARD_BYTES = 74_994;

/** GNU screen drops longer strings. */
const SCREEN_PIECE = 200;

/**
 * The sequence (OSC 52) that asks the operator's terminal to take a text into its clipboard, also through tmux and screen;
 * undefined where the text is too long for that. Nobody tells whether the terminal does it, so the text must also be there
 * to be marked by hand. What a container wrote is pasted into shells: nothing but text, tabs and line ends is kept.
 */
export function clipboardSequence(text: string, environment: NodeJS.ProcessEnv): string | undefined {
  const bytes = Buffer.from(sanitize(text, true));
  if (bytes.length > CLIPBOARD_BYTES) return undefined;
  const plain = `\u001b]52;c;${bytes.toString('base64')}\u0007`;
  switch (multiplexerOf(environment)) {
    case 'tmux':
      // With set-clipboard on, tmux itself takes the first; with allow-passthrough on, the terminal gets the second.
      return `${plain}\u001bPtmux;${plain.replaceAll('\u001b', '\u001b\u001b')}\u001b\\`;
    case 'screen':
      return pieces(plain, SCREEN_PIECE)
        .map((piece) => `\u001bP${piece}\u001b\\`)
        .join('');
    default:
      return plain;
  }
}

/** Over SSH neither TMUX nor STY comes along, but the name of the terminal does; `screen` may be either. */
function multiplexerOf({ TMUX = '', STY = '', TERM = '' }: NodeJS.ProcessEnv): 'tmux' | 'screen' | undefined {
  if (TMUX !== '' || /^tmux(-|$)/.test(TERM)) return 'tmux';
  return STY === '' ? undefined : 'screen';
}

function pieces(text: string, length: number): readonly string[] {
  return Array.from({ length: Math.ceil(text.length / length) }, (_, index) => text.slice(index * length, (index + 1) * length));
}
