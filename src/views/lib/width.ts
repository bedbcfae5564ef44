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

function columnsOf(character: string): number {
  if (NOTHING.test(character)) return 0;
  return TWO.test(character) ? 2 : 1;
}
