import { foldAllPainted } from '../../../lib/fold-painted.ts';
import { refusedLines } from '../../../lib/question-text.ts';
import { paint, type Style, sign } from '../../../lib/style.ts';
import { words } from '../../../lib/words.ts';
import { choiceLines } from '../../parts/choice-list.ts';
import type { RunPicture } from '../run-picture.ts';
import { choicesFor } from './ask-choices.ts';
import { planAskedLines } from './ask-plan.ts';
import type { AskState } from './ask-state.ts';
import { fieldLine, promptText } from './ask-typed.ts';
import { aboutLines, askHeading } from './ask-words.ts';

/** The room that a question has. */
export interface AskRoom {
  readonly columns: number;
  readonly rows: number;
  readonly style: Style;
}

/** A question laid out: its heading, a window on what it is about, and below that the ways to answer. */
export interface AskLayout {
  readonly heading: readonly string[];
  readonly about: readonly string[];
  /** So many lines of what it is about are in sight. */
  readonly window: number;
  readonly answers: readonly string[];
}

/** So many lines are left for what it is about, however many ways to answer there are. */
const LEAST_ABOUT = 3;

/** Lays a question out. What has no room is scrolled to, or read in full with `v`. */
export function layOutAsk(state: AskState, picture: RunPicture, { columns, rows, style }: AskRoom): AskLayout {
  const { question } = state;
  const refused = refusedLines(question, style).map((line) => paint(line, 'asking', style));
  const heading = foldAllPainted([askHeading(question, picture, style), ...refused], columns);
  const answers = state.full === true ? [] : answerLines(state, picture, columns, style);
  const room = Math.max(LEAST_ABOUT, rows - heading.length - (answers.length === 0 ? 0 : answers.length + 1));
  const all = aboutLines(question, picture, columns, style);
  const about = state.full === true || all.length <= room ? all : aboutLines(question, picture, columns, style, room);
  // Where there is more, a line says so.
  const window = about.length <= room ? about.length : room - 1;
  return {
    heading,
    about,
    window,
    answers: answers.slice(0, Math.max(0, rows - heading.length - 1 - Math.min(room, about.length))),
  };
}

/** The lines of a question, at most `rows`. */
export function askLines(state: AskState, picture: RunPicture, room: AskRoom): readonly string[] {
  const { rows, style } = room;
  if (state.question.about === 'plan') return planQuestion(state, picture, room);
  const { heading, about, window, answers } = layOutAsk(state, picture, room);
  const top = Math.min(state.top, Math.max(0, about.length - window));
  const more = about.length - window;
  const where = `${sign('more', style)} lines ${top + 1} to ${top + window} of ${about.length}${state.full === true ? '' : '; v shows more'}`;
  const shown = [...about.slice(top, top + window), ...(more <= 0 ? [] : [paint(where, 'faint', style)])];
  return [...heading, ...shown, ...(answers.length === 0 ? [] : ['', ...answers])].slice(0, rows);
}

function planQuestion(state: AskState, picture: RunPicture, room: AskRoom): readonly string[] {
  const { columns, rows, style } = room;
  const heading = askHeading(state.question, picture, style);
  const sent = state.sent === undefined ? [] : answerLines(state, picture, columns, style);
  const plan = planAskedLines(state, picture, { ...room, rows: rows - 1 - sent.length });
  return [heading, ...plan, ...sent].slice(0, rows);
}

/** How far what it is about may be scrolled. */
export function aboutSize(
  state: AskState,
  picture: RunPicture,
  room: AskRoom,
): { readonly count: number; readonly window: number } {
  const { about, window } = layOutAsk(state, picture, room);
  return { count: about.length, window: Math.max(1, window) };
}

function answerLines(state: AskState, picture: RunPicture, columns: number, style: Style): readonly string[] {
  const { question, field, wrong, sent } = state;
  if (sent !== undefined)
    return foldAllPainted([paint(`${words(sent, style)} ${sign('running', style)}`, 'faint', style)], columns);
  const choices = choicesFor(question, picture, style);
  if (choices.length > 0) return choiceLines(choices, state.cursor, columns, style);
  return [
    ...foldAllPainted([promptText(question, style)], columns),
    fieldLine(question, field, columns, style),
    ...(wrong === undefined ? [] : foldAllPainted([paint(words(wrong, style), 'bad', style)], columns)),
  ];
}
