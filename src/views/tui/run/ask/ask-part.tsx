import type { ReactElement } from 'react';
import type { Question } from '../../../../model/questions.ts';
import { foldLines } from '../../../lib/fold-line.ts';
import { questionLines, questionTitle } from '../../../lib/question-text.ts';
import type { Style } from '../../../lib/style.ts';
import { isText, type Key } from '../../key.ts';
import type { Around, KeyHint, Turn } from '../../page.ts';
import { Lines } from '../../parts/lines.tsx';
import type { RunPicture } from '../run-picture.ts';
import type { AskState } from './ask-state.ts';

/** The keys that answer. */
export function askKeys({ question }: AskState, _picture: RunPicture): readonly KeyHint[] {
  return choicesOf(question).map((choice, at) => ({ key: String(at + 1), does: choice }));
}

/** What a key does to the question. */
export function askKey(state: AskState, key: Key, _picture: RunPicture, _around: Around): Turn<AskState> {
  const { question } = state;
  const answer = choicesOf(question).find((_, at) => isText(key, String(at + 1)));
  if (answer === undefined || state.sent === true) return { state };
  return {
    state: { ...state, sent: true },
    intents: [{ kind: 'request', request: { kind: 'answer', id: question.id, answer } }],
  };
}

/** Is text being typed into it? */
export function askTakesText({ question }: AskState): boolean {
  return !('choices' in question.takes);
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
  const { question } = state;
  const lines = foldLines(questionLines(question, questionTitle(question, picture.state), style), columns);
  return <Lines lines={lines.slice(0, rows)} columns={columns} style={style} />;
}

function choicesOf({ takes }: Question): readonly string[] {
  return 'choices' in takes ? takes.choices : [];
}
