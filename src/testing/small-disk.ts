import { execFile } from 'node:child_process';
import { closeSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const PAGE = 4096;

/** A file system of its own, so that a disk can be full or fail without harm to any other. */
export interface SmallDisk {
  /** Where it is mounted; it is empty at first. */
  readonly dir: string;
  /** Takes all room but so much (KiB, rounded to pages). */
  fill(leaveKib?: number): void;
  /** Gives back what `fill` took. */
  free(): void;
  remove(): Promise<void>;
}

/** A disk in memory that can be mounted read-only while no file on it is open for writing. */
export interface MemoryDisk extends SmallDisk {
  readOnly(yes: boolean): Promise<void>;
}

/** A disk with a real file system on it. */
export interface FailingDisk extends SmallDisk {
  /** As the kernel does where a disk reports errors: read-only from now on, also for files that are open. */
  fail(): Promise<void>;
  /** Mounts it anew, for writing. What had not reached it is gone. */
  mend(): Promise<void>;
}

/** Mounts a tmpfs. Needs root. */
export async function createMemoryDisk(kib: number): Promise<MemoryDisk> {
  const dir = await mkdtemp(join(tmpdir(), 'small-disk-'));
  await run('mount', ['-t', 'tmpfs', '-o', `size=${kib}k,mode=0755`, 'fairlead-test', dir]);
  return {
    ...fillable(dir),
    readOnly: async (yes) => void (await run('mount', ['-o', `remount,${yes ? 'ro' : 'rw'}`, dir])),
    remove: async () => {
      await run('umount', ['-l', dir]);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Mounts an ext4 in a file. Needs root and a loop device. */
export async function createFailingDisk(kib: number): Promise<FailingDisk> {
  const dir = await mkdtemp(join(tmpdir(), 'small-disk-'));
  const image = `${dir}.img`;
  const mount = async (): Promise<void> => void (await run('mount', ['-o', 'loop', image, dir]));
  closeSync(openSync(image, 'wx', 0o600));
  await truncate(image, kib * 1024);
  await run('mkfs.ext4', ['-q', '-m', '0', image]);
  await mount();
  return {
    ...fillable(dir),
    fail: async () => void (await run('mount', ['-o', 'remount,abort', dir])),
    mend: async () => {
      await run('umount', [dir]);
      // Its journal is replayed, and the mark that it had errors is taken off; 1 is the exit code for "corrected".
      await run('e2fsck', ['-fp', image]).catch((error: { code?: unknown }) => {
        if (error.code !== 1) throw error;
      });
      await mount();
    },
    remove: async () => {
      await run('umount', ['-l', dir]);
      await rm(dir, { recursive: true, force: true });
      await rm(image, { force: true });
    },
  };
}

function fillable(dir: string): Pick<SmallDisk, 'dir' | 'fill' | 'free'> {
  const ballast = join(dir, 'ballast');
  return {
    dir,
    fill(leaveKib = 0) {
      const leave = Math.ceil((leaveKib * 1024) / PAGE);
      const fd = openSync(ballast, 'a');
      try {
        for (;;) {
          const { bavail, bsize } = statfsSync(dir);
          const pages = Math.floor((bavail * bsize) / PAGE) - leave;
          if (pages <= 0) return;
          writeSync(fd, Buffer.alloc(Math.min(pages, 256) * PAGE));
        }
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      } finally {
        closeSync(fd);
      }
    },
    free: () => rmSync(ballast, { force: true }),
  };
}
