import { expect, it } from 'vitest';
import { secretText } from '../../model/secrets.ts';
import { leftByUs } from '../../testing/left-by-us.ts';
import { describeStepType, type World } from '../../testing/step-bench.ts';
import { fileYaml } from './file-yaml.ts';
import { parseYaml } from './parse-yaml.ts';

const path = '/srv/app/museum.yaml';
const put =
  (content: string, more: { mode?: number; uid?: number; gid?: number } = {}) =>
  (world: World) => {
    world.host.put(path, { content, ...more });
  };
const museum = `# Museum
db:
    host: localhost   # where
    password:
    # the port stays

s3:
    are_local_buckets: true
    b2-eu-cen: { key: changeme, bucket: "b2" }
`;

describeStepType(fileYaml, [
  {
    law: 'changes values where they stand and keeps every other byte',
    params: { path, set: { '/db/host': 'postgres', '/s3/b2-eu-cen/bucket': 'ente' } },
    given: put(museum, { mode: 0o640, uid: 991, gid: 991 }),
    context: leftByUs('/db/host', '/s3/b2-eu-cen/bucket'),
    changes: [
      { action: 'update', target: `${path} /db/host`, before: 'localhost', after: 'postgres' },
      { action: 'update', target: `${path} /s3/b2-eu-cen/bucket`, before: 'b2', after: 'ente' },
    ],
    afterwards: ({ host, backups }) => {
      expect(host.text(path)).toBe(museum.replace('localhost', 'postgres').replace('"b2"', '"ente"'));
      expect(host.at(path)).toMatchObject({ mode: 0o640, uid: 991, gid: 991 });
      expect(backups.get(path)).toBe(museum);
    },
  },
  {
    law: 'shows nothing of a value that it did not write, whatever its name',
    params: { path, set: { '/a': 'new', '/b': 1, '/d': false }, remove: ['/e'] },
    given: put('{"a": "old-and-foreign", "b": {"c": ["old-and-foreign"]}, "d": true, "e": "old-and-foreign"}\n'),
    context: leftByUs('/e'),
    changes: [
      { action: 'update', target: `${path} /a`, before: '•••', after: 'new' },
      { action: 'update', target: `${path} /b`, before: '•••', after: 1 },
      { action: 'update', target: `${path} /d`, before: true, after: false },
      { action: 'delete', target: `${path} /e`, before: '•••' },
    ],
    afterwards: ({ backups }) => expect(backups.get(path)).toContain('old-and-foreign'),
  },
  {
    law: 'secrets are compared and written, and never shown',
    params: { path, set: { '/db/password': secretText('db'), '/s3/b2-eu-cen/key': secretText('key') } },
    given: (world) => {
      put(museum)(world);
      world.secrets.set('db', 'a: "b" # c').set('key', 'changeme');
    },
    changes: [{ action: 'update', target: `${path} /db/password`, secret: true }],
    afterwards: ({ host }) => {
      expect(host.text(path)).toBe(museum.replace('password:', 'password: \'a: "b" # c\''));
      expect(parseYaml(host.text(path), path)).toMatchObject({ db: { password: 'a: "b" # c' } });
    },
  },
  {
    law: 'a file that is missing begins with the template, and its comments stay',
    params: {
      path,
      template: museum,
      set: { '/db/host': 'postgres', '/jwt/secret': secretText('jwt') },
      remove: ['/s3/b2-eu-cen'],
    },
    given: (world) => {
      world.host.put('/srv/app', { kind: 'dir' });
      world.secrets.set('jwt', 'long-and-secret');
    },
    changes: [{ action: 'create', target: path, after: ['/db/host', '/jwt/secret'], secret: true }],
    afterwards: ({ host }) => {
      const lines = museum.replace('localhost', 'postgres').split('\n').slice(0, -2);
      expect(host.text(path)).toBe(`${lines.join('\n')}\njwt:\n  secret: long-and-secret\n`);
      expect(host.at(path)?.mode).toBe(0o600);
    },
  },
  {
    law: 'refuses a template in which something stands in the way, and makes no file',
    params: { path, template: 'db: none\n', set: { '/db/host': 'postgres' } },
    given: (world) => world.host.put('/srv/app', { kind: 'dir' }),
    fails: 'file-yaml.no-container',
    afterwards: ({ host }) => expect(host.at(path)).toBeUndefined(),
  },
  {
    law: 'nothing of the template is looked at once the file is there',
    params: { path, template: museum, set: { '/db/host': 'postgres' } },
    given: put('db: { host: postgres }\n'),
    changes: [],
    afterwards: ({ host }) => expect(host.text(path)).toBe('db: { host: postgres }\n'),
  },
  {
    law: 'makes a file that is missing',
    params: { path, set: { '/jwt/secret': secretText('jwt'), '/list': [{ a: 1 }] } },
    given: (world) => {
      world.host.put('/srv/app', { kind: 'dir' });
      world.secrets.set('jwt', 'long-and-secret');
    },
    changes: [{ action: 'create', target: path, after: ['/jwt/secret', '/list'], secret: true }],
    afterwards: ({ host }) => {
      expect(host.text(path)).toBe('jwt:\n  secret: long-and-secret\nlist:\n  - a: 1\n');
      expect(host.at(path)?.mode).toBe(0o600);
    },
  },
  {
    law: 'adds what lies between, and removes',
    params: { path, set: { '/internal/admins': [1580559962386438] }, remove: ['/s3/are_local_buckets', '/s3/never'] },
    given: put(museum),
    changes: [
      { action: 'create', target: `${path} /internal/admins`, after: [1580559962386438] },
      { action: 'delete', target: `${path} /s3/are_local_buckets`, before: true },
    ],
    afterwards: ({ host }) =>
      expect(host.text(path)).toBe(
        `${museum.replace('    are_local_buckets: true\n', '')}internal:\n  admins:\n    - 1580559962386438\n`,
      ),
  },
  {
    law: 'fills a key without a value',
    params: { path, set: { '/environment/A': 'x' } },
    given: put('environment:\nother: 1\n'),
    afterwards: ({ host }) => expect(host.text(path)).toBe('environment:\n  A: x\nother: 1\n'),
  },
  {
    law: 'absent removes what fairlead put there, and only that',
    params: { path, set: { '/a': 1, '/b': 2 }, ensure: 'absent' },
    given: (world) => {
      put('a: 5 # five\nb: 2\nc: 3\n')(world);
      world.made.add(`file.yaml ${path} /a`);
    },
    changes: [{ action: 'delete', target: `${path} /a`, before: '•••' }],
    afterwards: ({ host }) => expect(host.text(path)).toBe('b: 2\nc: 3\n'),
  },
  {
    law: 'absent removes the file that fairlead made once nothing is left in it',
    params: { path, set: { '/a/b': 1 }, ensure: 'absent' },
    given: (world) => {
      put('a:\n  b: 1\n')(world);
      world.made.add(`file.yaml ${path}`);
    },
    afterwards: ({ host }) => expect(host.at(path)).toBeUndefined(),
  },
  {
    law: 'refuses a file of several documents',
    params: { path, set: { '/a': 1 } },
    given: put('a: 1\n---\nb: 2\n'),
    fails: 'file-yaml.several-documents',
  },
  {
    law: 'refuses what is no YAML',
    params: { path, set: { '/a': 1 } },
    given: put('a: [1\nb: 2\n'),
    fails: 'file-yaml.not-yaml',
  },
  {
    law: 'refuses to change what an alias shares',
    params: { path, set: { '/a': 2 } },
    given: put('a: &x 1\nb: *x\n'),
    fails: 'file-yaml.shared-value',
  },
  {
    law: 'refuses a folder at its path',
    params: { path, set: { '/a': 1 } },
    given: (world) => world.host.put(path, { kind: 'dir' }),
    fails: 'host.is-a-directory',
  },
]);

it('the failure names line and column, and shows nothing of the file', () => {
  const failing = (): unknown => parseYaml('a: 1\npassword: "hunter2\n', path);
  expect(failing).toThrow(/^\/srv\/app\/museum\.yaml:3:1: this is no YAML: /);
  expect(failing).not.toThrow(/hunter2/);
});
