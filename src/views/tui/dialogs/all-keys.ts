import { foldAllPainted } from '../../lib/fold-painted.ts';
import { paint, type Style } from '../../lib/style.ts';
import { fitPainted, paintedWidth, widthOf } from '../../lib/width.ts';
import type { KeyHint } from '../page.ts';
import { keyName } from '../parts/key-bar.ts';

/** The keys that mean the same on every page. */
const EVERYWHERE: readonly KeyHint[] = [
  { key: 'Ctrl-C', does: 'asks what is to become of the run and of fairlead' },
  { key: 'Ctrl-T', does: 'the wheel of the mouse scrolls here, or selecting belongs to the terminal again' },
  { key: 'Esc', does: 'one page back' },
  { key: '?', does: 'this list' },
];

/** From so many columns on a long list stands in two. */
const WIDE = 100;
const GAP = 3;

/** All keys of a page, then those of every page; in two columns where one would be too long. */
export function allKeysLines(hints: readonly KeyHint[], columns: number, rows: number, style: Style): readonly string[] {
  const own = new Set(hints.map(({ key }) => key));
  const all = [...hints, ...EVERYWHERE.filter(({ key }) => !own.has(key))];
  const one = keyLines(all, columns, style);
  if (one.length <= rows || columns < WIDE) return one;
  const half = Math.floor((columns - GAP) / 2);
  const lines = keyLines(all, half, style);
  // A key stays in one piece with what it does.
  let cut = Math.ceil(lines.length / 2);
  while (cut < lines.length && /^ {4}/.test(lines[cut] ?? '')) cut++;
  return lines
    .slice(0, cut)
    .map((line, at) => `${fitPainted(line, half, '')}${' '.repeat(GAP)}${lines[cut + at] ?? ''}`.trimEnd());
}

function keyLines(hints: readonly KeyHint[], columns: number, style: Style): readonly string[] {
  const width = Math.min(18, Math.max(...hints.map(({ key }) => widthOf(keyName(key, style)))));
  return hints.flatMap(({ key, does, explain }) => {
    const name = paint(keyName(key, style), 'strong', style);
    const pad = ' '.repeat(Math.max(0, width - paintedWidth(name)));
    return foldAllPainted([`  ${name}${pad}  ${explain ?? does}`], columns, width + 2);
  });
}
