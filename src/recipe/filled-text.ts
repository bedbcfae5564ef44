import { fail } from '../model/failure.ts';
import type { Deferred, Position, Problem, Reference, Scope, Value } from '../model/recipe.ts';
import { joinTexts, SecretText, type Text } from '../model/secrets.ts';
import { kindOf } from './expression-values.ts';
import { type Expression, parseExpression } from './expressions.ts';

/** Where a text stands: the nth `${{` of it, and `offset` characters on. */
export type PlaceIn = (nth: number, offset: number) => Position;

/** An expression where it is used. */
export interface Use {
  readonly expression: Expression;
  /** What its value must be: text to be joined, any value, or true or false. */
  readonly wants: 'text' | 'value' | 'condition';
  /** The place of one of its characters. */
  place(offset: number): Position;
}

/** A value with expressions, and what is needed to check them. */
export interface Filled<T extends Value = Value> extends Deferred<T> {
  readonly uses: readonly Use[];
  readonly problems: readonly Problem[];
}

interface Slot {
  readonly source: string;
  /** Which `${{` of the text opens it. */
  readonly nth: number;
  /** Characters from its `${{` to its first one. */
  readonly lead: number;
}

interface Unclosed {
  readonly unclosed: number;
}

/** A text cut into literal pieces and expressions; `$${{` is a literal `${{`. */
function cut(text: string): readonly (string | Slot | Unclosed)[] {
  const pieces: (string | Slot | Unclosed)[] = [];
  let literal = '';
  let from = 0;
  let nth = 0;
  for (let open = text.indexOf('${{'); open !== -1; open = text.indexOf('${{', from)) {
    if (open > from && text[open - 1] === '$') {
      literal += `${text.slice(from, open - 1)}\${{`;
      from = open + 3;
      nth += 1;
      continue;
    }
    literal += text.slice(from, open);
    const end = closing(text, open + 3);
    if (end === -1) return [...pieces, literal, { unclosed: nth }];
    if (literal !== '') pieces.push(literal);
    literal = '';
    const inner = text.slice(open + 3, end);
    pieces.push({ source: inner.trim(), nth, lead: 3 + inner.length - inner.trimStart().length });
    nth += 1 + inner.split('${{').length - 1;
    from = end + 2;
  }
  literal += text.slice(from);
  if (literal !== '') pieces.push(literal);
  return pieces;
}

/** Where the `}}` of an expression stands: outside its strings and its own braces. */
function closing(text: string, from: number): number {
  let depth = 0;
  for (let index = from; index < text.length; index++) {
    const char = text[index];
    if (char === '"' || char === "'") {
      index = endOfString(text, index, char);
    } else if (char === '{') {
      depth += 1;
    } else if (char === '}') {
      if (depth === 0) return text[index + 1] === '}' ? index : -1;
      depth -= 1;
    }
  }
  return -1;
}

function endOfString(text: string, open: number, quote: string): number {
  const triple = quote.repeat(3);
  const mark = text.startsWith(triple, open) ? triple : quote;
  for (let index = open + mark.length; index < text.length; index++) {
    if (text[index] === '\\') index += 1;
    else if (text.startsWith(mark, index)) return index + mark.length - 1;
  }
  return text.length;
}

/** A string of YAML: exactly one expression keeps its value's type, everything else becomes text. */
export function fillString(text: string, place: PlaceIn): Filled {
  return fill(text, place, true);
}

/** A whole file, or Markdown: always text. */
export function fillText(text: string, place: PlaceIn): Filled<Text> {
  return fill(text, place, false) as Filled<Text>;
}

/** A condition: a bare expression, or one in `${{ }}`. `place` is that of the string's characters, bare or not. */
export function fillCondition(text: string, place: PlaceIn, bare: (offset: number) => Position): Filled {
  const pieces = cut(text.trim());
  const [only] = pieces;
  if (pieces.length === 1 && typeof only === 'object') return fill(text.trim(), place, true, 'condition');
  const expression = parseExpression(text);
  if ('message' in expression) return broken([badExpression(text, bare(expression.start), expression.message)]);
  const at = bare(0);
  const use: Use = { expression, wants: 'condition', place: bare };
  return { references: referencesOf([use]), uses: [use], problems: [], evaluate: (scope) => expression.evaluate(scope, at) };
}

/** A value without expressions. */
export function constant<T extends Value>(value: T): Filled<T> {
  return { references: [], uses: [], problems: [], evaluate: () => value };
}

/** What stands in for a text that is broken; a recipe with problems is never evaluated. */
function broken(problems: readonly Problem[]): Filled {
  return { references: [], uses: [], problems, evaluate: () => null };
}

function fill(text: string, place: PlaceIn, keepsType: boolean, wants: Use['wants'] = 'value'): Filled {
  if (!text.includes('${{')) return constant(text);
  const pieces = cut(text);
  const whole = keepsType && pieces.length === 1;
  const problems: Problem[] = [];
  const uses: Use[] = [];
  const parts: ((scope: Scope) => Value)[] = [];
  for (const piece of pieces) {
    if (typeof piece === 'string') {
      parts.push(() => piece);
      continue;
    }
    if ('unclosed' in piece) {
      problems.push({
        code: 'recipe.bad-expression',
        at: place(piece.unclosed, 0),
        found: '`${{` without its `}}`',
        expected: '`${{ expression }}`, or `$${{` for the characters themselves',
      });
      continue;
    }
    const expression = parseExpression(piece.source);
    const placeOf = (offset: number): Position => place(piece.nth, piece.lead + offset);
    if ('message' in expression) {
      problems.push(badExpression(piece.source, placeOf(expression.start), expression.message));
      continue;
    }
    const at = placeOf(0);
    uses.push({ expression, wants: whole ? wants : 'text', place: placeOf });
    parts.push(
      whole ? (scope) => expression.evaluate(scope, at) : (scope) => asText(expression.evaluate(scope, at), expression, at),
    );
  }
  if (problems.length > 0) return { ...broken(problems), uses };
  const [only] = parts;
  const evaluate =
    whole && only !== undefined ? only : (scope: Scope): Text => joinTexts(parts.map((part) => part(scope) as Text));
  return { references: referencesOf(uses), uses, problems, evaluate };
}

function asText(value: Value, expression: Expression, at: Position): Text {
  if (typeof value === 'string' || value instanceof SecretText) return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw fail(
    'recipe.expression-failed',
    `The expression \`${expression.source}\` at ${at.file}:${at.line}:${at.column} gives ${kindOf(value)}, which can't be joined to text.`,
  );
}

function badExpression(source: string, at: Position, message: string): Problem {
  return { code: 'recipe.bad-expression', at, found: `\`${source}\`: ${message}`, expected: 'an expression' };
}

/** The names that expressions mention, each once. */
export function referencesOf(uses: readonly Use[]): readonly Reference[] {
  const found = new Map<string, Reference>();
  for (const { expression } of uses) {
    for (const { reference } of expression.mentions) {
      found.set(`${reference.root}.${reference.name}.${reference.field}`, reference);
    }
  }
  return [...found.values()];
}
