import { describe, expect, it } from 'vitest';
import { createWorld } from '../../testing/step-bench.ts';
import { knownOwner, lookUpOwner, ownIds, owns, requireOwner, shownIds } from './owners.ts';

const { signal } = new AbortController();
const root = { host: createWorld().host, signal };

describe('an owner', () => {
  it.each([
    ['www-data', { uid: 33 }],
    ['www-data:users', { uid: 33, gid: 100 }],
    [':users', { gid: 100 }],
    ['991:992', { uid: 991, gid: 992 }],
    ['991', { uid: 991 }],
    [991, { uid: 991 }],
    ['root:33', { uid: 0, gid: 33 }],
  ])('%j means %j', async (given, ids) => {
    expect(await lookUpOwner(root, given)).toEqual({ given: String(given), ...ids, missing: [] });
  });

  it('is looked up without a look at the host where it is given in numbers', async () => {
    const { host } = createWorld();
    host.delete('/etc/passwd');
    expect(await lookUpOwner({ host, signal }, '991:991')).toMatchObject({ uid: 991, gid: 991 });
    expect(host.calls).toEqual([]);
  });

  it('may be known to a directory server only', async () => {
    const { host } = createWorld();
    host.program('getent', ({ argv }) =>
      argv[1] === 'passwd' && argv[2] === 'ann' ? { stdout: 'ann:*:5001:5000:Ann:/home/ann:/bin/bash\n' } : { code: 2 },
    );
    expect(await lookUpOwner({ host, signal }, 'ann:staff')).toMatchObject({
      uid: 5001,
      missing: [{ kind: 'group', name: 'staff' }],
    });
  });

  it('who is missing is asked for once in a plan, and each time in a run; who was made meanwhile is found in both', async () => {
    const { host } = createWorld();
    const questions: string[] = [];
    host.program('getent', ({ argv }) => {
      questions.push(argv.join(' '));
      return { code: 2 };
    });
    const plan = { host, signal: new AbortController().signal, forecast: true };
    for (let step = 0; step < 3; step++) await lookUpOwner(plan, 'ente:ente');
    expect(questions).toEqual(['getent passwd ente', 'getent group ente']);
    for (let step = 0; step < 2; step++) await lookUpOwner({ host, signal: plan.signal }, 'ente');
    expect(questions).toHaveLength(4);
    await lookUpOwner({ ...plan, signal: new AbortController().signal }, 'ente');
    expect(questions).toHaveLength(5);
    host.put('/etc/passwd', { content: 'ente:x:900:900::/home/ente:/bin/sh\n' });
    expect(await lookUpOwner(plan, 'ente')).toMatchObject({ uid: 900, missing: [] });
  });

  it('for apply is the one that read found, looked up again only where somebody was missing; still missing, refused', async () => {
    const { host } = createWorld();
    const found = await lookUpOwner({ host, signal }, 'www-data');
    const before = host.calls.length;
    expect(await knownOwner({ host, signal }, 'www-data', found)).toBe(found);
    expect(host.calls).toHaveLength(before);
    const missing = { kind: 'user', name: 'www-data' } as const;
    expect(await knownOwner({ host, signal }, 'www-data', { given: 'www-data', missing: [missing] })).toEqual(found);
    await expect(knownOwner({ host, signal }, 'ente', await lookUpOwner({ host, signal }, 'ente'))).rejects.toThrow(
      'there is no user ente',
    );
  });

  it('who is not there yet owns nothing, and is refused when it is needed', async () => {
    const owner = await lookUpOwner(root, 'ente:ente');
    expect(owner.missing).toEqual([
      { kind: 'user', name: 'ente' },
      { kind: 'group', name: 'ente' },
    ]);
    expect(owns(owner, { uid: 0, gid: 0 })).toBe(false);
    expect(() => requireOwner(owner)).toThrow('there is no user ente');
    expect(() => requireOwner({ given: '1', uid: 1, missing: [] })).not.toThrow();
  });

  it('owns what has the ids that it names, whatever the other one', () => {
    expect(owns({ given: '5', uid: 5, missing: [] }, { uid: 5, gid: 9 })).toBe(true);
    expect(owns({ given: '5:6', uid: 5, gid: 6, missing: [] }, { uid: 5, gid: 9 })).toBe(false);
  });

  it('is compared with what is there in its own form', () => {
    expect(shownIds({ uid: 0, gid: 33 }, 'ente')).toBe('root');
    expect(shownIds({ uid: 5, gid: 0 }, 'ente:ente')).toBe('5:root');
    expect(shownIds({ uid: 5, gid: 6 }, ':ente')).toBe(':6');
  });

  it('of a new file is who runs fairlead, with the login group', async () => {
    expect(await ownIds(root)).toEqual({ uid: 0, gid: 0 });
    expect(await ownIds({ host: { ...createWorld().host, uid: 65534 }, signal })).toEqual({ uid: 65534, gid: 65534 });
    expect(await ownIds({ host: { ...createWorld().host, uid: 4711 }, signal })).toEqual({ uid: 4711, gid: 4711 });
  });
});
