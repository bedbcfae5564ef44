import type { Failure } from '../../model/failure.ts';
import { sanitize } from '../../model/untrusted-text.ts';
import { paint, type Style, sign } from './style.ts';

/** A failure for people: what happened, what was seen, what to try next. */
export function failureLines(failure: Failure, style: Style): readonly string[] {
  const bar = paint(sign('bar', style), 'bad', style);
  const { evidence } = failure;
  const command = evidence?.argv === undefined ? [] : [`command: ${sanitize(evidence.argv.join(' '))}`];
  const exit = evidence?.exit === undefined ? [] : [`exit code: ${evidence.exit}`];
  const tail = (evidence?.tail ?? []).map((line) => `  ${sanitize(line)}`);
  const body = [sanitize(failure.message, true), ...command, ...exit, ...tail].flatMap((part) => part.split('\n'));
  return [
    ...body.map((line) => `    ${bar} ${line}`),
    ...failure.hints.map((hint) => `    ${paint(sign('arrow', style), 'asking', style)} ${sanitize(hint)}`),
    `    ${paint(`(${failure.code})`, 'faint', style)}`,
  ];
}
