import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Workload } from './workload.ts';

/** Brings the host to where every contender begins: no accounts, a fresh target folder, nothing left to flush. */
export function prepareTarget(workload: Workload): void {
  removeTarget(workload);
  for (const folder of workload.before.folders) makeFolder(folder);
  for (const [path, text] of workload.before.files) {
    writeFileSync(path, text);
    chmodSync(path, 0o644);
  }
  settleDisk();
}

/** Nobody pays for what others left to be written. */
export function settleDisk(): void {
  execFileSync('sync');
}

/** Removes all that a contender or `prepareTarget` may have made on this host. */
export function removeTarget({ users, groups, target }: Workload): void {
  rmSync(target, { recursive: true, force: true });
  const known = new Set([...namesIn('/etc/passwd'), ...namesIn('/etc/group')]);
  for (const user of users) if (known.has(user)) spawnSync('userdel', [user]);
  for (const group of groups) if (namesIn('/etc/group').has(group)) spawnSync('groupdel', [group]);
}

/** A state of the target: what every contender must reach alike, and what tells whether it was touched at all. */
export interface TargetState {
  /** A line for each entry and account: path, kind, mode, owner by name, SHA-256 of the content. */
  readonly lines: readonly string[];
  /** Changes with every write, even of the same content: inode and time of change of each entry, the accounts' own lines. */
  readonly touched: string;
}

/** Looks at the target folder and at the workload's accounts. */
export function stateOfTarget({ target, users, groups }: Workload): TargetState {
  const passwd = entriesOf('/etc/passwd');
  const group = entriesOf('/etc/group');
  const nameOf = (entries: readonly (readonly string[])[], id: number): string =>
    entries.find((entry) => entry[2] === String(id))?.[0] ?? String(id);
  const lines: string[] = [];
  const own = [...passwd, ...group].filter(([name = '']) => users.includes(name) || groups.includes(name));
  const touched = createHash('sha256').update(JSON.stringify(own));
  const visit = (path: string): void => {
    const found = lstatSync(path, { bigint: true });
    const kind = found.isDirectory() ? 'dir' : found.isFile() ? 'file' : 'other';
    const owner = `${nameOf(passwd, Number(found.uid))}:${nameOf(group, Number(found.gid))}`;
    const content = kind === 'file' ? ` ${createHash('sha256').update(readFileSync(path)).digest('hex')}` : '';
    lines.push(`${path} ${kind} ${(Number(found.mode) & 0o7777).toString(8)} ${owner}${content}`);
    touched.update(`${path} ${found.ino} ${found.ctimeNs}\n`);
    if (kind === 'dir') for (const name of readdirSync(path).sort()) visit(join(path, name));
  };
  visit(target);
  for (const user of users) {
    const [name, , , gid, comment, home, shell] = passwd.find((entry) => entry[0] === user) ?? [];
    lines.push(name === undefined ? `no user ${user}` : `user ${name} ${nameOf(group, Number(gid))} ${comment} ${home} ${shell}`);
  }
  for (const wanted of groups) lines.push(group.some(([name]) => name === wanted) ? `group ${wanted}` : `no group ${wanted}`);
  return { lines, touched: touched.digest('hex') };
}

function makeFolder(path: string): void {
  mkdirSync(path);
  chmodSync(path, 0o755);
}

function entriesOf(file: string): readonly (readonly string[])[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
}

function namesIn(file: string): ReadonlySet<string> {
  return new Set(entriesOf(file).map(([name = '']) => name));
}
