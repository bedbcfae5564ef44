import { Aborted } from './environment.ts';

/** What a command was called with. */
export interface Flags {
  readonly words: readonly string[];
  has(name: string): boolean;
  /** The value, or nothing. */
  text(name: string): string | undefined;
  /** The value as a number, or the usual one. */
  number(name: string, usual: number): number;
}

/** Which flags a command knows, and of which kind they are; `!` is one that must be there. */
export type Known = Readonly<Record<string, 'flag' | 'text' | 'number' | 'text!'>>;

const SHORT: Readonly<Record<string, string>> = { '-d': 'days', '-c': 'concurrency', '-v': 'verbose', '-b': 'batch-size' };

/** Reads them; a dash in a name may be an underscore. Throws in the words of the original's library. */
export function readFlags(args: readonly string[], known: Known): Flags {
  const given = new Map<string, string>();
  const words: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? '';
    const [, long, inline] = /^--([\w-]+)(?:=(.*))?$/.exec(arg) ?? [];
    const name = (long ?? SHORT[arg])?.replaceAll('_', '-');
    if (name === undefined) {
      words.push(arg);
      continue;
    }
    const no = name.startsWith('no-') ? name.slice(3) : undefined;
    const kind = known[no ?? name];
    if (kind === undefined) throw new Aborted('Thor::Error', `Unknown switches "${arg}"`);
    if (kind === 'flag') {
      given.set(no ?? name, String(no === undefined));
      continue;
    }
    const value = inline ?? args[++at];
    if (value === undefined || value.startsWith('--'))
      throw new Aborted('Thor::Error', `No value provided for option '--${name}'`);
    if (kind === 'number' && !/^-?\d+$/.test(value)) {
      throw new Aborted('Thor::Error', `Expected numeric value for '--${name}'; got "${value}"`);
    }
    given.set(name, value);
  }
  const missing = Object.keys(known).filter((name) => known[name] === 'text!' && !given.has(name));
  if (missing.length > 0) {
    throw new Aborted(
      'Thor::Error',
      `No value provided for required options '${missing.map((name) => `--${name}`).join("', '")}'`,
    );
  }
  return {
    words,
    has: (name) => given.get(name) === 'true',
    text: (name) => given.get(name),
    number: (name, usual) => Number(given.get(name) ?? usual),
  };
}
