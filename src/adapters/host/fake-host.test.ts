import { describe, expect, it } from 'vitest';
import { SecretText, secretText } from '../../model/secrets.ts';
import { createFakeHost } from './fake-host.ts';
import { hostContract } from './host-contract.ts';

for (const uid of [0, 1000]) {
  hostContract(`a fake host with uid ${uid}`, uid === 0, async () => {
    const host = createFakeHost({ uid });
    host.put('/tmp/contract', { kind: 'dir', uid, gid: uid });
    return {
      host,
      dir: '/tmp/contract',
      link: async (target, path) => host.put(path, { kind: 'link', content: target, uid, gid: uid }),
      cleanUp: async () => host.delete('/tmp/contract'),
    };
  });
}

const { signal } = new AbortController();

describe('a fake host', () => {
  it('has a fingerprint that follows every change of the disk, and nothing else', async () => {
    const host = createFakeHost();
    const seen = [host.fingerprint()];
    const changes: (() => unknown)[] = [
      () => host.files([{ op: 'write', path: '/srv/a', data: 'x', mode: 0o644, uid: 0, gid: 0 }]),
      () => host.files([{ op: 'write', path: '/srv/a', data: 'y', mode: 0o644, uid: 0, gid: 0 }]),
      () => host.files([{ op: 'owner-mode', path: '/srv/a', mode: 0o600 }]),
      () => host.files([{ op: 'owner-mode', path: '/srv/a', gid: 5 }]),
      () => host.exec({ argv: ['groupadd', 'ente'] }, { signal }),
      () => host.put('/srv/link', { kind: 'link', content: '/etc' }),
    ];
    for (const change of changes) {
      await change();
      expect(seen).not.toContain(host.fingerprint());
      seen.push(host.fingerprint());
    }
    await host.files([
      { op: 'stat', path: '/srv/a' },
      { op: 'tree', path: '/' },
      { op: 'mkdir', path: '/srv' },
    ]);
    await host.exec({ argv: ['getent', 'passwd'] }, { signal });
    expect(host.fingerprint()).toBe(seen.at(-1));
    host.delete('/srv/link');
    expect(host.fingerprint()).toBe(seen.at(-2));
  });

  it('hands a scripted program its argv, and environment and input revealed', async () => {
    const host = createFakeHost({ reveal: async (text) => (text instanceof SecretText ? 'opened' : text) });
    host.program('psql', ({ argv, env, stdin, user, cwd }) => ({
      code: 3,
      stdout: JSON.stringify({ argv, env, stdin, user, cwd }),
    }));
    const lines: string[] = [];
    const command = {
      argv: ['/usr/bin/psql', "it's $HOME"],
      env: { A: secretText('a'), B: undefined },
      stdin: secretText('b'),
      user: 'nobody',
      cwd: '/srv',
    };
    const executed = await host.exec(command, { signal, onLine: (line) => lines.push(line) });
    expect(executed).toMatchObject({ code: 3, signal: null, stderr: '' });
    const seen = { argv: command.argv, env: { A: 'opened' }, stdin: 'opened', user: 'nobody', cwd: '/srv' };
    expect(JSON.parse(executed.stdout)).toEqual(seen);
    expect(lines).toEqual([executed.stdout]);
    expect(host.calls).toEqual([command.argv]);
  });

  it('ends a scripted program that waits when it is aborted', async () => {
    const host = createFakeHost();
    const controller = new AbortController();
    host.program('wait', () => {
      queueMicrotask(() => controller.abort(new Error('enough')));
      return new Promise(() => undefined);
    });
    await expect(host.exec({ argv: ['wait'] }, { signal: controller.signal })).rejects.toThrow('enough');
  });

  it('refuses a secret text where it was given no way to reveal one', async () => {
    const host = createFakeHost();
    const write = { op: 'write', path: '/srv/a', data: secretText('a'), mode: 0o600, uid: 0, gid: 0 } as const;
    await expect(host.files([write])).rejects.toMatchObject({ failure: { code: 'bug.cannot-reveal' } });
    expect(host.at('/srv/a')).toBeUndefined();
  });

  it('holds somebody who is not root to owners and modes', async () => {
    const host = createFakeHost({ uid: 1000 });
    const denied = { failure: { code: 'host.permission-denied' } };
    await expect(host.files([{ op: 'mkdir', path: '/srv/mine' }])).rejects.toMatchObject(denied);
    await expect(host.files([{ op: 'list', path: '/root' }])).rejects.toMatchObject(denied);
    await expect(host.files([{ op: 'owner-mode', path: '/srv', mode: 0o777 }])).rejects.toMatchObject(denied);
    await expect(host.exec({ argv: ['id'], user: 'nobody' }, { signal })).rejects.toMatchObject({ failure: {} });
    expect(await host.exec({ argv: ['useradd', 'x'] }, { signal })).not.toMatchObject({ code: 0 });
  });

  it('is put back as it was, by itself and by another', async () => {
    const host = createFakeHost();
    host.put('/etc/app.conf', { content: 'one', mode: 0o600, uid: 33 });
    const [then, print] = [host.snapshot(), host.fingerprint()];
    await host.files([
      { op: 'write', path: '/etc/app.conf', data: 'two', mode: 0o644, uid: 0, gid: 0 },
      { op: 'owner-mode', path: '/srv', mode: 0o700 },
      { op: 'mkdir', path: '/opt/app/deep' },
      { op: 'remove', path: '/var/log' },
    ]);
    const changed = host.fingerprint();
    const other = createFakeHost();
    for (const each of [host, other]) {
      each.restore(then);
      expect(each.fingerprint()).toBe(print);
    }
    expect(changed).not.toBe(print);
    other.delete('/etc/app.conf');
    expect(host.text('/etc/app.conf')).toBe('one');
  });

  it("ends account programs with the real ones' exit codes", async () => {
    const host = createFakeHost();
    const code = async (...argv: string[]): Promise<number | null> => (await host.exec({ argv }, { signal })).code;
    expect(await code('groupadd', '--gid', '991', 'ente')).toBe(0);
    expect(await code('groupadd', 'ente')).toBe(9);
    expect(await code('groupadd', '-g', '991', 'other')).toBe(4);
    expect(await code('groupadd', 'bad name')).toBe(3);
    expect(await code('groupadd')).toBe(2);
    expect(await code('useradd', '-u', '991', '-g', 'ente', '-M', 'ente')).toBe(0);
    expect(await code('useradd', 'ente')).toBe(9);
    expect(await code('useradd', '-u', '991', 'other')).toBe(4);
    expect(await code('useradd', '-g', 'none', 'other')).toBe(6);
    expect(await code('useradd', '-U', 'sudo')).toBe(9);
    expect(await code('usermod', '-u', '0', 'ente')).toBe(4);
    expect(await code('usermod', '-s', '/bin/sh', 'none')).toBe(6);
    expect(await code('usermod', '-a', '-G', 'sudo,users', 'ente')).toBe(0);
    expect(host.text('/etc/group')).toContain('sudo:x:27:ente\n');
    expect(await code('usermod', '-G', 'users', 'ente')).toBe(0);
    expect(host.text('/etc/group')).toContain('sudo:x:27:\n');
    expect(await code('groupdel', 'ente')).toBe(8);
    expect(await code('groupmod', '-g', '0', 'ente')).toBe(4);
    expect(await code('groupmod', '-g', '1991', 'ente')).toBe(0);
    expect(host.text('/etc/passwd')).toContain('ente:x:991:1991:');
    expect(await code('userdel', 'ente')).toBe(0);
    expect(await code('userdel', 'ente')).toBe(6);
    expect(host.text('/etc/group')).not.toContain('ente');
    expect(await code('groupdel', 'ente')).toBe(6);
    expect(await code('getent', 'passwd', 'root', 'none')).toBe(2);
  });
});
