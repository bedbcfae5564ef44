import { expect, it } from 'vitest';
import { leftByUs } from '../../testing/left-by-us.ts';
import { contextOf, createWorld, describeStepType, type World } from '../../testing/step-bench.ts';
import { hostHostsEntry } from './host-hosts-entry.ts';

const path = '/etc/hosts';
const target = `${path} museum`;
const base = { names: ['museum', 'museum.ente.lan'], address: '172.21.0.5' };
const line = '172.21.0.5 museum museum.ente.lan # fairlead museum';
const debian = '127.0.0.1\tlocalhost\n127.0.1.1\thost\n\n# IPv6\n::1     localhost ip6-localhost\n';
const put = (content: string) => (world: World) => world.host.put(path, { content, mode: 0o644 });
const putOurs = (content: string) => (world: World) => {
  put(content)(world);
  world.made.add(`host.hosts_entry ${target}`);
};
const CLOUD_INIT = [
  "# Your system has configured 'manage_etc_hosts' as True.",
  '# As a result, if you wish for changes to this file to persist',
  '# a.) make changes to the master file in /etc/cloud/templates/hosts.debian.tmpl',
].join('\n');

describeStepType(hostHostsEntry, [
  {
    law: 'adds a line at the end; comments, order and all other lines stay',
    params: base,
    given: put(`${debian}# no end of line`),
    changes: [{ action: 'create', target, after: line }],
    afterwards: ({ host, backups }) => {
      expect(host.text(path)).toBe(`${debian}# no end of line\n${line}\n`);
      expect(backups.get(path)).toBe(`${debian}# no end of line`);
    },
  },
  { law: 'makes a file that is missing', params: base, changes: [{ action: 'create', target: path, after: line }] },
  { law: 'changes nothing where its line stands', params: base, given: put(`${line}\n${debian}`), changes: [] },
  {
    law: 'changes nothing where somebody else has mapped the names so, in whatever case and order',
    params: base,
    given: put('172.21.0.5 other Museum.Ente.lan # by hand\n172.21.0.5\tMUSEUM\n'),
    changes: [],
  },
  {
    law: 'adds only the names that nobody else maps',
    params: base,
    given: put('172.21.0.5 museum\n'),
    changes: [{ action: 'create', target, after: '172.21.0.5 museum.ente.lan # fairlead museum' }],
    afterwards: ({ host }) => expect(host.text(path)).toBe('172.21.0.5 museum\n172.21.0.5 museum.ente.lan # fairlead museum\n'),
  },
  {
    law: 'changes its own line where it stands, and keeps CRLF',
    params: base,
    given: putOurs('a\r\n172.21.0.4 museum old # fairlead museum\r\nb\r\n'),
    context: leftByUs('museum'),
    changes: [{ action: 'update', target, before: '172.21.0.4 museum old # fairlead museum', after: line }],
    afterwards: ({ host }) => expect(host.text(path)).toBe(`a\r\n${line}\r\nb\r\n`),
  },
  {
    law: 'takes up its own line for another address after a crash right behind it',
    params: base,
    given: put('172.21.0.4 museum museum.ente.lan # fairlead museum\n'),
    context: { doubted: [{ action: 'create', target }] },
    changes: [{ action: 'update', target }],
  },
  {
    law: 'a name that is not wanted any more leaves its line',
    params: { ...base, names: ['museum'] },
    given: putOurs(`${line}\n`),
    changes: [{ action: 'update', target }],
    afterwards: ({ host }) => expect(host.text(path)).toBe('172.21.0.5 museum # fairlead museum\n'),
  },
  {
    law: "refuses to contradict somebody else's line",
    params: base,
    given: put(`${debian}10.0.0.9 db Museum.ente.lan\n`),
    fails: 'hosts-entry.name-taken',
  },
  {
    law: "refuses to change another deployment's line",
    params: base,
    given: put('172.22.0.5 museum # fairlead museum\n'),
    fails: 'hosts-entry.name-taken',
  },
  {
    law: 'a commented line maps nothing, and neither does what is no address',
    params: base,
    given: put('# 10.0.0.9 museum\nhosts museum\n'),
    changes: [{ action: 'create', target }],
  },
  {
    law: 'a name may have an address of IPv4 and one of IPv6, however that is written',
    params: { names: ['localhost', 'museum'], address: '0:0:0:0:0:0:0:1' },
    given: put(debian),
    changes: [{ action: 'create', target: `${path} localhost`, after: '0:0:0:0:0:0:0:1 museum # fairlead localhost' }],
  },
  {
    law: 'absent removes the line that it made, and nothing else',
    params: { names: base.names, ensure: 'absent' },
    given: putOurs(`${debian}${line}\n# after\n172.21.0.5 museum\n`),
    changes: [{ action: 'delete', target }],
    afterwards: ({ host }) => expect(host.text(path)).toBe(`${debian}# after\n172.21.0.5 museum\n`),
  },
  {
    law: 'absent keeps a line that it did not make',
    params: { ...base, ensure: 'absent' },
    given: put(`${line}\n`),
    changes: [],
  },
  {
    law: 'absent removes the file that it made',
    params: { ...base, ensure: 'absent' },
    given: (world) => {
      put(`${line}\n`)(world);
      world.made.add(`host.hosts_entry ${path}`);
    },
    changes: [
      { action: 'delete', target },
      { action: 'delete', target: path },
    ],
    afterwards: ({ host }) => expect(host.at(path)).toBeUndefined(),
  },
  { law: 'needs an address', params: { names: ['museum'] }, fails: 'hosts-entry.bad-address' },
  { law: 'refuses what is no address', params: { ...base, address: '172.21.0.500' }, fails: 'hosts-entry.bad-address' },
]);

it('the refusal names the line and what it maps', async () => {
  const world = createWorld();
  put(`${debian}10.0.0.9 db museum\n`)(world);
  const reading = hostHostsEntry.read(base, contextOf(world, hostHostsEntry));
  await expect(reading).rejects.toThrow('/etc/hosts maps museum to 10.0.0.9 already (line 6), not to 172.21.0.5.');
});

it('tells that cloud-init would take the line away, and where it has to stand', async () => {
  const world = createWorld();
  put(`${CLOUD_INIT}\n${debian}`)(world);
  const state = await hostHostsEntry.read(base, contextOf(world, hostHostsEntry));
  expect(hostHostsEntry.notes?.(base, state)).toEqual([expect.stringContaining('/etc/cloud/templates/hosts.debian.tmpl')]);
});

it('says what it keeps', async () => {
  const world = createWorld();
  put(`${line}\n`)(world);
  const state = await hostHostsEntry.read(base, contextOf(world, hostHostsEntry));
  expect(hostHostsEntry.managed?.(base, state)).toEqual([{ file: path, part: 'museum', text: line, asWanted: true }]);
  const absent = { ...base, ensure: 'absent' } as const;
  const kept = hostHostsEntry.notes?.(absent, await hostHostsEntry.read(absent, contextOf(world, hostHostsEntry)));
  expect(kept).toEqual([`kept: the line of museum in ${path} was here before`]);
});

it('a hand edit that is to be kept counts as wanted', async () => {
  const world = createWorld();
  putOurs('172.21.0.9 museum # fairlead museum\n')(world);
  const state = await hostHostsEntry.read(base, contextOf(world, hostHostsEntry, { kept: new Set(['museum']) }));
  expect(hostHostsEntry.diff(base, state)).toEqual([]);
});

it('an act for the sake of another step leaves all as it is', async () => {
  const world = createWorld();
  put(`${line}\n`)(world);
  const ctx = contextOf(world, hostHostsEntry);
  for (const params of [base, { ...base, ensure: 'absent' as const }]) {
    await hostHostsEntry.apply?.(params, [{ action: 'run', target: 'it' }], ctx, await hostHostsEntry.read(params, ctx));
    expect(world.host.text(path)).toBe(`${line}\n`);
  }
});
