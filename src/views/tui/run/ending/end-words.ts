import type { RunState, StepState } from '../../../../model/run-state.ts';
import { abandonedLines, betweenValues, committedText, STOPS } from '../../../lib/ending-text.ts';
import { flowText, type Indent, noIndent } from '../../../lib/flow-text.ts';
import { foldLines } from '../../../lib/fold-line.ts';
import { foldAllPainted } from '../../../lib/fold-painted.ts';
import { markdownLines } from '../../../lib/markdown.ts';
import { countsText, doneText, OUTCOMES } from '../../../lib/recap-text.ts';
import { type Meaning, paint, type Style, sign } from '../../../lib/style.ts';
import { widthOf } from '../../../lib/width.ts';
import { words } from '../../../lib/words.ts';
import { failureInShort } from '../ask/ask-failure.ts';
import { askHeading } from '../ask/ask-words.ts';
import { tidyLine } from '../output-line.ts';
import type { RunPicture } from '../run-picture.ts';

/** How the run stands where nothing goes on in it here: it ended, it stopped, or its process is gone. In lines of so many columns. */
export function endLines(picture: RunPicture, columns: number, style: Style, printed: readonly string[] = []): readonly string[] {
  const page = { picture, columns, style, printed };
  const { state, down, past } = picture;
  switch (state.status) {
    case 'ok':
      return [...doneLines(page), ...recordLines(page)];
    case 'abandoned':
      return [...foldAllPainted(abandonedLines(state, style), columns), ...changedLines(page), ...recordLines(page)];
    case 'stopped':
      return [...stoppedLines(page), ...recordLines(page)];
    default:
      if (past)
        return [...flow('This record is not at its end: its process died, or is still at work.', page), ...countLines(page)];
      if (down === undefined || down === 'over') return flow('This app has let go of the run; it goes on.', page);
      return [...goneLines(page), ...recordLines(page)];
  }
}

interface EndPage {
  readonly picture: RunPicture;
  readonly columns: number;
  readonly style: Style;
  /** What the run was asked for, as lines of output. */
  readonly printed?: readonly string[];
}

function doneLines(page: EndPage): readonly string[] {
  const { picture, columns, style, printed = [] } = page;
  const { state } = picture;
  const sign_ = paint(sign('ok', style), 'good', style);
  const rotated = state.rotation === 'committed' ? flow(committedText(state.header?.rotates ?? [], style), page) : [];
  const finish = state.finish === undefined ? [] : ['', ...markdownLines(state.finish, { columns, style, breaks: true })];
  const head = foldAllPainted([`${sign_} ${doneText(state, style)}`], columns);
  if (printed.length === 0) return [...head, ...rotated, ...finish, ...changedLines(page)];
  const lines = printed.map((line) => tidyLine(line, style));
  return [...head, '', paint('What it printed', 'strong', style), ...foldLines(lines, columns), ...changedLines(page)];
}

/** What this run changed, step by step. */
function changedLines(page: EndPage): readonly string[] {
  const changed = [...page.picture.state.steps.values()].filter(({ status }) => status === 'changed');
  const nothing = page.picture.state.status === 'abandoned' ? 'No step changed anything.' : 'Nothing had to be changed.';
  if (changed.length === 0) return ['', paint(nothing, 'faint', page.style)];
  return ['', paint('What changed', 'strong', page.style), ...changed.flatMap((step) => stepLines(step, page))];
}

function stepLines({ title, status }: StepState, { columns, style }: EndPage): readonly string[] {
  const [name, meaning] = status in OUTCOMES ? OUTCOMES[status as keyof typeof OUTCOMES] : (['pending', 'faint'] as const);
  return flowText([{ text: words(title, style) }], columns, marked(sign(name, style), meaning, style), style);
}

function stoppedLines(page: EndPage): readonly string[] {
  const { picture, columns, style } = page;
  const { state } = picture;
  const why = state.stopReason === undefined ? '' : ` ${STOPS[state.stopReason]}`;
  const between = betweenValues(state, style);
  const way = between?.wayBack === undefined ? '' : ` ${between.wayBack} with the key a.`;
  return [
    ...foldAllPainted([paint(`Stopped:${why}`, 'bad', style)], columns),
    ...countLines(page),
    ...(between === undefined ? [] : flow(`${between.text}${way}`, page)),
    ...waitsForLines(page),
    ...failedLines(page),
  ];
}

/** The question that nobody answered. */
function waitsForLines({ picture, columns, style }: EndPage): readonly string[] {
  const { question, stopReason } = picture.state;
  if (question === undefined || stopReason !== 'operator-needed') return [];
  return ['', ...foldAllPainted([`It asks when it goes on: ${askHeading(question, picture, style)}`], columns)];
}

/** The step that failed last, and why; the others by their titles. */
function failedLines(page: EndPage): readonly string[] {
  const failed = failedSteps(page.picture.state);
  const last = failed.at(-1);
  if (last?.failure === undefined) return [];
  const others = failed.slice(0, -1).flatMap((step) => stepLines(step, page));
  return ['', ...others, ...stepLines(last, page), ...failureInShort(last.failure, { ...page, rows: 0 })];
}

/** The steps that failed in this run, in the order of their ends. */
export function failedSteps({ steps }: RunState): readonly StepState[] {
  return [...steps.values()]
    .filter(({ status }) => status === 'failed' || status === 'unreachable')
    .sort((one, other) => (one.finishedSeq ?? 0) - (other.finishedSeq ?? 0));
}

/** The process of the run is gone: what that means for the operator, then what is known of it. */
function goneLines(page: EndPage): readonly string[] {
  const { picture, columns, style } = page;
  const { state, down } = picture;
  if (down === undefined || down === 'over') return [];
  const atWork = [...state.steps.values()].find(({ status }) => status === 'running' || status === 'intended');
  return [
    ...foldAllPainted([paint('The process of this run is gone.', 'bad', style)], columns),
    ...countLines(page),
    '',
    ...failureInShort(down, { ...page, rows: 0 }),
    ...(atWork === undefined
      ? []
      : [
          '',
          ...flow(`Under way was: ${atWork.title}.`, page),
          ...flow('Whether it came about is looked at first when the run goes on.', page),
        ]),
  ];
}

/** Where the record is. */
function recordLines(page: EndPage): readonly string[] {
  const { style, picture } = page;
  return [
    '',
    ...flow(`Record: run ${picture.run}`, page).map((line) => paint(line, 'faint', style)),
    ...flow(exportCommand(picture), page, marked(' ', 'faint', style)),
  ];
}

/** Prints the record. */
export function exportCommand({ run }: RunPicture): string {
  return `fairlead export ${run}`;
}

function countLines({ picture, columns, style }: EndPage): readonly string[] {
  return picture.state.steps.size === 0 ? [] : foldAllPainted([`${countsText(picture.state, style)}.`], columns);
}

function flow(text: string, { columns, style }: EndPage, indent: Indent = noIndent): readonly string[] {
  return flowText([{ text: words(text, style) }], columns, indent, style);
}

function marked(mark: string, meaning: Meaning, style: Style): Indent {
  const width = widthOf(mark) + 3;
  return { first: `  ${paint(mark, meaning, style)} `, rest: ' '.repeat(width), width };
}
