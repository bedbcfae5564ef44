import { dirname } from 'node:path';

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'this user may not',
  EPERM: 'this user may not',
  EROFS: 'the file system is mounted read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: "this user's disk quota is used up",
  EIO: 'the disk reports errors',
  ENOENT: 'the folder does not exist',
  ENOTDIR: 'a part of the path is not a folder',
  EISDIR: 'it is a folder',
};

/** The system's error code (`ENOENT`), where the error has one. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Why the system refused, in words: `the disk is full (ENOSPC)`. */
export function reasonOf(error: unknown): string {
  const code = errorCode(error);
  const reason = code === undefined ? undefined : REASONS[code];
  if (reason !== undefined) return `${reason} (${code})`;
  return code ?? 'unknown';
}

/** What an operator can do where the system refused to write a file. What was there before is still there. */
export function waysToWrite(file: string, error: unknown): readonly string[] {
  const kept = 'What was there before is still there, whole.';
  switch (errorCode(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return [`Make room (\`df -h ${dirname(file)}\` tells what is left), then do the same again. ${kept}`];
    case 'EROFS':
      return [
        `Mount it for writing (\`findmnt -T ${dirname(file)}\`), then do the same again; see \`dmesg\` for why it is read-only.`,
      ];
    case 'EIO':
      return ['See `dmesg` and the SMART values of the disk, and mend it before anything else.'];
    default:
      return [`Run fairlead as the user that owns its state folder (root, for one under /var/lib). ${kept}`];
  }
}
