import { type Meaning, paint, type Style, sign } from '../../lib/style.ts';

/** A bar of so many cells, `done` of `of` of it filled: never full before all is done, never empty once something is. */
export function drawBar(done: number, of: number, columns: number, meaning: Meaning, style: Style): string {
  const room = Math.max(1, columns - 2);
  const share = of > 0 ? Math.min(1, Math.max(0, done / of)) : 0;
  const filled = share === 1 ? room : share === 0 ? 0 : Math.min(room - 1, Math.max(1, Math.floor(share * room)));
  return `[${paint(sign('done', style).repeat(filled), meaning, style)}${sign('toDo', style).repeat(room - filled)}]`;
}

/** `61 %`, rounded down: 100 only when all is done. */
export function percent(done: number, of: number): string {
  const share = of > 0 ? Math.min(1, Math.max(0, done / of)) : 0;
  return `${Math.floor(share * 100)} %`;
}
