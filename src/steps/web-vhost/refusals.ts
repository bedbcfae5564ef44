import { EVIDENCE_LINES, type FairleadError, fail } from '../../model/failure.ts';
import { MASK, SecretText } from '../../model/secrets.ts';
import { maskedLines } from '../lib/masked-lines.ts';
import type { Verdict } from './check-config.ts';
import type { VhostState } from './look.ts';
import type { VhostParams } from './params.ts';
import type { Reloaded } from './running-server.ts';

/** Is this file the virtual host's own, by either of its names? */
export function isOwn(file: string, { layout }: VhostState): boolean {
  return file === layout.file || file === layout.link;
}

/** The server's check did not pass with this virtual host: `vhost.refused`. `text` is what stood in its file. */
export function refused(params: VhostParams, state: VhostState, verdict: Verdict, text: string): FairleadError {
  const words = shownWords(state, verdict);
  const { at } = verdict;
  const own = at !== undefined && isOwn(at.file, state);
  const place = at === undefined ? '' : own ? `line ${at.line}: ` : `${at.file}, line ${at.line}: `;
  const line = own ? quotedLine(state, text, at.line) : undefined;
  const quote = line === undefined ? '' : ` The line: ${line}`;
  return fail(
    'vhost.refused',
    `${params.server} refuses the virtual host ${params.name}: ${place}${reason(words)}${quote} What was there before is back, and the server was not reloaded.`,
    {
      hints: [
        own
          ? 'Correct that line in the recipe, or what it is filled with.'
          : 'Look at the last lines; a module may be missing that a directive needs.',
        'Nothing else has to be repaired: the step can simply be tried again.',
      ],
      evidence: evidenceOf(verdict, words),
    },
  );
}

/** The configuration was broken before we came: `vhost.broken-before`. */
export function brokenBefore(params: VhostParams, state: VhostState, verdict: Verdict): FairleadError {
  const { at } = verdict;
  const words = shownWords(state, verdict);
  return fail(
    'vhost.broken-before',
    `The configuration of ${params.server} was broken before this step, and not by it: ${at === undefined ? '' : `${at.file}, line ${at.line}: `}${reason(words)} All is as it was found.`,
    {
      hints: [
        at === undefined ? `Run \`${verdict.argv.join(' ')}\` and repair what it names.` : `Repair ${at.file}, then try again.`,
        'A server that runs goes on as it is, but could not be started again.',
      ],
      evidence: evidenceOf(verdict, words),
    },
  );
}

/** The check passed, and still the server does not run with it: `vhost.reload-failed`. */
export function notReloaded(params: VhostParams, reloaded: Reloaded, tail: readonly string[], runsAgain: boolean): FairleadError {
  const what =
    reloaded === 'died'
      ? `ended when it was to be reloaded with the virtual host ${params.name}; what was there before is back, and it ${runsAgain ? 'was started again' : 'could not be started again'}`
      : `goes on with its old configuration: the reload for the virtual host ${params.name} did not take, and what was there before is back`;
  return fail('vhost.reload-failed', `${params.server} ${what}.`, {
    fault: 'environment',
    hints: [
      'Read the last lines of its error log: a port in use and a certificate are what its own check does not find.',
      ...(runsAgain || reloaded !== 'died' ? [] : [`Start it by hand, and see what it says: it does not run now.`]),
    ],
    retryable: true,
    evidence: { tail: tail.slice(-EVIDENCE_LINES) },
  });
}

/** Another virtual host has this name already, and wins: `vhost.name-taken`. */
export function nameTaken(params: VhostParams, verdict: Verdict, word: string): FairleadError {
  return fail(
    'vhost.name-taken',
    `Another server block of nginx has a name of the virtual host ${params.name} already, and one of the two would not be seen: ${word}. What was there before is back.`,
    {
      hints: ['Find it with `nginx -T`, and take the name away there, or remove that block.'],
      evidence: evidenceOf(verdict, verdict.words),
    },
  );
}

function reason(words: readonly string[]): string {
  const text = words
    .map((word) => word.replace(/^AH\d+: Syntax error on line .*:$/, '').replace(/^nginx: \[emerg\] /, ''))
    .filter((word) => word !== '');
  return `${(text[0] ?? 'it does not say why').replace(/\.$/, '')}.`;
}

/** What a server quotes of a line may be a piece of a secret, which nothing else would know for one. */
function shownWords(state: VhostState, { words }: Verdict): readonly string[] {
  return state.wanted instanceof SecretText ? words.map((word) => word.replace(/(["']).*["']/, `$1${MASK}$1`)) : words;
}

/** A line of the file as it may be shown; one that a secret stands in is not. */
function quotedLine({ wanted }: VhostState, text: string, number: number): string | undefined {
  const line = text.split('\n')[number - 1]?.trim();
  if (line === undefined || line === '') return undefined;
  if (wanted instanceof SecretText) {
    const plain = wanted.parts.map((part) => (typeof part === 'string' ? part : MASK)).join('');
    if (!plain.split('\n').some((each) => each.trim() === line)) return `\`${MASK}\`.`;
  }
  return `\`${maskedLines(line)[0] ?? ''}\`.`;
}

function evidenceOf({ argv, exit }: Verdict, words: readonly string[]) {
  return { argv, ...(exit === null ? {} : { exit }), tail: words.slice(-EVIDENCE_LINES) };
}
