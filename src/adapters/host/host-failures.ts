import { dirname, normalize } from 'node:path';
import { type Failure, type FairleadError, fail } from '../../model/failure.ts';
import type { FileOp } from '../../model/ports.ts';

/** Which act on a file failed: part of the message, and what the same errno means depends on it. */
export type FileAct = FileOp['op'];

type Details = Partial<Omit<Failure, 'code' | 'message'>>;

const acts: Readonly<Record<FileAct, string>> = {
  stat: 'look at',
  read: 'read',
  list: 'list',
  tree: 'list everything below',
  sha256: 'read',
  remove: 'remove',
  mkdir: 'make the folder',
  'owner-mode': 'set the owner or mode of',
  write: 'write',
};

/**
 * The failure for an errno of the operating system (`ENOENT`, `EISDIR` …) met while doing `act` to `path`.
 * Every adapter of the host port maps through this function, so that the same cause has the same code. `mountPoint` is that of
 * the file system that `path` lies on, for a disk that is full or read-only.
 */
export function fileFailure(
  errno: string,
  act: FileAct,
  path: string,
  { cause, mountPoint }: { readonly cause?: unknown; readonly mountPoint?: string | undefined } = {},
): FairleadError {
  const { code, why, ...details } = explain(errno, act, path, mountPoint);
  return fail(code, `Can't ${acts[act]} ${path}: ${why}.`, { ...details, cause });
}

function explain(errno: string, act: FileAct, path: string, mountPoint?: string): Details & { code: string; why: string } {
  const environment: Details = { fault: 'environment' };
  switch (errno) {
    case 'ENOENT':
      if (act === 'owner-mode')
        return { code: 'host.no-such-file', why: 'nothing is there', hints: [`Make ${path} in an earlier step.`] };
      return {
        code: 'host.no-such-directory',
        why: `the folder ${dirname(path)} does not exist`,
        hints: [`Make ${dirname(path)} in an earlier step (host.directory).`],
      };
    case 'ENOTDIR':
      return {
        code: 'host.not-a-directory',
        why: 'there is something else where a folder should be',
        hints: [`Look with \`ls -ld ${path}\`, and move what is there out of the way.`],
      };
    case 'EISDIR':
      return {
        code: 'host.is-a-directory',
        why: 'a folder is there, not a file',
        hints: [
          `Look into ${path}; Docker makes such a folder when it mounts a file that does not exist. Remove it if it is empty.`,
        ],
      };
    case 'ENOTEMPTY':
    case 'EEXIST':
      return {
        code: 'host.not-empty',
        why: 'the folder is not empty',
        hints: [`Look into ${path} and move what you want to keep.`],
      };
    case 'EACCES':
    case 'EPERM':
      return {
        code: 'host.permission-denied',
        why: 'our user may not do that',
        hints: ['Run fairlead as root (sudo).', `Check owner and mode with \`ls -ld ${path}\`, and attributes with \`lsattr\`.`],
      };
    case 'EROFS':
      return {
        ...environment,
        code: 'host.read-only',
        why: `the file system${mountPoint === undefined ? '' : ` at ${mountPoint}`} is mounted read-only`,
        hints: ['Mount it for writing, or choose another path.', 'See `dmesg`: a disk with errors is made read-only.'],
      };
    case 'ENOSPC':
    case 'EDQUOT':
      return {
        ...environment,
        code: 'host.disk-full',
        why: mountPoint === undefined ? 'the disk is full' : `the file system at ${mountPoint} is full`,
        hints: [
          `See \`df -h ${mountPoint ?? dirname(path)}\` and \`df -i ${mountPoint ?? dirname(path)}\`, make room, then go on.`,
        ],
        retryable: true,
      };
    case 'EBUSY':
    case 'ETXTBSY':
      return {
        ...environment,
        code: 'host.busy',
        why: 'it is in use, or something is mounted there',
        hints: [`See \`findmnt ${path}\` and \`fuser -vm ${path}\`.`],
        retryable: true,
      };
    case 'ELOOP':
      return {
        ...environment,
        code: 'host.link-loop',
        why: 'links lead round in a circle',
        hints: [`See \`namei -l ${path}\`, and remove the wrong link.`],
      };
    case 'ENAMETOOLONG':
      return { code: 'host.name-too-long', why: 'the name is too long', hints: ['Choose a shorter path.'] };
    case 'ENOTREG':
      return {
        code: 'host.not-a-file',
        why: 'a device, socket or pipe is there, not a file',
        hints: [`See \`ls -l ${path}\`, and choose another path.`],
      };
    default:
      return {
        ...environment,
        code: 'host.file-error',
        why: `the system says ${errno}`,
        hints: ['See `dmesg` for errors of the disk.'],
        retryable: true,
      };
  }
}

/** Fails unless the path is absolute and holds no NUL. */
export function requirePath(path: string): void {
  if (path.startsWith('/') && !path.includes('\0')) return;
  throw fail('host.bad-path', `${JSON.stringify(path)} is not an absolute path.`, {
    fault: 'bug',
    hints: ['A path starts with `/` and holds no NUL character.'],
  });
}

/** Refuses to remove the root folder with everything in it, however the path spells it. */
export function requireRemovable(path: string): void {
  if (normalize(path) !== '/') return;
  throw fail('host.refused', `fairlead does not remove ${path} with everything below it.`, {
    hints: ['Check the path in the recipe: an input in it may be empty.'],
  });
}

/** The program that a command names is not on this host. */
export function noSuchProgram(program: string): FairleadError {
  return fail('host.no-such-program', `The program ${program} is not installed on this host.`, {
    fault: 'environment',
    hints: [
      program.includes('/')
        ? `Check the path ${program}, and the interpreter in its first line.`
        : `Install the package that brings \`${program}\` (Debian, Ubuntu: \`apt-cache search ${program}\`), then resume.`,
    ],
  });
}

/** What a command names is there, and can't be executed. */
export function notExecutable(program: string): FairleadError {
  return fail('host.not-executable', `${program} can't be executed.`, {
    fault: 'environment',
    hints: [`Check its mode with \`ls -l\`, and that its file system is not mounted \`noexec\`.`],
  });
}

/** The folder that a command should run in is missing. */
export function noSuchWorkingDirectory(program: string, path: string): FairleadError {
  return fail('host.no-such-directory', `Can't run ${program} in ${path}: that folder does not exist.`, {
    hints: [`Make ${path} in an earlier step (host.directory).`],
  });
}

/** The login name that a command should run as is unknown. */
export function noSuchUser(program: string, user: string): FairleadError {
  return fail('host.no-such-user', `Can't run ${program} as ${user}: there is no such user.`, {
    hints: [`Make the user ${user} in an earlier step (host.user).`],
  });
}

/** Only root can run a program as somebody else. */
export function cantBecome(program: string, user: string): FairleadError {
  return fail('host.permission-denied', `Can't run ${program} as ${user}: only root may do that.`, {
    hints: ['Run fairlead as root (sudo).'],
  });
}
