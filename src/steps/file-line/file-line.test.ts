import { expect } from 'vitest';
import { joinTexts, secretText } from '../../model/secrets.ts';
import { leftByUs } from '../../testing/left-by-us.ts';
import { describeStepType, type World } from '../../testing/step-bench.ts';
import { fileLine } from './file-line.ts';

const path = '/etc/app.conf';
const put = (content: string) => (world: World) => world.host.put(path, { content, mode: 0o640, uid: 991, gid: 991 });

describeStepType(fileLine, [
  {
    law: 'adds a line at the end and leaves the others alone',
    params: { path, line: '10.0.0.1 db.lan' },
    given: put('# hosts\n\n127.0.0.1 localhost'),
    changes: [{ action: 'create', target: `${path} 10.0.0.1 db.lan`, after: '10.0.0.1 db.lan' }],
    afterwards: ({ host, backups }) => {
      expect(host.text(path)).toBe('# hosts\n\n127.0.0.1 localhost\n10.0.0.1 db.lan\n');
      expect(host.at(path)).toMatchObject({ mode: 0o640, uid: 991 });
      expect(backups.get(path)).toBe('# hosts\n\n127.0.0.1 localhost');
    },
  },
  {
    law: 'changes nothing where the line stands already',
    params: { path, line: 'a b' },
    given: put('x\r\na b\r\n'),
    changes: [],
  },
  {
    law: 'replaces the last line that matches',
    params: { path, line: 'port 7379', match: '^#?\\s*port ' },
    given: put('port 1\n# port 2\nport 3\nend\n'),
    context: leftByUs('^#?\\s*port '),
    changes: [{ action: 'update', target: `${path} /^#?\\s*port /`, before: 'port 3', after: 'port 7379' }],
    afterwards: ({ host }) => expect(host.text(path)).toBe('port 1\n# port 2\nport 7379\nend\n'),
  },
  {
    law: 'shows of a line that it did not write only what it begins with',
    params: { path, line: 'bind 127.0.0.1', match: '^bind ' },
    given: put('bind old-and-foreign\n'),
    changes: [{ action: 'update', target: `${path} /^bind /`, before: 'bind •••', after: 'bind 127.0.0.1' }],
    afterwards: ({ backups }) => expect(backups.get(path)).toContain('old-and-foreign'),
  },
  {
    law: 'a line that does not match its own pattern is put there once',
    params: { path, line: 'Port 22', match: '^#Port' },
    given: put('#Port 1\n#Port 2\n'),
    afterwards: ({ host }) => expect(host.text(path)).toBe('#Port 1\nPort 22\n'),
  },
  {
    law: 'a new line goes after the last match of after',
    params: { path, line: 'new', match: '^new', after: '^b', before: '^a' },
    given: put('a\nb\nb\nc\n'),
    afterwards: ({ host }) => expect(host.text(path)).toBe('a\nb\nb\nnew\nc\n'),
  },
  {
    law: 'a new line goes before the last match of before where after finds none',
    params: { path, line: 'new', after: '^x', before: '^c' },
    given: put('a\nc\nc\n'),
    afterwards: ({ host }) => expect(host.text(path)).toBe('a\nc\nnew\nc\n'),
  },
  {
    law: 'keeps CRLF',
    params: { path, line: 'c' },
    given: put('a\r\nb\r\n'),
    afterwards: ({ host }) => expect(host.text(path)).toBe('a\r\nb\r\nc\r\n'),
  },
  {
    law: 'makes a missing file',
    params: { path, line: 'a', mode: '0600', owner: '991:991' },
    changes: [{ action: 'create', target: path, after: 'a' }],
    afterwards: ({ host }) => {
      expect(host.text(path)).toBe('a\n');
      expect(host.at(path)).toMatchObject({ mode: 0o600, uid: 991, gid: 991 });
    },
  },
  {
    law: 'a secret in the line is not shown',
    params: { path, line: joinTexts(['requirepass ', secretText('redis')]), match: '^requirepass' },
    given: (world) => {
      world.secrets.set('redis', 'very-hidden');
      put('requirepass foobared\n')(world);
    },
    changes: [{ action: 'update', target: `${path} /^requirepass/`, secret: true }],
    afterwards: ({ host }) => expect(host.text(path)).toBe('requirepass very-hidden\n'),
  },
  {
    law: 'a secret line that stands there is recognized',
    params: { path, line: secretText('s') },
    given: (world) => {
      world.secrets.set('s', 'very-hidden');
      put('a\nvery-hidden\n')(world);
    },
    changes: [],
  },
  {
    law: 'a plain line with a secret-sounding name is not shown either',
    params: { path, line: 'requirepass hunter2' },
    given: put('a\n'),
    changes: [{ action: 'create', target: `${path} requirepass •••`, secret: true }],
  },
  {
    law: 'absent removes each such line that fairlead put there',
    params: { path, line: 'a', match: '^#a', ensure: 'absent' },
    given: (world) => {
      put('a\nb\n#a 1\na\nc')(world);
      world.made.add(`file.line ${path} /^#a/`);
    },
    changes: [{ action: 'delete', target: `${path} /^#a/`, before: 'a\n# •••\na' }],
    afterwards: ({ host }) => expect(host.text(path)).toBe('b\nc'),
  },
  {
    law: 'absent keeps a line that was here before',
    params: { path, line: 'a', ensure: 'absent' },
    given: put('a\n'),
    changes: [],
  },
  {
    law: 'absent removes the file that fairlead made once it is empty',
    params: { path, line: 'a', ensure: 'absent' },
    given: (world) => {
      put('a\n')(world);
      world.made.add(`file.line ${path}`);
    },
    changes: [{ action: 'delete' }, { action: 'delete', target: path }],
    afterwards: ({ host }) => expect(host.at(path)).toBeUndefined(),
  },
  { law: 'refuses a line break', params: { path, line: 'a\nb' }, given: put(''), fails: 'file-line.several-lines' },
  {
    law: 'refuses a line break in a secret',
    params: { path, line: secretText('s') },
    given: (world) => {
      world.secrets.set('s', 'a\nb');
      put('')(world);
    },
    fails: 'file-line.several-lines',
  },
  { law: 'refuses a damaged pattern', params: { path, line: 'a', match: '(' }, given: put(''), fails: 'file-line.bad-pattern' },
  { law: 'fails where it may not make the missing file', params: { path, line: 'a', create: false }, fails: 'file.missing' },
  { law: 'refuses a folder at its path', params: { path: '/etc', line: 'a' }, fails: 'host.is-a-directory' },
]);
