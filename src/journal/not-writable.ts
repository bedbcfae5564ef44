import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { type FairleadError, fail } from '../model/failure.ts';

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'this user has no permission',
  EPERM: 'this user has no permission',
  EROFS: 'it is on a file system that is mounted read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: "this user's disk quota is used up",
  ENOENT: 'the folder does not exist',
  ENOTDIR: 'a part of the path is not a folder',
  EEXIST: 'a file of that name is in the way',
  EIO: 'the disk reports errors',
};

/** Why the system refused, in words: `the disk is full (ENOSPC)`. */
export function reasonOf(error: unknown): string {
  const code = errorCode(error);
  const reason = code === undefined ? undefined : REASONS[code];
  if (reason !== undefined) return `${reason} (${code})`;
  return error instanceof Error ? error.message : String(error);
}

/** The system's error code (`ENOENT`), where the error has one. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** The failure to report where fairlead can't keep its records: `state.not-writable`. */
export function notWritable(path: string, cause: unknown): FairleadError {
  return fail('state.not-writable', `fairlead can't write ${path}: ${reasonOf(cause)}.`, {
    fault: 'environment',
    hints: waysToWrite(path, cause),
    cause,
  });
}

/** What an operator can do where the system refused to write `path`. */
export function waysToWrite(path: string, cause: unknown): readonly string[] {
  const folder = nearestFolder(path);
  const elsewhere = 'Or name another folder with --state-dir DIR or FAIRLEAD_STATE_DIR.';
  switch (errorCode(cause)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return [
        `Make room (\`df -h ${folder}\` and \`df -i ${folder}\` tell what is left), then do the same again: nothing is lost.`,
      ];
    case 'EROFS':
      return [
        `Mount it for writing (\`findmnt -T ${folder}\`), then do the same again. A disk with errors is made read-only: see \`dmesg\`.`,
        elsewhere,
      ];
    case 'EIO':
      return ['See `dmesg` and the SMART values of the disk, and mend it before anything else.', elsewhere];
    default:
      return ['Run fairlead as the user that owns its state folder (root, for one under /var/lib).', elsewhere];
  }
}

/** What `df` can be asked about: the path itself may not be there. */
function nearestFolder(path: string): string {
  let folder = dirname(path);
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}
