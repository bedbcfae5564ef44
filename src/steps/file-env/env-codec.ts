/**
 * The text of a `.env` file, edited without touching what isn't asked for. docker compose v1 (1.29, python-dotenv)
 * and v2 (compose-go's dotenv) read quotes, backslashes and `$` differently: a value counts as known here only if
 * both read it alike, and is written only in a form that both read alike. The rules below were tried against
 * docker-compose 1.29.2 and Docker Compose 2.26.1; `compose-round-trip.real.test.ts` tries them again.
 */

/** What a file says of one name. */
export interface EnvEntry {
  /** Its value; undefined where compose v1 and v2 would not read the same, or where it depends on other variables. */
  readonly value: string | undefined;
  /** As it is written, quotes included. */
  readonly written: string;
}

/** One assignment's place in a file's text: offsets in UTF-16 units, the ends excluded. */
interface Assignment extends EnvEntry {
  readonly key: string;
  /** From the start of its line to the start of the next statement's line. */
  readonly start: number;
  readonly end: number;
  /** What follows the name: ` = value` for most, empty for a bare name. */
  readonly nameEnd: number;
  /** Of the value as written. A bare name has none: both are `nameEnd`. */
  readonly valueStart: number;
  readonly valueEnd: number;
  /** Something follows the value on its line: a comment. */
  readonly commented: boolean;
}

/** A quote that never ends: compose v2 refuses the whole file, and v1 drops the line. */
export interface OpenQuote {
  readonly key: string;
  /** Counted from 1. */
  readonly line: number;
}

interface Scanned {
  readonly assignments: readonly Assignment[];
  readonly openQuotes: readonly OpenQuote[];
}

const NAME = /[^\S\r\n]*(?:export[^\S\r\n]+)?([A-Za-z_][\w.[\]-]*)(?=[^\S\r\n]*(?:[=:]|\r?\n|\r|$))/y;
const SEPARATOR = /[^\S\r\n]*[=:][^\S\r\n]*/y;
const REST_OF_LINE = /[^\r\n]*(?:\r\n|\n|\r|$)/y;
const QUOTED = { "'": /'((?:\\'|[^'])*)'/y, '"': /"((?:\\"|[^"])*)"/y };
const COMMENT_AT_END = /[^\S\r\n]*(?:#[^\r\n]*)?(?=\r\n|\n|\r|$)/y;

/** Every name in the file with its value; where a name stands more than once, the last one counts. */
export function parseEnv(text: string): ReadonlyMap<string, EnvEntry> {
  return new Map(scan(text).assignments.map(({ key, value, written }) => [key, { value, written }]));
}

/** Quotes that never end, in order. */
export function openQuotes(text: string): readonly OpenQuote[] {
  return scan(text).openQuotes;
}

/**
 * The text with these values set, and those that are null removed. A name that is there is changed where it
 * stands (the last one, if there are several; removing takes all of them); a new one is added at the end, in the
 * map's order. All other lines stay byte for byte.
 * @throws RangeError for a value that `isPortable` refuses.
 */
export function setEnv(text: string, values: ReadonlyMap<string, string | null>): string {
  const { assignments } = scan(text);
  const last = new Map(assignments.map((assignment, index) => [assignment.key, index]));
  let result = '';
  let copied = 0;
  assignments.forEach((found, index) => {
    const value = values.get(found.key);
    if (value === undefined || (value !== null && (last.get(found.key) !== index || value === found.value))) return;
    if (value === null) {
      result += text.slice(copied, found.start);
      copied = found.end;
      return;
    }
    const bare = found.valueStart === found.nameEnd;
    const colon = !bare && text.slice(found.nameEnd, found.valueStart).includes(':');
    result += text.slice(copied, bare || colon ? found.nameEnd : found.valueStart);
    result += (bare || colon ? '=' : '') + encodeEnvValue(value, found.commented);
    copied = found.valueEnd;
  });
  result += text.slice(copied);
  const eol = /\r\n|\n/.exec(text)?.[0] ?? '\n';
  for (const [key, value] of values) {
    if (value === null || last.has(key)) continue;
    if (result !== '' && result !== '\ufeff' && !result.endsWith('\n')) result += eol;
    result += `${key}=${encodeEnvValue(value)}${eol}`;
  }
  return result;
}

/** Can compose v1 and v2 both read this value from a `.env` file? A NUL and a lone surrogate can't be written. */
export function isPortable(value: string): boolean {
  return !value.includes('\0') && value.isWellFormed();
}

/**
 * The value as it is written in a `.env` file, in the plainest form that both read alike: bare, in single quotes,
 * in double quotes. `commented`: a comment follows it on its line, so that an empty value needs its quotes.
 * @throws RangeError for a value that `isPortable` refuses.
 */
export function encodeEnvValue(value: string, commented = false): string {
  if (!isPortable(value)) throw new RangeError('A NUL character or half a surrogate pair can not be written to a .env file.');
  if (value === '') return commented ? "''" : '';
  if (/^[A-Za-z0-9_./:@%+,=-]+$/.test(value)) return value;
  const single = `'${value}'`;
  if (!/['\r\n]/.test(value) && decode(single) === value) return single;
  const endsInBackslash = value.endsWith('\\');
  const body = (endsInBackslash ? value.slice(0, -1) : value)
    .replaceAll(/[\\"]/g, '\\$&')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll(endsInBackslash ? /\$(?=[A-Za-z_{$]|$)/g : /\$(?=[A-Za-z_{$])/g, () => LITERAL_DOLLAR);
  return `"${body}${endsInBackslash ? LITERAL_BACKSLASH : ''}"`;
}

/** The one way to a `$` inside double quotes that v2 does not take for a variable and v1 does not show twice. */
const LITERAL_DOLLAR = '${DOLLAR:-$}';

/** v1 takes the quote after a backslash for an escaped one, even if that backslash is itself escaped. */
const LITERAL_BACKSLASH = '${BACKSLASH:-\\\\}';

function scan(text: string): Scanned {
  const assignments: Assignment[] = [];
  const quotes: OpenQuote[] = [];
  let at = text.startsWith('\ufeff') ? 1 : 0;
  while (at < text.length) {
    const found = assignmentAt(text, at);
    if (found === undefined) {
      at = endOfLine(text, at);
      continue;
    }
    if (found === 'open-quote') {
      const key = match(NAME, text, at)?.[1] ?? '';
      quotes.push({ key, line: text.slice(0, at).split('\n').length });
      at = endOfLine(text, at);
      continue;
    }
    assignments.push(found);
    at = found.end;
  }
  return { assignments, openQuotes: quotes };
}

function assignmentAt(text: string, start: number): Assignment | 'open-quote' | undefined {
  const name = match(NAME, text, start);
  if (name === undefined) return undefined;
  const key = name[1] as string;
  const nameEnd = start + name[0].length;
  const separator = match(SEPARATOR, text, nameEnd);
  if (separator === undefined) {
    const end = endOfLine(text, nameEnd);
    return { key, start, nameEnd, valueStart: nameEnd, valueEnd: nameEnd, end, written: '', value: undefined, commented: false };
  }
  const valueStart = nameEnd + separator[0].length;
  const quote = text[valueStart];
  const quoted = quote === "'" || quote === '"' ? match(QUOTED[quote], text, valueStart) : undefined;
  if (quoted === undefined && (quote === "'" || quote === '"')) return 'open-quote';
  const written = quoted?.[0] ?? bareValueAt(text, valueStart);
  const tail = match(COMMENT_AT_END, text, valueStart + written.length);
  if (tail === undefined && written.includes('\n')) return 'open-quote';
  // v2 sees a comment behind a bare value only after a space.
  // What follows a closing quote and is no comment: v1 and v2 part ways, so the whole line's rest is the value.
  const valueEnd = tail === undefined ? lineEnd(text, valueStart + written.length) : valueStart + written.length;
  const commented = tail?.[0].includes('#') === true;
  const differs =
    tail === undefined || separator[0].includes(':') || (commented && quoted === undefined && !/^[^#]* #/.test(tail[0]));
  return {
    key,
    start,
    nameEnd,
    valueStart,
    valueEnd,
    end: endOfLine(text, valueEnd),
    written: text.slice(valueStart, valueEnd),
    value: differs ? undefined : decode(written),
    commented,
  };
}

/** A value without quotes ends at white space before a `#`, or with its line; white space at its end is not part of it. */
function bareValueAt(text: string, start: number): string {
  const line = text.slice(start, lineEnd(text, start));
  return line.replace(/\s+#.*$/s, (comment, offset: number) => (offset === 0 ? comment : '')).trimEnd();
}

/** The value of what is written, or undefined where compose v1 and v2 don't agree on it. */
function decode(written: string): string | undefined {
  if (written.startsWith("'")) {
    const body = written.slice(1, -1);
    if (body.endsWith('\\') || /\\[\\']|\r/.test(body) || V1_VARIABLE.test(body)) return undefined;
    return body;
  }
  if (written.startsWith('"')) return decodeDouble(written.slice(1, -1));
  // The three languages' ideas of white space differ beyond the space itself.
  return /[$#\\]|[^\S ]|\p{Cc}/u.test(written) ? undefined : written;
}

/** v1 expands `${NAME}` and `${NAME:-default}` wherever they stand, single quotes or not. */
const V1_VARIABLE = /\$\{[^}:]*(?::-[^}]*)?\}/;

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\', '"': '"', n: '\n', r: '\r', t: '\t' };

function decodeDouble(body: string): string | undefined {
  if (body.endsWith('\\')) return undefined;
  const unescaped: string[] = [];
  for (let at = 0; at < body.length; at++) {
    const char = body[at] as string;
    if (char === '\r') return undefined;
    if (body.startsWith(LITERAL_DOLLAR, at)) {
      unescaped.push('$');
      at += LITERAL_DOLLAR.length - 1;
    } else if (body.startsWith(LITERAL_BACKSLASH, at)) {
      unescaped.push('\\');
      at += LITERAL_BACKSLASH.length - 1;
    } else if (char === '$' && /[A-Za-z_{$]/.test(body[at + 1] ?? '')) {
      return undefined;
    } else if (char === '\\') {
      const escaped = ESCAPES[body[at + 1] ?? ''];
      if (escaped === undefined) return undefined;
      unescaped.push(escaped);
      at++;
    } else {
      unescaped.push(char);
    }
  }
  return unescaped.join('');
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}

/** Where the line's text ends, before its line break. */
function lineEnd(text: string, at: number): number {
  const found = text.slice(at).search(/[\r\n]/);
  return found === -1 ? text.length : at + found;
}

/** Where the next line starts. */
function endOfLine(text: string, at: number): number {
  return at + (match(REST_OF_LINE, text, at)?.[0].length ?? 0);
}
