import { exitCodes, type Failure, failureOf } from '../model/failure.ts';
import type { Json } from '../model/json.ts';
import { failureLines } from '../views/lib/failure-text.ts';
import { foldLines } from '../views/lib/fold-line.ts';
import type { Style } from '../views/lib/style.ts';
import { coloursOf, isKnownTerminal, wantsPlain } from './known-terminal.ts';
import { withoutSecrets } from './remembered-secrets.ts';

/** The process's own input and output, as commands see them. */
export interface Console {
  out(text: string): void;
  err(text: string): void;
  readonly style: Style;
  readonly errorStyle: Style;
  /** Is somebody at the keyboard and at the screen? */
  readonly attended: boolean;
  /** May a line be drawn over? */
  readonly overwrites: boolean;
  /** Are runs shown in the app: is somebody at a terminal that can be drawn on, who did not ask for lines? */
  readonly app: boolean;
  /** The terminal's width; undefined where standard output is none. */
  columns(): number | undefined;
  readonly json: boolean;
}

/** What the command line says about output. */
export interface OutputOptions {
  readonly json?: boolean;
  readonly color?: boolean;
  readonly plain?: boolean;
  readonly tui?: boolean;
}

/** The console of this process. A reader that went away (EPIPE, a lost terminal) never ends a run. */
export function processConsole(options: OutputOptions, environment: NodeJS.ProcessEnv): Console {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const dumb = options.plain === true || wantsPlain(environment) || !isKnownTerminal(environment);
  const colourAllowed = options.color !== false && !environment.NO_COLOR && !dumb;
  const locale = environment.LC_ALL || environment.LC_CTYPE || environment.LANG || '';
  const unicode = /utf-?8/i.test(locale);
  const json = options.json === true;
  const attended = process.stdin.isTTY === true && process.stdout.isTTY === true && !json;
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    style: { colour: colourAllowed && process.stdout.isTTY === true, unicode, colours: coloursOf(environment) },
    errorStyle: { colour: colourAllowed && process.stderr.isTTY === true, unicode },
    attended,
    overwrites: process.stdout.isTTY === true && !dumb,
    app: attended && !dumb && options.tui !== false,
    columns: () => (process.stdout.isTTY === true ? process.stdout.columns : undefined),
    json,
  };
}

/** Prints one JSON document. */
export function printJson(console: Console, value: Json): void {
  console.out(`${JSON.stringify(value, null, 2)}\n`);
}

/** Says what failed, on standard error; with `--json` the last line there is the failure as JSON. */
export function printFailure(console: Console, error: unknown): void {
  const failure = withoutSecrets(failureOf(error));
  if (console.json) console.err(`${JSON.stringify(failure)}\n`);
  else
    console.err(
      `${foldLines(
        failureLines(failure, console.errorStyle).map((line) => line.replace(/^ {4}/, '')),
        console.columns(),
      ).join('\n')}\n`,
    );
}

/** The exit code that a failure outside a run's steps ends with. */
export function exitCodeOf(failure: Failure): number {
  if (failure.code === 'run.held') return exitCodes.held;
  if (
    failure.code === 'run.operator-needed' ||
    failure.code === 'vault.passphrase-needed' ||
    failure.code.startsWith('survivor.')
  )
    return exitCodes.operatorNeeded;
  if (failure.code === 'run.interrupted') return exitCodes.interrupted;
  if (failure.code === 'run.engine-gone' || failure.code === 'run.no-line') return exitCodes.failed;
  if (failure.code === 'state.bad-name') return exitCodes.usage;
  if (failure.fault === 'bug') return exitCodes.bug;
  return failure.code.startsWith('journal.') || failure.code.startsWith('state.') || failure.code.startsWith('vault.')
    ? exitCodes.failed
    : exitCodes.usage;
}
