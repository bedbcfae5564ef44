import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import type { PullProgress } from '../../model/ports.ts';
import { createDockerodeEngine } from './dockerode-engine.ts';

const run = promisify(execFile);
const engine = createDockerodeEngine({ reveal: async () => '' });
const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const login = Buffer.from('me:secret').toString('base64');
let folder: string;
let registry: Server;
let address: string;
/** Whether it wants a login. */
let locked = false;

/** A registry with one image, `box:1`, of one layer of 3 MB. */
async function serveOneImage(): Promise<void> {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-registry-'));
  await mkdir(join(folder, 'root'));
  await writeFile(join(folder, 'root/noise'), randomBytes(3_000_000));
  await run('tar', ['-C', join(folder, 'root'), '-cf', join(folder, 'layer.tar'), '.']);
  const tar = await readFile(join(folder, 'layer.tar'));
  const layer = gzipSync(tar);
  const config = Buffer.from(
    JSON.stringify({ architecture: 'amd64', os: 'linux', config: {}, rootfs: { type: 'layers', diff_ids: [digestOf(tar)] } }),
  );
  const type = 'application/vnd.docker.distribution.manifest.v2+json';
  const described = (mediaType: string, bytes: Buffer) => ({ mediaType, size: bytes.length, digest: digestOf(bytes) });
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: type,
      config: described('application/vnd.docker.container.image.v1+json', config),
      layers: [described('application/vnd.docker.image.rootfs.diff.tar.gzip', layer)],
    }),
  );
  const blobs = new Map([manifest, config, layer].map((bytes) => [digestOf(bytes), bytes]));
  registry = createServer((request, answer) => {
    const [, , ...path] = (request.url ?? '').split('/');
    const last = path.at(-1) ?? '';
    const known = request.headers.authorization === `Basic ${login}`;
    if (locked && !known) {
      answer.writeHead(401, { 'WWW-Authenticate': 'Basic realm="test"' }).end();
      return;
    }
    const found = last === '1' ? manifest : blobs.get(last);
    if (path.length <= 1) answer.end('{}');
    else if (found === undefined)
      answer.writeHead(404).end('{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}');
    else
      answer
        .writeHead(200, { 'Content-Type': type, 'Content-Length': found.length, 'Docker-Content-Digest': digestOf(found) })
        .end(found);
  }).listen(0, '127.0.0.1');
  await once(registry, 'listening');
  address = `127.0.0.1:${(registry.address() as AddressInfo).port}`;
}

async function pull(reference: string): Promise<readonly PullProgress[]> {
  const told: PullProgress[] = [];
  await engine.pull(reference, { signal: AbortSignal.timeout(300_000), onProgress: (progress) => told.push(progress) });
  return told;
}

beforeAll(serveOneImage);
afterEach(async () => {
  vi.unstubAllEnvs();
  locked = false;
  await run('docker', ['rmi', `${address}/box:1`]).catch(() => undefined);
});
afterAll(async () => {
  registry?.close();
  await rm(folder, { recursive: true, force: true });
});

it('pulls an image and tells how far it is', async () => {
  const told = await pull(`${address}/box:1`);
  expect(told.at(-1)).toEqual({ text: '1 of 1 layers', done: expect.any(Number), of: expect.any(Number) });
  expect(told.at(-1)?.done).toBe(told.at(-1)?.of);
  expect(told.at(-1)?.of).toBeGreaterThan(2_900_000);
  expect(await engine.image(`${address}/box:1`)).toMatchObject({ tags: [`${address}/box:1`] });
});

it('says that a registry does not have an image', async () => {
  await expect(pull(`${address}/box:2`)).rejects.toMatchObject({ failure: { code: 'docker.image-not-found' } });
});

it('uses what docker login left, and says that an image may need a login', async () => {
  locked = true;
  vi.stubEnv('DOCKER_CONFIG', folder);
  await expect(pull(`${address}/box:1`)).rejects.toMatchObject({ failure: { code: 'docker.image-not-found' } });
  await writeFile(join(folder, 'config.json'), JSON.stringify({ auths: { [address]: { auth: login } } }));
  await pull(`${address}/box:1`);
  expect(await engine.image(`${address}/box:1`)).toBeDefined();
});

it('stops a pull when it is aborted', async () => {
  const stop = AbortSignal.abort(new Error('enough'));
  await expect(engine.pull(`${address}/box:1`, { signal: stop, onProgress: () => undefined })).rejects.toThrow('enough');
  expect(await engine.image(`${address}/box:1`)).toBeUndefined();
});
