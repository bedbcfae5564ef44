import { isDeepStrictEqual } from 'node:util';
import { applyEdits, type FormattingOptions, modify, type ParseError, parse, printParseErrorCode } from 'jsonc-parser';
import { fail } from '../../model/failure.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import { eolOf } from '../lib/edited-file.ts';
import { withoutValue, withValue } from '../lib/structured-values.ts';

/**
 * The data of a JSON text, in which comments and a comma after the last item may stand; of an empty one, an empty
 * mapping. Throws `file-json.not-json` with line and column.
 */
export function parseJson(text: string, path: string): Json {
  if (text.replace('\ufeff', '').trim() === '') return {};
  const errors: ParseError[] = [];
  const data = read(text, errors);
  const [first] = errors;
  if (first === undefined) return data;
  const before = text.slice(0, first.offset).split('\n');
  const place = `${path}:${before.length}:${(before.at(-1) ?? '').length + 1}`;
  throw fail('file-json.not-json', `${place}: this is no JSON: ${printParseErrorCode(first.error)}.`, {
    hints: ['Correct the file at that place, or move it away so that it is made anew.'],
  });
}

/** Sets one value; formatting and comments elsewhere stay. Undefined where the text would not read as wanted. */
export function setJson(text: string, parts: readonly string[], value: Json): string | undefined {
  const source = text.replace('\ufeff', '').trim() === '' ? `${text}{}` : text;
  return edited(source, withValue(read(source), parts, value), parts, value);
}

/** Removes one value, in the same manner. */
export function removeJson(text: string, parts: readonly string[]): string | undefined {
  return edited(text, withoutValue(read(text), parts), parts, undefined);
}

function edited(text: string, expected: Json, parts: readonly string[], value: Json | undefined): string | undefined {
  const bom = text.startsWith('\ufeff') ? '\ufeff' : '';
  const body = text.slice(bom.length);
  const edits = modify(body, nativePath(read(body), parts), value, { formattingOptions: formattingOf(body) });
  const result = applyEdits(body, edits);
  const errors: ParseError[] = [];
  const data = read(result, errors);
  // A key that stands there twice: the first is edited, and the last one counts.
  return errors.length === 0 && isDeepStrictEqual(data, expected) ? bom + result : undefined;
}

function read(text: string, errors: ParseError[] = []): Json {
  return parse(text.replace(/^\ufeff/, ' '), errors, { allowTrailingComma: true }) as Json;
}

/** Indexes as numbers, where a list is. */
function nativePath(root: Json, parts: readonly string[]): (string | number)[] {
  let here: Json | undefined = root;
  return parts.map((part) => {
    const isList = Array.isArray(here);
    here = here !== null && typeof here === 'object' ? (here as JsonObject)[part] : undefined;
    return isList ? Number(part) : part;
  });
}

function formattingOf(text: string): FormattingOptions {
  const indent = /\n([ \t]+)\S/.exec(text)?.[1] ?? '  ';
  return { insertSpaces: !indent.startsWith('\t'), tabSize: indent.startsWith('\t') ? 4 : indent.length, eol: eolOf(text) };
}
