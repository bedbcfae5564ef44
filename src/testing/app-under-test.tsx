import { render } from 'ink-testing-library';
import { onTestFinished, vi } from 'vitest';
import type { Style } from '../views/lib/style.ts';
import { App } from '../views/tui/app.tsx';
import type { AppState } from '../views/tui/app-state.ts';
import { type ConductorSetUp, createConductor } from '../views/tui/conductor.ts';
import { firstHome } from '../views/tui/home/home-state.ts';
import type { Intent } from '../views/tui/intent.ts';
import { aroundOf } from '../views/tui/screen.tsx';
import { createStore } from '../views/tui/store.ts';
import { readShared } from '../views/tui/terminal/shared-input.ts';
import { createFakeDesk, type FakeDesk } from './fake-desk.ts';
import { KEYS } from './keys.ts';

/** A style without colours: what tests look for is words. */
export const PLAIN: Style = { colour: false, unicode: true };

/** The whole app over a desk, with a keyboard and a screen of memory. */
export interface AppUnderTest {
  /** What is on the screen now. */
  screen(): string;
  /** Types keys one after the other; each is handled before the next comes. */
  type(...keys: readonly string[]): Promise<void>;
  /** Waits until the screen shows it. */
  shows(what: string | RegExp): Promise<void>;
  /** Waits until the screen does not show it. */
  hides(what: string | RegExp): Promise<void>;
  state(): AppState;
  /** What was copied, newest last. */
  readonly copied: readonly string[];
  readonly quit: () => boolean;
}

/** What an app is started over. */
type AppDesk = Pick<FakeDesk, 'catalogue' | 'dispatch'> & Partial<Pick<FakeDesk, 'terminals'>>;

/** Starts the app over a desk; it ends with the test. `first`: what is opened over the first page. */
export function openApp(
  { catalogue, dispatch, terminals = createFakeDesk().terminals }: AppDesk,
  {
    columns = 80,
    rows = 24,
    style = PLAIN,
    first,
    now = () => Date.parse('2026-11-23T12:00:00Z'),
    asRoot = async () => undefined,
  }: {
    columns?: number;
    rows?: number;
    style?: Style;
    first?: Intent;
    now?: () => number;
    asRoot?: ConductorSetUp['asRoot'];
  } = {},
): AppUnderTest {
  const { fault, asked } = dispatch;
  let quit = false;
  const copied: string[] = [];
  let keysAt = 0;
  const store = createStore({
    first: { pages: [firstHome], mouse: false, now: now() },
    around: (state) => aroundOf({ state, columns, rows, style, fault, asked }),
    perform: (intent) => conductor.perform(intent),
    pacer: (draw) => ({ ask: draw, stop: () => undefined }),
    // Who types here reads between any two keys.
    now: () => {
      keysAt += 1000;
      return keysAt;
    },
  });
  const conductor = createConductor({
    catalogue,
    dispatch,
    terminals,
    lend: async () => undefined,
    send: store.send,
    state: store.now,
    quit: () => {
      quit = true;
    },
    copy(text) {
      copied.push(text);
      return true;
    },
    shell: async () => undefined,
    asRoot,
    mouse: () => undefined,
    now,
  });
  const ink = render(<App store={store} style={style} fault={fault} asked={asked} size={{ columns, rows }} />);
  // As startApp gives Ink its input.
  Object.assign(ink.stdin, { read: readShared(ink.stdin as never, store.typed) });
  onTestFinished(() => {
    conductor.close();
    store.close();
    ink.unmount();
  });
  conductor.perform({ kind: 'load-home' });
  if (first !== undefined) conductor.perform(first);
  const screen = (): string => ink.lastFrame() ?? '';
  const has = (what: string | RegExp): boolean => (typeof what === 'string' ? screen().includes(what) : what.test(screen()));
  const until = (what: string | RegExp, wanted: boolean): Promise<void> =>
    vi.waitFor(
      () => {
        if (has(what) !== wanted) throw new Error(`${wanted ? 'not' : 'still'} on the screen: ${what}\n${screen()}`);
      },
      { timeout: 5000, interval: 5 },
    );
  return {
    screen,
    async type(...keys) {
      for (const key of keys) {
        ink.stdin.write(key);
        // Escape alone is told from the beginning of a sequence by what does not follow.
        await new Promise((resolve) => setTimeout(resolve, key === KEYS.escape ? 40 : 0));
      }
    },
    shows: (what) => until(what, true),
    hides: (what) => until(what, false),
    state: store.now,
    copied,
    quit: () => quit,
  };
}
