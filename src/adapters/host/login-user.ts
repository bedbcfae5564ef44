import { readFile } from 'node:fs/promises';

/** A login name's entry in `/etc/passwd`, with the groups that it is a member of. */
export interface LoginUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
  /** Ids of further groups, the login group not among them. */
  readonly groups: readonly number[];
}

/** Looks a login name up in this machine's `/etc/passwd` and `/etc/group`; undefined where there is none. */
export async function findLoginUser(name: string): Promise<LoginUser | undefined> {
  const [passwd, group] = await Promise.all([readFile('/etc/passwd', 'utf8'), readFile('/etc/group', 'utf8').catch(() => '')]);
  const entry = entriesOf(passwd).find((fields) => fields[0] === name);
  if (entry === undefined) return undefined;
  const gid = Number(entry[3]);
  const groups = entriesOf(group)
    .filter((fields) => (fields[3] ?? '').split(',').includes(name))
    .map((fields) => Number(fields[2]))
    .filter((id) => id !== gid);
  return { name, uid: Number(entry[2]), gid, home: entry[5] || '/', shell: entry[6] || '/bin/sh', groups };
}

function entriesOf(text: string): string[][] {
  return text.split('\n').map((line) => line.split(':'));
}
