import { describe, expect, it } from 'vitest';
import { contextOf, convergeStep, createWorld, describeStepType, planStep } from '../../testing/step-bench.ts';
import { hostGroup } from './host-group.ts';

const group = (line: string) => (world: ReturnType<typeof createWorld>) =>
  world.host.put('/etc/group', { content: `${world.host.text('/etc/group')}${line}\n` });

describeStepType(hostGroup, [
  {
    law: 'makes a group with its number',
    params: { name: 'ente', gid: 991 },
    changes: [{ action: 'create', target: 'ente', after: { gid: 991, system: false } }],
    afterwards: ({ host }, outputs) => {
      expect(host.text('/etc/group')).toContain('\nente:x:991:\n');
      expect(outputs).toEqual({ gid: 991 });
    },
  },
  {
    law: 'makes a system group with a free number',
    params: { name: 'ente', system: true },
    afterwards: ({ host }, outputs) => {
      expect(outputs.gid).toBeLessThan(1000);
      expect(host.text('/etc/group')).toContain(`\nente:x:${outputs.gid}:\n`);
    },
  },
  {
    law: 'changes nothing where the group is as wanted, and gives its number out',
    params: { name: 'ente' },
    given: group('ente:x:1234:bob'),
    changes: [],
    afterwards: (_, outputs) => expect(outputs).toEqual({ gid: 1234 }),
  },
  {
    law: 'gives a group another number, and keeps its members',
    params: { name: 'ente', gid: 991 },
    given: group('ente:x:1234:bob'),
    changes: [{ action: 'update', target: 'ente', property: 'gid', before: 1234, after: 991 }],
    afterwards: ({ host }) => expect(host.text('/etc/group')).toContain('\nente:x:991:bob\n'),
  },
  {
    law: 'refuses a number that another group has',
    params: { name: 'ente', gid: 33 },
    fails: 'host.id-taken',
  },
  {
    law: 'removes a group that fairlead made',
    params: { name: 'ente', ensure: 'absent' },
    given: (world) => {
      group('ente:x:991:')(world);
      world.made.add('host.group ente');
    },
    changes: [{ action: 'delete', target: 'ente' }],
    afterwards: ({ host }) => expect(host.text('/etc/group')).not.toContain('ente'),
  },
  {
    law: 'keeps a group that was here before',
    params: { name: 'www-data', ensure: 'absent' },
    changes: [],
    afterwards: ({ host }) => expect(host.text('/etc/group')).toContain('www-data'),
  },
  {
    law: "says so where a group can't be removed, since a user has it as login group",
    params: { name: 'www-data', ensure: 'absent' },
    given: (world) => world.made.add('host.group www-data'),
    fails: 'host.group-in-use',
  },
  { law: 'removes nothing where nothing is', params: { name: 'ente', ensure: 'absent' }, changes: [] },
]);

describe('host.group', () => {
  it('tells that a group is kept', async () => {
    const world = createWorld();
    const params = { name: 'www-data', ensure: 'absent' as const };
    const state = await hostGroup.read(params, contextOf(world, hostGroup));
    expect(hostGroup.notes?.(params, state)).toEqual(['kept: the group www-data was here before']);
  });

  it('sees a group of a directory server', async () => {
    const world = createWorld();
    world.host.program('getent', ({ argv }) => (argv[2] === 'staff' ? { stdout: 'staff:*:5000:ann,bob\n' } : { code: 2 }));
    const ctx = contextOf(world, hostGroup);
    expect(await planStep(hostGroup, { name: 'staff' }, ctx)).toEqual([]);
    expect(await planStep(hostGroup, { name: 'ente' }, ctx)).toHaveLength(1);
  });

  it('gives a failure the exit code and what the program printed', async () => {
    const world = createWorld();
    world.host.program('groupadd', () => ({ code: 10, stderr: 'groupadd: cannot lock /etc/group; try again later.\n' }));
    await expect(convergeStep(hostGroup, { name: 'ente' }, contextOf(world, hostGroup))).rejects.toMatchObject({
      failure: {
        code: 'host.accounts-locked',
        retryable: true,
        evidence: { argv: ['groupadd', 'ente'], exit: 10, tail: ['groupadd: cannot lock /etc/group; try again later.'] },
      },
    });
  });
});
