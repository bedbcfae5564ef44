import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fdatasync as fdatasyncCallback,
  fstatSync,
  fsync as fsyncCallback,
  lstatSync,
  open as openCallback,
  openSync,
  read as readCallback,
  readFile as readFileCallback,
  readFileSync,
  type Stats,
  statSync,
  writeFile as writeFileCallback,
  writeFileSync,
} from 'node:fs';
import { chmod, lchown, lstat, mkdir, readdir, rename, rm, rmdir, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { FairleadError } from '../../model/failure.ts';
import type { FileOp, FileResult, FileStat, TreeEntry } from '../../model/ports.ts';
import type { Text } from '../../model/secrets.ts';
import { createTemporaryNames } from '../lib/temporary-name.ts';
import { fileFailure, requirePath, requireRemovable } from './host-failures.ts';

/** So many acts that only look are under way at once: more would only cost file descriptors. */
const AT_ONCE = 64;

/**
 * Each call that waits costs a trip through Node's thread pool (some 80 µs). The first call to a path waits, since a
 * disk may be slow or gone; what follows on the open file, and is small, is done at once (some 5 µs).
 */
const SMALL = 64 * 1024;

/** A look that takes longer than this many milliseconds went to the disk. */
const QUICK_MS = 1;

const openFile = promisify(openCallback);
const readWhole = promisify(readFileCallback);
const writeWhole = promisify(writeFileCallback);
const readPiece = promisify(readCallback);
const flushData = promisify(fdatasyncCallback);
const flushAll = promisify(fsyncCallback);

const temporaries = createTemporaryNames();

/** A folder's default mode. */
const FOLDER_MODE = 0o755;

/**
 * Performs a batch on this machine's files. Acts that only look run side by side; acts that change something run
 * one after the other, in the batch's order. The first act (in that order) that fails ends the batch.
 */
export async function performFiles<const Ops extends readonly FileOp[]>(
  ops: Ops,
  reveal: (text: Text) => Promise<string>,
): Promise<{ [I in keyof Ops]: FileResult<Ops[I]> }> {
  const results: unknown[] = [];
  let next = 0;
  while (next < ops.length) {
    let end = next;
    while (end < ops.length && end - next < AT_ONCE && looksOnly(ops[end] as FileOp)) end++;
    if (end - next > 1) {
      const looks = await Promise.allSettled(ops.slice(next, end).map((op) => perform(op, reveal)));
      for (const look of looks) {
        if (look.status === 'rejected') throw look.reason;
        results.push(look.value);
      }
      next = end;
    } else {
      results.push(await perform(ops[next] as FileOp, reveal));
      next++;
    }
  }
  return results as { [I in keyof Ops]: FileResult<Ops[I]> };
}

function looksOnly({ op }: FileOp): boolean {
  return op === 'stat' || op === 'read' || op === 'list' || op === 'tree' || op === 'sha256';
}

async function perform(given: FileOp, reveal: (text: Text) => Promise<string>): Promise<unknown> {
  requirePath(given.path);
  // A slash at the end would make the system follow a link that must not be followed.
  const op = given.path.endsWith('/') ? { ...given, path: given.path.replace(/(.)\/+$/, '$1') } : given;
  // Revealed outside the try: a missing secret is no failure of the file.
  const data = op.op !== 'write' ? undefined : op.data instanceof Uint8Array ? op.data : await reveal(op.data);
  try {
    return await act(op, data);
  } catch (error) {
    if (error instanceof FairleadError) throw error;
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    const mountPoint = errno === 'ENOSPC' || errno === 'EDQUOT' || errno === 'EROFS' ? mountPointOf(op.path) : undefined;
    throw fileFailure(errno, op.op, op.path, { cause: error, mountPoint });
  }
}

/** Where the file system begins that a path lies on, or would lie on: the last folder upwards with the same device. */
function mountPointOf(path: string): string | undefined {
  const deviceOf = (place: string): number | undefined => statSync(place, { throwIfNoEntry: false })?.dev;
  try {
    let place = dirname(path);
    while (deviceOf(place) === undefined && dirname(place) !== place) place = dirname(place);
    while (dirname(place) !== place && deviceOf(dirname(place)) === deviceOf(place)) place = dirname(place);
    return place;
  } catch {
    return undefined;
  }
}

function act(op: FileOp, data: Uint8Array | string | undefined): Promise<unknown> {
  switch (op.op) {
    case 'stat':
      return unlessMissing(async () => statOf(await stat(op.path)));
    case 'read':
      return unlessMissing(() => withFile(op.path, async (fd, size) => (size <= SMALL ? readFileSync(fd) : readWhole(fd))));
    case 'list':
      return unlessMissing(async () => (await readdir(op.path)).sort());
    case 'tree':
      return tree(op.path);
    case 'sha256':
      return unlessMissing(() => withFile(op.path, digest));
    case 'remove':
      return remove(op.path, op.recursive === true);
    case 'mkdir':
      return makeFolder(op.path, op.mode ?? FOLDER_MODE, op.uid, op.gid);
    case 'owner-mode':
      return setOwnerMode(op.path, op.mode, op.uid, op.gid);
    case 'write':
      return replaceFile(op.path, data ?? '', op.mode, op.uid, op.gid);
  }
}

async function unlessMissing<T>(look: () => Promise<T>): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    // A file where a parent should be: the path leads nowhere. `list` of a file itself is another matter.
    if (errnoOf(error) === 'ENOENT') return undefined;
    if (errnoOf(error) === 'ENOTDIR' && !(await isSomething(error))) return undefined;
    throw error;
  }
}

async function isSomething(error: unknown): Promise<boolean> {
  const { syscall, path } = error as NodeJS.ErrnoException;
  if (syscall !== 'scandir' || path === undefined) return false;
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Opens without waiting for a writer, should a named pipe lie there, and refuses what is not a file. */
async function withFile<T>(path: string, use: (fd: number, size: number) => Promise<T>): Promise<T> {
  const fd = await openFile(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY).catch((error: unknown) => {
    throw errnoOf(error) === 'ENXIO' ? errno('ENOTREG') : error;
  });
  try {
    const found = fstatSync(fd);
    if (found.isDirectory()) throw errno('EISDIR');
    if (!found.isFile()) throw errno('ENOTREG');
    return await use(fd, found.size);
  } finally {
    closeSync(fd);
  }
}

async function digest(fd: number): Promise<string> {
  const hash = createHash('sha256');
  const buffer = new Uint8Array(256 * 1024);
  for (;;) {
    const { bytesRead } = await readPiece(fd, buffer, 0, buffer.length, null);
    if (bytesRead === 0) return hash.digest('hex');
    hash.update(buffer.subarray(0, bytesRead));
  }
}

/** Parents first, each folder's entries sorted; an entry that vanishes meanwhile is left out. */
async function tree(top: string): Promise<TreeEntry[] | undefined> {
  const found = await unlessMissing(() => lstat(top));
  if (found === undefined) return undefined;
  if (!found.isDirectory()) throw errno('ENOTDIR');
  const entries: TreeEntry[] = [];
  const visit = async (folder: string): Promise<void> => {
    const names = (await unlessMissing(() => readdir(folder)))?.sort() ?? [];
    for (let start = 0; start < names.length; start += AT_ONCE) {
      const paths = names.slice(start, start + AT_ONCE).map((name) => join(folder, name));
      const stats = await lstatAll(paths);
      for (const [index, entry] of stats.entries()) {
        const path = paths[index] as string;
        if (entry === undefined) continue;
        entries.push({ path, ...statOf(entry) });
        if (entry.isDirectory()) await visit(path);
      }
    }
  };
  await visit(top);
  return entries;
}

/** What the system has at hand is told at once; from the first that the disk lets us wait for, the rest is waited for. */
async function lstatAll(paths: readonly string[]): Promise<readonly (Stats | undefined)[]> {
  const stats: (Stats | undefined)[] = [];
  for (let quick = true; quick && stats.length < paths.length; ) {
    const began = performance.now();
    stats.push(await unlessMissing(async () => lstatSync(paths[stats.length] as string)));
    quick = performance.now() - began < QUICK_MS;
  }
  const rest = paths.slice(stats.length);
  return [...stats, ...(await Promise.all(rest.map((path) => unlessMissing(() => lstat(path)))))];
}

async function remove(path: string, recursive: boolean): Promise<undefined> {
  requireRemovable(path);
  try {
    if (recursive) await rm(path, { recursive: true, force: true });
    else await unlink(path).catch((error: unknown) => (errnoOf(error) === 'EISDIR' ? rmdir(path) : Promise.reject(error)));
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT' && errnoOf(error) !== 'ENOTDIR') throw error;
  }
}

/** Each folder that is missing appears with its owner and mode, or not at all: nothing would put a parent right later. */
async function makeFolder(path: string, mode: number, uid: number | undefined, gid: number | undefined): Promise<undefined> {
  const there = await stat(path).catch((error: unknown) => (errnoOf(error) === 'ENOENT' ? undefined : Promise.reject(error)));
  if (there?.isDirectory() === true) return;
  // A file is in its place, or a link that leads nowhere.
  if (there !== undefined || (await isLink(path))) throw errno('ENOTDIR');
  const make = (): Promise<string> =>
    temporaries.create(path, async (temporary) => {
      // Nobody else may look into it before it has its owner and mode.
      await mkdir(temporary, 0o700);
      try {
        if (uid !== undefined || gid !== undefined) chownSync(temporary, uid ?? -1, gid ?? -1);
        chmodSync(temporary, mode);
        await rename(temporary, path);
      } catch (error) {
        await rmdir(temporary).catch(() => undefined);
        throw error;
      }
    });
  try {
    await make().catch(async (error: unknown) => {
      if (errnoOf(error) !== 'ENOENT' || dirname(path) === path) throw error;
      await makeFolder(dirname(path), FOLDER_MODE, uid, gid);
      await make();
    });
  } catch (error) {
    // Somebody else made it meanwhile.
    if (!['EEXIST', 'ENOTEMPTY'].includes(errnoOf(error) ?? '')) throw error;
  }
}

async function isLink(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  return found?.isSymbolicLink() === true;
}

async function setOwnerMode(path: string, mode?: number, uid?: number, gid?: number): Promise<undefined> {
  if (uid !== undefined || gid !== undefined) await lchown(path, uid ?? -1, gid ?? -1);
  if (mode === undefined) return;
  // chmod follows links, and whoever owns the folder could swap one in: open without following, then change that.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;
  let fd: number;
  try {
    fd = await openFile(path, flags);
  } catch (error) {
    if (errnoOf(error) === 'ELOOP') return;
    // Our own file that we may not read, or a socket, can't be opened: then by name, unless it is a link.
    if (errnoOf(error) !== 'EACCES' && errnoOf(error) !== 'ENXIO') throw error;
    if (!(await lstat(path)).isSymbolicLink()) await chmod(path, mode);
    return;
  }
  try {
    fchmodSync(fd, mode);
  } finally {
    closeSync(fd);
  }
}

/** Whoever opens `path` meets the old file or the new one, whole, with its owner and mode. A link there is replaced. */
async function replaceFile(path: string, data: Uint8Array | string, mode: number, uid: number, gid: number): Promise<undefined> {
  await temporaries.create(path, (temporary) => replaceBy(temporary, path, data, mode, uid, gid));
  await flushFolder(dirname(path));
}

async function replaceBy(
  temporary: string,
  path: string,
  data: Uint8Array | string,
  mode: number,
  uid: number,
  gid: number,
): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  // Nobody else may read it before it has its owner and mode.
  const fd = await openFile(temporary, flags, 0o600);
  try {
    try {
      if (data.length <= SMALL) writeFileSync(fd, data);
      else await writeWhole(fd, data);
      fchownSync(fd, uid, gid);
      fchmodSync(fd, mode);
      await flushData(fd);
    } finally {
      closeSync(fd);
    }
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
}

/** Best effort: some file systems can't flush a folder, and the file is whole either way. */
async function flushFolder(folder: string): Promise<void> {
  let fd: number;
  try {
    // We wrote there a moment ago: this doesn't wait for the disk.
    fd = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch {
    return;
  }
  await flushAll(fd).catch(() => undefined);
  closeSync(fd);
}

function statOf(found: Stats): FileStat {
  const kind = found.isFile() ? 'file' : found.isDirectory() ? 'dir' : found.isSymbolicLink() ? 'link' : 'other';
  return { kind, mode: found.mode & 0o7777, uid: found.uid, gid: found.gid, size: found.size };
}

function errno(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(code), { code });
}

function errnoOf(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return code !== undefined && /^E[A-Z0-9]+$/.test(code) ? code : undefined;
}
