import type { Json, JsonObject } from '../../model/json.ts';

/**
 * Data as a person writes it: `owner root, mode 0750, 3 lines`, `80, 443`, `none`. Text stands bare where it can't be misread, else in
 * quotes: where it is empty, begins or ends with a space, or has lines or, inside a list, commas. What is nested has brackets.
 */
export function valueText(value: Json): string {
  return isText(value) ? bare(value, /^$|^\s|\s$|[\r\n]/) : dataText(value, '');
}

function dataText(value: Json, name: string): string {
  if (value === null) return 'none';
  // Nobody reads the permissions of a file as a decimal number.
  if (typeof value === 'number' && /(^|_)mode$/.test(name)) return value.toString(8).padStart(4, '0');
  if (isText(value)) return bare(value, /^$|^\s|\s$|[\r\n,[\]{}]/);
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : value.map((item) => nested(item, '')).join(', ');
  const entries = Object.entries(value as JsonObject);
  return entries.length === 0 ? 'nothing in it' : entries.map(([key, item]) => entryText(key, item)).join(', ');
}

function entryText(key: string, item: Json): string {
  const called = key.replaceAll('_', ' ');
  if (item === true) return called;
  if (typeof item === 'number' && /[^su]s$/.test(key)) return `${item} ${item === 1 ? singular(called) : called}`;
  return item === false ? `no ${called}` : `${called} ${nested(item, key)}`;
}

/** `lines`, `entries`: of one. */
function singular(called: string): string {
  return called.replace(/ies$/, 'y').replace(/s$/, '');
}

function nested(value: Json, name: string): string {
  if (value === null || typeof value !== 'object') return dataText(value, name);
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  const inside = Object.keys(value).length === 0 ? '' : dataText(value, name);
  return `${open}${inside}${close}`;
}

function bare(text: string, odd: RegExp): string {
  return odd.test(text) ? `"${text.replaceAll(/["\\\r\n\t]/g, escaped)}"` : text;
}

/** Other control characters are for `words` to take out. */
function escaped(character: string): string {
  return { '\r': '\\r', '\n': '\\n', '\t': '\\t' }[character] ?? `\\${character}`;
}

function isText(value: Json): value is string {
  return typeof value === 'string';
}
