import { render, type SuspendTerminal } from 'ink';
import type { Catalogue } from '../../model/catalogue.ts';
import type { Dispatch, Draft, Typed } from '../../model/dispatch.ts';
import type { Terminals } from '../../model/terminals.ts';
import type { Style } from '../lib/style.ts';
import { App } from './app.tsx';
import { type AppState, frontPage } from './app-state.ts';
import { createConductor } from './conductor.ts';
import { firstHome } from './home/home-state.ts';
import type { Intent } from './intent.ts';
import { hasRoom } from './least-size.ts';
import { kindOf } from './pages.ts';
import type { RunPicture } from './run/run-picture.ts';
import { aroundOf } from './screen.tsx';
import { createStore } from './store.ts';
import { clipboardSequence } from './terminal/clipboard.ts';
import { watchTerminal } from './terminal/give-back.ts';
import { createMeteredOutput, createPacer } from './terminal/metered-output.ts';
import { createMouse } from './terminal/mouse.ts';
import { shareInput } from './terminal/shared-input.ts';
import { lendTerminal } from './terminal/suspend.ts';

/** What the app is started with. */
export interface AppSetUp {
  readonly catalogue: Catalogue;
  readonly dispatch: Dispatch;
  readonly terminals: Terminals;
  readonly style: Style;
  /** What is opened over the first page at once. */
  readonly first?: Intent;
  readonly stdout: NodeJS.WriteStream;
  readonly stdin: NodeJS.ReadStream;
  readonly environment: NodeJS.ProcessEnv;
  /** Begins this program anew as root at the terminal, with what was typed, to its end. Throws where it did not begin. */
  asRoot?(draft: Draft, typed: Typed): Promise<void>;
  /** Runs the operator's shell at the terminal, to its end. */
  openShell(): Promise<void>;
  /** Is told how to borrow the terminal from the app, to ask something there in plain lines. */
  lent?(lend: Lend): void;
}

/** Has the terminal alone until what it is used for is done. */
export type Lend = <Result>(use: () => Promise<Result>) => Promise<Result>;

/** The clock that is drawn, in milliseconds. */
const TICK_MS = 1000;

/** Runs the app in the terminal until the operator quits, or the terminal is gone; the run that was watched last, if any. */
export async function startApp(setUp: AppSetUp): Promise<RunPicture | undefined> {
  const { catalogue, dispatch, terminals, style, stdin, stdout, environment, openShell, asRoot } = setUp;
  const [fault, asked] = [dispatch.fault.bind(dispatch), dispatch.asked.bind(dispatch)];
  const output = createMeteredOutput(stdout);
  const first: AppState = { pages: [firstHome], mouse: false, now: Date.now() };
  const store = createStore({
    first,
    around: (state) => aroundOf({ state, columns: stdout.columns || 80, rows: stdout.rows || 24, style, fault, asked }),
    perform: (intent) => conductor.perform(intent),
    pacer: (draw) => createPacer(output, draw),
  });
  const mouse = createMouse({ stdin, stdout: output.stream }, (event) => {
    if (event.kind === 'wheel') store.send({ kind: 'key', key: { kind: 'named', name: `wheel-${event.direction}` } });
  });
  /** Ink's own way to leave the screen and come back; there once the app is drawn. */
  let suspendTerminal: SuspendTerminal | undefined;
  const lend: Lend = (use) => {
    if (suspendTerminal === undefined) return use();
    return lendTerminal({ suspendTerminal, stdin, stdout: output.stream, mouse }, use);
  };
  const conductor = createConductor({
    catalogue,
    dispatch,
    send: store.send,
    state: store.now,
    quit: () => app.unmount(),
    copy(text) {
      const sequence = clipboardSequence(text, environment);
      if (sequence !== undefined) output.stream.write(sequence);
      return sequence !== undefined;
    },
    shell: () => lend(openShell),
    ...(asRoot === undefined ? {} : { asRoot: (draft, typed) => lend(() => asRoot(draft, typed)) }),
    terminals,
    lend: (use) => lend(() => use({ stdin, stdout })),
    mouse: (on) => (on ? mouse.turnOn() : mouse.turnOff()),
  });
  setUp.lent?.(lend);
  const take = (given: SuspendTerminal): void => {
    suspendTerminal = given;
  };
  const app = render(<App store={store} style={style} fault={fault} asked={asked} onSuspender={take} />, {
    stdout: output.stream,
    stdin: shareInput(stdin, store.typed),
    exitOnCtrlC: false,
    patchConsole: false,
    alternateScreen: true,
    incrementalRendering: true,
    // What says CI is no terminal to Ink, whatever it is.
    interactive: true,
    // The pacer sees to that.
    maxFps: 1000,
  });
  const onResize = (): void => {
    const around = aroundOf({ state: store.now(), columns: stdout.columns, rows: stdout.rows, style, fault, asked });
    if (hasRoom(around)) conductor.resized(around.columns, around.rows);
  };
  stdout.on('resize', onResize);
  const unwatch = watchTerminal({ output, stdin, stdout: stdout as never, leave: () => app.unmount() });
  const clock = setInterval(() => {
    const page = frontPage(store.now());
    if (kindOf(page).clockRuns?.(page) === true) store.send({ kind: 'tick', now: Date.now() });
  }, TICK_MS);
  // Who comes for a run pays for the list of recipes when they go there.
  if (setUp.first?.kind !== 'follow') conductor.perform({ kind: 'load-home' });
  if (setUp.first !== undefined) conductor.perform(setUp.first);
  try {
    await app.waitUntilExit();
    suspendTerminal = undefined;
    // A run that was about to begin is told of: whoever quits in that moment would not know that there is one.
    await conductor.settled();
    return conductor.lastRun();
  } finally {
    clearInterval(clock);
    stdout.off('resize', onResize);
    mouse.turnOff();
    conductor.close();
    store.close();
    unwatch();
  }
}
