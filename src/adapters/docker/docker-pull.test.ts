import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { createLayerSum } from './docker-pull.ts';
import { withTag } from './image-reference.ts';
import { registryLogin } from './registry-login.ts';

afterEach(() => vi.unstubAllEnvs());

it('adds up the progress of all layers', () => {
  const sum = createLayerSum();
  sum.add({ status: 'Pulling from library/redis', id: '7.2' });
  expect(sum.progress()).toEqual({ text: '0 of 0 layers' });
  sum.add({ status: 'Pulling fs layer', id: 'a' });
  sum.add({ status: 'Already exists', id: 'b' });
  sum.add({ status: 'Downloading', id: 'a', progressDetail: { current: 10, total: 100 } });
  sum.add({ status: 'Downloading', id: 'c', progressDetail: { current: 5, total: 50 } });
  expect(sum.progress()).toEqual({ text: '1 of 3 layers', done: 15, of: 150 });
  sum.add({ status: 'Download complete', id: 'a' });
  sum.add({ status: 'Extracting', id: 'a', progressDetail: { current: 1, total: 999 } });
  expect(sum.progress()).toEqual({ text: '1 of 3 layers', done: 105, of: 150 });
  sum.add({ status: 'Pull complete', id: 'a' });
  expect(sum.progress()).toMatchObject({ text: '2 of 3 layers' });
});

it('asks for one tag, never for all of them', () => {
  expect(['nginx', 'a.b:5000/x', 'nginx:1', 'x@sha256:00', 'sha256:00'].map(withTag)).toEqual([
    'nginx:latest',
    'a.b:5000/x:latest',
    'nginx:1',
    'x@sha256:00',
    'sha256:00',
  ]);
});

it('finds what docker login left for a registry', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'docker-config-'));
  try {
    vi.stubEnv('DOCKER_CONFIG', folder);
    expect(await registryLogin('ghcr.io/a/b:1')).toBeUndefined();
    const auth = Buffer.from('me:pass:word').toString('base64');
    const auths = { 'ghcr.io': { auth }, 'https://index.docker.io/v1/': { auth }, 'empty.io': {} };
    await writeFile(join(folder, 'config.json'), JSON.stringify({ auths }));
    expect(await registryLogin('ghcr.io/a/b:1')).toEqual({ username: 'me', password: 'pass:word', serveraddress: 'ghcr.io' });
    for (const reference of ['redis:7', 'me/app', 'docker.io/me/app']) {
      expect(await registryLogin(reference)).toMatchObject({ serveraddress: 'https://index.docker.io/v1/' });
    }
    expect(await registryLogin('quay.io/a/b')).toBeUndefined();
    expect(await registryLogin('empty.io/a/b')).toBeUndefined();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
