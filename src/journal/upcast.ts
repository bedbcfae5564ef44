import type { JsonObject } from '../model/json.ts';

/** The version that this program writes. */
export const JOURNAL_VERSION = 1;

/** Turns a line of one version into a line of the next. Pure; keeps `seq`, `at`, `prev` and `sum` as they are. */
export type Upcast = (line: JsonObject) => JsonObject;

/** By the version that it takes: `{ 1: fromOneToTwo }`. Empty, as there is one version so far. */
const UPCASTS: Readonly<Record<number, Upcast>> = {};

/**
 * A line as the present version would have written it. Old journals stay as they are on disk: this happens in
 * memory, after the line was verified as the bytes that it is.
 */
export function upcast(
  line: JsonObject,
  table: Readonly<Record<number, Upcast>> = UPCASTS,
  target: number = JOURNAL_VERSION,
): JsonObject {
  let current = line;
  for (let version = Number(line.v); version < target; version++) {
    const step = table[version];
    if (step === undefined) throw new RangeError(`No upcast from journal version ${version}.`);
    current = { ...step(current), v: version + 1 };
  }
  return current;
}
