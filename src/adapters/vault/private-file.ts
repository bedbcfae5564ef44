import { link, mkdir, open, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fail } from '../../model/failure.ts';
import { createTemporaryNames } from '../lib/temporary-name.ts';
import { errorCode, reasonOf, waysToWrite } from './system-error.ts';

const temporaries = createTemporaryNames();

/** Is a file there? Throws `vault.unreadable` where the system does not tell. */
export async function isThere(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return false;
    throw unreadable(file, cause);
  }
}

/**
 * Reads a file with a key in it; undefined where there is none. Throws `vault.identity-exposed` where others may read or
 * write it, `vault.unreadable`.
 */
export async function readPrivate(file: string): Promise<Uint8Array | undefined> {
  try {
    await using handle = await open(file, 'r');
    const { mode } = await handle.stat();
    if ((mode & 0o077) !== 0) {
      throw fail('vault.identity-exposed', `Others may read the key to the secrets, ${file}: its mode is ${octal(mode)}.`, {
        hints: [
          `Run \`chmod 600 ${file}\`, and think about who may have read it.`,
          'If somebody may have: rotate the secrets (`fairlead secrets rotate`).',
        ],
      });
    }
    return await handle.readFile();
  } catch (cause) {
    if (errorCode(cause) === undefined) throw cause;
    if (errorCode(cause) === 'ENOENT') return undefined;
    throw unreadable(file, cause);
  }
}

/**
 * Makes a new file (0600): whole, or not at all, and on the disk once it returns. False where one is there, or appears
 * meanwhile: it is never replaced. Throws `vault.not-writable`; `what` is what the file holds, for its message.
 */
export async function createPrivate(file: string, content: string | Uint8Array, what: string): Promise<boolean> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await temporaries.create(file, async (temporary) => {
      try {
        {
          await using handle = await open(temporary, 'wx', 0o600);
          await handle.writeFile(content);
          await handle.sync();
        }
        await link(temporary, file);
      } finally {
        await rm(temporary, { force: true }).catch(() => undefined);
      }
    });
    await syncFolder(file);
    return true;
  } catch (cause) {
    if (errorCode(cause) === 'EEXIST') return false;
    throw notWritable(file, what, cause);
  }
}

/** Takes a file away, and what killed writers left beside it; its name is gone from the disk once this returns. */
export async function removePrivate(file: string, what: string): Promise<void> {
  try {
    await temporaries.create(file, () => rm(file, { force: true }));
    await syncFolder(file);
  } catch (cause) {
    throw notWritable(file, what, cause);
  }
}

async function syncFolder(file: string): Promise<void> {
  await using folder = await open(dirname(file), 'r');
  await folder.sync();
}

function unreadable(file: string, cause: unknown): Error {
  return fail('vault.unreadable', `The key to the secrets, ${file}, can't be read: ${reasonOf(cause)}.`, {
    hints: ['Run fairlead as the user that owns its state folder (root, for one under /var/lib).'],
    cause,
  });
}

function notWritable(file: string, what: string, cause: unknown): Error {
  return fail('vault.not-writable', `${what}, ${file}, can't be written: ${reasonOf(cause)}.`, {
    fault: 'environment',
    hints: waysToWrite(file, cause),
    cause,
  });
}

function octal(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, '0');
}
