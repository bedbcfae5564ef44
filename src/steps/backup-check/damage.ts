import type { ReadContext } from '../../model/step.ts';

/** The sums of all its other files, as `sha256sum` writes and checks them. */
export const SUMS = 'SHA256SUMS';

/** Files whose sums are looked at in one go. */
const AT_ONCE = 50;

/**
 * What is not as it was written in the folder of a backup, a few words each: files that differ, are missing, or have no sum.
 * Links and other things that are no files count as having none.
 */
export async function damageOf(path: string, { host, signal, progress }: ReadContext): Promise<readonly string[]> {
  const [bytes, tree = []] = await host.files([
    { op: 'read', path: `${path}/${SUMS}` },
    { op: 'tree', path },
  ]);
  if (bytes === undefined) return [`${SUMS} is missing`];
  const sums = parseSums(new TextDecoder().decode(bytes));
  const there = tree.filter(({ kind }) => kind !== 'dir').map((entry) => entry.path.slice(path.length + 1));
  const damage = there.filter((file) => file !== SUMS && !sums.has(file)).map((file) => `${file} is not part of it`);
  const files = [...sums];
  for (let at = 0; at < files.length; at += AT_ONCE) {
    signal.throwIfAborted();
    progress('comparing its files with their sums', at, files.length);
    const some = files.slice(at, at + AT_ONCE);
    const found = await host.files(some.map(([file]) => ({ op: 'sha256', path: `${path}/${file}` }) as const));
    for (const [index, [file, sum]] of some.entries()) {
      if (found[index] === undefined) damage.push(`${file} is missing`);
      else if (found[index] !== sum) damage.push(`${file} differs`);
    }
  }
  return damage;
}

/** By file, relative to the folder. A name with a newline or a backslash is escaped, and its line begins with a backslash. */
function parseSums(text: string): ReadonlyMap<string, string> {
  const sums = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, escaped, sum = '', name = ''] = /^(\\?)([0-9a-f]{64}) [ *](?:\.\/)?(.+)$/.exec(line) ?? [];
    if (sum === '') continue;
    sums.set(escaped === '' ? name : name.replaceAll(/\\([\\nr])/g, (_, c) => ({ n: '\n', r: '\r' })[c as string] ?? '\\'), sum);
  }
  return sums;
}
