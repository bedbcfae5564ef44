import type { Failure, Fault } from '../../../../model/failure.ts';
import { commandLine } from '../../../lib/failure-text.ts';
import { flowText, type Indent, noIndent } from '../../../lib/flow-text.ts';
import { foldPainted } from '../../../lib/fold-painted.ts';
import { paint, type Style, sign } from '../../../lib/style.ts';
import { widthOf } from '../../../lib/width.ts';
import { wordLines, words } from '../../../lib/words.ts';

/** Who must act, as a likely cause. */
const CAUSES: Readonly<Record<Fault, string>> = {
  operator: 'Likely cause: something that it was given, or told to do, is not right.',
  environment: 'Likely cause: something around it, such as the network, a disk or another program.',
  bug: 'Likely cause: a fault of fairlead itself. Please report it.',
};

/** So many lines of output are shown where there is no room for all. */
const FEW = 4;

/**
 * A failure: what happened, the likely cause, what to try, the command and the end of its output. `few`: only the last lines of
 * the output, since the others have no room.
 */
export function failurePart(failure: Failure, columns: number, style: Style, few: boolean): readonly string[] {
  const { evidence } = failure;
  const flow = (text: string, indent: Indent): readonly string[] =>
    flowText([{ text: words(text, style) }], columns, indent, style);
  const tail = evidence?.tail ?? [];
  const shown = few ? tail.slice(-FEW) : tail;
  const left = tail.length - shown.length;
  const cause = `${CAUSES[failure.fault]} ${failure.retryable ? 'Trying again can help.' : ''}`.trimEnd();
  const bar = `${paint(sign('bar', style), 'bad', style)} `;
  const arrow = paint(sign('arrow', style), 'asking', style);
  return [
    ...wordLines(failure.message, style).flatMap((line) => flow(line, noIndent)),
    ...flow(cause, noIndent).map((line) => paint(line, 'faint', style)),
    ...failure.hints.flatMap((hint) => flow(hint, hanging(arrow, widthOf(sign('arrow', style)) + 1))),
    ...(evidence?.argv === undefined
      ? []
      : ['', ...foldPainted(`${paint('$', 'strong', style)} ${words(commandLine(evidence.argv), style)}`, columns)]),
    ...(evidence?.exit === undefined ? [] : [`It ended with exit code ${evidence.exit}.`]),
    ...(tail.length === 0
      ? []
      : [paint(left > 0 ? `The end of its output (${left} lines more with v):` : 'The end of its output:', 'faint', style)]),
    ...shown.flatMap((line) =>
      foldPainted(words(line, style).replaceAll('\t', '    '), columns - 2).map((one) => `${bar}${one}`),
    ),
    ...(few ? [] : [paint(`(${words(failure.code, style)})`, 'faint', style)]),
  ];
}

/** A failure as it is copied: to be pasted into a search or a report. */
export function failureAsText(of: { readonly title: string; readonly run: string } | undefined, failure: Failure): string {
  const { message, code, hints, evidence } = failure;
  return [
    of === undefined ? code : `${of.title} failed (${code}, run ${of.run})`,
    message,
    ...(evidence?.argv === undefined ? [] : [`$ ${commandLine(evidence.argv)}`]),
    ...(evidence?.exit === undefined ? [] : [`exit code ${evidence.exit}`]),
    ...(evidence?.tail ?? []),
    ...hints.map((hint) => `-> ${hint}`),
  ].join('\n');
}

function hanging(mark: string, width: number): Indent {
  return { first: `${mark} `, rest: ' '.repeat(width), width };
}
