import { render } from 'ink';
import type { Catalogue } from '../../model/catalogue.ts';
import type { Dispatch } from '../../model/dispatch.ts';
import type { Style } from '../lib/style.ts';
import { App } from './app.tsx';
import { type AppState, frontPage } from './app-state.ts';
import { createConductor } from './conductor.ts';
import { firstHome } from './home/home-state.ts';
import type { Intent } from './intent.ts';
import { kindOf } from './pages.ts';
import type { RunPicture } from './run/run-picture.ts';
import { aroundOf } from './screen.tsx';
import { createStore } from './store.ts';

/** What the app is started with. */
export interface AppSetUp {
  readonly catalogue: Catalogue;
  readonly dispatch: Dispatch;
  readonly style: Style;
  /** What is opened over the first page at once. */
  readonly first?: Intent;
  readonly stdout: NodeJS.WriteStream;
  readonly stdin: NodeJS.ReadStream;
}

/** The clock that is drawn, in milliseconds. */
const TICK_MS = 1000;
const FRAME_MS = 50;

/** Runs the app in the terminal until the operator quits; the run that was watched last, if any. */
export async function startApp(setUp: AppSetUp): Promise<RunPicture | undefined> {
  const { catalogue, dispatch, style, stdout, stdin } = setUp;
  const fault = dispatch.fault.bind(dispatch);
  let lastFrame = 0;
  const first: AppState = { pages: [firstHome], mouse: false, now: Date.now() };
  const around = (state: AppState) => aroundOf({ state, columns: stdout.columns, rows: stdout.rows, style, fault });
  const store = createStore({
    first,
    around,
    perform: (intent) => conductor.perform(intent),
    pace: { waitMs: () => lastFrame + FRAME_MS - performance.now() },
  });
  const conductor = createConductor({
    catalogue,
    dispatch,
    send: store.send,
    state: store.now,
    quit: () => app.unmount(),
    copy: () => false,
    shell: async () => undefined,
    mouse: () => undefined,
  });
  const app = render(<App store={store} style={style} fault={fault} />, {
    stdout,
    stdin,
    exitOnCtrlC: false,
    patchConsole: false,
    alternateScreen: true,
    incrementalRendering: true,
    interactive: true,
    maxFps: 60,
    onRender: () => {
      lastFrame = performance.now();
    },
  });
  const clock = setInterval(() => {
    const page = frontPage(store.now());
    if (kindOf(page).clockRuns?.(page) === true) store.send({ kind: 'tick', now: Date.now() });
  }, TICK_MS);
  conductor.perform({ kind: 'load-home' });
  if (setUp.first !== undefined) conductor.perform(setUp.first);
  try {
    await app.waitUntilExit();
    return conductor.lastRun();
  } finally {
    clearInterval(clock);
    conductor.close();
    store.close();
  }
}
