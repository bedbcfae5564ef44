import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createNodeHost } from '../../adapters/host/node-host.ts';
import type { Host } from '../../model/ports.ts';
import type { ApplyContext } from '../../model/step.ts';
import { contextOf, convergeStep, createWorld, planStep } from '../../testing/step-bench.ts';
import { hostUser } from './host-user.ts';

describe.runIf(process.getuid?.() === 0)('host.user on this machine (as root)', () => {
  const suffix = randomBytes(3).toString('hex');
  const user = `fl-user-${suffix}`;
  const group = `fl-group-${suffix}`;
  let host: Host;
  let dir: string;
  const run = (...argv: string[]) => host.exec({ argv }, { signal: AbortSignal.timeout(60_000) });

  beforeEach(async () => {
    host = await createNodeHost({ reveal: async (text) => String(text) });
    dir = await mkdtemp(join(tmpdir(), 'fairlead-user-'));
  });
  afterEach(async () => {
    await run('userdel', user);
    for (const name of [group, user]) await run('groupdel', name);
    await rm(dir, { recursive: true, force: true });
  });

  const context = (): ApplyContext => ({
    ...contextOf(createWorld(), hostUser),
    host,
    signal: AbortSignal.timeout(600_000),
    made: () => true,
  });
  const converge = async (params: Record<string, unknown>) => {
    const { left, changes, outputs } = await convergeStep(hostUser, params, context());
    expect(left).toEqual([]);
    expect(await planStep(hostUser, params, context()), 'a second time').toEqual([]);
    return { changes, outputs };
  };
  const failing = (params: Record<string, unknown>, code: string) =>
    expect(convergeStep(hostUser, params, context())).rejects.toMatchObject({ failure: { code } });

  it('makes a user, changes it, and removes it without its home folder', async () => {
    const home = join(dir, 'home');
    await run('groupadd', group);
    const params = { name: user, group, groups: ['users'], home, create_home: true, system: true, comment: 'A test' };
    const { outputs } = await converge(params);
    const [stat, names] = await host.files([
      { op: 'stat', path: home },
      { op: 'list', path: home },
    ]);
    expect(stat).toMatchObject({ kind: 'dir', mode: 0o750, uid: outputs.uid, gid: outputs.gid });
    expect(names, 'nothing of /etc/skel').toEqual([]);
    expect((await run('id', '-Gn', user)).stdout).toBe(`${group} users\n`);

    const { changes } = await converge({ name: user, groups: ['daemon'], shell: '/bin/sh', comment: '' });
    expect(changes.map(({ property }) => property)).toEqual(['groups', 'shell', 'comment']);
    expect((await run('id', '-Gn', user)).stdout.split(/\s/)).toEqual(expect.arrayContaining([group, 'users', 'daemon']));

    await converge({ ...params, ensure: 'absent' });
    expect((await run('id', user)).code).not.toBe(0);
    expect(await host.files([{ op: 'stat', path: home }])).toMatchObject([{ kind: 'dir' }]);
  });

  it('makes a user with a group of its own name, also where that group is there already', async () => {
    expect((await converge({ name: user })).outputs.home).toBe(`/home/${user}`);
    expect((await run('id', '-gn', user)).stdout).toBe(`${user}\n`);
    await converge({ name: user, ensure: 'absent' });
    await run('groupadd', user);
    await converge({ name: user });
    expect((await run('id', '-gn', user)).stdout).toBe(`${user}\n`);
  });

  it("fails with the codes that the fake's exit codes promise", async () => {
    await failing({ name: user, uid: 1 }, 'host.id-taken');
    await failing({ name: user, group: 'no-such-group' }, 'host.no-such-group');
    await failing({ name: user, groups: ['no-such-group'] }, 'host.no-such-group');
  });
});
