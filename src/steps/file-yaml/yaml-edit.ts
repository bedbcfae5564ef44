import { isDeepStrictEqual } from 'node:util';
import {
  Document,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import type { Json } from '../../model/json.ts';
import { withoutValue, withValue } from '../lib/structured-values.ts';

/** The part of a document that an edit looks at: where each node lies in the text. */
interface Source {
  readonly text: string;
  readonly root: Node | null;
  readonly eol: string;
}

/** How every text is parsed: `<<` merges, as docker compose and Ruby have it; no warnings on the terminal. */
export const PARSE = { merge: true, logLevel: 'error' } as const;
const RENDER = { lineWidth: 0 } as const;

/**
 * Sets one value in a YAML text. Lines that it does not concern stay byte for byte wherever that is possible:
 * several small replacements are tried, and one counts only if the result reads as wanted and nothing else in
 * the document has changed. The last resort writes the whole document anew, comments and order kept.
 * @param parts the names (or indexes) that lead there; all but the last exist and are mappings or sequences.
 * @returns undefined where no edit gives the wanted document: the value is shared through an anchor, say.
 */
export function setYaml(text: string, parts: readonly string[], value: Json): string | undefined {
  const expected = withValue(readYaml(text), parts, value);
  return firstThatReads(expected, [
    ...setCandidates(text, parts, value),
    () => rewritten(text, (document) => document.setIn(nativePath(document, parts), value)),
  ]);
}

/** Removes one value from a mapping in a YAML text, in the same manner. */
export function removeYaml(text: string, parts: readonly string[]): string | undefined {
  const expected = withoutValue(readYaml(text), parts);
  return firstThatReads(expected, [
    ...removeCandidates(text, parts),
    () => rewritten(text, (document) => document.deleteIn(nativePath(document, parts))),
  ]);
}

/** The plain data of a text that is known to parse; an empty document is an empty mapping. */
export function readYaml(text: string): Json {
  return (parseDocument(text, PARSE).toJS() as Json) ?? {};
}

/** A new file's text. */
export function freshYaml(data: Json): string {
  return `${render(data)}\n`;
}

type Candidate = () => string | undefined;

function firstThatReads(expected: Json, candidates: readonly Candidate[]): string | undefined {
  for (const candidate of candidates) {
    try {
      const text = candidate();
      if (text === undefined) continue;
      const document = parseDocument(text, PARSE);
      if (document.errors.length === 0 && isDeepStrictEqual(document.toJS() ?? {}, expected)) return text;
    } catch {
      // An edit that the library refuses (through an alias, say) is no candidate.
    }
  }
  return undefined;
}

function setCandidates(text: string, parts: readonly string[], value: Json): Candidate[] {
  const source = sourceOf(text);
  const container = nodeAt(source.root, parts.slice(0, -1));
  const name = parts.at(-1) as string;
  if (container === null && parts.length === 1) return [() => appendToEmpty(source, name, value)];
  if (!isCollection(container)) return [];
  const emptyFlow = container.flow === true && container.items.length === 0;
  if (emptyFlow && parts.length > 1) {
    const filled = isMap(container) ? { [name]: value } : [value];
    return setCandidates(text, parts.slice(0, -1), filled);
  }
  if (isMap(container)) {
    const pair = pairOf(container, name);
    if (pair === undefined) return [() => (container.flow ? addToFlow : addPair)(source, container, name, value)];
    return [
      () => replaceInline(source, pair.value as Node | null, value, container.flow === true),
      () => (container.flow ? undefined : replaceAfterKey(source, pair, value)),
    ];
  }
  if (!isSeq(container)) return [];
  const item = container.items[Number(name)] as Node | undefined;
  if (item === undefined) return [() => (container.flow ? addToFlow : addItem)(source, container, name, value)];
  return [
    () => replaceInline(source, item, value, container.flow === true),
    () => (container.flow ? undefined : replaceItem(source, item, value)),
  ];
}

function removeCandidates(text: string, parts: readonly string[]): Candidate[] {
  const source = sourceOf(text);
  const container = nodeAt(source.root, parts.slice(0, -1));
  if (!isMap(container)) return [];
  const pair = pairOf(container, parts.at(-1) as string);
  if (pair === undefined) return [];
  if (container.flow === true || (container.items.length === 1 && parts.length > 1)) {
    const left = withoutValue(container.toJSON() as Json, parts.slice(-1));
    return [() => replaceRange(source, container, new Document(left).toString({ ...RENDER, collectionStyle: 'flow' }).trimEnd())];
  }
  return [() => removePair(source, pair)];
}

/** Replaces a value on its own line, in the quotes that it had. */
function replaceInline(source: Source, node: Node | null, value: Json, inFlow: boolean): string | undefined {
  if (node?.range == null || node.range[0] === node.range[1] || node.range[1] > lineEnd(source.text, node.range[0]))
    return undefined;
  if (inFlow || (isCollection(node) && node.flow === true && node.items.length > 0))
    return replaceRange(source, node, flowText(value));
  const style = isScalar(node) && (node.type === 'QUOTE_SINGLE' || node.type === 'QUOTE_DOUBLE') ? node.type : 'PLAIN';
  const text = render(value, { defaultStringType: style });
  return text.includes('\n') ? undefined : replaceRange(source, node, text);
}

/** Replaces all between a key's colon and the end of its value. */
function replaceAfterKey(source: Source, pair: Pair<Node, Node | null>, value: Json): string | undefined {
  const colon = colonAfter(source.text, pair.key);
  if (colon === undefined) return undefined;
  const rendered = indentRest(render({ k: value }).slice(2), columnOf(source.text, startOf(pair.key)), source.eol);
  const old = pair.value;
  if (old?.range == null || old.range[0] === old.range[1]) {
    const at = rendered.startsWith(source.eol) ? lineEnd(source.text, colon) : colon + 1;
    return splice(source.text, at, at, rendered);
  }
  return splice(source.text, colon + 1, contentEnd(source.text, old), rendered);
}

function replaceItem(source: Source, item: Node, value: Json): string | undefined {
  if (item.range == null || item.range[0] === item.range[1]) return undefined;
  const rendered = indentRest(render([value]).slice(2), columnOf(source.text, item.range[0]), source.eol, 2);
  return splice(source.text, item.range[0], contentEnd(source.text, item), rendered);
}

function addPair(source: Source, map: YAMLMap, name: string, value: Json): string | undefined {
  const [first, last] = [map.items[0], map.items.at(-1)] as Pair<Node, Node | null>[];
  if (first === undefined || last === undefined) return undefined;
  const indent = columnOf(source.text, startOf(first.key));
  const end = lineEnd(source.text, pairEnd(source.text, last));
  return splice(source.text, end, end, source.eol + indentAll(render({ [name]: value }), indent, source.eol));
}

function addItem(source: Source, seq: YAMLSeq, _: string, value: Json): string | undefined {
  const [first, last] = [seq.items[0], seq.items.at(-1)] as Node[];
  if (first === undefined || last === undefined) return undefined;
  const dash = source.text.slice(0, startOf(first)).search(/-[^\S\r\n]*$/);
  if (dash === -1) return undefined;
  const end = lineEnd(source.text, contentEnd(source.text, last));
  return splice(source.text, end, end, source.eol + indentAll(render([value]), columnOf(source.text, dash), source.eol));
}

function addToFlow(source: Source, container: YAMLMap | YAMLSeq, name: string, value: Json): string | undefined {
  const last = container.items.at(-1) as Pair<Node, Node | null> | Node | undefined;
  if (last === undefined || container.range == null) return undefined;
  const end = isMap(container) ? pairEnd(source.text, last as Pair<Node, Node | null>) : contentEnd(source.text, last as Node);
  const entry = isMap(container) ? `${flowKey(name)}: ${flowText(value)}` : flowText(value);
  return splice(source.text, end, end, `, ${entry}`);
}

function appendToEmpty(source: Source, name: string, value: Json): string {
  const gap = source.text === '' || source.text.endsWith('\n') ? '' : source.eol;
  return source.text + gap + indentAll(render({ [name]: value }), 0, source.eol) + source.eol;
}

function removePair(source: Source, pair: Pair<Node, Node | null>): string | undefined {
  const start = startOf(pair.key);
  const lineStart = start - columnOf(source.text, start);
  if (source.text.slice(lineStart, start).trim() !== '') return undefined;
  const end = lineEnd(source.text, pairEnd(source.text, pair));
  const lineBreak = /^\r?\n/.exec(source.text.slice(end))?.[0].length ?? 0;
  return splice(source.text, lineStart, end + lineBreak, '');
}

/** The whole document written anew by the library: comments and order stay, white space may not. */
function rewritten(text: string, change: (document: Document) => void): string {
  const document = parseDocument(text, PARSE) as unknown as Document;
  change(document);
  const written = document.toString(RENDER);
  return text.includes('\r\n') ? written.replaceAll('\n', '\r\n') : written;
}

function sourceOf(text: string): Source {
  return { text, root: parseDocument(text, PARSE).contents as Node | null, eol: text.includes('\r\n') ? '\r\n' : '\n' };
}

function nodeAt(root: Node | null, parts: readonly string[]): Node | null | undefined {
  let here: Node | null | undefined = root;
  for (const part of parts) {
    if (isMap(here)) here = pairOf(here, part)?.value;
    else if (isSeq(here)) here = here.items[Number(part)] as Node | undefined;
    else return undefined;
  }
  return here;
}

function pairOf(map: YAMLMap, name: string): Pair<Node, Node | null> | undefined {
  const found = map.items.find(({ key }) => isScalar(key) && String(key.value) === name);
  return found as Pair<Node, Node | null> | undefined;
}

/** The path in the document's own keys: `80` may be a number there. */
function nativePath(document: Document, parts: readonly string[]): unknown[] {
  const path: unknown[] = [];
  let here: Node | null | undefined = document.contents;
  for (const part of parts) {
    const pair: Pair<Node, Node | null> | undefined = isMap(here) ? pairOf(here, part) : undefined;
    path.push(isSeq(here) ? Number(part) : pair !== undefined && isScalar(pair.key) ? pair.key.value : part);
    here = isSeq(here) ? (here.items[Number(part)] as Node | undefined) : pair?.value;
  }
  return path;
}

/** `compat`: a string that YAML 1.1 (PyYAML, Psych) takes for something else gets quotes, as `yes` and `0o7`. */
function render(value: Json, options: Parameters<Document['toString']>[0] = {}): string {
  return new Document(value, { compat: 'yaml-1.1' }).toString({ ...RENDER, ...options }).replace(/\n$/, '');
}

/** JSON, with a space after colons and commas outside strings, is YAML in flow style. */
function flowText(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(flowText).join(', ')}]`;
  if (value !== null && typeof value === 'object') {
    return `{${Object.entries(value)
      .map(([key, item]) => `${flowKey(key)}: ${flowText(item as Json)}`)
      .join(', ')}}`;
  }
  return JSON.stringify(value);
}

function flowKey(name: string): string {
  return /^[A-Za-z_][\w.-]*$/.test(name) && render(name) === name ? name : JSON.stringify(name);
}

function startOf(node: Node): number {
  return node.range?.[0] ?? 0;
}

/** Where a node's own text ends, before white space and comments that follow it. */
function contentEnd(text: string, node: Node): number {
  const [start, end] = node.range ?? [0, 0];
  return start + text.slice(start, end).trimEnd().length;
}

function pairEnd(text: string, pair: Pair<Node, Node | null>): number {
  const value = pair.value;
  if (value?.range != null && value.range[0] !== value.range[1]) return contentEnd(text, value);
  return colonAfter(text, pair.key) ?? contentEnd(text, pair.key);
}

function colonAfter(text: string, key: Node): number | undefined {
  const end = key.range?.[1];
  if (end === undefined) return undefined;
  const gap = /^[^\S\r\n]*:/.exec(text.slice(end))?.[0];
  return gap === undefined ? undefined : end + gap.length - 1;
}

function lineEnd(text: string, at: number): number {
  const found = text.slice(at).search(/\r?\n/);
  return found === -1 ? text.length : at + found;
}

function columnOf(text: string, at: number): number {
  return at - (text.lastIndexOf('\n', at - 1) + 1);
}

function replaceRange(source: Source, node: Node, replacement: string): string | undefined {
  return node.range == null ? undefined : splice(source.text, node.range[0], contentEnd(source.text, node), replacement);
}

function splice(text: string, from: number, to: number, replacement: string): string {
  return text.slice(0, from) + replacement + text.slice(to);
}

/** Lines as they stand `column` deep; empty lines stay empty. */
function indentAll(text: string, column: number, eol: string): string {
  return text
    .split('\n')
    .map((line) => (line === '' ? line : ' '.repeat(column) + line))
    .join(eol);
}

/** The same for all lines but the first, each first relieved of `drop` spaces. */
function indentRest(text: string, column: number, eol: string, drop = 0): string {
  const [first = '', ...rest] = text.split('\n');
  return [first, ...rest.map((line) => (line === '' ? line : ' '.repeat(column) + line.slice(drop)))].join(eol);
}
