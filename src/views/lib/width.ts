const NOTHING = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
const TWO =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]$/u;

/** How many columns of a terminal a text takes: wide characters two, combining ones none. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += columnsOf(character);
  return width;
}

/** The text, cut to so many columns; where it is cut it ends with `end`. */
export function cut(text: string, columns: number, end: string): string {
  if (widthOf(text) <= columns) return text;
  const room = Math.max(0, columns - widthOf(end));
  let width = 0;
  let kept = '';
  for (const character of text) {
    width += columnsOf(character);
    if (width > room) break;
    kept += character;
  }
  return `${kept}${end}`;
}

/** A text in pieces: the first of at most `first` columns, the others of at most `others`. Nothing is lost; nothing is painted. */
export function chunksOf(text: string, first: number, others: number): readonly string[] {
  if (widthOf(text) <= first) return [text];
  const pieces: string[] = [];
  let now = '';
  let width = 0;
  for (const character of text) {
    const more = columnsOf(character);
    if (width + more > Math.max(2, pieces.length === 0 ? first : others)) {
      pieces.push(now);
      now = '';
      width = 0;
    }
    now += character;
    width += more;
  }
  return [...pieces, now];
}

/** A sequence that paints (SGR): it takes no column. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: painted text is made of them
const PAINT = /(\u001b\[[0-9;]*m)/;

/** How many columns a painted text takes. */
export function paintedWidth(painted: string): number {
  return painted.split(PAINT).reduce((width, part, at) => (at % 2 === 1 ? width : width + widthOf(part)), 0);
}

/** A painted text, cut to so many columns; what was switched on before the cut is switched off after it as it would have been. */
export function cutPainted(painted: string, columns: number, end: string): string {
  if (paintedWidth(painted) <= columns) return painted;
  let room = Math.max(0, columns - widthOf(end));
  let full = false;
  let kept = '';
  for (const [at, part] of painted.split(PAINT).entries()) {
    if (at % 2 === 1) {
      kept += part;
      continue;
    }
    if (full) continue;
    if (widthOf(part) <= room) {
      kept += part;
      room -= widthOf(part);
      continue;
    }
    full = true;
    kept += `${cut(part, room, '')}${end}`;
  }
  return kept;
}

/** A painted text of exactly so many columns: cut, or filled up with spaces. */
export function fitPainted(painted: string, columns: number, end: string): string {
  const text = cutPainted(painted, columns, end);
  return text + ' '.repeat(Math.max(0, columns - paintedWidth(text)));
}

function columnsOf(character: string): number {
  if (NOTHING.test(character)) return 0;
  return TWO.test(character) ? 2 : 1;
}
