import type { Field } from '../../../../model/dispatch.ts';
import type { Json, JsonObject } from '../../../../model/json.ts';
import type { Question } from '../../../../model/questions.ts';
import type { InputType } from '../../../../model/recipe.ts';
import { paint, type Style, sign } from '../../../lib/style.ts';
import { words } from '../../../lib/words.ts';
import type { Around } from '../../page.ts';
import { fieldWindow, type TextField } from '../../parts/text-field.ts';
import { objectOf } from './question-data.ts';

/** What stands above the field. */
export function promptText({ takes }: Question, style: Style): string {
  if ('word' in takes) return `To go on, type this word and press Enter:  ${paint(words(takes.word, style), 'strong', style)}`;
  if ('secret' in takes) return `The old ${words(takes.secret, style)}, unseen:`;
  const { title, description } = 'schema' in takes ? objectOf(takes.schema) : {};
  return words(String(title ?? description ?? 'Your answer:'), style);
}

/** An answer, or why what was typed is none. */
export type Typed = { readonly answer: Json } | { readonly wrong: string };

/** What was typed, as an answer: checked as an input of the same kind would be. */
export function typedAnswer(question: Question, text: string, fault: Around['fault']): Typed {
  const { takes } = question;
  if ('word' in takes)
    return text.trim() === takes.word ? { answer: takes.word } : { wrong: `That is not the word. It is: ${takes.word}` };
  // Spaces may be part of a secret.
  if ('secret' in takes) return text === '' ? { wrong: 'It can not be empty.' } : { answer: text };
  // Nothing but Enter is an answer to a program, too.
  if (question.about === 'dialog') return { answer: text };
  const schema = 'schema' in takes ? objectOf(takes.schema) : {};
  const wrong = fault(fieldFor(question, schema), text);
  if (wrong !== undefined) return { wrong: /^(must|needs)/.test(wrong) ? `It ${wrong}.` : `It must be ${wrong}.` };
  return { answer: valueFor(schema, text) };
}

function fieldFor({ id }: Question, schema: JsonObject): Field {
  const at = { file: '', line: 1, column: 1 };
  return {
    spec: { name: id, type: typeOf(schema), title: id, optional: false, schema, at },
    text: '',
    from: 'nowhere',
    usedBy: [],
  };
}

function typeOf({ type }: JsonObject): InputType {
  return type === 'integer' || type === 'boolean' ? type : 'string';
}

function valueFor({ type }: JsonObject, text: string): Json {
  if (type === 'integer' || type === 'number') return Number(text);
  return type === 'boolean' ? text === 'true' : text;
}

/** Not how much was typed, only that something was. */
const MASK = 8;

/** The field as it is drawn, with its cursor, in so many columns. */
export function fieldLine({ takes }: Question, field: TextField, columns: number, style: Style): string {
  const pointer = `${paint(sign('pointer', style), 'asking', style)} `;
  const room = columns - 3;
  if ('secret' in takes) {
    const mask = field.text === '' ? '' : sign('masked', style).repeat(MASK);
    return `${pointer}${mask}${cursorCell(' ', style)}`;
  }
  const { text, column } = fieldWindow(field, room);
  const shown = words(text, style);
  const letters = [...shown];
  let at = 0;
  for (let width = 0; at < letters.length && width < column; at++) width += 1;
  const under = letters[at] ?? ' ';
  return `${pointer}${letters.slice(0, at).join('')}${cursorCell(under, style)}${letters.slice(at + 1).join('')}`;
}

/** The cell under the cursor; without colours a line stands before it. */
function cursorCell(character: string, style: Style): string {
  return style.colour ? paint(character, 'chosen', style) : `${sign('bar', style)}${character === ' ' ? '' : character}`;
}
