import { describe, expect, it } from 'vitest';
import { type FileAct, fileFailure } from './host-failures.ts';

describe('a failure of the host', () => {
  it.each<[string, FileAct, string]>([
    ['ENOENT', 'write', 'host.no-such-directory'],
    ['ENOENT', 'owner-mode', 'host.no-such-file'],
    ['ENOTDIR', 'mkdir', 'host.not-a-directory'],
    ['EISDIR', 'write', 'host.is-a-directory'],
    ['ENOTEMPTY', 'remove', 'host.not-empty'],
    ['EACCES', 'read', 'host.permission-denied'],
    ['EPERM', 'owner-mode', 'host.permission-denied'],
    ['EROFS', 'write', 'host.read-only'],
    ['ENOSPC', 'write', 'host.disk-full'],
    ['EDQUOT', 'mkdir', 'host.disk-full'],
    ['EBUSY', 'remove', 'host.busy'],
    ['ELOOP', 'stat', 'host.link-loop'],
    ['ENAMETOOLONG', 'write', 'host.name-too-long'],
    ['EIO', 'read', 'host.file-error'],
  ])('%s at %s has the code %s, names its path, why, and what to do next', (errno, act, expected) => {
    const { code, message, hints } = fileFailure(errno, act, '/srv/data/file').failure;
    expect(code).toBe(expected);
    expect(message).toMatch(/^Can't .*\/srv\/data\/file: .+\.$/);
    expect(hints.length).toBeGreaterThan(0);
  });

  it('can be tried again where the environment may change by itself', () => {
    expect(fileFailure('ENOSPC', 'write', '/a').failure).toMatchObject({ fault: 'environment', retryable: true });
    expect(fileFailure('EISDIR', 'write', '/a').failure).toMatchObject({ fault: 'operator', retryable: false });
  });
});
