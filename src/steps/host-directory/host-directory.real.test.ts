import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createNodeHost } from '../../adapters/host/node-host.ts';
import type { Host } from '../../model/ports.ts';
import type { ApplyContext } from '../../model/step.ts';
import { contextOf, convergeStep, createWorld, planStep } from '../../testing/step-bench.ts';
import { hostDirectory } from './host-directory.ts';

describe.runIf(process.getuid?.() === 0)('host.directory on this machine (as root)', () => {
  let host: Host;
  let dir: string;

  beforeEach(async () => {
    host = await createNodeHost({ reveal: async (text) => String(text) });
    dir = await mkdtemp(join(tmpdir(), 'fairlead-directory-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  const context = (): ApplyContext => ({
    ...contextOf(createWorld(), hostDirectory),
    host,
    signal: AbortSignal.timeout(600_000),
    made: () => true,
  });
  const converge = async (params: Record<string, unknown>) => {
    const { left, changes, outputs } = await convergeStep(hostDirectory, params, context());
    expect(left).toEqual([]);
    expect(await planStep(hostDirectory, params, context()), 'a second time').toEqual([]);
    return { changes, outputs };
  };
  const failing = (params: Record<string, unknown>, code: string) =>
    expect(convergeStep(hostDirectory, params, context())).rejects.toMatchObject({ failure: { code } });

  it('makes folders, gives what is below to an owner, and removes them', async () => {
    const path = join(dir, 'a/b');
    await converge({ path, owner: 'daemon:991', mode: '2750' });
    expect(await host.files([{ op: 'stat', path }])).toMatchObject([{ mode: 0o2750, uid: 1, gid: 991 }]);
    await writeFile(join(path, 'file'), 'x');
    await symlink('/etc/passwd', join(path, 'link'));
    await converge({ path, owner: '991:991', recursive: true });
    const [tree, passwd] = await host.files([
      { op: 'tree', path },
      { op: 'stat', path: '/etc/passwd' },
    ]);
    expect(tree?.map(({ kind, uid, gid }) => [kind, uid, gid])).toEqual([
      ['file', 991, 991],
      ['link', 991, 991],
    ]);
    expect(passwd).toMatchObject({ uid: 0 });
    await converge({ path, ensure: 'absent' });
    expect(await host.files([{ op: 'stat', path }]), 'kept: not empty').toMatchObject([{ kind: 'dir' }]);
    await converge({ path, ensure: 'absent', contents: 'delete' });
    expect(await host.files([{ op: 'stat', path }])).toEqual([undefined]);
  });

  it('fails where a link would have to be followed', async () => {
    await symlink('/etc', join(dir, 'link'));
    await failing({ path: join(dir, 'link'), owner: 991 }, 'host.is-a-link');
    await failing({ path: join(dir, 'link'), owner: 991, recursive: true }, 'host.not-a-directory');
    expect(await host.files([{ op: 'stat', path: '/etc' }])).toMatchObject([{ uid: 0 }]);
  });
});
