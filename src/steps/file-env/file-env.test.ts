import { expect, it } from 'vitest';
import { secretText } from '../../model/secrets.ts';
import { leftByUs } from '../../testing/left-by-us.ts';
import { contextOf, convergeStep, createWorld, describeStepType, type World } from '../../testing/step-bench.ts';
import { fileEnv } from './file-env.ts';

const path = '/srv/app/.env';
const put =
  (content: string, more: { mode?: number; uid?: number; gid?: number } = {}) =>
  (world: World) => {
    world.host.put(path, { content, ...more });
  };
const folder = (world: World): void => world.host.put('/srv/app', { kind: 'dir' });
const hostile = `it's "a" $b \${c} # d\\`;

describeStepType(fileEnv, [
  {
    law: 'makes a file that is missing',
    params: { path, values: { PORT: 5555, DEBUG: false, GREETING: 'two words' } },
    given: folder,
    changes: [{ action: 'create', target: path, after: ['PORT', 'DEBUG', 'GREETING'] }],
    afterwards: ({ host }) => {
      expect(host.text(path)).toBe("PORT=5555\nDEBUG=false\nGREETING='two words'\n");
      expect(host.at(path)).toMatchObject({ mode: 0o644, uid: 0, gid: 0 });
    },
  },
  {
    law: 'a new file that holds a secret is for its owner only',
    params: { path, values: { DB: secretText('db') } },
    given: (world) => {
      folder(world);
      world.secrets.set('db', hostile);
    },
    changes: [{ action: 'create', target: path, after: ['DB'], secret: true }],
    afterwards: ({ host }) => {
      expect(host.at(path)?.mode).toBe(0o600);
      expect(host.text(path)).toBe('DB="it\'s \\"a\\" ${DOLLAR:-$}b ${DOLLAR:-$}{c} # d${BACKSLASH:-\\\\}"\n');
    },
  },
  {
    law: 'changes values where they stand and keeps all other lines, owner and mode',
    params: { path, values: { A: 'new', C: 'c' } },
    given: put('# top\n\nA=old # note\nB="$x"\n#C=commented\n', { mode: 0o640, uid: 991, gid: 992 }),
    context: leftByUs('A'),
    changes: [
      { action: 'update', target: `${path} A`, before: 'old', after: 'new' },
      { action: 'create', target: `${path} C`, after: 'c' },
    ],
    afterwards: ({ host, backups }) => {
      expect(host.text(path)).toBe('# top\n\nA=new # note\nB="$x"\n#C=commented\nC=c\n');
      expect(host.at(path)).toMatchObject({ mode: 0o640, uid: 991, gid: 992 });
      expect(backups.get(path)).toContain('A=old');
    },
  },
  {
    law: 'shows nothing of a value that it did not write, whatever its name',
    params: { path, values: { A: 'new', B: null, MODE: '$x' } },
    given: put('A=old-and-foreign\nB=old-and-foreign\nMODE=$old-and-foreign\n'),
    context: leftByUs('B'),
    changes: [
      { action: 'update', target: `${path} A`, before: '•••', after: 'new' },
      { action: 'delete', target: `${path} B`, before: '•••' },
      { action: 'update', target: `${path} MODE`, before: '•••', after: '$x' },
    ],
    afterwards: ({ backups }) => expect(backups.get(path)).toContain('old-and-foreign'),
  },
  {
    law: 'null removes a name, every time that it stands there',
    params: { path, values: { A: null, B: 'b' } },
    given: put('A=1\nB=b\nA=2\n'),
    changes: [{ action: 'delete', target: `${path} A`, before: '•••' }],
    afterwards: ({ host }) => expect(host.text(path)).toBe('B=b\n'),
  },
  {
    law: 'changes nothing where all is as wanted, however it is quoted',
    params: { path, values: { A: 'x y', DB: secretText('db') } },
    given: (world) => {
      world.secrets.set('db', 'hunter2');
      put('A="x y"\nexport DB=hunter2\n')(world);
    },
    changes: [],
  },
  {
    law: 'a changed secret shows without its value',
    params: { path, values: { DB: secretText('db') } },
    given: (world) => {
      world.secrets.set('db', 'new-and-long');
      put('DB=old-and-long\n')(world);
    },
    changes: [{ action: 'update', target: `${path} DB`, secret: true }],
    afterwards: ({ host }) => expect(host.text(path)).toBe('DB=new-and-long\n'),
  },
  {
    law: 'shows how a value is written where compose v1 and v2 read it differently',
    params: { path, values: { MODE: '$binary_remote_addr' } },
    given: put('MODE=$binary_remote_addr\n'),
    context: leftByUs('MODE'),
    changes: [{ action: 'update', target: `${path} MODE`, before: '$binary_remote_addr', after: "'$binary_remote_addr'" }],
    afterwards: ({ host }) => expect(host.text(path)).toBe("MODE='$binary_remote_addr'\n"),
  },
  {
    law: 'sets owner and mode where the recipe names them',
    params: { path, values: { A: '1' }, owner: 'www-data', mode: '0600' },
    given: put('A=1\n'),
    changes: [
      { action: 'update', target: path, property: 'mode', before: '0644', after: '0600' },
      { action: 'update', target: path, property: 'owner', before: 'root', after: 'www-data' },
    ],
    afterwards: ({ host, backups }) => {
      expect(host.at(path)).toMatchObject({ mode: 0o600, uid: 33 });
      expect(backups.size).toBe(0);
    },
  },
  {
    law: 'keeps CRLF line ends',
    params: { path, values: { A: '2', B: '3' } },
    given: put('A=1\r\n'),
    afterwards: ({ host }) => expect(host.text(path)).toBe('A=2\r\nB=3\r\n'),
  },
  {
    law: 'absent removes the names that fairlead put there, and only those',
    params: { path, values: { A: 'x', B: 'y' }, ensure: 'absent' },
    given: (world) => {
      put('A=1\nB=2\nC=3\n')(world);
      world.made.add(`file.env ${path} A`);
    },
    changes: [{ action: 'delete', target: `${path} A` }],
    afterwards: ({ host }) => expect(host.text(path)).toBe('B=2\nC=3\n'),
  },
  {
    law: 'absent removes the file that fairlead made once no name is left in it',
    params: { path, values: { A: 'x' }, ensure: 'absent' },
    given: (world) => {
      put('# ours\nA=1\n')(world);
      world.made.add(`file.env ${path}`);
    },
    changes: [
      { action: 'delete', target: `${path} A` },
      { action: 'delete', target: path },
    ],
    afterwards: ({ host, backups }) => {
      expect(host.at(path)).toBeUndefined();
      expect(backups.get(path)).toBe('# ours\nA=1\n');
    },
  },
  {
    law: 'absent keeps a file in which other names are left',
    params: { path, values: { A: 'x' }, ensure: 'absent' },
    given: (world) => {
      put('A=1\nB=2\n')(world);
      world.made.add(`file.env ${path}`);
    },
    afterwards: ({ host }) => expect(host.text(path)).toBe('B=2\n'),
  },
  { law: 'absent is content with a missing file', params: { path, values: { A: 'x' }, ensure: 'absent' }, changes: [] },
  {
    law: 'a missing folder is a missing file in a plan',
    params: { path, values: { A: 'x' } },
    changes: [{ action: 'create' }],
    planOnly: true,
  },
  {
    law: 'fails where it may not make the missing file',
    params: { path, values: { A: 'x' }, create: false },
    given: folder,
    fails: 'file.missing',
  },
  {
    law: 'refuses a folder at its path',
    params: { path, values: { A: 'x' } },
    given: (world) => world.host.put(path, { kind: 'dir' }),
    fails: 'host.is-a-directory',
    planOnly: true,
  },
  { law: 'refuses a value that no file can hold', params: { path, values: { A: 'a\0b' } }, fails: 'file-env.value-not-portable' },
  {
    law: 'refuses a secret that no file can hold',
    params: { path, values: { A: secretText('nul') } },
    given: (world) => {
      folder(world);
      world.secrets.set('nul', 'a\0b');
    },
    fails: 'file-env.value-not-portable',
  },
  {
    law: 'refuses a file in which a quote never ends',
    params: { path, values: { A: 'x' } },
    given: put("B='open\nA=1\n"),
    fails: 'file-env.open-quote',
    planOnly: true,
  },
  {
    law: 'refuses a file that is no text',
    params: { path, values: { A: 'x' } },
    given: (world) => world.host.put(path, { content: new Uint8Array([0xff, 0xfe, 0x41]) }),
    fails: 'file.not-text',
    planOnly: true,
  },
]);

it('the failure about a value names its key and not the value', async () => {
  const world = createWorld();
  folder(world);
  world.secrets.set('nul', 'hidden\0value');
  const failing = convergeStep(fileEnv, { path, values: { API_KEY: secretText('nul') } }, contextOf(world, fileEnv));
  await expect(failing).rejects.toMatchObject({ failure: { message: expect.stringContaining('API_KEY') } });
  await expect(failing).rejects.toMatchObject({ failure: { message: expect.not.stringContaining('hidden') } });
});

it('names that were here before are told of', () => {
  const file = { text: 'A=1\n', mode: 0o644, uid: 0, gid: 0, owner: undefined, made: false };
  const keys = [{ key: 'A', wanted: null, found: { value: '1', written: '1' }, asWanted: true, made: false, foreign: true }];
  const params = { path, values: { A: 'x' }, ensure: 'absent' as const };
  expect(fileEnv.notes?.(params, { file, keys, others: 1 })).toEqual([`kept: A in ${path} was here before`]);
});

it('needs root only to give the file away', () => {
  expect(fileEnv.needs({ path, values: {} })).toEqual([]);
  expect(fileEnv.needs({ path, values: {}, owner: 'app' })).toEqual(['root']);
});
