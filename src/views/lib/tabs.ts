import { widthOf } from './width.ts';

/** As terminals have them. */
const TAB_COLUMNS = 8;

/** The text with spaces for its tabs: what a program set in columns stays in columns. */
export function withoutTabs(text: string): string {
  if (!text.includes('\t')) return text;
  let spread = '';
  let column = 0;
  for (const part of text.split(/(\t)/)) {
    const piece = part === '\t' ? ' '.repeat(TAB_COLUMNS - (column % TAB_COLUMNS)) : part;
    spread += piece;
    column += widthOf(piece);
  }
  return spread;
}
