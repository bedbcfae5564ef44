import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createNodeHost } from '../../adapters/host/node-host.ts';
import type { Host } from '../../model/ports.ts';
import type { AnyStepType, ApplyContext } from '../../model/step.ts';
import { contextOf, convergeStep, createWorld, planStep } from '../../testing/step-bench.ts';
import { hostDirectory } from '../host-directory/host-directory.ts';
import { hostFile } from '../host-file/host-file.ts';
import { hostGroup } from '../host-group/host-group.ts';
import { hostUser } from './host-user.ts';

describe.runIf(process.getuid?.() === 0)('accounts and files of this machine (as root)', () => {
  const suffix = randomBytes(3).toString('hex');
  const user = `fl-user-${suffix}`;
  const group = `fl-group-${suffix}`;
  let host: Host;
  let dir: string;

  beforeEach(async () => {
    host = await createNodeHost({ reveal: async (text) => String(text) });
    dir = await mkdtemp(join(tmpdir(), 'fairlead-user-'));
  });
  afterEach(async () => {
    const { signal } = new AbortController();
    await host.exec({ argv: ['userdel', user] }, { signal });
    for (const name of [group, user]) await host.exec({ argv: ['groupdel', name] }, { signal });
    await rm(dir, { recursive: true, force: true });
  });

  const context = (type: AnyStepType): ApplyContext => ({
    ...contextOf(createWorld(), type),
    host,
    signal: AbortSignal.timeout(60_000),
    made: () => true,
  });
  const converge = async (type: AnyStepType, params: Record<string, unknown>) => {
    const { left, changes, outputs } = await convergeStep(type, params, context(type));
    expect(left).toEqual([]);
    expect(await planStep(type, params, context(type)), 'a second time').toEqual([]);
    return { changes, outputs };
  };

  it('makes, changes and removes a group, a user, and what they own', async () => {
    const home = join(dir, 'home');
    const { outputs: made } = await converge(hostGroup, { name: group, system: true });
    const params = { name: user, group, groups: ['users'], home, create_home: true, system: true, comment: 'A test' };
    const { outputs } = await converge(hostUser, params);
    expect(outputs).toMatchObject({ gid: made.gid, home });
    expect(
      await host.files([
        { op: 'stat', path: home },
        { op: 'list', path: home },
      ]),
    ).toMatchObject([{ kind: 'dir', mode: 0o750, uid: outputs.uid, gid: made.gid }, []]);
    const { stdout } = await host.exec({ argv: ['id', '-Gn'], user }, { signal: AbortSignal.timeout(10_000) });
    expect(stdout.trim().split(' ')).toEqual([group, 'users']);

    const changed = await converge(hostUser, { name: user, groups: ['daemon'], shell: '/bin/sh', comment: '' });
    expect(changed.changes.map(({ property }) => property)).toEqual(['groups', 'shell', 'comment']);

    await converge(hostDirectory, { path: join(dir, 'a/b'), owner: `${user}:${group}`, mode: '2750' });
    await converge(hostFile, { path: join(dir, 'a/b/file'), content: 'x\n', owner: user, mode: '0640' });
    await converge(hostDirectory, { path: dir, owner: `:${group}`, recursive: true });
    const tree = await host.files([{ op: 'tree', path: join(dir, 'a') }]);
    expect(tree[0]).toMatchObject([
      { mode: 0o2750, uid: outputs.uid, gid: made.gid },
      { mode: 0o640, uid: outputs.uid, gid: made.gid },
    ]);

    await converge(hostUser, { ...params, ensure: 'absent' });
    await converge(hostGroup, { name: group, ensure: 'absent' });
    expect(await host.files([{ op: 'stat', path: home }])).toMatchObject([{ kind: 'dir' }]);
  });

  it('makes a user with a group of its own name, also where that group is there already', async () => {
    const first = await converge(hostUser, { name: user });
    expect(first.outputs.home).toBe(`/home/${user}`);
    await converge(hostUser, { name: user, ensure: 'absent' });
    const { outputs } = await converge(hostGroup, { name: user });
    const second = await converge(hostUser, { name: user });
    expect(second.outputs.gid).toBe(outputs.gid);
  });

  it("fails with the codes that the fake's exit codes promise", async () => {
    await converge(hostGroup, { name: group });
    const failing = (type: AnyStepType, params: Record<string, unknown>, code: string) =>
      expect(convergeStep(type, params, context(type))).rejects.toMatchObject({ failure: { code } });
    await failing(hostUser, { name: user, uid: 1 }, 'host.id-taken');
    await failing(hostUser, { name: user, group: 'no-such-group' }, 'host.no-such-group');
    await failing(hostUser, { name: user, groups: ['no-such-group'] }, 'host.no-such-group');
    await failing(hostGroup, { name: group, gid: 1 }, 'host.id-taken');
    await converge(hostUser, { name: user, group });
    await failing(hostGroup, { name: group, ensure: 'absent' }, 'host.group-in-use');
  });
});
