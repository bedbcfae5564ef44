import type { RunLink } from '../../../model/dispatch.ts';
import { EVIDENCE_LINES, type Failure } from '../../../model/failure.ts';
import { type FeedItem, isLive } from '../../../model/feed.ts';
import type { Question } from '../../../model/questions.ts';
import { emptyRun, fold, type RunState } from '../../../model/run-state.ts';
import { failureLines } from '../../lib/failure-text.ts';
import { changeLines } from '../../lib/plan-text.ts';
import type { Besides } from '../../lib/question-text.ts';
import { words } from '../../lib/words.ts';
import type { Bystander, ReadLine } from '../asking.ts';
import { createTextView, type TextTerminal } from '../text-view.ts';
import { changeInputs } from './deployment-place.ts';
import { type Desk, HOME, type Known, type Place, QUIT } from './place.ts';
import { askHowToStop, type StopWish } from './stopping.ts';

/** A running run: what happens, what it asks, and where to go when it has ended or is left. */
export async function runPlace(link: RunLink, desk: Desk, known: Known = {}): Promise<Place> {
  const { talk } = desk;
  talk.say('', 'Ctrl-C asks whether to leave it running or to stop it.');
  const watched = await watch(link, desk, known);
  if (watched.left) {
    desk.onEnd?.('left');
    talk.say('', words(`The run goes on without you. Choose ${link.deployment} to come back to it,`, talk.style));
    talk.say(words(`or later: fairlead attach ${link.deployment}`, talk.style));
    return HOME;
  }
  const failure = await link.ended;
  desk.onEnd?.(failure ?? watched.state);
  if (failure !== undefined) return broken(failure, link, desk);
  const { state } = watched;
  if (watched.changes) return changeInputs(desk, state.header?.recipe.name ?? '', link.deployment, link.run);
  if (state.status === 'stopped') return { at: 'deployment', name: link.deployment };
  return finished(state, link, desk);
}

/** How watching a run came to its end. */
interface Watched {
  readonly state: RunState;
  /** The operator let go of it; it goes on. */
  readonly left: boolean;
  /** The operator wants to go on with other inputs. */
  readonly changes: boolean;
}

async function watch(link: RunLink, desk: Desk, known: Known): Promise<Watched> {
  const { talk, openShell } = desk;
  const { control } = link;
  let state: RunState = emptyRun;
  let left = false;
  let changes = false;
  let stopping = false;
  const hold = createHold(talk.terminal.write);
  const over = new AbortController();

  /** Undefined: the operator goes on watching, or answers after all. */
  const stop = async (atQuestion: boolean): Promise<StopWish | undefined> => {
    const wish = await askHowToStop(talk, { atQuestion, stopping }, over.signal);
    if (over.signal.aborted || wish === 'watch') return undefined;
    if (wish === 'leave') {
      left = true;
      control.request({ kind: 'leave' });
    } else {
      stopping ||= wish === 'now';
      control.request({ kind: 'stop', when: wish });
      talk.say(wish === 'now' ? 'Stopping now.' : 'Stopping after this step.');
    }
    return wish;
  };

  const bystander: Bystander = {
    besides: (question) => besidesOf(question, state, openShell !== undefined),
    async beside(word, question) {
      if (word === 'show') await showFailure(link.run, state, question, desk);
      if (word === 'shell') await taking(async () => openShell?.());
      if (word !== 'change') return true;
      changes = true;
      const stops = 'choices' in question.takes && question.takes.choices.includes('stop');
      control.request(stops ? { kind: 'answer', id: question.id, answer: 'stop' } : { kind: 'stop', when: 'now' });
      return false;
    },
  };

  let menu: Promise<unknown> | undefined;
  /** What has the keyboard takes Ctrl-C too: a question that is open, a shell. */
  let taken = 0;
  const taking = async <T>(act: () => Promise<T>): Promise<T> => {
    taken++;
    try {
      return await act();
    } finally {
      taken--;
    }
  };
  const afterMenu =
    (read: ReadLine): ReadLine =>
    async (prompt, signal) => {
      await menu;
      return taking(() => read(prompt, signal));
    };
  const silence = talk.terminal.onInterrupt(() => {
    if (menu !== undefined || taken > 0) return;
    hold.on();
    menu = stop(false)
      .catch(() => control.request({ kind: 'leave' }))
      .finally(() => {
        menu = undefined;
        hold.off();
      });
  });
  const heard = async function* (): AsyncIterable<FeedItem> {
    for await (const item of link.feed.items) {
      if (!isLive(item)) state = fold(state, item);
      yield item;
    }
  };
  const terminal: TextTerminal = {
    ...talk.terminal,
    write: hold.write,
    readLine: afterMenu(talk.terminal.readLine),
    readSecret: afterMenu(talk.terminal.readSecret),
    giveUp: async () => (await stop(true)) === undefined,
    bystander,
    ...known,
  };
  try {
    await createTextView(terminal).follow({ items: heard() }, control);
  } finally {
    over.abort();
    silence();
    await menu;
    hold.off();
  }
  return { state, left, changes };
}

/** Keeps back what is written while a menu is open: it would tear the prompt apart. */
function createHold(write: (text: string) => void) {
  let held: string[] | undefined;
  return {
    write: (text: string): void => (held === undefined ? write(text) : void held.push(text)),
    on(): void {
      held ??= [];
    },
    off(): void {
      const texts = held ?? [];
      held = undefined;
      for (const text of texts) write(text);
    },
  };
}

function besidesOf(question: Question, state: RunState, shell: boolean): Besides {
  if (question.about !== 'failure') return {};
  return {
    // A rotation takes no other inputs, and neither does a task.
    ...(state.header?.kind === 'converge' ? { change: 'stop here and go on with another value of an input' } : {}),
    show: 'show once more what failed and the end of its output',
    ...(shell ? { shell: 'open a shell here, and come back' } : {}),
  };
}

async function showFailure(run: string, state: RunState, question: Question, { catalogue, talk }: Desk): Promise<void> {
  const step = question.step === undefined ? undefined : state.steps.get(question.step);
  if (step?.failure === undefined) return;
  talk.say('', ...failureLines(step.failure, talk.style));
  if ((step.failure.evidence?.tail ?? []).length > 0) return;
  // What failed was no command: what the step printed before may say more.
  const printed = (await catalogue.output(run, step.id, step.attempt)).slice(-EVIDENCE_LINES);
  if (printed.length > 0) talk.say('What it printed last:', ...printed.map((line) => `    ${words(line, talk.style)}`));
}

function broken(failure: Failure, link: RunLink, { talk }: Desk): Place {
  talk.say('', ...failureLines(failure, talk.style));
  return { at: 'deployment', name: link.deployment };
}

/** After the recipe's closing words: what there is of it to read later. */
async function finished(state: RunState, link: RunLink, { talk }: Desk): Promise<Place> {
  const { style } = talk;
  const changed = [...state.steps.values()].filter(({ status }) => status === 'changed');
  talk.say('', words(`The record of this run is kept: fairlead export ${link.run}`, style));
  while (true) {
    const chosen = await talk.choose([{ word: 'changes', meaning: 'what it changed, step by step', value: 'changes' as const }], {
      enter: 'back',
      help: ['back goes to the list of deployments and recipes.'],
    });
    if (chosen === 'quit') return QUIT;
    if (chosen === 'back') return HOME;
    if (changed.length === 0) talk.say('It changed nothing: all was as wanted.');
    for (const step of changed) {
      talk.say(words(step.title, style), ...step.changes.flatMap((change) => changeLines(change, style)));
    }
  }
}
