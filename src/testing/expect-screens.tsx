import type { AppState } from '../views/tui/app-state.ts';
import type { Around } from '../views/tui/page.ts';
import { Screen } from '../views/tui/screen.tsx';
import { takesAll } from './fake-desk.ts';
import { expectFrame } from './frames.ts';

const SIZES = [
  { columns: 80, rows: 24 },
  { columns: 120, rows: 40 },
] as const;

const STYLES = [
  { colour: true, unicode: true },
  { colour: false, unicode: false },
] as const;

/**
 * Holds a screen against its golden frames: 80 by 24 and 120 by 40, in colour and in ASCII. What depends on the room that a page
 * has is given as a function of it.
 */
export async function expectScreens(name: string, what: AppState | ((around: Around) => AppState)): Promise<void> {
  for (const size of SIZES) {
    for (const style of STYLES) {
      const around = { ...size, rows: size.rows - 4, style, now: 0, ...takesAll };
      const state = typeof what === 'function' ? what(around) : what;
      await expectFrame(name, <Screen state={state} {...size} style={style} {...takesAll} />, { ...size, style });
    }
  }
}
