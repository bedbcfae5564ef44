import { describe, expect, it } from 'vitest';
import { contextOf, convergeStep, createWorld, describeStepType, planStep, type World } from '../../testing/step-bench.ts';
import { hostUser } from './host-user.ts';

const append = ({ host }: World, path: string, line: string): void => host.put(path, { content: `${host.text(path)}${line}\n` });
const withUser = (world: World): void => {
  append(world, '/etc/group', 'ente:x:991:');
  append(world, '/etc/group', 'docker:x:998:ente,other');
  append(world, '/etc/passwd', 'ente:x:991:991:Ente:/srv/ente:/bin/bash');
};
const line = ({ host }: World, path: string, name = 'ente'): string | undefined =>
  host
    .text(path)
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));

describeStepType(hostUser, [
  {
    law: 'makes a user with a group of its own, no shell and no home folder',
    params: { name: 'ente' },
    changes: [{ action: 'create', target: 'ente', after: { group: 'ente', shell: '/usr/sbin/nologin', home: '/home/ente' } }],
    afterwards: (world, outputs) => {
      expect(line(world, '/etc/passwd')).toBe(`ente:x:${outputs.uid}:${outputs.gid}::/home/ente:/usr/sbin/nologin`);
      expect(line(world, '/etc/group')).toBe(`ente:x:${outputs.gid}:`);
      expect(world.host.at('/home/ente')).toBeUndefined();
      expect(outputs.home).toBe('/home/ente');
    },
  },
  {
    law: 'makes a user with all that is asked for',
    params: {
      name: 'ente',
      uid: 991,
      group: 'www-data',
      groups: ['sudo', 'users'],
      home: '/srv/ente',
      create_home: true,
      shell: '/bin/bash',
      comment: 'Ente server',
    },
    afterwards: (world) => {
      expect(line(world, '/etc/passwd')).toBe('ente:x:991:33:Ente server:/srv/ente:/bin/bash');
      expect(line(world, '/etc/group', 'sudo')).toBe('sudo:x:27:ente');
      expect(line(world, '/etc/group', 'users')).toBe('users:x:100:ente');
      expect(world.host.at('/srv/ente')).toEqual({ kind: 'dir', mode: 0o750, uid: 991, gid: 33 });
    },
  },
  {
    law: 'takes a group that is named like the user',
    params: { name: 'ente' },
    given: (world) => append(world, '/etc/group', 'ente:x:4000:'),
    afterwards: (_, outputs) => expect(outputs.gid).toBe(4000),
  },
  {
    law: 'takes a login group by its number',
    params: { name: 'ente', group: 33 },
    afterwards: (_, outputs) => expect(outputs.gid).toBe(33),
  },
  {
    law: 'changes nothing of a user where the params do not mention it',
    params: { name: 'ente', groups: ['docker', 'ente'] },
    given: withUser,
    changes: [],
    afterwards: (_, outputs) => expect(outputs).toEqual({ uid: 991, gid: 991, home: '/srv/ente' }),
  },
  {
    law: 'changes what differs, and joins groups without leaving others',
    params: { name: 'ente', uid: 992, group: 'www-data', groups: ['sudo'], home: '/srv/new', shell: '/bin/sh', comment: '' },
    given: withUser,
    changes: [
      { action: 'update', target: 'ente', property: 'uid', before: 991, after: 992 },
      { property: 'group', before: 'ente', after: 'www-data' },
      { property: 'groups', after: ['sudo'] },
      { property: 'home', before: '/srv/ente', after: '/srv/new' },
      { property: 'shell', before: '/bin/bash', after: '/bin/sh' },
      { property: 'comment', before: 'Ente', after: '' },
    ],
    afterwards: (world) => {
      expect(line(world, '/etc/passwd')).toBe('ente:x:992:33::/srv/new:/bin/sh');
      expect(line(world, '/etc/group', 'docker')).toBe('docker:x:998:ente,other');
      expect(line(world, '/etc/group', 'sudo')).toBe('sudo:x:27:ente');
    },
  },
  {
    law: 'makes a missing home folder of a user who is there',
    params: { name: 'ente', create_home: true },
    given: withUser,
    changes: [{ action: 'update', target: 'ente', property: 'home folder', after: '/srv/ente' }],
    afterwards: ({ host }) => expect(host.at('/srv/ente')).toEqual({ kind: 'dir', mode: 0o750, uid: 991, gid: 991 }),
  },
  {
    law: 'finishes a home folder that a crash left to root',
    params: { name: 'ente', create_home: true },
    given: (world) => {
      withUser(world);
      world.host.put('/srv/ente', { kind: 'dir' });
    },
    changes: [{ property: 'home folder' }],
    afterwards: ({ host }) => expect(host.at('/srv/ente')).toMatchObject({ mode: 0o750, uid: 991 }),
  },
  {
    law: 'leaves a home folder that holds something, whoever owns it',
    params: { name: 'ente', home: '/srv/ente', create_home: true },
    given: ({ host }) => host.put('/srv/ente/data', { content: 'x' }),
    afterwards: ({ host }) => expect(host.at('/srv/ente')).toMatchObject({ mode: 0o755, uid: 0 }),
  },
  {
    law: 'forecasts a login group that an earlier step will make',
    params: { name: 'ente', group: 'later' },
    given: withUser,
    changes: [{ property: 'group', before: 'ente', after: 'later' }],
    planOnly: true,
  },
  {
    law: 'fails clearly where a group is still missing',
    params: { name: 'ente', groups: ['none'] },
    fails: 'host.no-such-group',
  },
  { law: 'refuses a number that another user has', params: { name: 'ente', uid: 33 }, fails: 'host.id-taken' },
  {
    law: 'removes a user whom fairlead made, and keeps the home folder',
    params: { name: 'ente', ensure: 'absent', create_home: true },
    given: (world) => {
      withUser(world);
      world.host.put('/srv/ente/data', { content: 'x', uid: 991 });
      world.made.add('host.user ente');
    },
    changes: [{ action: 'delete', target: 'ente' }],
    afterwards: (world) => {
      expect(line(world, '/etc/passwd')).toBeUndefined();
      expect(line(world, '/etc/group', 'docker')).toBe('docker:x:998:other');
      expect(world.host.text('/srv/ente/data')).toBe('x');
    },
  },
  {
    law: 'keeps a user who was here before',
    params: { name: 'ente', ensure: 'absent' },
    given: withUser,
    changes: [],
    afterwards: (world) => expect(line(world, '/etc/passwd')).toBeDefined(),
  },
  { law: 'removes nothing where nobody is', params: { name: 'ente', ensure: 'absent' }, changes: [] },
]);

describe('host.user', () => {
  it('tells that a user is kept', async () => {
    const params = { name: 'www-data', ensure: 'absent' as const };
    const state = await hostUser.read(params, contextOf(createWorld(), hostUser));
    expect(hostUser.notes?.(params, state)).toEqual(['kept: the user www-data was here before']);
  });

  it('gets the group that was to come with it, where a crash cut useradd off before it wrote that', async () => {
    const world = createWorld();
    const params = { name: 'ente', system: true };
    const groups = world.host.text('/etc/group');
    await convergeStep(hostUser, params, contextOf(world, hostUser));
    const whole = world.host.fingerprint();
    world.host.put('/etc/group', { content: groups });
    const doubted = [{ action: 'create' as const, target: 'ente' }];
    const { changes, left } = await convergeStep(hostUser, params, contextOf(world, hostUser, { doubted }));
    expect(changes).toEqual([{ action: 'update', target: 'ente', property: 'own group', before: 999, after: 'ente' }]);
    expect(left).toEqual([]);
    expect(world.host.fingerprint()).toBe(whole);
  });

  it('whose group is missing is left so where no crash of ours is the cause', async () => {
    const world = createWorld();
    const groups = world.host.text('/etc/group');
    await convergeStep(hostUser, { name: 'ente', system: true }, contextOf(world, hostUser));
    world.host.put('/etc/group', { content: groups });
    expect(await planStep(hostUser, { name: 'ente', system: true }, contextOf(world, hostUser))).toEqual([]);
  });

  it('is completed after a crash between the user and its home folder', async () => {
    const world = createWorld();
    const params = { name: 'ente', create_home: true };
    await convergeStep(hostUser, { name: 'ente' }, contextOf(world, hostUser));
    const { changes, left } = await convergeStep(hostUser, params, contextOf(world, hostUser));
    expect(changes).toMatchObject([{ property: 'home folder' }]);
    expect(left).toEqual([]);
    expect(await planStep(hostUser, params, contextOf(world, hostUser))).toEqual([]);
  });

  it('says so, and that a retry may help, where the user runs programs', async () => {
    const world = createWorld();
    withUser(world);
    world.host.program('usermod', () => ({ code: 8, stderr: 'usermod: user ente is currently used by process 7\n' }));
    await expect(convergeStep(hostUser, { name: 'ente', uid: 7 }, contextOf(world, hostUser))).rejects.toMatchObject({
      failure: { code: 'host.user-in-use', retryable: true, evidence: { exit: 8 } },
    });
  });
});
