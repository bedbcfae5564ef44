import type { Intent } from '../intent.ts';
import { isKey, isText, type Key } from '../key.ts';
import type { Around, KeyHint, Turn } from '../page.ts';
import { moveCursor, scrollText } from '../parts/scroll.ts';
import { editField, textField } from '../parts/text-field.ts';
import { askKey, askKeys, askTakesText } from './ask/ask-part.tsx';
import type { AskState } from './ask/ask-state.ts';
import { endKey, endKeys } from './ending/end-part.ts';
import { freeKey, freeKeys, type HandTurn, handKeys, handTyped } from './lent/lent-keys.ts';
import { tidyLine } from './output-line.ts';
import { findLine } from './output-search.ts';
import { scrollOutput, windowOf } from './output-window.ts';
import { rightOf } from './run-layout.ts';
import {
  type Focus,
  goesOn,
  lentTerminal,
  looksAtNow,
  missingOutput,
  outputOf,
  presentStep,
  printedAtEnd,
  type RunPageState,
  type Side,
  shownStep,
  sideOf,
} from './run-page-state.ts';
import type { ShownTerminal } from './run-picture.ts';
import { detailsLines, detailsRows, outputRoomOf } from './run-side.ts';
import { numberOf } from './step-list.ts';

/** Can it be taken up again from here? */
export function resumes({ past, down, state }: RunPageState['picture']): boolean {
  return state.status === 'stopped' || (!past && state.status === 'running' && down !== undefined && down !== 'over');
}

/** Is text being typed? */
export function takesText(state: RunPageState): boolean {
  return (
    state.hand !== undefined ||
    state.finding !== undefined ||
    (state.ask !== undefined && sideOf(state) === 'ask' && isTyped(state, state.ask))
  );
}

/** A program whose terminal can be taken is answered there. */
function isTyped(state: RunPageState, ask: AskState): boolean {
  return lentTerminal(state) === undefined && askTakesText(ask);
}

/** The keys of the page as it stands; those that matter most come first. */
export function runKeys(state: RunPageState, around: Around): readonly KeyHint[] {
  const { picture, ask, finding } = state;
  if (finding !== undefined)
    return [
      { key: 'Enter', does: 'find' },
      { key: 'Esc', does: 'leave it' },
    ];
  const side = sideOf(state);
  if (side === 'end' && state.end.copying !== undefined) return endKeys(state.end, picture);
  if (state.hand !== undefined) return handKeys(state.hand);
  const away = wayOut(state, side);
  const terminal = lentTerminal(state);
  const begun = (shownStep(state)?.attempt ?? 0) > 0;
  if (ask !== undefined && side === 'ask' && (terminal === undefined || state.focus === 'ask')) {
    const own = terminal === undefined ? askKeys(ask, picture) : freeKeys(terminal);
    const look: KeyHint = { key: 'Tab', does: 'look at the steps' };
    return own.some(({ key }) => key === 'Esc') ? [...own, look] : [...own, look, away];
  }
  const search: readonly KeyHint[] =
    state.found === undefined
      ? [{ key: '/', does: 'find', explain: 'find a text in the output, from here upwards' }]
      : [
          { key: 'n', does: 'next up', explain: 'the next match further up' },
          { key: 'N', does: 'down', explain: 'the next match further down' },
        ];
  const output: readonly KeyHint[] = [
    ...search,
    { key: 'c', does: 'copy', explain: 'copy the lines of output that are in sight' },
    { key: 'C', does: 'copy all', explain: 'copy all lines of output that are at hand', rare: true },
    { key: 'w', does: 'fold long lines', explain: 'long lines of output: go on below, or are cut', rare: true },
    { key: 'o', does: 'read the record', explain: 'read all output of this step from the record', rare: true },
  ];
  return [
    ...(side === 'end' ? endKeys(state.end, picture) : []),
    ...(side !== 'end' && resumes(picture) ? [{ key: 'r', does: 'go on', explain: 'go on with the run from here' }] : []),
    { key: 'Tab', does: nextName(state) },
    ...(side === 'end' && state.focus !== 'steps' ? [] : [arrows(state)]),
    ...(isAway(state) ? [{ key: 'f', does: 'follow', explain: 'back to what goes on now' }] : []),
    ...(side === 'step' && begun && !state.details ? [{ key: 'd', does: 'details', explain: DETAILS }] : []),
    ...(side === 'step' && begun && !state.details ? output : []),
    { key: 'z', does: state.wide ? 'narrow' : 'wide', explain: 'give the right side all the width, or not' },
    // What costs most to forget has its place even where the line is short.
    away,
  ].toSorted((a, b) => weight(a, around) - weight(b, around));
}

function wayOut({ picture, details, found }: RunPageState, side: Side): KeyHint {
  if (side === 'step' && details) return { key: 'Esc', does: 'output' };
  if (side === 'step' && found !== undefined) return { key: 'Esc', does: 'end the search' };
  if (!goesOn(picture)) return { key: 'Esc', does: picture.past ? 'back' : 'home' };
  return { key: 'Esc', does: 'home; the run goes on', explain: 'back to the first page; the run goes on without us' };
}

const DETAILS = 'all about the step: its changes with every difference';

/** In a narrow key bar the way out comes before what can be looked up. */
function weight({ key }: KeyHint, { columns }: Around): number {
  if (columns >= 110) return 0;
  return ['z', 'c', 'd'].includes(key) ? 1 : 0;
}

function arrows({ focus }: RunPageState): KeyHint {
  const key = 'up-down';
  if (focus === 'steps') return { key, does: 'choose', explain: 'choose a step; with PageUp, PageDown, Home and End' };
  return { key, does: 'scroll', explain: 'scroll; with PageUp, PageDown, Home; End follows again' };
}

function isAway({ chosen, top }: RunPageState): boolean {
  return chosen !== undefined || top !== undefined;
}

/** Where the keys go next. */
function nextFocus({ focus, ask }: RunPageState): Focus {
  const order: readonly Focus[] = ask === undefined ? ['steps', 'output'] : ['ask', 'steps', 'output'];
  return order[(order.indexOf(focus) + 1) % order.length] ?? 'steps';
}

function nextName(state: RunPageState): string {
  const next = nextFocus(state);
  return next === 'ask' ? 'the question' : next === 'output' && sideOf({ ...state, focus: next }) === 'end' ? 'the end' : next;
}

/** What a key does to the page. */
export function runKey(state: RunPageState, key: Key, around: Around): Turn<RunPageState> {
  if (state.finding !== undefined) return findingKey(state, state.finding, key, around);
  if (isKey(key, 'tab')) return withOutput({ ...state, focus: nextFocus(state) });
  if (isKey(key, 'back-tab')) return withOutput({ ...state, focus: nextFocus({ ...state, focus: nextFocus(state) }) });
  if (state.ask !== undefined && sideOf(state) === 'ask' && state.focus === 'ask') {
    const terminal = lentTerminal(state);
    if (terminal !== undefined) return lentKey(state, terminal, key, around);
    const turn = askKey(state.ask, key, state.picture, rightOf(state, around));
    const heeded = turn.state !== state.ask || (turn.intents ?? []).length > 0;
    return asked(state, turn, heeded, key);
  }
  const ended = endingKey(state, key, around);
  if (ended !== undefined) return ended;
  if (isKey(key, 'escape')) return leave(state);
  const turn = commandKey(state, key, around);
  return turn ?? moved(state, key, around);
}

/** The whole page is the terminal's. */
function lentKey(state: RunPageState, terminal: ShownTerminal, key: Key, around: Around): Turn<RunPageState> {
  const turn = freeKey(terminal, key, around);
  if (turn !== undefined) return withHand(state, turn);
  return isKey(key, 'escape') ? leave(state) : { state };
}

/** What is typed while the terminal is in our hand. */
export function typedInHand(state: RunPageState, piece: string): Turn<RunPageState> {
  return state.hand === undefined ? { state } : withHand(state, handTyped(state.hand, lentTerminal(state), piece));
}

/** The page after the terminal was taken, typed at, or let go. */
export function withHand({ hand: _, ...state }: RunPageState, { hand, sent, intents }: HandTurn): Turn<RunPageState> {
  const ask = state.ask === undefined || sent === undefined ? state.ask : { ...state.ask, sent };
  const next = { ...state, ...(ask === undefined ? {} : { ask }), ...(hand === undefined ? {} : { hand }) };
  return { state: next, ...(intents === undefined ? {} : { intents }) };
}

/** At the run's end its ways on have their letters; and the arrows, unless those choose among the steps. */
function endingKey(state: RunPageState, key: Key, around: Around): Turn<RunPageState> | undefined {
  if (sideOf(state) !== 'end' || (state.focus === 'steps' && key.kind !== 'text')) return undefined;
  const turn = endKey(state.end, key, state.picture, rightOf(state, around), printedAtEnd(state));
  if (turn === undefined) return undefined;
  return { state: { ...state, end: turn.state }, ...(turn.intents === undefined ? {} : { intents: turn.intents }) };
}

/** What the question does not heed may still widen it, or lead home. */
function asked(state: RunPageState, turn: ReturnType<typeof askKey>, heeded: boolean, key: Key): Turn<RunPageState> {
  if (heeded) return { state: { ...state, ask: turn.state }, ...(turn.intents === undefined ? {} : { intents: turn.intents }) };
  if (isKey(key, 'escape')) return leave(state);
  return { state: isText(key, 'z') && !takesText(state) ? widened(state) : state };
}

/** Whoever chooses among the steps can't have them out of sight. */
function widened(state: RunPageState): RunPageState {
  const wide = !state.wide;
  return { ...state, wide, focus: wide && state.focus === 'steps' ? 'output' : state.focus };
}

function leave(state: RunPageState): Turn<RunPageState> {
  if (state.details && sideOf(state) === 'step') return { state: { ...state, details: false, textTop: 0 } };
  if (state.found !== undefined && sideOf(state) === 'step') {
    const { found: _, ...rest } = state;
    return { state: rest };
  }
  if (state.picture.past) return { state, intents: [{ kind: 'back' }] };
  const home: Intent = { kind: 'home' };
  if (!goesOn(state.picture)) return { state, intents: [home] };
  return { state, intents: [home, { kind: 'notice', text: 'The run goes on. Enter on its deployment comes back to it.' }] };
}

function commandKey(state: RunPageState, key: Key, around: Around): Turn<RunPageState> | undefined {
  const onStep = sideOf(state) === 'step';
  if (isText(key, 'z')) return { state: widened(state) };
  if (isText(key, 'f')) return withOutput(looksAtNow(state));
  if (isText(key, 'r') && resumes(state.picture)) return { state, intents: [{ kind: 'resume', run: state.picture.run }] };
  if (isKey(key, 'enter') && state.focus === 'steps') return withOutput({ ...state, focus: 'output' });
  if (!onStep) return undefined;
  if (isText(key, 'd')) return { state: { ...state, details: !state.details, textTop: 0, focus: 'output' } };
  if (state.details) return undefined;
  if (isText(key, '/')) return { state: { ...state, finding: textField(state.found?.text ?? ''), focus: 'output' } };
  if (isText(key, 'n', 'N')) return findNext(state, isText(key, 'n') ? 'up' : 'down', around);
  if (isText(key, 'w')) return { state: { ...state, fold: !state.fold } };
  if (isText(key, 'c', 'C')) return copied(state, isText(key, 'C'), around);
  if (isText(key, 'o')) return reread(state);
  return undefined;
}

function moved(state: RunPageState, key: Key, around: Around): Turn<RunPageState> {
  if (state.focus === 'steps') return chosenBy(state, key, around);
  if (sideOf(state) === 'end') return { state };
  if (state.details) {
    const textTop = scrollText(state.textTop, key, detailsLines(state, around).length, detailsRows(state, around));
    return { state: textTop === undefined ? state : { ...state, textTop } };
  }
  const to = scrollOutput(outputOf(state), state.top, key, outputRoomOf(state, around));
  return { state: to === undefined ? state : withTop(state, to) };
}

function chosenBy(state: RunPageState, key: Key, around: Around): Turn<RunPageState> {
  const ids = [...state.picture.state.steps.keys()];
  const cursor = moveCursor(numberOf(shownStep(state)?.id, state.picture), key, ids.length, around.rows);
  // The first key on the page of an ended run chooses the step at which the list stands.
  const at =
    state.chosen === undefined && sideOf(state) === 'end' ? numberOf(presentStep(state.picture)?.id, state.picture) : cursor;
  const chosen = cursor === undefined || at === undefined ? undefined : ids[at];
  if (chosen === undefined || chosen === state.chosen) return { state };
  const { top: _, found: __, ...rest } = state;
  return withOutput({ ...rest, chosen, details: false, textTop: 0 });
}

function withTop(state: RunPageState, top: number | 'end'): RunPageState {
  const { top: _, ...rest } = state;
  return top === 'end' ? rest : { ...rest, top };
}

/** The page, and what has to be read for it. */
export function withOutput(state: RunPageState): Turn<RunPageState> {
  const missing = missingOutput(state);
  return missing === undefined ? { state } : ask(state, missing);
}

function reread(state: RunPageState): Turn<RunPageState> {
  const step = shownStep(state);
  if (step === undefined || step.attempt === 0) return { state };
  return ask(state, { step: step.id, attempt: step.attempt });
}

function ask(state: RunPageState, { step, attempt }: { readonly step: string; readonly attempt: number }): Turn<RunPageState> {
  return {
    state: { ...state, fromRecord: asking(state.fromRecord, step, attempt) },
    intents: [{ kind: 'load-output', run: state.picture.run, step, attempt }],
  };
}

/** While it is read again, what was read before stays in sight. */
function asking(before: RunPageState['fromRecord'], step: string, attempt: number): NonNullable<RunPageState['fromRecord']> {
  if (before?.step !== step || before.attempt !== attempt || before.lines.status !== 'ready') {
    return { step, attempt, lines: { status: 'loading' } };
  }
  return { ...before, reading: true };
}

function findingKey(state: RunPageState, field: NonNullable<RunPageState['finding']>, key: Key, around: Around) {
  const { finding: _, ...rest } = state;
  if (isKey(key, 'escape')) return { state: rest };
  if (isKey(key, 'enter')) {
    const { found: __, ...unsought } = rest;
    return field.text === '' ? { state: unsought } : findNext({ ...unsought, found: { text: field.text } }, 'up', around);
  }
  return { state: { ...state, finding: editField(field, key) ?? field } };
}

/** To the next match that way; the first time from the last line in sight. Looks no further than to the first that it finds. */
function findNext(state: RunPageState, way: 'up' | 'down', around: Around): Turn<RunPageState> {
  const { found } = state;
  if (found === undefined) return { state };
  const source = outputOf(state);
  const room = outputRoomOf(state, around);
  const seen = windowOf(source, state.top, room);
  const from = found.line ?? (seen.at(-1)?.number ?? source.count - 1) + 1;
  const line = findLine(source, found.text, way === 'up' ? from - 1 : from + 1, way, around.style);
  if (line === undefined) {
    const where = way === 'up' ? 'further up; N looks down' : 'further down; n looks up';
    return { state, intents: [{ kind: 'notice', text: `Not found ${where}: ${found.text}` }] };
  }
  const inSight = seen.some(({ number }) => number === line);
  const end = windowOf(source, undefined, room)[0]?.number ?? source.first;
  const middle = Math.max(source.first, Math.min(line - Math.floor(room.rows / 2), end));
  const top = inSight ? (state.top ?? end) : middle;
  return { state: { ...state, top, found: { ...found, line } } };
}

function copied(state: RunPageState, all: boolean, around: Around): Turn<RunPageState> {
  const source = outputOf(state);
  const seen = windowOf(source, state.top, outputRoomOf(state, around));
  const numbers = all
    ? Array.from({ length: source.count - source.first }, (_, at) => source.first + at)
    : [...new Set(seen.map(({ number }) => number))];
  const lines = numbers.flatMap((number) => {
    const line = source.line(number);
    return line === undefined ? [] : [tidyLine(line, { ...around.style, unicode: true })];
  });
  if (lines.length === 0) return { state, intents: [{ kind: 'notice', text: 'There is no output to copy.' }] };
  const what = `${lines.length} ${lines.length === 1 ? 'line' : 'lines'} of output`;
  return { state, intents: [{ kind: 'copy', text: lines.join('\n'), what }] };
}
