import Type from 'typebox';
import { fail } from '../../model/failure.ts';
import { sanitize } from '../../model/untrusted-text.ts';
import { type CapturePatterns, captureAll, compilePattern } from './captures.ts';
import type { Streamed } from './run-streamed.ts';

/** The params that say what counts as success, and what to keep: spread into a step type's schema. */
export const verdictParams = {
  ok_codes: Type.Optional(
    Type.Array(Type.Integer({ minimum: 0, maximum: 255 }), {
      minItems: 1,
      description: 'Exit codes that mean success. Default: [0].',
    }),
  ),
  success: Type.Optional(
    Type.String({ minLength: 1, description: 'A regular expression that standard output or standard error must match.' }),
  ),
  failure: Type.Optional(
    Type.Union([Type.String({ minLength: 1 }), Type.Record(Type.String({ minLength: 1 }), Type.String({ minLength: 1 }))], {
      description:
        'A regular expression that means failure where standard output or standard error matches it. Or several, each with what to tell the operator: they are looked for whatever the exit code is.',
    }),
  ),
  output: Type.Optional(
    Type.Record(Type.String({ pattern: '^[a-z][a-z0-9_]*$' }), Type.String({ minLength: 1 }), {
      description: 'Outputs of your own: name → a regular expression whose first group is looked for in standard output.',
    }),
  ),
};

/** What counts as success, as params hold it. */
export interface Verdict {
  readonly ok_codes?: readonly number[];
  readonly success?: string;
  readonly failure?: string | Readonly<Record<string, string>>;
  readonly output?: CapturePatterns;
}

/** The outputs that every run of a program leaves. */
export const runOutputs = {
  code: 'The exit code.',
  stdout:
    'What it printed on standard output: the last lines, 4 KiB at most, without escape sequences and space around it; known secrets are masked where it has several lines or is long.',
};

const KEPT_CHARACTERS = 4096;

/** The names of the outputs that raw params announce. */
export function verdictOutputNames(params: Readonly<Record<string, unknown>>): readonly string[] {
  const { output } = params;
  return typeof output === 'object' && output !== null ? Object.keys(output) : [];
}

/**
 * Judges how a program ended and gives its outputs. Throws `<kind>.failed` for a wrong exit code, a missing success
 * or a seen failure, and `<kind>.output-missing` where a wanted output isn't in what was printed. `shown` is the
 * program as the operator knows it.
 */
export function judgeRun(
  kind: 'command' | 'script',
  shown: readonly string[],
  verdict: Verdict,
  ran: Streamed,
): Readonly<Record<string, string | number>> {
  const stdout = sanitize(ran.stdout, true).trim();
  const evidence = { argv: shown, tail: ran.tail, ...(ran.code === null ? {} : { exit: ran.code }) };
  const printed = `${stdout}\n${sanitize(ran.stderr, true)}`;
  const meant = ran.code === null ? undefined : meaningOf(verdict, printed);
  if (meant !== undefined) {
    throw fail(`${kind}.failed`, meant, {
      hints: ['Put that right, then let the step run again.'],
      retryable: true,
      evidence,
      recipeSays: meant,
    });
  }
  const wrong = whatIsWrong(verdict, ran, printed);
  if (wrong !== undefined) {
    throw fail(`${kind}.failed`, `${shown[0]} ${wrong}.`, {
      fault: 'environment',
      hints: ['Read the last lines that it printed, put right what they name, and let the step run again.'],
      retryable: true,
      evidence,
    });
  }
  const captured = captureAll(verdict.output ?? {}, ran.stdout);
  if (captured.missing.length > 0) {
    throw fail(
      `${kind}.output-missing`,
      `${shown[0]} ended well but printed nothing that matches ${captured.missing.join(', ')}.`,
      {
        fault: 'operator',
        hints: ['Compare what it printed with the patterns of `output` in the recipe: another version may word it differently.'],
        evidence,
      },
    );
  }
  return { code: ran.code ?? 0, stdout: mayBeHalf(ran.stdout) ? '' : wholeLinesOf(stdout), ...captured.values };
}

/** One long line of which we have the end, perhaps: however little of it can be shown, it may begin within a secret. */
function mayBeHalf(printed: string): boolean {
  return printed.length > KEPT_CHARACTERS && !printed.trimEnd().includes('\n');
}

/** The last lines that fit, whole: half a secret would not be known for one. */
function wholeLinesOf(text: string): string {
  if (text.length <= KEPT_CHARACTERS) return text;
  const end = text.slice(-KEPT_CHARACTERS);
  const newline = end.indexOf('\n');
  return newline < 0 ? '' : end.slice(newline + 1);
}

/** The lines that hold a part of a text, whole: cut in its middle, a secret would not be known for one. */
function linesAround(text: string, start: number, end: number): string {
  const newline = text.indexOf('\n', Math.max(start, end - 1));
  return text.slice(text.lastIndexOf('\n', start - 1) + 1, newline < 0 ? text.length : newline);
}

/** What the recipe says of something that was printed, where that means failure. */
function meaningOf({ failure }: Verdict, printed: string): string | undefined {
  if (failure === undefined || typeof failure === 'string') return undefined;
  return Object.entries(failure).find(([pattern]) => compilePattern(pattern, 'failure').test(printed))?.[1];
}

function whatIsWrong(verdict: Verdict, ran: Streamed, printed: string): string | undefined {
  const okCodes = verdict.ok_codes ?? [0];
  if (ran.code === null) return `was ended by ${ran.signal ?? 'a signal'}`;
  if (!okCodes.includes(ran.code)) return `ended with exit code ${ran.code}`;
  const failure = typeof verdict.failure === 'string' ? compilePattern(verdict.failure, 'failure').exec(printed) : null;
  if (failure !== null) {
    const shown = linesAround(printed, failure.index, failure.index + failure[0].length);
    return shown.length > 200 || mayBeHalf(ran.stdout) || mayBeHalf(ran.stderr)
      ? 'printed what means failure'
      : `printed what means failure: ${shown}`;
  }
  if (verdict.success !== undefined && !compilePattern(verdict.success, 'success').test(printed)) {
    return `did not print what means success: ${verdict.success}`;
  }
  return undefined;
}
