import { failureOf } from '../../model/failure.ts';
import type { Host } from '../../model/ports.ts';

/** A user of the host, as passwd(5) has it. */
export interface UserEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly comment: string;
  readonly home: string;
  readonly shell: string;
}

/** A group of the host, as group(5) has it. */
export interface GroupEntry {
  readonly name: string;
  readonly gid: number;
  /** Login names of those who have it as a further group. */
  readonly members: readonly string[];
}

/** The host's users and groups at one moment. */
export interface Accounts {
  readonly users: readonly UserEntry[];
  readonly groups: readonly GroupEntry[];
}

/** What looking names up takes of a context. */
export interface LookUp {
  readonly host: Host;
  readonly signal: AbortSignal;
  /** Is this a look of a plan? */
  readonly forecast?: boolean;
}

/** For each plan (it has one signal) and host: the names that the name service was asked for, with its answers. */
const asked = new WeakMap<AbortSignal, WeakMap<Host, Map<string, Promise<string[]>>>>();

/** Users and groups of `/etc/passwd` and `/etc/group`, in one round trip. Those of a directory server are not among them. */
export async function readAccounts({ host }: Pick<LookUp, 'host'>): Promise<Accounts> {
  const [passwd, group] = await host.files([
    { op: 'read', path: '/etc/passwd' },
    { op: 'read', path: '/etc/group' },
  ]);
  return { users: linesOf(passwd).flatMap(userOf), groups: linesOf(group).flatMap(groupOf) };
}

/** The user of this login name: in `accounts`, or else as the host's name service (LDAP, say) knows it. */
export async function findUser(ctx: LookUp, accounts: Accounts, name: string): Promise<UserEntry | undefined> {
  return accounts.users.find((user) => user.name === name) ?? (await askNameService(ctx, 'passwd', name)).flatMap(userOf)[0];
}

/** The group of this name: in `accounts`, or else as the host's name service knows it. */
export async function findGroup(ctx: LookUp, accounts: Accounts, name: string): Promise<GroupEntry | undefined> {
  return accounts.groups.find((group) => group.name === name) ?? (await askNameService(ctx, 'group', name)).flatMap(groupOf)[0];
}

/**
 * Within a plan a name is asked for once: a hundred steps may name an owner whom an earlier one will make, and each
 * question is a process. What the account files themselves say is read anew each time.
 */
function askNameService(ctx: LookUp, database: 'passwd' | 'group', name: string): Promise<string[]> {
  if (ctx.forecast !== true) return askGetent(ctx, database, name);
  const hosts = asked.get(ctx.signal) ?? new WeakMap<Host, Map<string, Promise<string[]>>>();
  asked.set(ctx.signal, hosts);
  const answers = hosts.get(ctx.host) ?? new Map<string, Promise<string[]>>();
  hosts.set(ctx.host, answers);
  const question = `${database} ${name}`;
  const answer = answers.get(question) ?? askGetent(ctx, database, name);
  answers.set(question, answer);
  return answer;
}

/** getent(1) ends with 2 where it knows no such name; a host without getent has no name service to ask. */
async function askGetent({ host, signal }: LookUp, database: 'passwd' | 'group', name: string): Promise<string[]> {
  try {
    const { code, stdout } = await host.exec({ argv: ['getent', database, name] }, { signal });
    // It takes a number for an id; here a name is meant.
    return code === 0 ? stdout.split('\n').filter((line) => line.startsWith(`${name}:`)) : [];
  } catch (error) {
    if (failureOf(error).code === 'host.no-such-program') return [];
    throw error;
  }
}

function linesOf(bytes: Uint8Array | undefined): string[] {
  return bytes === undefined ? [] : new TextDecoder().decode(bytes).split('\n');
}

function userOf(line: string): UserEntry[] {
  const [name = '', , uid, gid, comment = '', home = '', shell = ''] = line.split(':');
  return isId(uid) && isId(gid) ? [{ name, uid: Number(uid), gid: Number(gid), comment, home, shell }] : [];
}

function groupOf(line: string): GroupEntry[] {
  const [name = '', , gid, members = ''] = line.split(':');
  return isId(gid) ? [{ name, gid: Number(gid), members: members.split(',').filter((member) => member !== '') }] : [];
}

function isId(text: string | undefined): text is string {
  return text !== undefined && /^\d+$/.test(text);
}
