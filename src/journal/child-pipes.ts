import { spawnSync } from 'node:child_process';
import { readdirSync, renameSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';

/** The named pipes for one program's output, beside its entry. */
export interface ChildPipes {
  readonly stdout: string;
  readonly stderr: string;
}

/** Named pipes that are made before they are needed. */
export interface SparePipes {
  /** A pair for the entry in this file; undefined where the file system has no pipes. */
  take(file: string): ChildPipes | undefined;
  /** Removes those that nobody took. */
  remove(): void;
}

/** Node can't make a pipe: a program does, and many at once cost little more than one. */
const MADE_AT_ONCE = 64;
const PREFIX = 'spare-';

/** Where the pipes of an entry lie. */
export function pipesOf(file: string): ChildPipes {
  return { stdout: `${file}.out`, stderr: `${file}.err` };
}

/** Pipes in a folder, which has to be there when the first is taken; an earlier engine's spare ones are removed then. */
export function createSparePipes(folder: string): SparePipes {
  let spare: string[] = [];
  let possible = true;

  const remove = (): void => {
    spare = [];
    try {
      for (const name of readdirSync(folder)) if (name.startsWith(PREFIX)) unlinkSync(join(folder, name));
    } catch {
      // They do no harm, and the next engine tries again.
    }
  };

  const makeMore = (): void => {
    remove();
    const names = Array.from({ length: MADE_AT_ONCE }, (_, index) => join(folder, `${PREFIX}${index}`));
    const { status } = spawnSync('mkfifo', ['-m', '600', '--', ...names], { stdio: 'ignore' });
    possible = status === 0;
    if (possible) spare = names;
    else remove();
  };

  return {
    take(file) {
      if (possible && spare.length < 2) makeMore();
      const [out, err, ...rest] = spare;
      if (out === undefined || err === undefined) return undefined;
      spare = rest;
      const pipes = pipesOf(file);
      try {
        renameSync(out, pipes.stdout);
        renameSync(err, pipes.stderr);
        return pipes;
      } catch {
        // The folder was meddled with. Output takes another way, and what was renamed goes with its entry.
        possible = false;
        spare = [];
        return undefined;
      }
    },
    remove,
  };
}
