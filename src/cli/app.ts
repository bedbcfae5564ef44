import type { Catalogue } from '../model/catalogue.ts';
import type { Dispatch } from '../model/dispatch.ts';
import { exitCodes } from '../model/failure.ts';
import type { Terminals } from '../model/terminals.ts';
import type { Intent } from '../views/tui/intent.ts';
import { type Lend, startApp } from '../views/tui/start-app.tsx';
import { afterApp } from './after-app.ts';
import type { Asked } from './draft.ts';
import { openShell } from './open-shell.ts';
import type { Console } from './output.ts';
import { type Session, sessionAside } from './session.ts';

/** How the app begins. */
export interface AppBegin {
  /** What is opened over the first page at once. */
  readonly first?: Intent;
  /** What the command line and the environment say of the runs to prepare. */
  readonly asked?: Asked;
}

/** Runs the terminal app until the operator quits; the exit code is that of the run which was watched last. */
export async function runApp(session: Session, { first, asked = {} }: AppBegin = {}): Promise<number> {
  const said: string[] = [];
  let lend: Lend = (use) => use();
  const aside = sessionAside(session, quiet(session.console, said), (use) => lend(use));
  const ports = lazyPorts(aside, asked);
  let codeAsRoot: number | undefined;
  const picture = await startApp({
    ...ports,
    style: session.console.style,
    stdout: process.stdout,
    stdin: process.stdin,
    environment: session.environment,
    openShell,
    async asRoot(draft, typed) {
      const { beginAsRoot } = await import('./begin-as-root.ts');
      codeAsRoot = await beginAsRoot(draft, typed, session.argv);
    },
    lent: (given) => {
      lend = given;
    },
    ...(first === undefined ? {} : { first }),
  });
  for (const text of said) session.console.err(text);
  if (codeAsRoot !== undefined) return codeAsRoot;
  return picture === undefined ? exitCodes.done : afterApp(picture, session.console);
}

/** While the app has the screen, what else would be printed waits until it is over. */
function quiet(console: Console, said: string[]): Console {
  return { ...console, out: (text) => void said.push(text), err: (text) => void said.push(text) };
}

/** The ports, loaded when they are first asked: reading recipes, journals and Docker's client takes longer than the first frame may. */
function lazyPorts(
  session: Session,
  asked: Asked,
): {
  readonly catalogue: Catalogue;
  readonly dispatch: Dispatch;
  readonly terminals: Terminals;
} {
  let catalogue: Promise<Catalogue> | undefined;
  let dispatch: Promise<Dispatch> | undefined;
  let here: Dispatch | undefined;
  let terminals: Promise<Terminals> | undefined;
  const looking = (): Promise<Catalogue> => {
    catalogue ??= import('./app-catalogue.ts').then(({ createCatalogue }) => createCatalogue(session));
    return catalogue;
  };
  const recorded = async () => (await import('./run-record.ts')).runRecord(session.folder);
  const asking = (): Promise<Dispatch> => {
    dispatch ??= import('./app-ports.ts').then(({ openDispatch }) => {
      here = openDispatch(session, asked);
      return here;
    });
    return dispatch;
  };
  const atTerminals = (): Promise<Terminals> => {
    terminals ??= import('./terminals.ts').then(({ createTerminals }) => createTerminals(session));
    return terminals;
  };
  return {
    terminals: {
      containers: async (deployment) => (await atTerminals()).containers(deployment),
      openShell: async (container, options) => (await atTerminals()).openShell(container, options),
    },
    catalogue: {
      recipes: async () => (await looking()).recipes(),
      deployments: async () => (await looking()).deployments(),
      health: async (deployment) => (await looking()).health(deployment),
      recipe: async (ref) => (await looking()).recipe(ref),
      tasks: async (deployment) => (await looking()).tasks(deployment),
      record: async (run) => (await recorded()).record(run),
      output: async (run, step, attempt) => (await recorded()).output(run, step, attempt),
    },
    dispatch: {
      draft: async (ref, options) => (await asking()).draft(ref, options),
      draftTask: async (deployment, task) => (await asking()).draftTask(deployment, task),
      // These are asked of a draft only, which there is none of before the port is there.
      fault: (field, text) => here?.fault(field, text),
      asked: (draft, typed) => here?.asked(draft, typed) ?? new Set(draft.fields.map(({ spec }) => spec.name)),
      generate: (field) => here?.generate(field) ?? '',
      plan: async (draft, typed, watch) => (await asking()).plan(draft, typed, watch),
      start: async (plan) => (await asking()).start(plan),
      resume: async (run, change) => (await asking()).resume(run, change),
      abandon: async (run) => (await asking()).abandon(run),
      attach: async (run) => (await import('./attach-to-run.ts')).attachToRun(run, session),
    },
  };
}
