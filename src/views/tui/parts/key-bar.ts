import { paint, type Style, sign } from '../../lib/style.ts';
import { paintedWidth } from '../../lib/width.ts';
import type { KeyHint } from '../page.ts';

/** A key as it is drawn: arrows are signs where the terminal has them. */
export function keyName(key: string, style: Style): string {
  return key
    .replaceAll('up-down', `${sign('up', style)}${sign('down', style)}`)
    .replaceAll('left-right', `${sign('left', style)} ${sign('arrow', style)}`);
}

/**
 * The keys that count most, in one line; what has no room is in the list of all keys, which `?` opens: but where `?` is text
 * that is being typed, or in a dialog.
 */
export function keyBar(hints: readonly KeyHint[], columns: number, style: Style, { asksForAll = true } = {}): string {
  const all = asksForAll ? `${paint('?', 'strong', style)} keys` : '';
  let bar = '';
  for (const { key, does } of hints.filter((hint) => hint.rare !== true)) {
    const next = `${bar === '' ? '' : `${bar}  `}${paint(keyName(key, style), 'strong', style)} ${does}`;
    if (paintedWidth(next) + 2 + paintedWidth(all) > columns) break;
    bar = next;
  }
  return bar === '' ? all : `${bar}  ${all}`.trimEnd();
}
