import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { request } from 'node:https';
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

/** What a web server sets for all of its hosts in the article, and what its author found to break the web app. */
const FOREIGN = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Allow-Headers': 'Authorization',
  'Access-Control-Allow-Methods': 'GET',
  'Access-Control-Expose-Headers': 'Location',
  'Access-Control-Max-Age': '600',
};

let root: DebianRoot;
let ctx: ApplyContext;
let museum: Server;

beforeAll(async () => {
  root = await debianRoot('apache2', 'nginx');
  const machine = await createNodeHost({ reveal: async (text) => String(text) });
  ctx = { ...contextOf(createWorld(), webVhost), host: root.host(machine), signal: AbortSignal.timeout(600_000) };
  museum = createServer((asked, response) => {
    response.setHeader('Access-Control-Allow-Origin', asked.headers.origin ?? '');
    response.setHeader('Access-Control-Allow-Credentials', 'true');
    response.end('{"message":"pong"}');
  });
  await new Promise<void>((resolve) => museum.listen(0, '127.0.0.1', resolve));

  const inside = (path: string): string => join(root.path, path);
  const key = ['-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-keyout', inside('etc/ente.key')];
  execFileSync(
    'openssl',
    ['req', '-x509', '-subj', '/CN=ente.darkstar.lan', '-days', '2', ...key, '-out', inside('etc/ente.pem')],
    {
      stdio: 'ignore',
    },
  );
  for (const name of ['mpm_event', 'authz_core', 'authz_host', 'alias', 'mime', 'setenvif', 'socache_shmcb', 'headers']) {
    symlinkSync(`../mods-available/${name}.load`, inside(`etc/apache2/mods-enabled/${name}.load`));
  }
  symlinkSync('../mods-available/mime.conf', inside('etc/apache2/mods-enabled/mime.conf'));
  for (const folder of ['run/apache2', 'var/log/apache2', 'var/log/nginx', 'var/lib/nginx']) {
    mkdirSync(inside(folder), { recursive: true });
  }
  const lines = (line: (name: string, value: string) => string): string =>
    Object.entries(FOREIGN)
      .map(([name, value]) => `${line(name, value)}\n`)
      .join('');
  writeFileSync(inside('etc/apache2/ports.conf'), `ServerName localhost\nListen 127.0.0.1:${await freePort()}\n`);
  writeFileSync(
    inside('etc/apache2/conf-enabled/cors.conf'),
    lines((name, value) => `Header always set ${name} "${value}"`),
  );
  writeFileSync(inside('etc/nginx/sites-available/own'), `server { listen 127.0.0.1:${await freePort()}; return 204; }\n`);
  symlinkSync('../sites-available/own', inside('etc/nginx/sites-enabled/own'));
  writeFileSync(
    inside('etc/nginx/conf.d/cors.conf'),
    lines((name, value) => `add_header ${name} "${value}" always;`),
  );
  await root.run('apache2ctl', 'start');
  await root.run('nginx');
});

afterAll(async () => {
  museum?.closeAllConnections();
  museum?.close();
  await root?.cleanUp();
});

describe.each(['apache', 'nginx'] as const)('ente behind a %s that sets CORS headers for all of its hosts', (server) => {
  it('answers with the headers of Museum, and with none of those', async () => {
    const port = await freePort();
    const museumPort = (museum.address() as AddressInfo).port;
    const own = await paramsOf(`${server}_api`, {
      proxy: server,
      museum_port: museumPort,
      tls_certificate: '/etc/ente.pem',
      tls_key: '/etc/ente.key',
    });
    const params = { ...own, address: '127.0.0.1', http_port: 0, https_port: port };
    expect(await convergeStep(webVhost, params, ctx)).toMatchObject({ left: [] });

    const headers = await new Promise<IncomingHttpHeaders>((resolve, reject) => {
      const asked = request(
        {
          host: '127.0.0.1',
          port,
          path: '/ping',
          rejectUnauthorized: false,
          headers: { host: 'ente.darkstar.lan', origin: 'https://enteauth.darkstar.lan' },
        },
        (answer) => {
          answer.resume();
          expect(answer.statusCode).toBe(200);
          resolve(answer.headers);
        },
      );
      asked.on('error', reject).end();
    });
    const cors = Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('access-control-')));
    expect(cors).toEqual({
      'access-control-allow-origin': 'https://enteauth.darkstar.lan',
      'access-control-allow-credentials': 'true',
    });
  });
});
