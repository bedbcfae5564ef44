import { expect, it } from 'vitest';
import { joinTexts, secretText } from '../../model/secrets.ts';
import { leftByUs } from '../../testing/left-by-us.ts';
import { describeStepType, type World } from '../../testing/step-bench.ts';
import { fileJson } from './file-json.ts';
import { parseJson, removeJson, setJson } from './json-edit.ts';

const path = '/srv/app/appsettings.json';
const put =
  (content: string, more: { mode?: number; uid?: number; gid?: number } = {}) =>
  (world: World) => {
    world.host.put(path, { content, ...more });
  };
const settings = `{
    // Which address is ours
    "OpenId": { "Issuer": "https://localhost/",   "Cert": "/certs/a.pfx" },
    "Clients": [
        { "Id": "one" }, /* the first */
    ],
    "ConnectionStrings": { "Main": "Host=db;Password=x" }
}
`;

describeStepType(fileJson, [
  {
    law: 'changes values where they stand and keeps comments and formatting',
    params: { path, set: { '/OpenId/Issuer': 'https://media.example.org/', '/Clients/0/Id': 'two' } },
    given: put(settings, { mode: 0o640, uid: 991, gid: 991 }),
    context: leftByUs('/OpenId/Issuer', '/Clients/0/Id'),
    changes: [
      { action: 'update', target: `${path} /OpenId/Issuer`, before: 'https://localhost/', after: 'https://media.example.org/' },
      { action: 'update', target: `${path} /Clients/0/Id`, before: 'one', after: 'two' },
    ],
    afterwards: ({ host, backups }) => {
      expect(host.text(path)).toBe(settings.replace('localhost', 'media.example.org').replace('"one"', '"two"'));
      expect(host.at(path)).toMatchObject({ mode: 0o640, uid: 991, gid: 991 });
      expect(backups.get(path)).toBe(settings);
    },
  },
  {
    law: 'makes a file that is missing, with what lies between',
    params: { path, set: { '/a/b': 1, '/list': ['x', true, null] } },
    given: (world) => world.host.put('/srv/app', { kind: 'dir' }),
    changes: [{ action: 'create', target: path, after: ['/a/b', '/list'] }],
    afterwards: ({ host }) => {
      expect(host.text(path)).toBe('{\n  "a": {\n    "b": 1\n  },\n  "list": [\n    "x",\n    true,\n    null\n  ]\n}\n');
      expect(host.at(path)?.mode).toBe(0o644);
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
    law: 'secrets anywhere in a value are compared and written, and never shown',
    params: {
      path,
      set: {
        '/ConnectionStrings/Main': joinTexts(['Host=db;Password=', secretText('db')]),
        '/Clients/0': { Id: 'one', ClientSecret: secretText('client') },
      },
    },
    given: (world) => {
      put(settings)(world);
      world.secrets.set('db', 'p"a\\ss').set('client', 'c-secret');
    },
    changes: [
      { action: 'update', target: `${path} /ConnectionStrings/Main`, secret: true },
      { action: 'update', target: `${path} /Clients/0`, secret: true },
    ],
    afterwards: ({ host }) => {
      expect(parseJson(host.text(path), path)).toMatchObject({
        ConnectionStrings: { Main: 'Host=db;Password=p"a\\ss' },
        Clients: [{ Id: 'one', ClientSecret: 'c-secret' }],
      });
    },
  },
  {
    law: 'changes nothing where all is as wanted, whatever the order of keys',
    params: { path, set: { '/a': { x: 1, y: secretText('s') } }, remove: ['/gone', '/a/gone/too'] },
    given: (world) => {
      put('{"a":{"y":"hidden-value","x":1}}')(world);
      world.secrets.set('s', 'hidden-value');
    },
    changes: [],
  },
  {
    law: 'removes values',
    params: { path, remove: ['/ConnectionStrings', '/OpenId/Cert'] },
    given: put(settings),
    changes: [
      { action: 'delete', target: `${path} /ConnectionStrings`, before: '•••' },
      { action: 'delete', target: `${path} /OpenId/Cert`, before: '•••' },
    ],
    afterwards: ({ host }) => {
      expect(host.text(path)).toContain('// Which address is ours');
      expect(Object.keys(parseJson(host.text(path), path) ?? {})).toEqual(['OpenId', 'Clients']);
    },
  },
  {
    law: 'adds to a list at its end, and fills a null',
    params: { path, set: { '/list/1': 'b', '/none/deep/er': 1 } },
    given: put('{\n\t"list": ["a"],\n\t"none": null\n}\n'),
    afterwards: ({ host }) => {
      expect(parseJson(host.text(path), path)).toEqual({ list: ['a', 'b'], none: { deep: { er: 1 } } });
      expect(host.text(path)).toContain('\n\t"list"');
    },
  },
  {
    law: 'pointers reach names with slashes and tildes',
    params: { path, set: { '/a~1b/c~0d': 1 } },
    given: put('{"a/b": {"c~d": 0}}'),
    afterwards: ({ host }) => expect(host.text(path)).toBe('{"a/b": {"c~d": 1}}'),
  },
  {
    law: 'keeps CRLF',
    params: { path, set: { '/b': 2 } },
    given: put('{\r\n  "a": 1\r\n}\r\n'),
    afterwards: ({ host }) => expect(host.text(path)).toBe('{\r\n  "a": 1,\r\n  "b": 2\r\n}\r\n'),
  },
  {
    law: 'absent removes what fairlead put there, and only that',
    params: { path, set: { '/a': 1, '/b': 2 }, ensure: 'absent' },
    given: (world) => {
      put('{"a": 5, "b": 2, "c": 3}')(world);
      world.made.add(`file.json ${path} /a`);
    },
    changes: [{ action: 'delete', target: `${path} /a`, before: '•••' }],
    afterwards: ({ host }) => expect(parseJson(host.text(path), path)).toEqual({ b: 2, c: 3 }),
  },
  {
    law: 'absent removes the file that fairlead made once nothing is left in it',
    params: { path, set: { '/a/b': 1, '/a/c': 2 }, ensure: 'absent' },
    given: (world) => {
      put('{"a": {"b": 1, "c": 2}}')(world);
      world.made.add(`file.json ${path}`);
    },
    changes: [{ action: 'delete' }, { action: 'delete' }, { action: 'delete', target: path }],
    afterwards: ({ host }) => expect(host.at(path)).toBeUndefined(),
  },
  {
    law: 'an empty file is an empty mapping',
    params: { path, set: { '/a': 1 } },
    given: put(''),
    afterwards: ({ host }) => expect(parseJson(host.text(path), path)).toEqual({ a: 1 }),
  },
  {
    law: 'refuses what is no JSON',
    params: { path, set: { '/a': 1 } },
    given: put('{\n  "a": \n}'),
    fails: 'file-json.not-json',
  },
  { law: 'refuses a single value', params: { path, set: { '/a': 1 } }, given: put('"text"'), fails: 'file-json.no-container' },
  {
    law: 'refuses to put something into a plain value',
    params: { path, set: { '/a/b': 1 } },
    given: put('{"a": "x"}'),
    fails: 'file-json.no-container',
  },
  {
    law: 'refuses an index beyond the end',
    params: { path, set: { '/a/2': 1 } },
    given: put('{"a": []}'),
    fails: 'file-json.no-container',
  },
  {
    law: 'refuses to remove an item by its index',
    params: { path, remove: ['/a/0'] },
    given: put('{"a": [1]}'),
    fails: 'file-json.remove-from-list',
  },
  {
    law: 'refuses a key that stands there twice',
    params: { path, set: { '/a': 3 } },
    given: put('{"a": 1, "a": 2}'),
    fails: 'file-json.shared-value',
  },
  {
    law: 'fails where it may not make the missing file',
    params: { path, set: { '/a': 1 }, create: false },
    fails: 'file.missing',
  },
]);

it('the failure names line and column, and shows nothing of the file', () => {
  expect(() => parseJson('{\n  "password": hunter2\n}', path)).toThrow(`${path}:2:15: this is no JSON: InvalidSymbol.`);
});

it('a byte order mark stays', () => {
  expect(setJson('\ufeff{"a": 1}', ['a'], 2)).toBe('\ufeff{"a": 2}');
  expect(removeJson('\ufeff{"a": 1}', ['a'])).toBe('\ufeff{}');
});
