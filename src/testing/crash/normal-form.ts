/** What is one lighthouse's own, each with the word that stands for it in a fingerprint. */
export type Own = readonly (readonly [value: string, word: string])[];

/**
 * A text in which what differs from one lighthouse to the next is replaced: the given values, the longest first, then
 * digests and the short ids that Docker makes of them. A key that is not the one of `own` stays a digest, and is seen.
 */
export function normalForm(text: string, own: Own): string {
  let normal = text;
  for (const [value, word] of [...own].sort(([a], [b]) => b.length - a.length)) {
    if (value !== '') normal = normal.replaceAll(value, `<${word}>`);
  }
  return normal.replaceAll(/\b[0-9a-f]{64}\b/g, '<digest>').replaceAll(/"[0-9a-f]{12}"/g, '"<id>"');
}

/** Every value of a nested structure as a line `path: value`, without the paths that `leaveOut` matches. Keys are sorted. */
export function flatLines(value: unknown, leaveOut: RegExp, path = ''): readonly string[] {
  if (path !== '' && leaveOut.test(path)) return [];
  if (value === null || typeof value !== 'object') return [`${path}: ${JSON.stringify(value)}`];
  const entries = Array.isArray(value) ? value.map((item, index) => [String(index), item] as const) : Object.entries(value);
  if (entries.length === 0) return [`${path}: ${JSON.stringify(value)}`];
  return entries
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, item]) => flatLines(item, leaveOut, path === '' ? key : `${path}.${key}`));
}
