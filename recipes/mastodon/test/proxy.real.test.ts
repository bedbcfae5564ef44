import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type RequestOptions, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNodeHost } from '../../../src/adapters/host/node-host.ts';
import type { ApplyContext } from '../../../src/model/step.ts';
import { webVhost } from '../../../src/steps/web-vhost/web-vhost.ts';
import { type DebianRoot, debianRoot } from '../../../src/testing/debian-root.ts';
import { freePort } from '../../../src/testing/free-room.ts';
import { contextOf, convergeStep, createWorld } from '../../../src/testing/step-bench.ts';
import { paramsOf } from './rendered.ts';

const HOST = 'mastodon.darkstar.lan';

let root: DebianRoot;
let ctx: ApplyContext;
let web: Server;
let streaming: Server;

const portOf = (server: Server): number => (server.address() as AddressInfo).port;
const listening = (server: Server): Promise<void> => new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));

beforeAll(async () => {
  root = await debianRoot('apache2', 'nginx');
  const machine = await createNodeHost({ reveal: async (text) => String(text) });
  ctx = { ...contextOf(createWorld(), webVhost), host: root.host(machine), signal: AbortSignal.timeout(600_000) };
  const told = (asked: IncomingMessage) => JSON.stringify({ path: asked.url, headers: asked.headers });
  web = createServer((asked, response) => response.end(told(asked)));
  // Events come one by one, and the last one never: an answer that is collected first would not come at all.
  streaming = createServer((asked, response) => {
    if (asked.url === '/api/v1/streaming/health') return response.end('OK');
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.write(`:)\nevent: ${asked.url}\n\n`);
    return undefined;
  });
  streaming.on('upgrade', (asked, socket) => {
    socket.end(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX-Path: ${asked.url}\r\n\r\n`);
  });
  await Promise.all([listening(web), listening(streaming)]);

  const inside = (path: string): string => join(root.path, path);
  const key = ['-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-keyout', inside('etc/mastodon.key')];
  const certificate = ['req', '-x509', '-subj', `/CN=${HOST}`, '-days', '2', ...key, '-out', inside('etc/mastodon.pem')];
  execFileSync('openssl', certificate, { stdio: 'ignore' });
  for (const name of ['mpm_event', 'authz_core', 'authz_host', 'alias', 'mime', 'setenvif', 'socache_shmcb']) {
    symlinkSync(`../mods-available/${name}.load`, inside(`etc/apache2/mods-enabled/${name}.load`));
  }
  symlinkSync('../mods-available/mime.conf', inside('etc/apache2/mods-enabled/mime.conf'));
  for (const folder of ['run/apache2', 'var/log/apache2', 'var/log/nginx', 'var/lib/nginx', 'var/www/acme']) {
    mkdirSync(inside(folder), { recursive: true });
  }
  writeFileSync(inside('var/www/acme/token'), 'the answer');
  writeFileSync(inside('etc/apache2/ports.conf'), `ServerName localhost\nListen 127.0.0.1:${await freePort()}\n`);
  writeFileSync(inside('etc/nginx/sites-available/own'), `server { listen 127.0.0.1:${await freePort()}; return 204; }\n`);
  symlinkSync('../sites-available/own', inside('etc/nginx/sites-enabled/own'));
  await root.run('apache2ctl', 'start');
  await root.run('nginx');
});

afterAll(async () => {
  for (const server of [web, streaming]) {
    server?.closeAllConnections();
    server?.close();
  }
  await root?.cleanUp();
});

describe.each(['apache', 'nginx'] as const)('mastodon behind %s', (server) => {
  let port = 0;

  /** Asks through the web server; `until` says when enough of the body is there. */
  const ask = (path: string, more: RequestOptions = {}, until = (_body: string): boolean => false) =>
    new Promise<{ status: number; headers: IncomingMessage['headers']; body: string }>((resolve, reject) => {
      const headers = { host: HOST, ...more.headers };
      const asked = request({ host: '127.0.0.1', port, path, rejectUnauthorized: false, ...more, headers }, (answer) => {
        let body = '';
        const end = () => {
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body });
          asked.destroy();
        };
        answer.setEncoding('utf8').on('data', (text) => {
          body += text;
          if (until(body)) end();
        });
        answer.on('end', end);
      });
      asked.on('upgrade', (answer, socket) => {
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: '' });
        socket.destroy();
      });
      asked.on('error', reject).end();
    });

  beforeAll(async () => {
    port = await freePort();
    const own = await paramsOf(`${server}_site`, {
      proxy: server,
      web_port: portOf(web),
      streaming_port: portOf(streaming),
      tls_certificate: '/etc/mastodon.pem',
      tls_key: '/etc/mastodon.key',
      acme_folder: '/var/www/acme',
    });
    const params = { ...own, address: '127.0.0.1', http_port: 0, https_port: port };
    expect(await convergeStep(webVhost, params, ctx)).toMatchObject({ left: [] });
  });

  it('passes on what it was asked for, by which name and that it was HTTPS', async () => {
    const { status, headers, body } = await ask('/@me?page=2');
    expect(status).toBe(200);
    expect(headers).toMatchObject({ 'strict-transport-security': 'max-age=31536000' });
    expect(JSON.parse(body)).toMatchObject({ path: '/@me?page=2', headers: { host: HOST, 'x-forwarded-proto': 'https' } });
  });

  it('trap 14: leaves webfinger to Mastodon, by which others find its users, and keeps answers to ACME challenges', async () => {
    const { body } = await ask('/.well-known/webfinger?resource=acct:me@x');
    expect(JSON.parse(body)).toMatchObject({ path: '/.well-known/webfinger?resource=acct:me@x' });
    expect((await ask('/.well-known/acme-challenge/token')).body).toBe('the answer');
  });

  it('trap 14: streaming keeps its path, for its health, for events as they come, and for WebSockets', async () => {
    expect((await ask('/api/v1/streaming/health')).body).toBe('OK');
    const events = await ask('/api/v1/streaming/public', {}, (body) => body.includes('\n\n'));
    expect(events.body).toContain('event: /api/v1/streaming/public');
    const upgrade = {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'AQIDBAUGBwgJCgsMDQ4PEA==',
    };
    const socket = await ask('/api/v1/streaming/?stream=user', { headers: upgrade });
    expect(socket).toMatchObject({ status: 101, headers: { 'x-path': '/api/v1/streaming/?stream=user' } });
  });
});
