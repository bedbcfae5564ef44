import type { Failure } from '../../model/failure.ts';
import { paint, type Style, sign } from './style.ts';
import { wordLines, words } from './words.ts';

/** A failure for people: what happened, what was seen, what to try next, and the code that scripts know it by. */
export function failureLines(failure: Failure, style: Style): readonly string[] {
  const bar = paint(sign('bar', style), 'bad', style);
  const { evidence } = failure;
  const command = evidence?.argv === undefined ? [] : commandRows(evidence.argv, style);
  const exit = evidence?.exit === undefined ? [] : [`exit code: ${evidence.exit}`];
  const seen = (evidence?.tail ?? []).map((line) => `  ${words(line, style)}`);
  const heading = seen.length > 0 && evidence?.argv !== undefined ? ['the end of its output:'] : [];
  const body = [...wordLines(failure.message, style), ...command, ...exit, ...heading, ...seen];
  const whose = failure.fault === 'bug' ? `${failure.code}, a fault of fairlead itself` : failure.code;
  return [
    ...body.map((line) => `    ${bar} ${line}`.trimEnd()),
    ...failure.hints.map((hint) => `    ${paint(sign('arrow', style), 'asking', style)} ${words(hint, style)}`),
    `    ${paint(`(${words(whose, style)})`, 'faint', style)}`,
  ];
}

/** A script as an argument would bury what it printed: its beginning, and its end, where its own arguments stand. */
function commandRows(argv: readonly string[], style: Style): readonly string[] {
  const line = commandLine(argv);
  const [first = '', ...more] = line.split('\n');
  if (more.length < 3) return [`command: ${words(line, style)}`];
  return [
    `command: ${words(first, style)}`,
    `  ${paint(`${sign('more', style)} ${more.length - 1} more lines`, 'faint', style)}`,
    `  ${words(more.at(-1) ?? '', style)}`,
  ];
}

/** A command as it would be typed in a shell; not yet sanitised. */
export function commandLine(argv: readonly string[]): string {
  return argv.map(asTyped).join(' ');
}

/** An argument as it would be typed in a shell, so that the line can be tried again. */
function asTyped(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
}
