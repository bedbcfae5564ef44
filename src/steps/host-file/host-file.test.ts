import { describe, expect, it } from 'vitest';
import { createFakeHost } from '../../adapters/host/fake-host.ts';
import { SecretText, secretText } from '../../model/secrets.ts';
import { leftByUs } from '../../testing/left-by-us.ts';
import { contextOf, convergeStep, createWorld, describeStepType, planStep, type World } from '../../testing/step-bench.ts';
import { hostFile } from './host-file.ts';

const path = '/srv/ente/app.conf';
const withFolder = ({ host }: World): void => host.put('/srv/ente', { kind: 'dir' });
const withFile =
  (content: string | Uint8Array, owner: { mode?: number; uid?: number; gid?: number } = {}) =>
  ({ host }: World): void =>
    host.put(path, { content, ...owner });
const secretContent = new SecretText(['user=ente\npassword=', { $secret: 'db' }, '\n']);
const BUNDLE = Buffer.from([0x30, 0x82, 0, 1, 0xff, 0xfe, 0x0a]);
const bundle = secretText('bundle');
const bytesAt = (host: World['host']): Buffer | undefined => {
  const content = host.at(path)?.content;
  return content === undefined ? undefined : Buffer.from(content);
};

describeStepType(hostFile, [
  {
    law: 'makes a file, and shows what will stand in it',
    params: { path, content: 'a=1\nb=2\n' },
    given: withFolder,
    changes: [{ action: 'create', target: path, after: { mode: '0644', lines: 2 }, diff: '@@ -0,0 +1,2 @@\n+a=1\n+b=2' }],
    afterwards: ({ host, backups }) => {
      expect(host.at(path)).toMatchObject({ kind: 'file', mode: 0o644, uid: 0, gid: 0 });
      expect(host.text(path)).toBe('a=1\nb=2\n');
      expect(backups.size).toBe(0);
    },
  },
  {
    law: 'makes a file from a template with owner and mode',
    params: { path, template: 'filled in\n', owner: 'www-data:users', mode: '0640' },
    given: withFolder,
    changes: [{ action: 'create', after: { owner: 'www-data:users', mode: '0640', lines: 1 } }],
    afterwards: ({ host }) => expect(host.at(path)).toMatchObject({ mode: 0o640, uid: 33, gid: 100 }),
  },
  {
    law: 'forecasts a file in a folder that an earlier step will make',
    params: { path: '/srv/later/app.conf', content: 'x' },
    changes: [{ action: 'create', target: '/srv/later/app.conf' }],
    planOnly: true,
  },
  { law: 'fails clearly where the folder is still missing', params: { path, content: 'x' }, fails: 'host.no-such-directory' },
  {
    law: 'replaces other content, keeps a copy of it, and keeps owner and mode',
    params: { path, content: 'a\nB\nc\n' },
    given: withFile('a\nb\nc\n', { mode: 0o600, uid: 5, gid: 6 }),
    context: leftByUs('content'),
    changes: [{ action: 'update', target: path, property: 'content', diff: '@@ -1,3 +1,3 @@\n a\n-b\n+B\n c' }],
    afterwards: ({ host, backups }) => {
      expect(host.at(path)).toMatchObject({ mode: 0o600, uid: 5, gid: 6 });
      expect(backups).toEqual(new Map([[path, 'a\nb\nc\n']]));
    },
  },
  {
    law: 'shows of a file that it did not write only the names, and the lines that stay',
    params: { path, content: 'port=1\nhost=db\nend\n' },
    given: withFile('host=db\nport=old-and-foreign\n# old-and-foreign\nold-and-foreign\nend\n'),
    changes: [{ property: 'content', diff: '@@ -1,5 +1,3 @@\n+port=1\n host=db\n-port=•••\n-# •••\n-•••\n end' }],
    afterwards: ({ backups }) => expect(backups.get(path)).toContain('old-and-foreign'),
  },
  {
    law: 'keeps no copy where none is wanted',
    params: { path, content: 'new', backup: false },
    given: withFile('old'),
    afterwards: ({ backups }) => expect(backups.size).toBe(0),
  },
  {
    law: 'changes owner and mode without writing the file anew',
    params: { path, content: 'x', owner: '991', mode: '0640' },
    given: withFile('x'),
    changes: [
      { action: 'update', property: 'owner', before: 'root', after: '991' },
      { action: 'update', property: 'mode', before: '0644', after: '0640' },
    ],
    afterwards: ({ host, backups }) => {
      expect(host.at(path)).toMatchObject({ mode: 0o640, uid: 991, gid: 0 });
      expect(backups.size).toBe(0);
    },
  },
  {
    law: 'changes nothing where all is as wanted',
    params: { path, content: 'grüße\n', owner: 'root:root', mode: '0644' },
    given: withFile('grüße\n'),
    changes: [],
  },
  {
    law: 'shows of a content with a secret only how many lines it has, and lets nobody else read it',
    params: { path, content: secretContent },
    given: (world) => {
      withFile('user=ente\npassword=former-password-1\n')(world);
      world.secrets.set('db', 'correct-horse-battery');
    },
    changes: [
      { action: 'update', property: 'content', before: { lines: 2 }, after: { lines: 2 }, secret: true },
      { action: 'update', property: 'mode', before: '0644', after: '0600' },
    ],
    afterwards: ({ host }) => {
      expect(host.text(path)).toBe('user=ente\npassword=correct-horse-battery\n');
      expect(host.at(path)).toMatchObject({ mode: 0o600 });
    },
  },
  {
    law: 'makes a file with a secret for its owner only',
    params: { path, content: secretText('db') },
    given: (world) => {
      withFolder(world);
      world.secrets.set('db', 'correct-horse-battery');
    },
    changes: [{ action: 'create', after: { mode: '0600', lines: 1 }, secret: true }],
    afterwards: ({ host }) => expect(host.at(path)).toMatchObject({ mode: 0o600 }),
  },
  {
    law: 'changes nothing where a secret is as wanted',
    params: { path, content: secretContent },
    given: (world) => {
      world.secrets.set('db', 'correct-horse-battery');
      withFile('user=ente\npassword=correct-horse-battery\n', { mode: 0o600 })(world);
    },
    changes: [],
  },
  {
    law: 'writes the bytes that a secret is base64 of, and shows nothing of them',
    params: { path, content: bundle, decode: 'base64' },
    given: (world) => {
      withFolder(world);
      world.secrets.set('bundle', BUNDLE.toString('base64'));
    },
    changes: [{ action: 'create', target: path, after: { mode: '0600' }, secret: true }],
    afterwards: ({ host }) => {
      expect(bytesAt(host)).toEqual(BUNDLE);
      expect(host.at(path)).toMatchObject({ mode: 0o600 });
    },
  },
  {
    law: 'changes nothing where these bytes are there, and white space around the base64 does not count',
    params: { path, content: new SecretText(['\n  ', { $secret: 'bundle' }, '\n']), decode: 'base64' },
    given: (world) => {
      withFile(BUNDLE, { mode: 0o600 })(world);
      world.secrets.set('bundle', BUNDLE.toString('base64'));
    },
    changes: [],
  },
  {
    law: 'replaces other bytes by decoded ones, and shows sizes of what is no secret, though it were text',
    params: { path, template: 'AAH/\nYQ==\n', decode: 'base64' },
    given: withFile('a text\n'),
    changes: [{ action: 'update', property: 'content', before: { bytes: 7 }, after: { bytes: 4 } }],
    afterwards: ({ host, backups }) => {
      expect(bytesAt(host)).toEqual(Buffer.from([0, 1, 255, 97]));
      expect(backups.get(path)).toBe('a text\n');
    },
  },
  {
    law: 'says in the plan that what it is to decode is not base64',
    params: { path, content: 'AAH/YQ=', decode: 'base64' },
    given: withFolder,
    fails: 'params.bad-base64',
    planOnly: true,
  },
  {
    law: 'leaves a file alone where a secret that it is to decode is not base64',
    params: { path, content: bundle, decode: 'base64' },
    given: (world) => {
      withFile('before')(world);
      world.secrets.set('bundle', 'url-safe_base64-is-other');
    },
    fails: 'params.bad-base64',
    afterwards: ({ host }) => expect(host.text(path)).toBe('before'),
  },
  {
    law: 'gives sizes only where the file is not text',
    params: { path, content: 'text\n' },
    given: withFile(new Uint8Array([0xff, 0xfe, 0, 1])),
    changes: [{ action: 'update', property: 'content', before: { bytes: 4 }, after: { lines: 1 } }],
  },
  {
    law: 'says in the plan that a folder is where the file should be',
    params: { path, content: 'x' },
    given: ({ host }) => host.put(path, { kind: 'dir' }),
    fails: 'host.is-a-directory',
    planOnly: true,
  },
  {
    law: 'puts a file in the place of a link, and leaves what the link led to',
    params: { path, content: 'x\n', mode: '0640' },
    given: ({ host }) => {
      host.put('/srv/other', { content: 'x\n' });
      host.put(path, { kind: 'link', content: '/srv/other' });
    },
    changes: [{ property: 'mode', before: '0644', after: '0640' }],
    afterwards: ({ host }) => {
      expect(host.at(path)).toMatchObject({ kind: 'file', mode: 0o640 });
      expect(host.at('/srv/other')).toMatchObject({ mode: 0o644 });
    },
  },
  {
    law: 'forecasts an owner whom an earlier step will make, by name',
    params: { path, content: 'x', owner: 'ente' },
    given: withFile('x', { uid: 991 }),
    changes: [{ property: 'owner', before: '991', after: 'ente' }],
    planOnly: true,
  },
  {
    law: 'fails clearly where the owner is still missing',
    params: { path, content: 'x', owner: 'ente' },
    given: withFolder,
    fails: 'host.no-such-user',
  },
  { law: 'wants a content or a template', params: { path }, fails: 'params.one-of', planOnly: true },
  {
    law: 'wants not both a content and a template',
    params: { path, content: 'a', template: 'b' },
    fails: 'params.one-of',
    planOnly: true,
  },
  {
    law: 'removes a file that fairlead made, and keeps a copy',
    params: { path, ensure: 'absent', owner: 'gone' },
    given: (world) => {
      withFile('edited by hand')(world);
      world.made.add(`host.file ${path}`);
    },
    changes: [{ action: 'delete', target: path }],
    afterwards: ({ host, backups }) => {
      expect(host.at(path)).toBeUndefined();
      expect(backups.get(path)).toBe('edited by hand');
    },
  },
  {
    law: 'keeps a file that was here before',
    params: { path, ensure: 'absent', content: 'x' },
    given: withFile('x'),
    changes: [],
    afterwards: ({ host }) => expect(host.text(path)).toBe('x'),
  },
  { law: 'removes nothing where nothing is', params: { path, ensure: 'absent' }, changes: [] },
]);

describe('host.file', () => {
  it('masks foreign secrets in what it shows of a file that is there', async () => {
    const world = createWorld();
    world.host.put(path, { content: 'API_TOKEN=abc123\nport=1\n' });
    const changes = await planStep(hostFile, { path, content: 'API_TOKEN=abc123\nport=2\n' }, contextOf(world, hostFile));
    expect(changes[0]?.diff).toBe('@@ -1,2 +1,2 @@\n API_TOKEN=•••\n-port=•••\n+port=2');
  });

  it('forecasts a file whose secret is not made yet', async () => {
    const world = createWorld();
    const changes = await planStep(hostFile, { path, content: secretText('later') }, contextOf(world, hostFile));
    expect(changes).toMatchObject([{ action: 'create', secret: true }]);
    expect(changes[0]).not.toHaveProperty('diff');
  });

  it('tells that a file is kept', async () => {
    const world = createWorld();
    world.host.put(path, { content: 'x' });
    const params = { path, ensure: 'absent' as const };
    expect(hostFile.notes?.(params, await hostFile.read(params, contextOf(world, hostFile)))).toEqual([
      `kept: ${path} was here before`,
    ]);
  });

  it('needs root to give a file away, and not otherwise', () => {
    expect(hostFile.needs({ path, content: 'x', owner: ':www-data' })).toEqual(['root']);
    expect(hostFile.needs({ path, content: 'x' })).toEqual([]);
  });

  it('writes a file of our own where we are not root', async () => {
    const world = { ...createWorld(), host: createFakeHost({ uid: 1000 }) };
    world.host.put('/home/ann', { kind: 'dir', uid: 1000, gid: 1000 });
    const own = { path: '/home/ann/file', content: 'x' };
    expect((await convergeStep(hostFile, own, contextOf(world, hostFile))).left).toEqual([]);
    expect(world.host.at('/home/ann/file')).toMatchObject({ uid: 1000, gid: 1000, mode: 0o644 });
  });
});
