import type { Json } from '../../../../model/json.ts';
import type { Question } from '../../../../model/questions.ts';
import { isGivingUp, skipText } from '../../../lib/question-text.ts';
import type { Style } from '../../../lib/style.ts';
import { words } from '../../../lib/words.ts';
import type { Choice } from '../../parts/choice-list.ts';
import { willHappen } from '../../plan/plan-words.ts';
import type { RunPicture } from '../run-picture.ts';
import { dataOf, objectOf, skippedWith } from './question-data.ts';

/** What becomes of a choice. */
export type AskAct =
  | { readonly kind: 'answer'; readonly answer: Json }
  /** Not now: the run stops where it is. */
  | { readonly kind: 'stop' }
  | { readonly kind: 'change-inputs' }
  | { readonly kind: 'shell' }
  | { readonly kind: 'copy' };

/** One way to go on. */
export interface AskChoice extends Choice {
  /** In a word or two, as the key bar has it. */
  readonly brief: string;
  readonly act: AskAct;
}

/** The ways to go on: the safe one first where there is danger. None where something is to be typed. */
export function choicesFor(question: Question, picture: RunPicture, style: Style): readonly AskChoice[] {
  const takes = takenBy(question);
  if (takes === undefined) return [];
  const has = (answer: string): boolean => takes.includes(answer);
  const answer = (
    key: string,
    value: string,
    brief: string,
    label: string,
    leads: string,
    careful?: true,
  ): readonly AskChoice[] =>
    has(value)
      ? [{ key, label, brief, leads, act: { kind: 'answer', answer: value }, ...(careful === undefined ? {} : { careful }) }]
      : [];
  const later = answer('l', 'stop', 'later', 'leave it for later', LATER);
  switch (question.about) {
    case 'plan':
      return [
        ...answer('y', 'approve', 'do it', 'Do it', willHappen(picture.state.forecast ?? [])),
        ...answer('l', 'stop', 'not now', 'Not now', 'the run stops here, and can be resumed'),
        ...answer('g', 'abandon', 'give it up', 'Give it up', 'nothing is changed'),
      ];
    case 'manual':
      return [
        ...answer('d', 'done', 'done', 'it is done: go on', 'The run takes your word for it, and goes on.'),
        shell,
        { key: 'l', label: 'not now', brief: 'not now', leads: LATER, act: { kind: 'stop' } },
      ];
    case 'in-doubt':
      if (isGivingUp(question)) {
        return [
          ...later,
          ...answer('d', 'done', 'it happened', 'it did happen', 'It counts as done: the next run leaves it alone.', true),
          ...answer('a', 'again', 'it did not', 'it did not happen', 'Nothing is done now. The next run does it.', true),
        ];
      }
      return [
        ...later,
        ...answer('d', 'done', 'it happened', 'it did happen: go on', 'It counts as done and is not done again.', true),
        ...answer('a', 'again', 'do it', 'it did not happen: do it', 'It is done now. If it did happen, it happens twice.', true),
        shell,
      ];
    case 'drift':
      return [
        ...later,
        ...answer('k', 'keep', 'keep', 'keep the edit', KEEP),
        ...answer('w', 'overwrite', 'overwrite', 'overwrite it', OVERWRITE, true),
        shell,
      ];
    case 'adopt':
      return [
        ...answer('a', 'adopt', 'adopt', 'adopt: I have the old value', 'You type the old value next; the data stays as it is.'),
        ...answer('r', 'rotate', 'rotate', 'rotate: make a new value', ROTATE),
        ...answer('w', 'wipe', 'wipe', 'wipe: remove the data for good', WIPE, true),
        ...later,
      ];
    case 'failure':
      return [
        ...answer('r', 'retry', 'retry', 'try it once more', 'The step begins anew, as it is.'),
        ...(canChangeInputs(question, picture) ? [changeInputs] : []),
        shell,
        ...answer('s', 'skip', 'skip', skipLabel(question), skipThen(question, style), true),
        ...answer('l', 'stop', 'later', 'stop, and resume later', LATER),
        {
          key: 'y',
          label: 'copy the failure',
          brief: 'copy',
          leads: 'All of it, with the end of the output.',
          act: { kind: 'copy' },
        },
      ];
    default:
      return [
        ...takes.slice(0, 9).map(
          (value, at): AskChoice => ({
            key: String(at + 1),
            label: words(value, style),
            brief: words(value, style),
            leads: '',
            act: { kind: 'answer', answer: value },
          }),
        ),
        { key: 'l', label: 'not now', brief: 'not now', leads: LATER, act: { kind: 'stop' } },
      ];
  }
}

const LATER = 'The run stops here. What is done stays done, and it can be resumed.';
const KEEP = 'It stays as it is, now and later, until the recipe or an input wants something else there.';
const OVERWRITE = 'It becomes what the recipe says. A copy of the edited file goes to the backups of this run.';
const ROTATE = 'A new value is made, and the system that has the data is told of it.';
const WIPE = 'You are asked for a word first. Then the data is gone, and a new value is made.';

const shell: AskChoice = {
  key: 'o',
  label: 'look around in a shell',
  brief: 'shell',
  leads: 'fairlead steps aside; `exit` comes back to this question.',
  act: { kind: 'shell' },
};

const changeInputs: AskChoice = {
  key: 'c',
  label: 'change an input',
  brief: 'inputs',
  leads: 'The run stops, its inputs open, and it goes on with what you change.',
  act: { kind: 'change-inputs' },
};

/** A rotation takes no other inputs, and a recipe without any has none to change. */
function canChangeInputs(question: Question, { state }: RunPicture): boolean {
  const { header } = state;
  const stops = 'choices' in question.takes && question.takes.choices.includes('stop');
  return stops && header !== undefined && header.kind !== 'rotate' && Object.keys(header.inputs).length > 0;
}

function skipLabel(question: Question): string {
  const others = skippedWith(question)?.length ?? 0;
  if (dataOf(question).wayBack === true) return 'leave it as it is';
  return others === 0 ? 'skip it' : `skip it, and ${others} more that need${others === 1 ? 's' : ''} it`;
}

function skipThen(question: Question, style: Style): string {
  const text = skipText(question, style);
  const said = `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
  return dataOf(question).wayBack === true ? said : `${said} In the end the run stops as failed.`;
}

/** The closed answers that a question takes, also where a schema lists them. */
function takenBy({ takes }: Question): readonly string[] | undefined {
  if ('choices' in takes) return takes.choices;
  if (!('schema' in takes)) return undefined;
  const { enum: values } = objectOf(takes.schema);
  return Array.isArray(values) && values.length < 10 && values.every((value) => typeof value === 'string') ? values : undefined;
}
