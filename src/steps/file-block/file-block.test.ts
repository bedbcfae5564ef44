import { expect, it } from 'vitest';
import { joinTexts, secretText } from '../../model/secrets.ts';
import { leftByUs } from '../../testing/left-by-us.ts';
import { contextOf, createWorld, describeStepType, type World } from '../../testing/step-bench.ts';
import { fileBlock } from './file-block.ts';

const path = '/etc/hosts.conf';
const put = (content: string) => (world: World) => world.host.put(path, { content, mode: 0o640, uid: 991, gid: 991 });
const begin = '# BEGIN fairlead ente';
const end = '# END fairlead ente';
const base = { path, name: 'ente' };

describeStepType(fileBlock, [
  {
    law: 'adds a block at the end and leaves the other lines alone',
    params: { ...base, content: 'one\ntwo\n' },
    given: put('# top\n\nlast'),
    changes: [{ action: 'create', target: `${path} ente`, diff: '@@ -0,0 +1,2 @@\n+one\n+two' }],
    afterwards: ({ host, backups }) => {
      expect(host.text(path)).toBe(`# top\n\nlast\n${begin}\none\ntwo\n${end}\n`);
      expect(host.at(path)).toMatchObject({ mode: 0o640, uid: 991 });
      expect(backups.get(path)).toBe('# top\n\nlast');
    },
  },
  {
    law: 'replaces what is between the markers, where they stand',
    params: { ...base, content: 'new' },
    given: put(`a\n${begin}\nold\nport = 1\n${end}\nb\n`),
    changes: [{ action: 'update', target: `${path} ente`, diff: '@@ -1,2 +1,1 @@\n-•••\n-port = •••\n+new' }],
    afterwards: ({ host }) => expect(host.text(path)).toBe(`a\n${begin}\nnew\n${end}\nb\n`),
  },
  {
    law: 'shows what was edited by hand since it wrote the block',
    params: { ...base, content: 'port = 1' },
    given: put(`${begin}\nport = 2\n${end}\n`),
    context: leftByUs('ente'),
    changes: [{ action: 'update', target: `${path} ente`, diff: '@@ -1,1 +1,1 @@\n-port = 2\n+port = 1' }],
  },
  {
    law: 'changes nothing where the block is as wanted',
    params: { ...base, content: 'x\n' },
    given: put(`${begin}\r\nx\r\n${end}\r\n`),
    changes: [],
  },
  {
    law: 'a new block goes where after says, and keeps CRLF',
    params: { ...base, content: 'x', after: '^a' },
    given: put('a\r\nb\r\n'),
    afterwards: ({ host }) => expect(host.text(path)).toBe(`a\r\n${begin}\r\nx\r\n${end}\r\nb\r\n`),
  },
  {
    law: 'blocks of other names are other lines',
    params: { ...base, content: 'x' },
    given: put('# BEGIN fairlead ente2\ny\n# END fairlead ente2\n'),
    afterwards: ({ host }) =>
      expect(host.text(path)).toBe(`# BEGIN fairlead ente2\ny\n# END fairlead ente2\n${begin}\nx\n${end}\n`),
  },
  {
    law: 'makes a missing file from a template',
    params: { ...base, template: 'a\nb\n' },
    changes: [{ action: 'create', target: path, diff: '@@ -0,0 +1,2 @@\n+a\n+b' }],
    afterwards: ({ host }) => expect(host.text(path)).toBe(`${begin}\na\nb\n${end}\n`),
  },
  {
    law: 'comments that need an end get one',
    params: { ...base, content: 'x', comment: '<!--' },
    given: put('<p>\n'),
    afterwards: ({ host }) => expect(host.text(path)).toBe('<p>\n<!-- BEGIN fairlead ente -->\nx\n<!-- END fairlead ente -->\n'),
  },
  {
    law: 'secrets in the block are not shown, and a new file with them is for its owner only',
    params: { ...base, content: joinTexts(['user a\npass ', secretText('s'), '\n']) },
    given: (world) => {
      world.secrets.set('s', 'very-hidden');
    },
    changes: [{ action: 'create', target: path, secret: true }],
    afterwards: ({ host }) => {
      expect(host.text(path)).toBe(`${begin}\nuser a\npass very-hidden\n${end}\n`);
      expect(host.at(path)?.mode).toBe(0o600);
    },
  },
  {
    law: 'a block with secrets that is as wanted is recognized',
    params: { ...base, content: joinTexts(['user a\npass ', secretText('s'), '\n']) },
    given: (world) => {
      world.secrets.set('s', 'very-hidden');
      put(`${begin}\nuser a\npass very-hidden\n${end}\n`)(world);
    },
    changes: [],
  },
  {
    law: 'absent removes the block that fairlead put there',
    params: { ...base, ensure: 'absent' },
    given: (world) => {
      put(`a\n${begin}\nx\n${end}\nb\n`)(world);
      world.made.add(`file.block ${path} ente`);
    },
    changes: [{ action: 'delete', target: `${path} ente` }],
    afterwards: ({ host }) => expect(host.text(path)).toBe('a\nb\n'),
  },
  {
    law: 'absent removes the file that fairlead made once it is empty',
    params: { ...base, ensure: 'absent' },
    given: (world) => {
      put(`${begin}\nx\n${end}\n`)(world);
      world.made.add(`file.block ${path}`);
    },
    changes: [{ action: 'delete' }, { action: 'delete', target: path }],
    afterwards: ({ host }) => expect(host.at(path)).toBeUndefined(),
  },
  {
    law: 'absent keeps a block that was here before',
    params: { ...base, ensure: 'absent' },
    given: put(`${begin}\n${end}\n`),
    changes: [],
  },
  {
    law: 'refuses a begin without its end',
    params: { ...base, content: 'x' },
    given: put(`${begin}\nx\n`),
    fails: 'file-block.damaged-markers',
  },
  {
    law: 'refuses an end before its begin',
    params: { ...base, content: 'x' },
    given: put(`${end}\n${begin}\n`),
    fails: 'file-block.damaged-markers',
  },
  {
    law: 'refuses a block that stands there twice',
    params: { ...base, content: 'x' },
    given: put(`${begin}\n${end}\n${begin}\n${end}\n`),
    fails: 'file-block.damaged-markers',
  },
  {
    law: 'refuses its own marker in the content',
    params: { ...base, content: `a\n${end}\n` },
    fails: 'file-block.marker-in-content',
  },
  { law: 'needs content or a template', params: base, fails: 'file-block.no-content' },
  { law: 'refuses content and a template', params: { ...base, content: 'a', template: 'b' }, fails: 'file-block.no-content' },
  { law: 'refuses a damaged pattern', params: { ...base, content: 'a', after: '[' }, fails: 'file-block.bad-pattern' },
  {
    law: 'fails where it may not make the missing file',
    params: { ...base, content: 'x', create: false },
    fails: 'file.missing',
  },
]);

it('the failure about damaged markers names their lines', async () => {
  const world = createWorld();
  put(`a\n${begin}\n${begin}\n`)(world);
  const reading = fileBlock.read({ ...base, content: 'x' }, contextOf(world, fileBlock));
  await expect(reading).rejects.toThrow('(lines 2, 3)');
});
