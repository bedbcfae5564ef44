import { randomUUID } from 'node:crypto';
import type { Catalogue } from '../../model/catalogue.ts';
import type { Dispatch, Draft, Field, PlanWatch, RunLink, Typed } from '../../model/dispatch.ts';
import { hasForm } from '../../model/draft.ts';
import { failureOf } from '../../model/failure.ts';
import type { Terminals } from '../../model/terminals.ts';
import { type AppState, frontPage } from './app-state.ts';
import { containersOf } from './containers/containers-state.ts';
import type { HandedTerminal } from './embedded/program-session.ts';
import { createTerminalDesk } from './embedded/terminal-desk.ts';
import { createHomeDesk } from './home/home-desk.ts';
import { focusedOnCause } from './inputs/focus-on-cause.ts';
import { formOf } from './inputs/inputs-state.ts';
import type { Intent } from './intent.ts';
import { loaded } from './loaded.ts';
import type { Message } from './message.ts';
import { onceLetGo } from './once-let-go.ts';
import { planOf } from './plan/plan-state.ts';
import { recipeOf } from './recipe/recipe-state.ts';
import { failedSteps } from './run/ending/end-words.ts';
import { runPageOf } from './run/run-page-state.ts';
import { type RunPicture, type RunWatch, watchRun } from './run/run-picture.ts';
import { tasksOf } from './tasks/tasks-state.ts';

/** What the conductor works with. */
export interface ConductorSetUp {
  readonly catalogue: Catalogue;
  readonly dispatch: Dispatch;
  send(message: Message): void;
  state(): AppState;
  /** Ends the app. */
  quit(): void;
  /** Puts a text on the operator's clipboard; false where the terminal can't be asked to. */
  copy(text: string): boolean;
  /** Steps aside for a shell; resolves when it is back. */
  shell(): Promise<void>;
  /** Steps aside for this program begun anew as root, with what was typed, to its end. Throws where it did not begin. */
  asRoot?(draft: Draft, typed: Typed): Promise<void>;
  readonly terminals: Terminals;
  /** Steps aside while `use` has the operator's terminal. */
  lend(use: (terminal: HandedTerminal) => Promise<void>): Promise<void>;
  mouse(on: boolean): void;
  /** The wall clock, in milliseconds since the epoch. */
  now?(): number;
}

/** Does what pages want done, and tells what came of it. The one place in the app where work begins. */
export interface Conductor {
  perform(intent: Intent): void;
  /** The run that was watched last, as far as it was heard of. */
  lastRun(): RunPicture | undefined;
  /** The page in front has another size now. */
  resized(columns: number, rows: number): void;
  /** Waits for a run that is being begun: it is the one that was watched last, but nobody follows it. Throws what it failed of. */
  settled(): Promise<void>;
  /** Lets go of the run on the page, which goes on. */
  close(): void;
}

type PlanIntent = Extract<Intent, { readonly kind: 'open-plan' }>;

/** What happens within so many milliseconds is told together. */
const TOGETHER_MS = 20;

/** A conductor over the ports. Its failures become a dialog; none ends the app. */
export function createConductor(setUp: ConductorSetUp): Conductor {
  const { catalogue, dispatch, send } = setUp;
  /** Who we are to a run that many may watch. */
  const us = randomUUID();
  /** `followed`: all that came over its line was taken in. */
  let watched: { readonly link: RunLink; readonly watch: RunWatch; followed: Promise<void> } | undefined;
  let last: RunWatch | undefined;
  let plansAsked = 0;
  let planning: { readonly asked: number; readonly given: AbortController } | undefined;
  let beginning: Promise<void> | undefined;
  let over = false;
  let failedLate: { readonly error: unknown } | undefined;
  const under: string[] = [];
  /** Counts where the operator goes: what was read for a page opens it only where he still waits for it. */
  let moves = 0;

  const letGo = (): void => {
    watched?.link.control.request({ kind: 'leave' });
    watched = undefined;
  };

  /** Something that takes a moment: said in the title until it is done. */
  const during = async (what: string, work: () => Promise<void>): Promise<void> => {
    under.push(what);
    send({ kind: 'busy', what });
    try {
      await work();
    } catch (error) {
      if (over) failedLate = { error };
      else send({ kind: 'trouble', failure: failureOf(error) });
    } finally {
      under.splice(under.indexOf(what), 1);
      send({ kind: 'busy', what: under.at(-1) });
    }
  };

  const desk = createTerminalDesk({
    terminals: setUp.terminals,
    send,
    during: (what, work) => void during(what, work),
    lend: setUp.lend,
  });

  /** Reads what a page needs, to open it: unless the operator has gone elsewhere meanwhile, or asked once more. */
  const reading = (work: (isMeant: () => boolean) => Promise<void>): void => {
    const mine = ++moves;
    void during('reading', () => work(() => mine === moves));
  };

  const home = createHomeDesk({ catalogue, send, isInFront: () => frontPage(setUp.state()).kind === 'home' });

  /** Opens the run page on a line, and follows it. */
  const watchLink = (link: RunLink): void => {
    letGo();
    const watch = watchRun(link.run, link.deployment, false, us);
    last = watch;
    if (over) {
      link.control.request({ kind: 'leave' });
      return;
    }
    moves++;
    const mine = { link, watch, followed: Promise.resolve() };
    watched = mine;
    let telling: NodeJS.Timeout | undefined;
    const tell = (): void => {
      clearTimeout(telling);
      telling = undefined;
      if (watched === mine) send({ kind: 'news', news: { kind: 'run', picture: watch.picture() } });
    };
    // Output comes in floods: what comes together is told together.
    const tellSoon = (): void => {
      telling ??= setTimeout(tell, TOGETHER_MS);
    };
    // What only led to the run has had its day: Esc leads home.
    send({ kind: 'home' });
    send({ kind: 'open', page: runPageOf(watch.picture()) });
    mine.followed = (async () => {
      try {
        for await (const item of link.feed.items) {
          watch.take(item);
          tellSoon();
        }
        watch.end(await link.ended);
      } catch (error) {
        watch.end(failureOf(error));
      }
      tell();
    })();
  };

  /** What needs a run that may be the one which was watched here until just now. */
  const afterOwn = <T>(run: string, work: () => Promise<T>): Promise<T> => (watched?.link.run === run ? onceLetGo(work) : work());

  /** Opens the run page on what the record has of a run. */
  const openRecord = async (run: string, isMeant = (): boolean => true): Promise<void> => {
    const watch = watchRun(run, '', true);
    for (const item of await catalogue.record(run)) watch.take(item);
    if (isMeant()) send({ kind: 'open', page: runPageOf(watch.picture()) });
  };

  /** The form opens when the run has stopped, if the operator still looks at it then. */
  const changeInputs = async ({ run, ref, deployment, question }: Extract<Intent, { kind: 'change-inputs' }>): Promise<void> => {
    const mine = watched;
    if (mine?.link.run !== run) return;
    mine.link.control.request({ kind: 'answer', id: question, answer: 'stop' });
    await mine.followed;
    const { down, state } = mine.watch.picture();
    // Somebody else's answer may have come first: then it went on, and may have come to its end.
    if (watched !== mine || down !== 'over' || state.status !== 'stopped') return;
    const draft = await onceLetGo(() => dispatch.draft(ref, { deployment, changes: run }));
    if (watched === mine) send({ kind: 'open', page: focusedOnCause(formOf(draft, dispatch), failedSteps(state).at(-1)) });
  };

  /** One at a time: a key pressed twice begins nothing twice. */
  const begin = (what: string, begun: () => Promise<RunLink | undefined>): void => {
    if (beginning !== undefined) return;
    beginning = during(what, async () => {
      const link = await begun();
      if (link !== undefined) watchLink(link);
    }).finally(() => {
      beginning = undefined;
    });
  };

  const prepare = async (
    { ref, deployment, approved }: Extract<Intent, { kind: 'prepare' }>,
    isMeant: () => boolean,
  ): Promise<void> => {
    const draft = await dispatch.draft(ref, deployment === undefined ? {} : { deployment });
    if (!isMeant()) return;
    send({ kind: 'open', page: formOf(draft, dispatch, { named: deployment !== undefined }) });
    const asked = dispatch.asked(draft, {});
    const isWrong = (field: Field): boolean => asked.has(field.spec.name) && dispatch.fault(field, field.text) !== undefined;
    if (draft.fields.some(isWrong)) return;
    const typed = Object.fromEntries(draft.fields.map(({ spec, text }) => [spec.name, text]));
    openPlan({ draft, typed }, approved === true);
  };

  /** The plan page, and what comes of its plan. An approved one begins at once, unless the operator has left the page. */
  const openPlan = ({ draft, typed, again }: Pick<PlanIntent, 'draft' | 'typed' | 'again'>, approved: boolean): void => {
    const asked = ++plansAsked;
    const page = planOf(draft, typed, { asked, since: setUp.now?.() ?? Date.now() });
    send({ kind: 'open', page, ...(again === undefined ? {} : { instead: again }) });
    moves++;
    dropPlan();
    const given = new AbortController();
    planning = { asked, given };
    const watch: PlanWatch = {
      signal: given.signal,
      looking: (step) => send({ kind: 'news', news: { kind: 'looking', asked, step } }),
    };
    void loaded(dispatch.plan(draft, typed, watch)).then((plan) => {
      send({ kind: 'news', news: { kind: 'plan', plan, asked } });
      if (plan.status === 'ready' && approved && isOpen(asked)) perform({ kind: 'start', plan: plan.value });
    });
  };

  const isOpen = (asked: number): boolean => setUp.state().pages.some((page) => page.kind === 'plan' && page.asked === asked);

  /** A plan whose page is gone is not made to its end. */
  const dropPlan = (): void => {
    if (planning !== undefined && !isOpen(planning.asked)) planning.given.abort();
  };

  const perform = (intent: Intent): void => {
    switch (intent.kind) {
      case 'load-home':
        home.load();
        return;
      case 'open-recipe':
        moves++;
        send({ kind: 'open', page: recipeOf(intent.ref, intent.deployment, intent.about) });
        void loaded(catalogue.recipe(intent.ref)).then((recipe) =>
          send({ kind: 'news', news: { kind: 'recipe', ref: intent.ref, recipe } }),
        );
        return;
      case 'open-inputs':
        reading(async (isMeant) => {
          const { ref, kind: _, ...options } = intent;
          const draft = await dispatch.draft(ref, options);
          if (!isMeant()) return;
          const front = frontPage(setUp.state());
          const failed = front.kind === 'run' && front.picture.run === draft.changes ? failedSteps(front.picture.state) : [];
          const form = formOf(draft, dispatch, { named: options.deployment !== undefined });
          send({ kind: 'open', page: focusedOnCause(form, failed.at(-1)) });
        });
        return;
      case 'prepare':
        reading((isMeant) => prepare(intent, isMeant));
        return;
      case 'begin-as-root':
        void during('sudo', async () => {
          await setUp.asRoot?.(intent.draft, intent.typed);
          perform({ kind: 'quit' });
        });
        return;
      case 'follow':
        watchLink(intent.link);
        return;
      case 'redraft':
        void loaded(dispatch.draft(intent.ref, { deployment: intent.deployment })).then((draft) =>
          send({ kind: 'news', news: { kind: 'draft', deployment: intent.deployment, draft } }),
        );
        return;
      case 'generate': {
        const field = intent.draft.fields.find(({ spec }) => spec.name === intent.field);
        if (field === undefined) return;
        send({ kind: 'news', news: { kind: 'generated', field: intent.field, text: dispatch.generate(field) } });
        return;
      }
      case 'open-plan': {
        const { draft, typed } = intent;
        // A run that goes on plans anew itself, and asks.
        if (draft.changes !== undefined) {
          perform({ kind: 'resume', run: draft.changes, change: { draft, typed } });
          return;
        }
        openPlan(intent, false);
        return;
      }
      case 'start':
        begin('starting', () => dispatch.start(intent.plan));
        return;
      case 'resume':
        begin('going on', () => afterOwn(intent.run, () => dispatch.resume(intent.run, intent.change)));
        return;
      case 'change-inputs':
        void during('stopping', () => changeInputs(intent));
        return;
      case 'abandon':
        begin('giving up', () => afterOwn(intent.run, () => dispatch.abandon(intent.run)));
        return;
      case 'attach':
        begin('attaching', async () => {
          try {
            return await dispatch.attach(intent.run);
          } catch (error) {
            if (failureOf(error).code !== 'run.finished') throw error;
            // A page does not look by itself: what goes on there may be at its end by now, which is what the operator wants to see.
            await openRecord(intent.run);
            send({ kind: 'notice', text: 'The run has come to its end meanwhile.' });
            return undefined;
          }
        });
        return;
      case 'show-record':
        reading((isMeant) => openRecord(intent.run, isMeant));
        return;
      case 'load-output': {
        const { run, step, attempt } = intent;
        void loaded(catalogue.output(run, step, attempt)).then((lines) =>
          send({ kind: 'news', news: { kind: 'output', run, step, attempt, lines } }),
        );
        return;
      }
      case 'open-tasks':
        moves++;
        send({ kind: 'open', page: tasksOf(intent.deployment) });
        return;
      case 'load-tasks': {
        const { deployment } = intent;
        void loaded(catalogue.tasks(deployment)).then((tasks) =>
          send({ kind: 'news', news: { kind: 'tasks', deployment, tasks } }),
        );
        return;
      }
      case 'open-task':
        reading(async (isMeant) => {
          const draft = await dispatch.draftTask(intent.deployment, intent.task);
          if (!isMeant()) return;
          if (hasForm(draft)) send({ kind: 'open', page: formOf(draft, dispatch, { named: true }) });
          else openPlan({ draft, typed: {} }, false);
        });
        return;
      case 'open-containers':
        moves++;
        send({ kind: 'open', page: containersOf(intent.deployment) });
        return;
      case 'load-containers':
      case 'open-shell':
      case 'type-keys':
      case 'full-screen':
      case 'end-program':
        desk.perform(intent);
        return;
      case 'request':
        watched?.link.control.request(intent.request);
        return;
      case 'terminal':
        watched?.link.control.request({ kind: 'terminal', question: intent.question, by: us, ...intent.act });
        return;
      case 'back':
        moves++;
        send({ kind: 'back' });
        dropPlan();
        if (frontPage(setUp.state()).kind !== 'run') letGo();
        return;
      case 'home':
        moves++;
        letGo();
        send({ kind: 'home' });
        dropPlan();
        return;
      case 'quit':
        letGo();
        setUp.quit();
        return;
      case 'copy':
        if (setUp.copy(intent.text)) send({ kind: 'notice', text: `Copied: ${intent.what}` });
        send({ kind: 'copied', what: intent.what, text: intent.text });
        return;
      case 'shell':
        void setUp.shell().catch((error: unknown) => send({ kind: 'trouble', failure: failureOf(error) }));
        return;
      case 'toggle-mouse': {
        const on = !setUp.state().mouse;
        setUp.mouse(on);
        send({ kind: 'mouse', on });
        const text = on
          ? 'The wheel scrolls here now. To select, hold Shift; Ctrl-T gives the mouse back.'
          : 'The mouse is the terminal’s again.';
        send({ kind: 'notice', text });
        return;
      }
      case 'notice':
        send({ kind: 'notice', text: intent.text });
    }
  };
  const settled = async (): Promise<void> => {
    over = true;
    await Promise.all([beginning, desk.close()]);
    if (failedLate !== undefined) throw failedLate.error;
  };
  const close = (): void => {
    home.close();
    letGo();
    void desk.close();
  };
  return { perform, lastRun: () => last?.picture(), resized: desk.resize, settled, close };
}
