import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type ParsedNode, parseDocument } from 'yaml';
import type { Position, Problem } from '../model/recipe.ts';

/** Where in a document's data: keys and indexes from its root. */
export type Path = readonly (string | number)[];

/** A YAML file as data, which still knows where each piece stands. */
export interface YamlSource {
  readonly file: string;
  /** Plain data; undefined where the syntax is broken. */
  readonly data: unknown;
  /** Broken syntax, duplicate keys, anchors and tags. */
  readonly problems: readonly Problem[];
  /** The place of a value (default) or of its key; the nearest parent's where there is none. */
  place(path: Path, what?: 'key' | 'value'): Position;
  /** The place of a character of a scalar: of the nth `${{` in it, and `offset` characters on. */
  placeIn(path: Path, nth: number, offset: number): Position;
  /** The place of a character of a scalar that is written on one line; else the scalar's. */
  placeOfChar(path: Path, offset: number): Position;
  /** A value as it is written, cut to one line: what `found` shows. */
  written(path: Path): string;
}

interface ParsedText {
  readonly document: Document.Parsed;
  readonly lineCounter: LineCounter;
}

/**
 * What was parsed last, by its text: a run reads the files of a recipe, then its own copy of them, and parsing is what
 * takes long. More files than a recipe has are not kept.
 */
const recent = new Map<string, ParsedText>();
const KEPT = 64;

function parsed(text: string): ParsedText {
  const known = recent.get(text);
  if (known !== undefined) return known;
  const lineCounter = new LineCounter();
  const fresh = { document: parseDocument(text, { lineCounter, prettyErrors: false }), lineCounter };
  const [oldest] = recent.keys();
  if (recent.size >= KEPT && oldest !== undefined) recent.delete(oldest);
  recent.set(text, fresh);
  return fresh;
}

/** Parses YAML 1.2 (core schema) that must be one document of plain maps, lists and scalars. */
export function parseYaml(file: string, text: string): YamlSource {
  const { document, lineCounter } = parsed(text);
  const at = (offset: number): Position => {
    const { line, col } = lineCounter.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };

  const problems: Problem[] = document.errors.map((error) =>
    error.code === 'DUPLICATE_KEY'
      ? {
          code: 'recipe.duplicate-key',
          at: at(error.pos[0]),
          found: `\`${text.slice(error.pos[0]).match(/^[^\s:]+/)?.[0] ?? 'a key'}\` a second time`,
          expected: 'each key once',
        }
      : { code: 'recipe.yaml-syntax', at: at(error.pos[0]), found: error.message, expected: 'valid YAML' },
  );
  for (const warning of document.warnings) {
    problems.push({ code: 'recipe.yaml-syntax', at: at(warning.pos[0]), found: warning.message, expected: 'a plain value' });
  }

  const broken = document.errors.some((error) => error.code !== 'DUPLICATE_KEY');
  const data = broken ? undefined : plain(document.contents, problems, at);

  const node = (path: Path): { key?: Node; value?: Node } => {
    let found: { key?: Node; value?: Node } = document.contents === null ? {} : { value: document.contents };
    for (const step of path) {
      const next = child(found.value, step);
      if (next === undefined) return { ...(found.value && { value: found.value }) };
      found = next;
    }
    return found;
  };
  const start = (of: Node | undefined): number => of?.range?.[0] ?? 0;

  return {
    file,
    data,
    problems,
    place: (path, what = 'value') => {
      const { key, value } = node(path);
      return at(start(what === 'key' ? (key ?? value) : (value ?? key)));
    },
    placeIn: (path, nth, offset) => {
      const { value } = node(path);
      const [from, to] = value?.range ?? [0, 0];
      let position = from;
      for (let index = 0; index <= nth; index++) {
        const next = text.indexOf('${{', index === 0 ? from : position + 3);
        if (next === -1 || next >= to) return at(from);
        position = next;
      }
      return at(position + offset);
    },
    placeOfChar: (path, offset) => {
      const { value } = node(path);
      const [from, to] = value?.range ?? [0, 0];
      const inside = isScalar(value) ? text.slice(from, to).indexOf(String(value.value)) : -1;
      return at(inside === -1 ? from : from + inside + offset);
    },
    written: (path) => {
      const { value } = node(path);
      if (value === undefined) return 'nothing';
      if (isMap(value)) return 'a map';
      if (isSeq(value)) return 'a list';
      const [from, to] = value.range ?? [0, 0];
      const line = text.slice(from, to).trim().split('\n', 1)[0] ?? '';
      if (line === '') return 'nothing';
      return line.length > 60 ? `\`${line.slice(0, 57)}...\`` : `\`${line}\``;
    },
  };
}

function child(parent: Node | undefined, step: string | number): { key?: Node; value?: Node } | undefined {
  if (isSeq(parent) && typeof step === 'number') {
    const value = parent.items[step] as Node | undefined;
    return value === undefined ? undefined : { value };
  }
  if (!isMap(parent)) return undefined;
  const pair = parent.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
  if (pair === undefined) return undefined;
  return { key: pair.key as Node, ...(pair.value !== null && { value: pair.value as Node }) };
}

function plain(node: ParsedNode | null, problems: Problem[], at: (offset: number) => Position): unknown {
  const refuse = (code: string, found: string, expected: string, where: Node | null = node): undefined => {
    problems.push({ code, at: at(where?.range?.[0] ?? 0), found, expected });
    return undefined;
  };
  if (node === null) return null;
  if (isAlias(node))
    return refuse('recipe.yaml-alias', `\`*${node.source}\``, 'the value itself, or an input that both places use');
  if (isScalar(node)) return node.value;
  if (isSeq(node)) return node.items.map((item) => plain(item as ParsedNode, problems, at));
  const entries: [string, unknown][] = [];
  for (const { key, value } of node.items) {
    if (!isScalar(key)) {
      refuse('recipe.yaml-syntax', 'a key that is not plain text', 'a plain key', key as Node);
      continue;
    }
    const name = String(key.value);
    if (name.includes('${{')) {
      refuse('recipe.expression-misplaced', `\`${name}\``, 'a plain key: expressions are not filled in here', key as Node);
    }
    entries.push([name, plain(value as ParsedNode | null, problems, at)]);
  }
  // `Object.fromEntries` defines properties, so that a key named `__proto__` is a key like any other.
  return Object.fromEntries(entries);
}
