/**
 * Commands (OSC) that stay on the screen: its colours, the pointer's shape, links, marks of a shell. All others reach beyond it:
 * titles, the clipboard, notices, files, programs. Every terminal has some of its own, so what is not known is left out.
 */
const OF_THE_SCREEN = new Set([
  ...[4, 5, 8, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 22],
  ...[104, 105, 110, 111, 112, 113, 114, 115, 116, 117, 118, 119, 133],
]);
/** The Linux console's colours: commands without a number, and without an end. */
const OF_THE_CONSOLE = new Set(['P', 'R']);
/** A device control string that hands its content through a terminal multiplexer (`tmux;…`) to the terminal behind it. */
const PASSED_THROUGH = 't';

const ESC = 0x1b;
const BEL = 0x07;
const CANCEL = 0x18;
const SUBSTITUTE = 0x1a;
const DELETE = 0x7f;
const ST_END = 0x5c;
/** The same as ESC and the byte 0x40 below, as a character of its own in UTF-8: this byte, and one from 0x80 on. */
const C1 = 0xc2;
/** The longest beginning of a command that is looked at; a longer one is not let through. */
const LONGEST_BEGINNING = 32;

/** By the byte behind ESC: commands, device control strings, and titles for screen and tmux. */
const STRINGS: ReadonlyMap<number, 'osc' | 'dcs' | 'title'> = new Map([
  [0x5d, 'osc'],
  [0x50, 'dcs'],
  [0x5f, 'title'],
  [0x6b, 'title'],
]);

type Kind = 'osc' | 'dcs' | 'title';
type Place =
  | { readonly at: 'text' | 'escape' | 'c1' }
  /** At the beginning of a command; `held`: its bytes so far. */
  | { readonly at: 'begin'; readonly kind: 'osc' | 'dcs'; readonly held: readonly number[] }
  /** Inside of one that is left out; of one that goes through the rest is text. */
  | { readonly at: 'inside'; readonly kind: Kind; readonly after?: 'escape' | 'c1' };

/**
 * Leaves out of what a program writes what would set the title of the operator's window, the clipboard and the like. All else
 * goes through as it is, bytes of other encodings too. One of it for each program: commands come in pieces.
 */
export function createWithholding(): (bytes: Uint8Array) => Uint8Array {
  let place: Place = { at: 'text' };
  return (bytes) => {
    const out: number[] = [];
    for (const byte of bytes) place = step(place, byte, out);
    return Uint8Array.from(out);
  };
}

function step(place: Place, byte: number, out: number[]): Place {
  switch (place.at) {
    case 'text':
      if (byte === ESC) return { at: 'escape' };
      if (byte === C1) return { at: 'c1' };
      out.push(byte);
      return place;
    case 'escape': {
      // A terminal heeds these at once, and then goes on with the sequence.
      if (isIgnored(byte)) {
        out.push(byte);
        return place;
      }
      return begun([ESC, byte], STRINGS.get(byte)) ?? passed([ESC], byte, out);
    }
    case 'c1': {
      const kind = byte >= 0x80 && byte < 0xa0 ? STRINGS.get(byte - 0x40) : undefined;
      return begun([C1, byte], kind) ?? passed([C1], byte, out);
    }
    case 'begin': {
      if (isIgnored(byte)) return place;
      const isMore = place.kind === 'osc' ? byte >= 0x30 && byte <= 0x39 : byte >= 0x20 && byte <= 0x3f;
      if (isMore && place.held.length < LONGEST_BEGINNING) return { ...place, held: [...place.held, byte] };
      if (isMore || !mayPass(place, byte)) return step({ at: 'inside', kind: place.kind }, byte, out);
      return passed(place.held, byte, out);
    }
    case 'inside':
      return inside(place, byte, out);
  }
}

function begun(held: readonly number[], kind: Kind | undefined): Place | undefined {
  if (kind === undefined) return undefined;
  return kind === 'title' ? { at: 'inside', kind } : { at: 'begin', kind, held };
}

/** What was held back goes through; what comes is looked at as any text: a command may begin within another. */
function passed(held: readonly number[], byte: number, out: number[]): Place {
  out.push(...held);
  return step({ at: 'text' }, byte, out);
}

/** Control characters that end nothing: most terminals take no notice of them within a sequence. */
function isIgnored(byte: number): boolean {
  return byte === DELETE || (byte < 0x20 && byte !== ESC && byte !== BEL && byte !== CANCEL && byte !== SUBSTITUTE);
}

function mayPass({ kind, held }: Extract<Place, { at: 'begin' }>, byte: number): boolean {
  if (kind === 'dcs') return String.fromCharCode(byte) !== PASSED_THROUGH;
  const number = String.fromCharCode(...held.slice(2));
  return number === '' ? OF_THE_CONSOLE.has(String.fromCharCode(byte)) : OF_THE_SCREEN.has(Number(number));
}

function inside(place: Extract<Place, { at: 'inside' }>, byte: number, out: number[]): Place {
  const { kind, after } = place;
  if (after === 'escape') {
    if (byte === ST_END) return { at: 'text' };
    // Doubled, it is meant for the terminal behind. Else a string that nobody ended is over, as terminals take it.
    return byte === ESC && kind === 'dcs' ? { at: 'inside', kind } : step({ at: 'escape' }, byte, out);
  }
  if (after === 'c1' && byte === ST_END + 0x40) return { at: 'text' };
  if ((byte === BEL && kind === 'osc') || byte === CANCEL || byte === SUBSTITUTE) return { at: 'text' };
  if (byte === ESC) return { at: 'inside', kind, after: 'escape' };
  return byte === C1 ? { at: 'inside', kind, after: 'c1' } : { at: 'inside', kind };
}
