import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, request, type Server } from 'node:http';
import { request as secureRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNodeHost } from '../../adapters/host/node-host.ts';
import type { ApplyContext } from '../../model/step.ts';
import { type DebianRoot, debianRoot } from '../../testing/debian-root.ts';
import { freePorts } from '../../testing/free-room.ts';
import { contextOf, convergeStep, createWorld, planStep } from '../../testing/step-bench.ts';
import { webVhost } from './web-vhost.ts';

let root: DebianRoot;
let ctx: ApplyContext;
let upstream: Server;
let upstreamPort: number;
/** For each server: plain, secure, and the one that it listens on without us. */
const ports: Record<'apache' | 'nginx', readonly [number, number, number]> = { apache: [0, 0, 0], nginx: [0, 0, 0] };

beforeAll(async () => {
  root = await debianRoot('apache2', 'nginx');
  const machine = await createNodeHost({ reveal: async (text) => String(text) });
  ctx = {
    ...contextOf(createWorld(), webVhost),
    host: root.host(machine),
    signal: AbortSignal.timeout(600_000),
    made: () => true,
  };
  upstream = createServer((asked, response) => {
    response.setHeader('Access-Control-Max-Age', '7');
    response.end(JSON.stringify({ url: asked.url, headers: asked.headers }));
  });
  upstream.on('upgrade', (_, socket) =>
    socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nhello'),
  );
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  upstreamPort = (upstream.address() as AddressInfo).port;
  const [a, b, c, d, e, f] = await freePorts(6);
  ports.apache = [a, b, c] as never;
  ports.nginx = [d, e, f] as never;

  const inside = (path: string): string => join(root.path, path);
  const subject = ['-subj', '/CN=app.lan', '-days', '2', '-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
  for (const name of ['app', 'other']) {
    const out = ['-keyout', inside(`etc/${name}.key`), '-out', inside(`etc/${name}.pem`)];
    execFileSync('openssl', ['req', '-x509', ...subject, ...out], { stdio: 'ignore' });
  }
  // What Debian's maintainer scripts switch on.
  for (const name of ['mpm_event', 'authz_core', 'authz_host', 'alias', 'mime', 'setenvif', 'socache_shmcb']) {
    symlinkSync(`../mods-available/${name}.load`, inside(`etc/apache2/mods-enabled/${name}.load`));
  }
  symlinkSync('../mods-available/mime.conf', inside('etc/apache2/mods-enabled/mime.conf'));
  for (const folder of ['run/apache2', 'var/log/apache2', 'var/log/nginx', 'var/lib/nginx', 'srv/www']) {
    mkdirSync(inside(folder), { recursive: true });
  }
  writeFileSync(inside('etc/apache2/ports.conf'), `ServerName localhost\nListen 127.0.0.1:${ports.apache[2]}\n`);
  writeFileSync(inside('etc/nginx/sites-available/own'), `server { listen 127.0.0.1:${ports.nginx[2]}; return 204; }\n`);
  symlinkSync('../sites-available/own', inside('etc/nginx/sites-enabled/own'));
  writeFileSync(inside('srv/www/page'), 'a page\n');
  await root.run('apache2ctl', 'start');
  await root.run('nginx');
});

afterAll(async () => {
  upstream?.closeAllConnections();
  upstream?.close();
  await root?.cleanUp();
});

describe.each(['apache', 'nginx'] as const)('web.vhost and a real %s', (server) => {
  const params = () => ({
    server,
    name: 'app',
    hostname: 'app.lan',
    address: '127.0.0.1',
    http_port: ports[server][0],
    https_port: ports[server][1],
    tls: { certificate: '/etc/app.pem', key: '/etc/app.key' },
    max_body: '20m',
    encoded_slashes: true,
    hidden_headers: ['Access-Control-Max-Age'],
    response_headers: { 'X-Robots-Tag': 'none' },
    routes: [
      { path: '/', proxy: `http://127.0.0.1:${upstreamPort}`, canonical: false, buffering: false, timeout: '5s' },
      { path: '/live/', proxy: `http://127.0.0.1:${upstreamPort}/inner/`, websocket: true },
      { path: '/static/', folder: '/srv/www' },
    ],
  });
  const dir = server === 'apache' ? 'etc/apache2' : 'etc/nginx';
  const main = (): string =>
    readFileSync(join(root.path, server === 'apache' ? 'run/apache2/apache2.pid' : 'run/nginx.pid'), 'utf8');
  const failing = async (more: object): Promise<{ code: string; message: string }> => {
    const before = [main(), configOf(join(root.path, dir))];
    const error = await convergeStep(webVhost, { ...params(), ...more }, ctx).catch((thrown) => thrown);
    expect(configOf(join(root.path, dir)), 'not all is back').toBe(before[1]);
    expect(main(), 'it was restarted').toBe(before[0]);
    return error.failure;
  };

  it('answers as it is told, at the first try, and a second time nothing is to be done', async () => {
    const pid = main();
    const made = await convergeStep(webVhost, params(), ctx);
    expect(made).toMatchObject({ changes: [{ action: 'create', target: `${server} app` }], left: [] });
    expect(await planStep(webVhost, params(), ctx)).toEqual([]);
    expect(main()).toBe(pid);

    const [plain, secure] = ports[server];
    const led = await ask(plain, '/some/where?a=1');
    expect([led.status, led.headers.location]).toEqual([301, `https://app.lan:${secure}/some/where?a=1`]);
    const answer = await ask(secure, '/a%2Fb/c?d=%20e', { secure: true });
    expect(answer.headers).toMatchObject({ 'x-robots-tag': 'none' });
    expect(answer.headers).not.toHaveProperty('access-control-max-age');
    const seen = JSON.parse(answer.body);
    expect(seen.url).toBe('/a%2Fb/c?d=%20e');
    expect(seen.headers).toMatchObject({ host: 'app.lan', 'x-forwarded-proto': 'https', 'x-forwarded-for': '127.0.0.1' });
    expect(JSON.parse((await ask(secure, '/live/x', { secure: true })).body).url).toBe('/inner/x');
    expect((await ask(secure, '/static/page', { secure: true })).body).toBe('a page\n');
    const upgraded = await ask(secure, '/live/ws', { secure: true, headers: { Connection: 'Upgrade', Upgrade: 'websocket' } });
    expect(upgraded).toMatchObject({ status: 101, body: 'hello' });
  });

  it('goes on where a broken one is refused, and the line is named', async () => {
    const failure = await failing({ extra: 'Nonsense here;' });
    expect(failure.code).toBe('vhost.refused');
    expect(failure.message).toMatch(/line \d+: .*Nonsense.*The line: `Nonsense here;`/);
    expect((await ask(ports[server][1], '/', { secure: true })).status).toBe(200);
  });

  it('goes on where only a reload would find that key and certificate differ, or that a port is taken', async () => {
    expect(await failing({ tls: { certificate: '/etc/app.pem', key: '/etc/other.key' } })).toMatchObject({
      code: 'vhost.bad-certificate',
    });
    expect(await failing({ http_port: upstreamPort })).toMatchObject({ code: 'vhost.port-taken' });
    expect((await ask(ports[server][1], '/', { secure: true })).status).toBe(200);
  });

  it('is told from what somebody else broke before', async () => {
    const other = join(root.path, dir, 'sites-enabled/aaa.conf');
    writeFileSync(other, 'Rubbish\n');
    try {
      const failure = await failing({ max_body: '30m' });
      expect(failure.code).toBe('vhost.broken-before');
      expect(failure.message).toContain('sites-enabled/aaa.conf');
    } finally {
      rmSync(other);
    }
  });

  it('goes away, and nothing else does', async () => {
    const removed = await convergeStep(webVhost, { ...params(), ensure: 'absent' }, ctx);
    expect(removed).toMatchObject({ changes: [{ action: 'delete' }], left: [] });
    await expect(ask(ports[server][1], '/', { secure: true })).rejects.toThrow('ECONNREFUSED');
    expect((await ask(ports[server][2], '/')).status).toBeLessThan(500);
    expect(configOf(join(root.path, dir))).not.toContain('app.lan');
  });
});

it('a name that another server block of nginx has is no quiet loss', async () => {
  const other = join(root.path, 'etc/nginx/sites-enabled/aaa');
  const [plain] = ports.nginx;
  writeFileSync(other, `server { listen 127.0.0.1:${plain}; server_name twice.lan; }\n`);
  try {
    const params = { server: 'nginx' as const, name: 'twice', hostname: 'twice.lan', address: '127.0.0.1', http_port: plain };
    const error = await convergeStep(webVhost, params, ctx).catch((thrown) => thrown);
    expect(error.failure).toMatchObject({ code: 'vhost.name-taken' });
    expect(configOf(join(root.path, 'etc/nginx'))).not.toContain('Made by fairlead');
  } finally {
    rmSync(other);
  }
});

it('an Apache that dies of a reload that its check let pass is started again as it was', async () => {
  const raw = (key: string) => ({
    server: 'apache' as const,
    name: 'raw',
    modules: ['ssl'],
    // Names that no look at the text finds: only the start of the module does.
    template: `Define KEY ${key}\nListen 127.0.0.1:${ports.apache[1]}\n<VirtualHost 127.0.0.1:${ports.apache[1]}>\nSSLEngine on\nSSLCertificateFile /etc/app.pem\nSSLCertificateKeyFile "\${KEY}"\n</VirtualHost>\n`,
  });
  await convergeStep(webVhost, raw('/etc/app.key'), ctx);
  const before = configOf(join(root.path, 'etc/apache2'));
  const error = await convergeStep(webVhost, raw('/etc/other.key'), ctx).catch((thrown) => thrown);
  expect(error.failure).toMatchObject({ code: 'vhost.reload-failed' });
  expect(error.failure.message).toContain('was started again');
  expect(configOf(join(root.path, 'etc/apache2'))).toBe(before);
  expect((await ask(ports.apache[1], '/', { secure: true })).status).toBeLessThan(500);
});

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

function ask(port: number, path: string, options: { secure?: boolean; headers?: Record<string, string> } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const about = { host: '127.0.0.1', port, path, agent: false, headers: { Host: 'app.lan', ...options.headers } };
    const asked =
      options.secure === true ? secureRequest({ ...about, servername: 'app.lan', rejectUnauthorized: false }) : request(about);
    asked.on('error', reject);
    asked.on('response', async (response) => {
      const body = (await response.toArray()).join('');
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
    });
    asked.on('upgrade', async (response, socket, head) => {
      const rest = (await socket.toArray()).join('');
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: `${head}${rest}` });
    });
    asked.end();
  });
}

/** All that a server is configured by, as one text; links as what they lead to. */
function configOf(dir: string): string {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory());
  const shown = files.map(
    (entry) => `${join(entry.parentPath, entry.name)}\n${readFileSync(join(entry.parentPath, entry.name), 'utf8')}`,
  );
  return shown.sort().join('\n');
}
