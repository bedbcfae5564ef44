import { randomBytes } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * What the name of a temporary entry begins with that is to take the place of `path`, beside it. The number of the
 * process that writes it and something random follow: `.app.conf.fairlead-4711-0123456789ab`. Cut short, as a name
 * must not be longer than 255 bytes.
 */
export function temporaryPrefix(path: string): string {
  return `.${basename(path).slice(0, 50)}.fairlead-`;
}

/** Names for what is written beside its place, then renamed into it. */
export interface TemporaryNames {
  /** Removes what dead writers left of `path`, then hands a free name to `write`; the name that it was. */
  create(path: string, write: (temporary: string) => Promise<void>): Promise<string>;
}

/** The temporary names of this process. */
export function createTemporaryNames(): TemporaryNames {
  const ours = new Set<string>();
  return {
    async create(path, write) {
      const temporary = join(dirname(path), `${temporaryPrefix(path)}${process.pid}-${randomBytes(6).toString('hex')}`);
      await removeLeftovers(path, ours);
      ours.add(temporary);
      try {
        await write(temporary);
      } finally {
        ours.delete(temporary);
      }
      return temporary;
    },
  };
}

/**
 * A process that was killed leaves its temporary file behind, which may hold a secret, and which whatever reads the
 * whole folder takes for content. Whoever writes the same path next takes it away.
 */
async function removeLeftovers(path: string, ours: ReadonlySet<string>): Promise<void> {
  const prefix = temporaryPrefix(path);
  // A folder that can't be listed may still be written to.
  const names = await readdir(dirname(path)).catch((): string[] => []);
  for (const name of names) {
    const writer = name.startsWith(prefix) ? /^(\d+)-[0-9a-f]+$/.exec(name.slice(prefix.length))?.[1] : undefined;
    const leftover = join(dirname(path), name);
    if (writer === undefined || ours.has(leftover) || isAnother(Number(writer))) continue;
    await rm(leftover, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Is it another process that is alive? Our own number on what we did not write is a dead one's, in a container say. */
function isAnother(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
