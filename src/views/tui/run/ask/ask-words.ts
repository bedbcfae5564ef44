import type { Question } from '../../../../model/questions.ts';
import { secretVariable } from '../../../../model/questions.ts';
import { flowText, type Indent, noIndent, type Span } from '../../../lib/flow-text.ts';
import { foldAllPainted } from '../../../lib/fold-painted.ts';
import { keptDataOf, saying } from '../../../lib/kept-data-text.ts';
import { markdownLines } from '../../../lib/markdown.ts';
import { changeLines, planLines } from '../../../lib/plan-text.ts';
import { GIVING_UP, isGivingUp, questionTitle } from '../../../lib/question-text.ts';
import { type Meaning, paint, type Style, sign } from '../../../lib/style.ts';
import { words } from '../../../lib/words.ts';
import type { RunPicture } from '../run-picture.ts';
import { failureInShort, failurePart } from './ask-failure.ts';
import { changesOf, dataOf, failureAsked, textsOf } from './question-data.ts';

/** What the question is, in a line; not yet folded. */
export function askHeading(question: Question, picture: RunPicture, style: Style): string {
  const [text, meaning] = headingOf(question, picture);
  return paint(words(text, style), meaning, style);
}

function headingOf(question: Question, { state }: RunPicture): readonly [string, Meaning] {
  const title = questionTitle(question, state) || String(dataOf(question).title ?? question.step ?? '');
  const secret = String(dataOf(question).secret ?? '');
  switch (question.about) {
    case 'plan':
      return ['Do this?', 'asking'];
    case 'manual':
      return [`By hand: ${title}`, 'asking'];
    case 'in-doubt':
      return [`In doubt: ${title}`, 'asking'];
    case 'danger':
      return [`Danger: ${secret === '' ? title : `wipe the data that was made with the old ${secret}`}`, 'bad'];
    case 'drift':
      return [`Edited by hand: ${title}`, 'asking'];
    case 'adopt':
      return ['secret' in question.takes ? `The old ${question.takes.secret}` : `Data is there: ${title}`, 'asking'];
    case 'failure':
      return [`Failed: ${title}${(question.attempt ?? 1) > 1 ? ` (attempt ${question.attempt})` : ''}`, 'bad'];
    default:
      return [title === '' ? 'A question' : title, 'asking'];
  }
}

/** What the question is about, in lines of so many columns. `rows`: there is no room for all of it, but for so many lines. */
export function aboutLines(
  question: Question,
  picture: RunPicture,
  columns: number,
  style: Style,
  rows?: number,
): readonly string[] {
  const data = dataOf(question);
  const flow = (text: string, indent: Indent = noIndent): readonly string[] =>
    flowText(spans(words(text, style)), columns, indent, style);
  const markdown = (text: string): readonly string[] => markdownLines(text, { columns, style });
  switch (question.about) {
    case 'plan': {
      const titles = new Map<string, string>([...picture.state.steps.values()].map(({ id, title }) => [id, title]));
      return foldAllPainted(planLines(picture.state.forecast ?? [], titles, style), columns);
    }
    case 'manual':
      return markdown(String(data.markdown ?? ''));
    case 'in-doubt':
      return [
        ...flow('It had begun when the run ended, and nothing here can tell whether it happened:'),
        ...changesText(question, columns, style),
        ...lost(textsOf(data.lost)).flatMap((text) => flow(text)),
        ...changed(textsOf(data.changedInputs)).flatMap((text) => flow(text)),
        ...(isGivingUp(question) ? flow(GIVING_UP) : []),
      ];
    case 'danger':
      return [
        ...flow('This will be lost or changed, and it can not be undone:'),
        ...textsOf(data.targets).flatMap((target) => flow(target, item(style))),
        ...(typeof data.explain === 'string' ? ['', ...markdown(data.explain)] : []),
      ];
    case 'drift':
      return [...flow('Going on as the recipe says would do this to it:'), ...changesText(question, columns, style)];
    case 'adopt': {
      const kept = keptDataOf(question.data);
      if (kept === undefined) return [];
      if (!('secret' in question.takes)) return flow(saying(kept, style).replace(/:$/, '.'));
      return [
        ...flow('Type the value that the data was made with. It goes to the vault and is not shown.'),
        ...flow('path' in kept ? kept.path : `the volume ${kept.volume}`, item(style)),
        '',
        ...flow(`Where nobody can type it, it comes from the environment: ${secretVariable(kept.secret)}.`),
        ...flow('Whether it opens the data is seen when a program uses it; `fairlead secrets set` puts a wrong one right.'),
      ];
    }
    case 'failure': {
      const failure = failureAsked(question, picture.state);
      return failure === undefined
        ? []
        : rows === undefined
          ? failurePart(failure, columns, style)
          : failureInShort(failure, { columns, rows, style, more: 'v' });
    }
    default:
      if (typeof data.markdown === 'string') return markdown(data.markdown);
      return Object.entries(data)
        .filter(([key]) => key !== 'title')
        .flatMap(([key, value]) => flow(`${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`));
  }
}

function changesText(question: Question, columns: number, style: Style): readonly string[] {
  // They stand four columns in, for where a step's line is above them.
  const lines = changesOf(question).flatMap((change) => changeLines(change, style));
  return foldAllPainted(
    lines.map((line) => line.replace(/^ {2}/, '')),
    columns,
  );
}

function lost(names: readonly string[]): readonly string[] {
  return names.length === 0 ? [] : [`Later steps need what only it could tell (${names.join(', ')}), and that is lost.`];
}

function changed(inputs: readonly string[]): readonly string[] {
  return inputs.length === 0 ? [] : [`You gave another value of ${inputs.join(', ')} since: what is done from now on has that.`];
}

/** Code in a sentence stands out, as in Markdown. */
function spans(text: string): readonly Span[] {
  return text.split(/(`[^`]*`)/).map((part) => (part.startsWith('`') ? { text: part, look: 'strong' } : { text: part }));
}

function item(style: Style): Indent {
  return { first: `  ${sign('bullet', style)} `, rest: '    ', width: 4 };
}
