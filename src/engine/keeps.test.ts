import { beforeEach, describe, expect, it } from 'vitest';
import type { SecretSpec } from '../model/recipe.ts';
import { emptyRun } from '../model/run-state.ts';
import {
  createToyJournal,
  createToyWorld,
  deferred,
  type ToyWorld,
  toyOutside,
  toyProgram,
  toyRecipe,
  toyStep,
} from '../testing/toy-run.ts';
import { dataKept, dataToAskAbout, removeData } from './keeps.ts';

const at = { file: 'recipe.yaml', line: 1, column: 1 };
const keeping = (keeps: { path: string } | { volume: string }, more: Partial<SecretSpec> = {}): SecretSpec => ({
  name: 'password',
  generate: 'hex',
  keeps: 'path' in keeps ? { path: deferred(keeps.path) } : { volume: deferred(keeps.volume) },
  at,
  ...more,
});
const tell = toyStep('tell', 'cell', { name: 'tell' });
const step = toyStep('env', 'cell', deferred({ name: 'env' }, [{ root: 'secrets', name: 'password' }]));

let world: ToyWorld;
beforeEach(() => {
  world = createToyWorld();
});
const looked = (spec: SecretSpec) =>
  dataKept(
    spec,
    step,
    toyProgram(toyRecipe([step], { secrets: [spec] }), world),
    emptyRun,
    toyOutside(world, createToyJournal()),
  );

describe('data that a secret keeps', () => {
  it.each([
    ['nothing there', () => undefined, false],
    ['an empty folder', () => world.host.put('/srv/db', { kind: 'dir' }), false],
    ['a new file system', () => world.host.put('/srv/db/lost+found', { kind: 'dir' }), false],
    ['an empty file', () => world.host.put('/srv/db', { content: '' }), false],
    ['a folder with something in it', () => world.host.put('/srv/db/PG_VERSION', { content: '15' }), true],
    ['a file with something in it', () => world.host.put('/srv/db', { content: 'x' }), true],
    [
      'a link to a folder with something in it',
      () => {
        world.host.put('/mnt/big/base', { kind: 'dir' });
        world.host.put('/srv/db', { kind: 'link', content: '/mnt/big' });
      },
      true,
    ],
  ])('at a path: %s', async (_, put, there) => {
    put();
    expect(await looked(keeping({ path: '/srv/db/' }))).toEqual(there ? { secret: 'password', path: '/srv/db' } : undefined);
  });

  it('in a volume is there where the engine has one of that name', async () => {
    expect(await looked(keeping({ volume: 'db' }))).toBeUndefined();
    world.docker.volumeProjects.set('db', undefined);
    expect(await looked(keeping({ volume: 'db' }))).toEqual({ secret: 'password', volume: 'db' });
    expect(await looked(keeping({ volume: 'd' }))).toBeUndefined();
  });

  it('in a volume is none where no engine was ever, and is seen behind the back of one that is down', async () => {
    world.docker.up = false;
    expect(await looked(keeping({ volume: 'db' }))).toBeUndefined();
    world.host.put('/var/lib/docker/volumes/db/_data', { kind: 'dir' });
    expect(await looked(keeping({ volume: 'db' }))).toEqual({ secret: 'password', volume: 'db' });
  });

  it('is said to be rotatable where the recipe says how', async () => {
    world.docker.volumeProjects.set('db', undefined);
    expect(await looked(keeping({ volume: 'db' }, { rotate: [tell] }))).toMatchObject({ rotates: true });
    expect(await looked(keeping({ volume: 'db' }, { rotate: [] }))).not.toHaveProperty('rotates');
    const withOld = toyStep('tell', 'cell', deferred({ name: 'tell' }, [{ root: 'previous', name: 'password' }]));
    expect(await looked(keeping({ volume: 'db' }, { rotate: [withOld] })), 'nobody knows it').not.toHaveProperty('rotates');
  });

  it('that is named wrongly is a failure, never taken for none', async () => {
    for (const path of ['', '/', '//', 'srv/db', '/.', '/srv/..', '/srv/../etc', '/srv/./db']) {
      await expect(looked(keeping({ path })), path).rejects.toMatchObject({ failure: { code: 'recipe.bad-keeps' } });
    }
    for (const volume of ['', '../x', 'a b', '-v']) {
      await expect(looked(keeping({ volume })), volume).rejects.toMatchObject({ failure: { code: 'recipe.bad-keeps' } });
    }
  });

  it('is asked about for what a secret is made of too, once in a plan, and never where the vault holds the secret', async () => {
    const specs = [keeping({ volume: 'db' }), { name: 'hash', generate: 'hex', of: 'password', at } as SecretSpec];
    const user = toyStep('hash', 'cell', deferred({ name: 'hash' }, [{ root: 'secrets', name: 'hash' }]));
    const program = toyProgram(toyRecipe([user, step], { secrets: specs }), world);
    const outside = toyOutside(world, createToyJournal());
    world.docker.volumeProjects.set('db', undefined);
    const found = await dataToAskAbout(user, program, emptyRun, outside, []);
    expect(found).toEqual([{ secret: 'password', volume: 'db' }]);
    expect(await dataToAskAbout(step, program, emptyRun, outside, found)).toEqual([]);
    await world.vault.put('password', 'known');
    expect(await dataToAskAbout(user, program, emptyRun, outside, [])).toEqual([]);
  });
});

it('secrets of the same data are asked about together: once the first is in use nobody could tell whose data it is', async () => {
  const specs = [
    keeping({ path: '/srv/db' }),
    keeping({ path: '/srv/db/' }, { name: 'other' }),
    keeping({ path: '/srv/x' }, { name: 'apart' }),
  ];
  const program = toyProgram(toyRecipe([step], { secrets: specs }), world);
  for (const path of ['/srv/db/base', '/srv/x/base']) world.host.put(path, { content: 'x' });
  const found = await dataToAskAbout(step, program, emptyRun, toyOutside(world, createToyJournal()), []);
  expect(found.map(({ secret }) => secret)).toEqual(['password', 'other']);
});

describe('data that is wiped', () => {
  it('of a folder is its content: the folder stays with its owner and mode, and so does what a file system needs', async () => {
    world.host.put('/srv/db', { kind: 'dir', mode: 0o700, uid: 999, gid: 999 });
    world.host.put('/srv/db/base/1/pg_class', { content: 'x' });
    world.host.put('/srv/db/PG_VERSION', { content: '15' });
    world.host.put('/srv/db/lost+found', { kind: 'dir' });
    world.host.put('/srv/other', { content: 'x' });
    await removeData({ secret: 'password', path: '/srv/db' }, step, toyOutside(world, createToyJournal()));
    expect(world.host.at('/srv/db')).toEqual({ kind: 'dir', mode: 0o700, uid: 999, gid: 999 });
    expect(world.host.at('/srv/db/base')).toBeUndefined();
    expect(world.host.at('/srv/db/lost+found')).toBeDefined();
    expect(world.host.at('/srv/other')).toBeDefined();
    expect(await looked(keeping({ path: '/srv/db' }))).toBeUndefined();
  });

  it('of a file is the file, and of a volume the volume', async () => {
    world.host.put('/srv/db.sqlite', { content: 'x' });
    world.docker.volumeProjects.set('db', undefined);
    const outside = toyOutside(world, createToyJournal());
    await removeData({ secret: 'password', path: '/srv/db.sqlite' }, step, outside);
    await removeData({ secret: 'password', volume: 'db' }, step, outside);
    expect(world.host.at('/srv/db.sqlite')).toBeUndefined();
    expect(await world.docker.volumes({})).toEqual([]);
  });
});
