import { MASK } from '../../model/secrets.ts';
import { CUT, sanitize } from '../../model/untrusted-text.ts';
import { looksSecret } from './secret-names.ts';

/** A line longer than this (in characters) is shown cut. */
const SHOWN_CHARACTERS = 400;

/** A name, as in `name=`, `name: ` or `"name" : `, and what joins it to its value. */
const ASSIGNMENT = /([A-Za-z_][\w.-]*)["']?\s*(?:=>|:=|[:=])\s*/g;

/** A value that gives nothing away: a reference to a variable, a switch. */
const HARMLESS = /^["']?(?:\$\{?\w+\}?|true|false|null|yes|no|on|off)?["']?,?$/i;

/** Name and password within an address: `postgres://user:password@host`. */
const ADDRESS_PASSWORD = /(:\/\/[^\s/:@]*:)[^\s/@]+@/g;

/**
 * The lines of a text as they may be shown: values that stand under a secret-sounding name (`password=`, `api_key: `)
 * are masked with all that follows them on the line, and so are passwords in addresses, YAML values over several
 * lines under such a name, and the bodies of PEM keys. Escape sequences are taken out; long lines are cut.
 */
export function maskedLines(text: string): readonly string[] {
  let inPem = false;
  /** The indentation of a secret-sounding key whose value stands on the lines below it. */
  let below: number | undefined;
  return text.split('\n').map((line) => {
    const indent = line.length - line.trimStart().length;
    if (below !== undefined && line.trim() !== '' && indent <= below) below = undefined;
    if (/-----BEGIN [^-]*PRIVATE KEY/.test(line)) inPem = true;
    else if (/-----END /.test(line)) inPem = false;
    else if (inPem || (below !== undefined && !startsAssignment(line))) return MASK.padStart(indent + MASK.length);
    const shown = maskValues(line);
    if (endsWithSecretKey(line)) below = indent;
    return shownLine(shown);
  });
}

function maskValues(line: string): string {
  for (const match of line.matchAll(ASSIGNMENT)) {
    const end = match.index + match[0].length;
    if (looksSecret(match[1] ?? '') && !HARMLESS.test(line.slice(end).trim()) && !isBlockMark(line.slice(end))) {
      return `${line.slice(0, end)}${MASK}`;
    }
  }
  return line.replaceAll(ADDRESS_PASSWORD, `$1${MASK}@`);
}

/** `password:` and `password: |`: what follows, indented deeper, is its value. */
function endsWithSecretKey(line: string): boolean {
  const [, name, rest] = /^[\s-]*["']?([A-Za-z_][\w.-]*)["']?\s*:(.*)$/.exec(line) ?? [];
  return name !== undefined && looksSecret(name) && (rest?.trim() === '' || isBlockMark(rest ?? ''));
}

function isBlockMark(rest: string): boolean {
  return /^\s*[|>][-+0-9]*\s*$/.test(rest);
}

function startsAssignment(line: string): boolean {
  return /^[\s-]*["']?[A-Za-z_][\w.-]*["']?\s*[:=](?:\s|$)/.test(line);
}

function shownLine(line: string): string {
  // Otherwise a change of line ends would show two lines that look alike.
  const plain = sanitize(line.endsWith('\r') ? `${line.slice(0, -1)}␍` : line);
  return plain.length > SHOWN_CHARACTERS ? `${plain.slice(0, SHOWN_CHARACTERS)}${CUT}` : plain;
}
