import { expect, it } from 'vitest';
import type { AnyStepType } from '../../model/step.ts';
import { contextOf, createWorld, planStep } from '../../testing/step-bench.ts';
import { editedFileChanges, editedFileNeeds, eolOf, readFound, writeEdited } from './edited-file.ts';

const nothing = { parts: [], whenNew: {}, emptied: false };

const type: AnyStepType = {
  name: 'file.test',
  summary: 'Changes a file.',
  schema: {},
  needs: editedFileNeeds,
  whenInDoubt: () => 'read-again',
  read: readFound,
  diff: (params, found) => editedFileChanges(params, found, nothing),
};

const path = '/srv/app.conf';

it('an owner who is not there yet shows as the recipe names it, and fails only when it is to be given', async () => {
  const world = createWorld();
  world.host.put(path, { content: 'a\n', uid: 991, gid: 991 });
  const ctx = contextOf(world, type);
  const params = { path, owner: 'later:later' };
  const found = await readFound(params, ctx);
  expect(editedFileChanges(params, found, nothing)).toEqual([
    { action: 'update', target: path, property: 'owner', before: '991:991', after: 'later:later' },
  ]);
  await expect(writeEdited(params, found, ctx, 'b\n', false)).rejects.toMatchObject({ failure: { code: 'host.no-such-user' } });
  expect(world.host.text(path)).toBe('a\n');
});

it('only one of owner and group may be named; the other stays', async () => {
  const world = createWorld();
  world.host.put(path, { content: 'a\n', uid: 991, gid: 992 });
  const ctx = contextOf(world, type);
  const found = await readFound({ path, owner: ':993' }, ctx);
  await writeEdited({ path, owner: ':993' }, found, ctx, 'a\n', false);
  expect(world.host.at(path)).toMatchObject({ uid: 991, gid: 993 });
});

it('a new file of an ordinary user belongs to the user and the login group', async () => {
  const world = createWorld();
  world.host.put('/etc/passwd', { content: 'root:x:0:0::/root:/bin/sh\nme:x:1000:100::/home/me:/bin/sh\n' });
  const ctx = { ...contextOf(world, type), host: { ...world.host, uid: 1000 } };
  expect(await readFound({ path: '/home/me/.env' }, ctx)).toMatchObject({ text: undefined, uid: 1000, gid: 100 });
});

it('a plan reads the file and runs nothing', async () => {
  const world = createWorld();
  world.host.put(path, { content: 'A=1\n' });
  expect(await planStep(type, { path, owner: 'www-data' }, { ...contextOf(world, type), forecast: true })).toHaveLength(1);
  expect(world.host.calls.filter(([program]) => program !== 'getent')).toEqual([]);
});

it('line ends are CRLF only where all are', () => {
  expect([undefined, '', 'a\n', 'a\r\nb\n', 'a\r\n', 'a\r\n\r\n', '\n'].map(eolOf)).toEqual([
    '\n',
    '\n',
    '\n',
    '\n',
    '\r\n',
    '\r\n',
    '\n',
  ]);
});
