import type { AppState } from '../views/tui/app-state.ts';
import { Screen } from '../views/tui/screen.tsx';
import { expectFrame } from './frames.ts';

const SIZES = [
  { columns: 80, rows: 24 },
  { columns: 120, rows: 40 },
] as const;

const STYLES = [
  { colour: true, unicode: true },
  { colour: false, unicode: false },
] as const;

/** Holds a screen against its golden frames: 80 by 24 and 120 by 40, in colour and in ASCII. */
export async function expectScreens(name: string, state: AppState): Promise<void> {
  for (const size of SIZES) {
    for (const style of STYLES) {
      await expectFrame(name, <Screen state={state} {...size} style={style} fault={() => undefined} />, { ...size, style });
    }
  }
}
