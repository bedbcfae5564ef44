import type { Failure, Fault } from '../../../../model/failure.ts';
import { commandLine } from '../../../lib/failure-text.ts';
import { flowText, type Indent, noIndent } from '../../../lib/flow-text.ts';
import { foldPainted } from '../../../lib/fold-painted.ts';
import { paint, type Style, sign } from '../../../lib/style.ts';
import { cutPainted, widthOf } from '../../../lib/width.ts';
import { wordLines, words } from '../../../lib/words.ts';

/** Who must act, as a likely cause. */
const CAUSES: Readonly<Record<Fault, string>> = {
  operator: 'Likely cause: something that it was given, or told to do, is not right.',
  environment: 'Likely cause: what is around it: rights, the disk, the network or another program.',
  bug: 'Likely cause: a fault of fairlead itself. Please report it.',
};

/** So many lines of output are shown where there is no room for all. */
const FEW = 4;

/**
 * A failure: what happened, the likely cause, what to try, the command and the end of its output. `withCause`: it failed while
 * it was at work; what was refused says itself what is wrong.
 */
export function failurePart(failure: Failure, columns: number, style: Style, withCause = true): readonly string[] {
  const { evidence } = failure;
  const tail = evidence?.tail ?? [];
  return [
    ...messageLines(failure, columns, style),
    ...(withCause ? causeLines(failure, columns, style) : []),
    ...hintLines(failure, columns, style),
    ...(evidence?.argv === undefined ? [] : ['', ...foldPainted(commandText(evidence.argv, style), columns)]),
    ...(evidence?.exit === undefined ? [] : [`It ended with exit code ${evidence.exit}.`]),
    ...(tail.length === 0 ? [] : [paint('The end of its output:', 'faint', style)]),
    ...tail.flatMap((line) => foldPainted(outputText(line, style), columns - 2).map((one) => `${bar(style)}${one}`)),
    paint(`(${words(failure.code, style)})`, 'faint', style),
  ];
}

/** Room for a failure, and how its reader gets to see what has no room there, in words. */
export interface ShortFailure {
  readonly columns: number;
  readonly rows: number;
  readonly style: Style;
  readonly more?: string;
}

/** The same where there is no room for all of it: what was seen comes first, cut to what a line holds, then what to try. */
export function failureInShort(failure: Failure, { columns, rows, style, more }: ShortFailure): readonly string[] {
  const { evidence } = failure;
  const cutOff = (line: string): string => cutPainted(line, columns, sign('more', style));
  const message = messageLines(failure, columns, style);
  const command = evidence?.argv === undefined ? [] : [cutOff(commandText(evidence.argv, style))];
  const advice = [...causeLines(failure, columns, style), ...hintLines(failure, columns, style)];
  const tail = evidence?.tail ?? [];
  const shown = tail.slice(-Math.max(FEW, rows - message.length - command.length - advice.length - 1));
  const left = tail.length - shown.length;
  const exit = evidence?.exit === undefined ? '' : `Exit code ${evidence.exit}. `;
  const how = more === undefined ? '' : ` (${more}: all)`;
  const which = left > 0 ? `Its last ${shown.length} lines of ${tail.length}${how}:` : 'The end of its output:';
  const heading = `${exit}${tail.length === 0 ? '' : which}`.trimEnd();
  return [
    ...message,
    ...command,
    ...(heading === '' ? [] : [paint(heading, 'faint', style)]),
    ...shown.map((line) => cutOff(`${bar(style)}${outputText(line, style)}`)),
    ...advice,
  ];
}

function messageLines({ message }: Failure, columns: number, style: Style): readonly string[] {
  return wordLines(message, style).flatMap((line) => flowText([{ text: line }], columns, noIndent, style));
}

function causeLines({ fault, retryable }: Failure, columns: number, style: Style): readonly string[] {
  const cause = `${CAUSES[fault]} ${retryable ? 'Trying again can help.' : ''}`.trimEnd();
  return flowText([{ text: cause, look: 'faint' }], columns, noIndent, style);
}

function hintLines({ hints }: Failure, columns: number, style: Style): readonly string[] {
  const arrow = paint(sign('arrow', style), 'asking', style);
  const indent = hanging(arrow, widthOf(sign('arrow', style)) + 1);
  return hints.flatMap((hint) => flowText([{ text: words(hint, style) }], columns, indent, style));
}

function commandText(argv: readonly string[], style: Style): string {
  return `${paint('$', 'strong', style)} ${words(commandLine(argv), style)}`;
}

function outputText(line: string, style: Style): string {
  return words(line, style).replaceAll('\t', '    ');
}

function bar(style: Style): string {
  return `${paint(sign('bar', style), 'bad', style)} `;
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
