import { widthOf } from '../views/lib/width.ts';

const GAP = 2;

/**
 * Rows in aligned columns, with a heading. Where they are wider than `width`, the widest columns are made narrower and
 * their cells go on in further lines, broken between words; a longer word stays whole. Without a width nothing is broken.
 */
export function wrappedTable(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
  width: number | undefined,
): readonly string[] {
  const all = [heading, ...rows];
  const columns = heading.map((_, at) => all.map((row) => row[at] ?? ''));
  const least = columns.map((cells) => Math.max(...cells.flatMap((cell) => cell.split(' ').map(widthOf))));
  const widths = columns.map((cells) => Math.max(...cells.map(widthOf)));
  const over = (): boolean => width !== undefined && widths.reduce((sum, one) => sum + one + GAP, -GAP) > width;
  while (over()) {
    const room = widths.map((one, at) => (one > (least[at] ?? 0) ? one : 0));
    const widest = room.indexOf(Math.max(...room));
    if (room[widest] === 0) break;
    widths[widest] = (widths[widest] ?? 1) - 1;
  }
  return all.flatMap((row) => {
    const cells = widths.map((one, at) => broken(row[at] ?? '', one));
    const height = Math.max(...cells.map((lines) => lines.length));
    return Array.from({ length: height }, (_, line) =>
      cells
        .map((lines, at) => padded(lines[line] ?? '', widths[at] ?? 0))
        .join(' '.repeat(GAP))
        .trimEnd(),
    );
  });
}

function broken(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1) ?? ''} ${word}`;
    if (lines.length > 0 && widthOf(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}
