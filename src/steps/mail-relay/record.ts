import { createHash } from 'node:crypto';
import { fail } from '../../model/failure.ts';
import type { ApplyContext } from '../../model/step.ts';

/** A file as it was; null where there was none. */
export type FileBefore = { readonly base64: string; readonly mode: number; readonly uid: number; readonly gid: number } | null;

/** What one login has of the relay. */
export interface Share {
  /** Of `networks` and `domains`, those that it asked for. */
  readonly networks: readonly string[];
  readonly domains: readonly string[];
  readonly relayhost: boolean;
  /** Its line in shadow(5) had this before it got a password of ours; null where it had none. */
  readonly locked: string | null;
  /** The password that it got (salted and hashed many times), and what then stood in shadow(5) (SHA-256). */
  readonly password?: { readonly verifier: string; readonly stored: string };
  /** It has been brought about once. */
  readonly done: boolean;
}

/** What fairlead changed of this host's mail server, and how it was before. */
export interface RelayRecord {
  /** Path → how the file was, and the SHA-256 of how we left it; `edited`: somebody else changed it since. */
  readonly files: { readonly [path: string]: { readonly before: FileBefore; readonly left: string | 'edited' } };
  /** What main.cf said before, by name; null where it said nothing. */
  readonly main: { readonly [name: string]: string | null };
  /** What we set there; null where we took it out. What reads otherwise by now somebody else has set. */
  readonly wrote?: { readonly [name: string]: string | null };
  /** The service that we made in master.cf. */
  readonly service?: string;
  /** Postfix was put into the group of those that may ask for passwords. */
  readonly joined: boolean;
  /** How saslauthd was; missing where we did nothing to it. */
  readonly saslauthd?: { readonly running: boolean; readonly enabled: boolean };
  readonly shares: { readonly [user: string]: Share };
  /** An attempt is on its way, or was cut off. */
  readonly attempt?: Attempt;
}

/** How things were before an attempt: enough to put back exactly that. */
export interface Attempt {
  /** Files that it may change. */
  readonly files: { readonly [path: string]: FileBefore };
  /** The record without it. */
  readonly record?: RelayRecord;
  /** It puts Postfix into the group. */
  readonly joins: boolean;
  /** It starts saslauthd, or has it started at boot: how that was. */
  readonly saslauthd?: { readonly running: boolean; readonly enabled: boolean };
  /** It sets a password: whose, and what stood in shadow(5). */
  readonly login?: { readonly user: string; readonly stored: string | null };
}

/** The relay of several deployments is one: what each has of it lies with the configuration, and not with one of them. */
export const RECORD = '/etc/postfix/.fairlead-relay.json';

/** What fairlead left on this host, from the bytes of its file; undefined where nothing. Throws `mail.damaged-record`. */
export function parseRecord(bytes: Uint8Array | undefined): RelayRecord | undefined {
  if (bytes === undefined) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw fail('mail.damaged-record', `${RECORD} is damaged: how Postfix was before can't be known from it.`, {
      hints: ['Put it back from a backup; or move it away: then the relay is taken as set up by hand, and kept.'],
      cause,
    });
  }
}

/** Keeps a record; none removes it. Hashes of passwords may stand in it. */
export async function keepRecord(record: RelayRecord | undefined, ctx: Pick<ApplyContext, 'host'>): Promise<void> {
  if (record === undefined) await ctx.host.files([{ op: 'remove', path: RECORD }]);
  else {
    const data = `${JSON.stringify(record, undefined, 1)}\n`;
    await ctx.host.files([{ op: 'write', path: RECORD, data, mode: 0o600, uid: 0, gid: 0 }]);
  }
}

/** Files as they are now. */
export async function filesNow(
  paths: readonly string[],
  ctx: Pick<ApplyContext, 'host'>,
): Promise<{ [path: string]: FileBefore }> {
  const stats = await ctx.host.files(paths.map((path) => ({ op: 'stat', path }) as const));
  const texts = await ctx.host.files(paths.map((path) => ({ op: 'read', path }) as const));
  return Object.fromEntries(
    paths.map((path, at) => {
      const [stat, bytes] = [stats[at], texts[at]];
      if (stat === undefined || bytes === undefined) return [path, null];
      return [path, { base64: Buffer.from(bytes).toString('base64'), mode: stat.mode, uid: stat.uid, gid: stat.gid }];
    }),
  );
}

/** Puts files back as they were. */
export async function putBack(files: { readonly [path: string]: FileBefore }, ctx: Pick<ApplyContext, 'host'>): Promise<void> {
  for (const [path, before] of Object.entries(files)) {
    if (before === null) await ctx.host.files([{ op: 'remove', path }]);
    else {
      const { base64, ...owner } = before;
      await ctx.host.files([{ op: 'write', path, data: Buffer.from(base64, 'base64'), ...owner }]);
    }
  }
}

/** What tells one state of a file from another. Pure. */
export function digestOf(file: FileBefore | undefined): string {
  return file === null || file === undefined ? 'none' : sha256(Buffer.from(file.base64, 'base64'));
}

/** Lower-case hex SHA-256. Pure. */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
