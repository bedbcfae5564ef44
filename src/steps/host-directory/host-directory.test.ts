import { describe, expect, it } from 'vitest';
import { createFakeHost } from '../../adapters/host/fake-host.ts';
import { contextOf, convergeStep, createWorld, describeStepType, planStep, type World } from '../../testing/step-bench.ts';
import { hostDirectory } from './host-directory.ts';

const made =
  (...paths: string[]) =>
  (world: World): void => {
    for (const path of paths) {
      world.host.put(path, { kind: 'dir' });
      world.made.add(`host.directory ${path}`);
    }
  };

describeStepType(hostDirectory, [
  {
    law: 'makes a folder with owner and mode, and its parents',
    params: { path: '/srv/ente/data', owner: 'www-data:users', mode: '0750' },
    changes: [{ action: 'create', target: '/srv/ente/data', after: { owner: 'www-data:users', mode: '0750' } }],
    afterwards: ({ host }) => {
      expect(host.at('/srv/ente/data')).toEqual({ kind: 'dir', mode: 0o750, uid: 33, gid: 100 });
      expect(host.at('/srv/ente')).toEqual({ kind: 'dir', mode: 0o755, uid: 33, gid: 100 });
    },
  },
  {
    law: 'makes several folders, one change for each',
    params: { paths: ['/srv/a', '/srv/a/b/', '/srv/c'] },
    changes: [
      { action: 'create', target: '/srv/a', after: { mode: '0755' } },
      { action: 'create', target: '/srv/a/b' },
      { action: 'create', target: '/srv/c' },
    ],
  },
  {
    law: 'changes only what differs, each property on its own',
    params: { paths: ['/srv/a', '/srv/b'], owner: '991:992', mode: '2775' },
    given: ({ host }) => {
      host.put('/srv/a', { kind: 'dir', uid: 991, gid: 992, mode: 0o775 });
      host.put('/srv/b', { kind: 'dir', uid: 0, gid: 5, mode: 0o2775 });
    },
    changes: [
      { action: 'update', target: '/srv/a', property: 'mode', before: '0775', after: '2775' },
      { action: 'update', target: '/srv/b', property: 'owner', before: 'root:5', after: '991:992' },
    ],
    afterwards: ({ host }) => expect(host.at('/srv/b')).toMatchObject({ uid: 991, gid: 992, mode: 0o2775 }),
  },
  {
    law: 'keeps owner and mode that the params do not give',
    params: { path: '/srv/a' },
    given: ({ host }) => host.put('/srv/a', { kind: 'dir', uid: 5, gid: 6, mode: 0o700 }),
    changes: [],
  },
  {
    law: 'keeps the group where only a user is given, and the user where only a group is',
    params: { path: '/srv/a', owner: ':www-data' },
    given: ({ host }) => host.put('/srv/a', { kind: 'dir', uid: 5, gid: 6 }),
    changes: [{ property: 'owner', before: ':6', after: ':www-data' }],
    afterwards: ({ host }) => expect(host.at('/srv/a')).toMatchObject({ uid: 5, gid: 33 }),
  },
  {
    law: 'takes a bare number for a user id',
    params: { path: '/srv/a', owner: 991 },
    afterwards: ({ host }) => expect(host.at('/srv/a')).toMatchObject({ uid: 991, gid: 0 }),
  },
  {
    law: 'gives everything below to the owner, only what differs, links themselves and not what they lead to',
    params: { path: '/srv/a', owner: 991, recursive: true },
    given: ({ host }) => {
      host.put('/srv/a', { kind: 'dir', uid: 991 });
      for (let index = 0; index < 7; index++) host.put(`/srv/a/b/${index}`, { content: 'x', uid: index === 0 ? 991 : 0 });
      host.put('/srv/a/link', { kind: 'link', content: '/etc/passwd' });
    },
    changes: [
      {
        property: 'owner below',
        before: { entries: 8, examples: ['/srv/a/b', '/srv/a/b/1', '/srv/a/b/2', '/srv/a/b/3', '/srv/a/b/4'] },
        after: '991',
      },
    ],
    afterwards: ({ host }) => {
      expect(host.at('/srv/a/b/6')).toMatchObject({ uid: 991 });
      expect(host.at('/srv/a/link')).toMatchObject({ uid: 991 });
      expect(host.at('/etc/passwd')).toMatchObject({ uid: 0 });
    },
  },
  {
    law: 'forecasts an owner whom an earlier step will make, by name',
    params: { path: '/srv/a', owner: 'ente:ente' },
    given: ({ host }) => host.put('/srv/a', { kind: 'dir', uid: 991, gid: 991 }),
    changes: [{ action: 'update', property: 'owner', before: '991:991', after: 'ente:ente' }],
    planOnly: true,
  },
  { law: 'fails clearly where the user is still missing', params: { path: '/srv/a', owner: 'ente' }, fails: 'host.no-such-user' },
  {
    law: 'fails clearly where the group is still missing',
    params: { path: '/srv/a', owner: '0:ente' },
    fails: 'host.no-such-group',
  },
  {
    law: 'says in the plan that a file is where a folder should be',
    params: { path: '/srv/a' },
    given: ({ host }) => host.put('/srv/a', { content: 'x' }),
    fails: 'host.not-a-directory',
    planOnly: true,
  },
  {
    law: 'refuses to set the owner of a link instead of the folder that it leads to',
    params: { path: '/srv/link', owner: 991 },
    given: ({ host }) => {
      host.put('/srv/a', { kind: 'dir' });
      host.put('/srv/link', { kind: 'link', content: '/srv/a' });
    },
    fails: 'host.is-a-link',
  },
  { law: 'wants exactly one of path and paths', params: {}, fails: 'params.one-of', planOnly: true },
  {
    law: 'removes empty folders that fairlead made, the inner ones first',
    params: { paths: ['/srv/a', '/srv/a/b'], ensure: 'absent', owner: 'gone' },
    given: made('/srv/a', '/srv/a/b'),
    changes: [
      { action: 'delete', target: '/srv/a/b' },
      { action: 'delete', target: '/srv/a' },
    ],
    afterwards: ({ host }) => expect(host.at('/srv/a')).toBeUndefined(),
  },
  {
    law: 'keeps a folder that was here before',
    params: { path: '/srv/a', ensure: 'absent', contents: 'delete' },
    given: ({ host }) => host.put('/srv/a', { kind: 'dir' }),
    changes: [],
    afterwards: ({ host }) => expect(host.at('/srv/a')).toBeDefined(),
  },
  {
    law: 'keeps a folder that is not empty',
    params: { path: '/srv/a', ensure: 'absent' },
    given: (world) => {
      made('/srv/a')(world);
      world.host.put('/srv/a/data', { content: 'x' });
    },
    changes: [],
    afterwards: ({ host }) => expect(host.text('/srv/a/data')).toBe('x'),
  },
  {
    law: 'removes a folder with what is in it where the recipe says so',
    params: { path: '/srv/a', ensure: 'absent', contents: 'delete' },
    given: (world) => {
      made('/srv/a')(world);
      world.host.put('/srv/a/data', { content: 'x' });
    },
    changes: [{ action: 'delete', target: '/srv/a', before: { entries: 1 } }],
    afterwards: ({ host }) => expect(host.at('/srv/a')).toBeUndefined(),
  },
  { law: 'removes nothing where nothing is', params: { path: '/srv/a', ensure: 'absent' }, changes: [] },
]);

describe('host.directory', () => {
  it('tells why a folder is kept', async () => {
    const world = createWorld();
    made('/srv/a')(world);
    world.host.put('/srv/a/data', { content: 'x' });
    world.host.put('/srv/b', { kind: 'dir' });
    const params = { paths: ['/srv/a', '/srv/b', '/srv/none'], ensure: 'absent' as const };
    const state = await hostDirectory.read(params, contextOf(world, hostDirectory));
    expect(hostDirectory.notes?.(params, state)).toEqual(['kept: /srv/a is not empty', 'kept: /srv/b was here before']);
  });

  it('needs root to give a folder away, and not otherwise', () => {
    expect(hostDirectory.needs({ path: '/srv/a', owner: 'ente' })).toEqual(['root']);
    expect(hostDirectory.needs({ path: '/srv/a' })).toEqual([]);
  });

  it('is completed after a crash between a folder and its owner', async () => {
    const world = createWorld();
    world.host.put('/srv/a', { kind: 'dir', mode: 0o700 });
    const params = { paths: ['/srv/a', '/srv/b'], owner: 991, mode: '0750' };
    const { left } = await convergeStep(hostDirectory, params, contextOf(world, hostDirectory));
    expect(left).toEqual([]);
    expect(world.host.at('/srv/a')).toMatchObject({ uid: 991, mode: 0o750 });
  });

  it('looks again where an entry vanishes while its owner is set', async () => {
    const world = createWorld();
    for (const name of ['a', 'b', 'c']) world.host.put(`/srv/data/${name}`, { content: 'x' });
    const params = { path: '/srv/data', owner: 991, recursive: true };
    const ctx = contextOf(world, hostDirectory);
    const state = await hostDirectory.read(params, ctx);
    world.host.delete('/srv/data/b');
    await hostDirectory.apply?.(params, hostDirectory.diff(params, state), ctx, state);
    expect(await planStep(hostDirectory, params, ctx)).toEqual([]);
    expect(world.host.at('/srv/data/c')).toMatchObject({ uid: 991 });
  });

  it('makes folders for somebody who is not root', async () => {
    const world = { ...createWorld(), host: createFakeHost({ uid: 1000 }) };
    world.host.put('/home/ann', { kind: 'dir', uid: 1000, gid: 1000 });
    const { left } = await convergeStep(hostDirectory, { path: '/home/ann/a/b', mode: '0700' }, contextOf(world, hostDirectory));
    expect(left).toEqual([]);
    expect(world.host.at('/home/ann/a/b')).toEqual({ kind: 'dir', mode: 0o700, uid: 1000, gid: 1000 });
    await expect(convergeStep(hostDirectory, { path: '/srv/a' }, contextOf(world, hostDirectory))).rejects.toMatchObject({
      failure: { code: 'host.permission-denied' },
    });
  });
});
