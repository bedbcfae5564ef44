import type { ReactElement } from 'react';
import type { Json } from '../../../../model/json.ts';
import { questionTitle } from '../../../lib/question-text.ts';
import type { Style } from '../../../lib/style.ts';
import type { Intent } from '../../intent.ts';
import { isCtrl, isKey, isText, type Key } from '../../key.ts';
import type { Around, KeyHint, Turn } from '../../page.ts';
import { choiceKey } from '../../parts/choice-list.ts';
import { Lines } from '../../parts/lines.tsx';
import { scrollText } from '../../parts/scroll.ts';
import { editField, textField } from '../../parts/text-field.ts';
import { planPartKeys } from '../../plan/plan-part.tsx';
import type { RunPicture } from '../run-picture.ts';
import { type AskChoice, choicesFor } from './ask-choices.ts';
import { failureAsText } from './ask-failure.ts';
import { aboutSize, askLines } from './ask-layout.ts';
import { planAsked, planAskedKey } from './ask-plan.ts';
import type { AskState } from './ask-state.ts';
import { typedAnswer } from './ask-typed.ts';
import { failureAsked } from './question-data.ts';

const PLAIN: Style = { colour: false, unicode: true };

/** The keys that answer, and those that read. Tab is the page's, and so is Esc where it is not among them. */
export function askKeys(state: AskState, picture: RunPicture): readonly KeyHint[] {
  if (state.sent !== undefined) return [];
  const reading: readonly KeyHint[] = [
    { key: 'PgUp PgDn', does: 'scroll', explain: 'scroll what the question is about', rare: true },
  ];
  if (askTakesText(state)) {
    return [
      { key: 'Enter', does: 'send' },
      { key: 'Ctrl-D', does: 'not now', explain: 'the run stops here, and can be resumed' },
      ...reading,
    ];
  }
  const choices = choicesFor(state.question, picture, PLAIN);
  if (state.question.about === 'plan') {
    const answers = choices.map(({ key, brief, leads }) => ({ key, does: brief, explain: leads }));
    return [...answers, ...planPartKeys(planAsked(state, picture, PLAIN))];
  }
  return [
    ...choices.map(({ key, brief, label, leads }) => ({
      key,
      does: brief,
      explain: leads === '' ? label : `${label}. ${leads}`,
    })),
    { key: 'up-down Enter', does: 'choose', rare: true },
    {
      key: 'v',
      does: state.full === true ? 'the answers' : 'read it all',
      explain: 'give what the question is about all the room, or take it back',
    },
    ...reading,
  ];
}

/**
 * What a key does to the question. `around` has the columns and rows of the question's panel. Keys that mean nothing to it, Tab
 * and Esc among them, leave the state as it is.
 */
export function askKey(state: AskState, key: Key, picture: RunPicture, around: Around): Turn<AskState> {
  if (state.sent !== undefined) return { state };
  if (state.question.about === 'plan') return planKey(state, key, picture, around);
  const size = aboutSize(state, picture, around);
  const far = isKey(key, 'page-up', 'page-down', 'wheel-up', 'wheel-down');
  const typed = askTakesText(state);
  if (far || (isKey(key, 'up', 'down') && typed) || (state.full === true && isKey(key, 'up', 'down', 'home', 'end'))) {
    const top = Math.min(state.top, Math.max(0, size.count - size.window));
    return { state: { ...state, top: scrollText(top, key, size.count, size.window) ?? top } };
  }
  return typed ? typedKey(state, key, around) : pointKey(state, key, picture, around);
}

/** Is text being typed into it? Then letters are text. */
export function askTakesText({ question: { takes }, sent }: AskState): boolean {
  if (sent !== undefined || 'choices' in takes) return false;
  return !('schema' in takes) || choicesFor({ id: '', about: 'input', data: null, takes }, NO_PICTURE, PLAIN).length === 0;
}

/** Choices of a schema depend on nothing but the schema. */
const NO_PICTURE = {} as RunPicture;

function typedKey(state: AskState, key: Key, around: Around): Turn<AskState> {
  if (isCtrl(key, 'd')) return stopHere(state);
  if (isKey(key, 'enter')) {
    const typed = typedAnswer(state.question, state.field.text, around.fault);
    if ('wrong' in typed) return { state: { ...state, wrong: typed.wrong } };
    return answered(state, typed.answer, 'secret' in state.question.takes ? 'On its way to the vault' : 'Going on');
  }
  const field = editField(state.field, key);
  if (field === undefined) return { state };
  const { wrong: _, ...rest } = state;
  return { state: { ...rest, field } };
}

function pointKey(state: AskState, key: Key, picture: RunPicture, { style }: Around): Turn<AskState> {
  if (isText(key, 'v') || (isKey(key, 'escape') && state.full === true)) {
    const { full, ...rest } = state;
    return { state: full === true ? { ...rest, top: 0 } : { ...rest, top: 0, full: true } };
  }
  const { full, ...rest } = state;
  // What is read in full hides the answers: nothing there is pointed at.
  const turn = choiceKey(choicesFor(state.question, picture, style), full === true ? -1 : state.cursor, key);
  if (turn === undefined) return { state };
  const next = { ...rest, cursor: turn.cursor };
  return turn.chosen === undefined ? { state: next } : choose(next, turn.chosen, picture);
}

function planKey(state: AskState, key: Key, picture: RunPicture, around: Around): Turn<AskState> {
  const choices = choicesFor(state.question, picture, around.style);
  const letter = choices.find((choice) => isText(key, choice.key));
  if (letter !== undefined) return choose(state, letter, picture);
  const turn = planAskedKey(state, key, picture, around);
  if (turn === undefined) return { state };
  const next = { ...state, plan: turn.state };
  const chosen = turn.chosen === undefined ? undefined : choices[turn.chosen];
  return chosen === undefined ? { state: next } : choose(next, chosen, picture);
}

function choose(state: AskState, { act, label }: AskChoice, picture: RunPicture): Turn<AskState> {
  const { question } = state;
  switch (act.kind) {
    case 'answer':
      return answered(state, act.answer, `Answered: ${label}`);
    case 'stop':
      return stopHere(state);
    case 'shell':
      return { state, intents: [{ kind: 'shell' }] };
    case 'copy': {
      const failure = failureAsked(question, picture.state);
      if (failure === undefined) return { state };
      const text = failureAsText({ title: questionTitle(question, picture.state), run: picture.run }, failure);
      return { state, intents: [{ kind: 'copy', text, what: 'the failure' }] };
    }
    case 'change-inputs': {
      const { run, deployment } = picture;
      const ref = picture.state.header?.recipe.name ?? '';
      const intent: Intent = { kind: 'change-inputs', run, deployment, ref, question: question.id };
      return { state: { ...state, sent: 'The run stops; its inputs open then' }, intents: [intent] };
    }
  }
}

/** A secret is not kept here longer than it takes to send it. */
function answered(state: AskState, answer: Json, sent: string): Turn<AskState> {
  const { wrong: _, full: __, ...rest } = state;
  const { id } = state.question;
  return {
    state: { ...rest, field: textField(), sent },
    intents: [{ kind: 'request', request: { kind: 'answer', id, answer } }],
  };
}

function stopHere(state: AskState): Turn<AskState> {
  const { wrong: _, full: __, ...rest } = state;
  const intent: Intent = { kind: 'request', request: { kind: 'stop', when: 'now' } };
  return { state: { ...rest, field: textField(), sent: 'The run stops here' }, intents: [intent] };
}

/** What is asked, in at most so many lines and columns. */
export function AskPanel(props: {
  readonly state: AskState;
  readonly picture: RunPicture;
  readonly columns: number;
  readonly rows: number;
  readonly style: Style;
}): ReactElement {
  const { state, picture, columns, rows, style } = props;
  return <Lines lines={askLines(state, picture, { columns, rows, style })} columns={columns} style={style} />;
}
