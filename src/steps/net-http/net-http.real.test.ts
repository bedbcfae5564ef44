import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { contextOf, createWorld, planStep } from '../../testing/step-bench.ts';
import { netHttp } from './net-http.ts';

let folder: string;
let server: Server;
let url: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-net-http-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=api.example'];
  await promisify(execFile)('openssl', [...request, '-keyout', key, '-out', cert]);
  server = createServer({ key: await readFile(key), cert: await readFile(cert) }, (incoming, response) => {
    response.end(`host ${incoming.headers.host}`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `https://api.example:${(server.address() as AddressInfo).port}/`;
});

afterAll(async () => {
  server?.close();
  await rm(folder, { recursive: true, force: true });
});

it('refuses a self-signed certificate, and takes it where the recipe says so', async () => {
  const params = { url, resolve: '127.0.0.1', contains: '^host api\\.example' };
  const ctx = contextOf(createWorld(), netHttp);
  expect(await planStep(netHttp, params, ctx)).toMatchObject([{ before: 'self-signed certificate' }]);
  expect(await planStep(netHttp, { ...params, insecure: true }, ctx)).toEqual([]);
});
