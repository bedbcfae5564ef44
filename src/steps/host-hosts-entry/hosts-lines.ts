import { isIP } from 'node:net';

/** A line of a hosts file that maps names to an address, as hosts(5) describes it. */
export interface HostsLine {
  /** Counted from 0. */
  readonly at: number;
  readonly address: string;
  /** In lower case: names are the same in either. */
  readonly names: readonly string[];
  /** What follows the `#` after its names, trimmed; '' without one. */
  readonly comment: string;
}

/** The lines that map names; comments, blank lines and what is no address are left out. */
export function hostsLinesOf(lines: readonly string[]): readonly HostsLine[] {
  return lines.flatMap((line, at) => {
    const [entry = '', ...comment] = line.split('#');
    const [address = '', ...names] = entry.trim().split(/\s+/);
    if (isIP(address) === 0 || names.length === 0) return [];
    return [{ at, address, names: names.map((name) => name.toLowerCase()), comment: comment.join('#').trim() }];
  });
}

/** Are two addresses the same, however they are written? */
export function sameAddress(one: string, other: string): boolean {
  return plainAddress(one) === plainAddress(other);
}

/** IPv6 has many ways to write one address; a URL knows the shortest. One with a zone stays as it is. */
function plainAddress(address: string): string {
  return isIP(address) === 6 && !address.includes('%') ? new URL(`http://[${address}]`).hostname : address.toLowerCase();
}

/** 4 or 6: a name may have an address of each. */
export function familyOf(address: string): number {
  return isIP(address);
}
