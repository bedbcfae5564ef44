import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, rmdirSync, unlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** The named pipes for one program's output. */
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
/** A folder of their own: who prints all of the list's files would wait for ever at the first pipe. */
const PIPES = 'pipes';

/** Where the pipes of the entry in this file lie. */
export function pipesOf(file: string): ChildPipes {
  const path = join(dirname(file), PIPES, basename(file));
  return { stdout: `${path}.out`, stderr: `${path}.err` };
}

/** Pipes for the list in `list`, which has to be there when the first is taken; an earlier engine's spare ones are removed then. */
export function createSparePipes(list: string): SparePipes {
  const folder = join(list, PIPES);
  let spare: string[] = [];
  let possible = true;

  const remove = (): void => {
    spare = [];
    try {
      for (const name of readdirSync(folder)) if (name.startsWith(PREFIX)) unlinkSync(join(folder, name));
      rmdirSync(folder);
    } catch {
      // There are none, or some are in use. They do no harm, and the next engine tries again.
    }
  };

  const makeMore = (): void => {
    remove();
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    } catch {
      possible = false;
      return;
    }
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
