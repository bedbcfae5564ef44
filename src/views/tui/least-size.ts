import type { Around } from './page.ts';

/** The least that the pages are made for. */
export const LEAST = { columns: 80, rows: 24 } as const;

/** Rows that are not the page's: the title, the rule below it, the key bar, and one left free so that nothing ever scrolls. */
export const FRAME_ROWS = 4;

/** Is there room for a page? Where there is none, none is drawn, and no key may act on what nobody sees. */
export function hasRoom({ columns, rows }: Pick<Around, 'columns' | 'rows'>): boolean {
  return columns >= LEAST.columns && rows >= LEAST.rows - FRAME_ROWS;
}
