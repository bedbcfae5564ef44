/** Commands (OSC) that reach beyond the screen: titles, the clipboard, notices, files. */
const WITHHELD = new Set(['0', '1', '2', '9', '50', '52', '777', '1337']);
/** A device control string that hands its content through a terminal multiplexer (`tmux;…`) to the terminal behind it. */
const PASSED_THROUGH = 't';

const ESC = 0x1b;
const BEL = 0x07;
const ST_END = 0x5c;
const OSC = 0x5d;
const DCS = 0x50;
/** The longest number of a command that is looked at. */
const LONGEST_NUMBER = 6;

type Place =
  | { readonly at: 'text' }
  | { readonly at: 'escape' }
  /** At the beginning of a command; `held`: its bytes so far. */
  | { readonly at: 'begin'; readonly kind: 'osc' | 'dcs'; readonly held: readonly number[] }
  /** Inside of one, which is passed on or not. */
  | { readonly at: 'inside'; readonly pass: boolean; readonly escaped: boolean };

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
      out.push(byte);
      return place;
    case 'escape':
      if (byte === OSC || byte === DCS) return { at: 'begin', kind: byte === OSC ? 'osc' : 'dcs', held: [ESC, byte] };
      out.push(ESC);
      if (byte === ESC) return place;
      out.push(byte);
      return { at: 'text' };
    case 'begin': {
      const isNumber = byte >= 0x30 && byte <= 0x39 && place.held.length < 2 + LONGEST_NUMBER;
      if (place.kind === 'osc' && isNumber) return { ...place, held: [...place.held, byte] };
      const number = String.fromCharCode(...place.held.slice(2));
      const pass = place.kind === 'osc' ? !WITHHELD.has(number) : String.fromCharCode(byte) !== PASSED_THROUGH;
      if (pass) out.push(...place.held);
      return step({ at: 'inside', pass, escaped: false }, byte, out);
    }
    case 'inside': {
      if (place.pass) out.push(byte);
      if (byte === BEL || (place.escaped && byte === ST_END)) return { at: 'text' };
      // Cancelled, as terminals take it.
      if (byte === 0x18 || byte === 0x1a) return { at: 'text' };
      return { ...place, escaped: byte === ESC };
    }
  }
}
