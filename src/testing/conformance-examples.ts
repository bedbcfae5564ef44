import { createHash } from 'node:crypto';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { basename } from 'node:path';
import type { FakeExec } from '../adapters/docker/fake-engine.ts';
import type { FakeHost } from '../adapters/host/fake-host.ts';
import { joinTexts, secretText } from '../model/secrets.ts';
import { type Example, SECRET, type Trial } from './conformance.ts';
import { addUnits, createFakePostfix, FAKE_TLS } from './mail-server/fake-postfix.ts';
import { createFakePostgres } from './postgres/fake-postgres.ts';
import { createFakeWebServer } from './web-server/fake-web-server.ts';

/** Stands in examples wherever a param may hold a secret. */
const PASSWORD = secretText('password');
const SCRIPT = { recipeFile: 'files/set-up.mjs', path: '/recipe/files/set-up.mjs', digest: 'd'.repeat(64) };
const HASH = '7'.repeat(64);
const PROJECT = { 'com.docker.compose.project': 'app', 'com.docker.compose.service': 'web' };

/** A way to try each step type; the suite names the type that has none. A new step type adds a line (or a few) here. */
export const examples: readonly Example[] = [
  { uses: 'host.group', params: { name: 'app', system: true } },
  { uses: 'host.user', params: { name: 'app', system: true, comment: 'An app' } },
  {
    uses: 'host.user',
    as: 'with a home',
    params: { name: 'app', create_home: true },
    leaves: 'the home folder, which may hold data',
  },
  {
    uses: 'host.directory',
    params: { paths: ['/srv/app', '/srv/app/data'], owner: '33:33', mode: '0750' },
  },
  {
    uses: 'host.file',
    params: { path: '/srv/app.conf', content: joinTexts(['password = ', PASSWORD, '\n']), owner: '33:33' },
  },
  {
    uses: 'file.env',
    params: { path: '/srv/.env', values: { PORT: 8077, APP_PASSWORD: PASSWORD } },
    prepare: ({ host }) => host.put('/srv/.env', { content: '# kept\nOTHER=1\n' }),
  },
  {
    uses: 'file.json',
    params: { path: '/srv/app.json', set: { '/db/password': PASSWORD, '/db/port': 5432 } },
    prepare: ({ host }) => host.put('/srv/app.json', { content: '{\n  // kept\n  "db": {\n    "host": "here"\n  }\n}\n' }),
  },
  {
    uses: 'file.yaml',
    params: { path: '/srv/app.yaml', set: { '/db/password': PASSWORD, '/db/port': 5432 } },
    prepare: ({ host }) => host.put('/srv/app.yaml', { content: '# kept\ndb:\n  host: here\n' }),
  },
  {
    uses: 'file.line',
    params: { path: '/srv/app.conf', line: joinTexts(['password ', PASSWORD]), match: '^password ' },
    prepare: ({ host }) => host.put('/srv/app.conf', { content: '# kept\nport 1\n' }),
  },
  {
    uses: 'file.block',
    params: { path: '/srv/app.conf', name: 'app', content: joinTexts(['password ', PASSWORD, '\nport 2']) },
    prepare: ({ host }) => host.put('/srv/app.conf', { content: '# kept\n' }),
  },
  {
    uses: 'host.hosts_entry',
    params: { names: ['museum', 'museum.app.lan'], address: '172.29.0.5' },
    prepare: ({ host }) => host.put('/etc/hosts', { content: '127.0.0.1\tlocalhost\n\n# kept\n::1 localhost\n' }),
  },
  { uses: 'host.package', params: { names: ['hello'] }, prepare: apt },
  {
    uses: 'host.command',
    as: 'with a guard',
    forgets: 'what the program printed: its guard tells that it ran, and nothing else',
    params: { argv: ['set-up'], creates: '/var/lib/marker', env: { VALUE: PASSWORD }, stdin: PASSWORD },
    prepare: ({ host }) => host.program('set-up', actOf(host)),
  },
  {
    uses: 'host.command',
    as: 'without a guard',
    params: { argv: ['set-up'], env: { VALUE: PASSWORD }, stdin: PASSWORD },
    prepare: ({ host }) => host.program('set-up', actOf(host)),
    acts: ({ host }) => actsOn(host),
  },
  {
    uses: 'host.command',
    as: 'that only reads',
    reads: true,
    params: { argv: ['list'], reads_only: true, env: { VALUE: PASSWORD }, stdin: PASSWORD },
    prepare: ({ host }) => host.program('list', saying),
  },
  {
    uses: 'host.script',
    params: { script: SCRIPT, env: { VALUE: PASSWORD } },
    prepare: ({ host }) => host.program(basename(process.execPath), actOf(host)),
    acts: ({ host }) => actsOn(host),
  },
  {
    uses: 'host.script',
    as: 'that only reads',
    reads: true,
    params: { script: SCRIPT, reads_only: true, env: { VALUE: PASSWORD } },
    prepare: ({ host }) => host.program(basename(process.execPath), saying),
  },
  { uses: 'host.service', params: { name: 'app', enabled: true }, prepare: systemd },
  {
    uses: 'net.http',
    params: ({ ports: [port] }) => ({
      url: `http://127.0.0.1:${port}/ping`,
      contains: 'pong',
      headers: { Authorization: joinTexts(['Bearer ', PASSWORD]) },
      every: '1ms',
    }),
    prepare: async (trial) => {
      let asked = 0;
      const server = createHttpServer((request, response) => {
        asked++;
        response.writeHead(asked === 1 ? 503 : 200).end(asked === 1 ? `no: ${request.headers.authorization}` : 'pong');
      });
      await listen(server, trial);
    },
  },
  {
    uses: 'backup.check',
    params: { folder: '/var/backups', expect: { deployment: 'app' }, facts: ['users'] },
    prepare: ({ host }) => {
      const [folder, manifest] = ['/var/backups/20260101T000000Z', '{ "deployment": "app", "users": 3 }\n'];
      host.put(folder, { kind: 'dir' });
      host.put(`${folder}/manifest.json`, { content: manifest });
      host.put(`${folder}/SHA256SUMS`, { content: `${createHash('sha256').update(manifest).digest('hex')}  ./manifest.json\n` });
    },
  },
  {
    uses: 'net.tcp',
    params: ({ ports: [port = 0] }) => ({ host: '127.0.0.1', port }),
    prepare: (trial) =>
      listen(
        createServer((socket) => socket.end()),
        trial,
      ),
  },
  { uses: 'docker.engine', params: {}, prepare: bareDebian },
  {
    uses: 'docker.network',
    params: { name: 'app.lan', subnet: '172.29.0.0/16', internal: true },
    prepare: ({ host }) => host.program('ip', () => ({ stdout: '[]' })),
  },
  {
    uses: 'docker.image',
    as: 'pulled',
    params: { name: 'redis:7' },
    prepare: ({ docker }) => {
      docker.pullable.set('redis:7', { id: 'sha256:r', tags: [], labels: {}, size: 1000 });
    },
  },
  {
    uses: 'docker.image',
    as: 'built',
    params: { name: 'app:1', build: { context: '/srv/image' } },
    prepare: ({ host, docker }) => {
      host.put('/srv/image/Dockerfile', { content: 'FROM scratch\n' });
      host.program(basename(process.execPath), ({ env }) => {
        const { name, labels } = JSON.parse(env.FAIRLEAD_BUILD ?? '{}');
        docker.images.set(name, { id: `sha256:${name}`, tags: [name], labels, size: 1 });
        return { stdout: 'Successfully built\n' };
      });
    },
  },
  { uses: 'compose.up', params: { directory: '/srv/app' }, prepare: compose },
  {
    uses: 'compose.down',
    params: { directory: '/srv/app', volumes: true },
    prepare: (trial) => {
      compose(trial);
      trial.docker.putContainer({ name: 'app-web-1', labels: PROJECT });
      trial.docker.volumeProjects.set('app_data', 'app').set('other_data', 'other');
    },
  },
  {
    uses: 'container.restart',
    params: { container: 'app' },
    prepare: ({ docker }) => docker.putContainer({ name: 'app' }),
  },
  {
    uses: 'container.exec',
    params: { container: 'app', argv: ['register'], env: { VALUE: PASSWORD }, stdin: PASSWORD },
    prepare: ({ host, docker }) => {
      docker.putContainer({ name: 'app' });
      docker.onExec('app', actOf(host));
    },
    acts: ({ host }) => actsOn(host),
  },
  {
    uses: 'container.exec',
    as: 'that only reads',
    reads: true,
    params: { container: 'app', argv: ['list'], reads_only: true, env: { VALUE: PASSWORD }, stdin: PASSWORD },
    prepare: ({ docker }) => {
      docker.putContainer({ name: 'app' });
      docker.onExec('app', saying);
    },
  },
  {
    uses: 'container.dialog',
    params: {
      container: 'app',
      argv: ['register'],
      env: { VALUE: PASSWORD },
      settle: '1ms',
      script: [{ expect: 'Password:', answer: PASSWORD }],
      success: 'done',
    },
    prepare: ({ host, docker }) => {
      docker.putContainer({ name: 'app' });
      docker.onTerminal('app', async ({ env, print, line }) => {
        print(`Hello ${env.VALUE}. Password: `);
        const stdin = await line();
        print(actOf(host)({ env, stdin }).stdout.replaceAll('\n', '\r\n'));
        return 0;
      });
    },
    acts: ({ host }) => actsOn(host),
  },
  {
    uses: 'log.capture',
    params: { container: 'app', pattern: 'Added ott for \\S+: (?<code>\\d{6})' },
    prepare: ({ docker }) => {
      docker.putContainer({ name: 'app' });
      docker.log('app', 'Added ott for keeper@app.lan: 123456');
    },
  },
  {
    uses: 'log.capture',
    as: 'of several lines, for one person',
    params: {
      container: 'app',
      patterns: {
        made: 'Added ott: (?<code>\\d{6})',
        to: 'Sent to (?<name>.+)\\.$',
        both: 'Sent (?<code>\\d{6}) to (?<name>.+)\\.$',
      },
      together_within: 1,
      where: { name: PASSWORD },
      since: 'creation',
    },
    prepare: ({ docker }) => {
      docker.putContainer({ name: 'app' });
      const lines = ['Added ott: 123456', `Sent to ${SECRET}.`, 'other', 'Sent 222222 to keeper.'];
      lines.forEach((line, second) => {
        docker.log('app', line, `2026-01-01T10:00:0${second}.5Z`);
      });
    },
  },
  {
    uses: 'postgres.role',
    params: { container: 'app', role: 'app', password: PASSWORD, createdb: true },
    prepare: ({ host, docker }) => {
      const server = createFakePostgres(host, '/var/lib/roles.json', () => [SECRET]);
      server.put('postgres', { login: true, superuser: true });
      docker.putContainer({ name: 'app' });
      docker.onExec('app', (call) => server.run(call));
    },
  },
  {
    uses: 'web.vhost',
    as: 'of Apache',
    params: {
      server: 'apache',
      name: 'app',
      hostname: 'app.lan',
      routes: [{ path: '/', proxy: 'http://127.0.0.1:8077' }],
      extra: joinTexts(['RequestHeader set Authorization "Bearer ', PASSWORD, '"']),
    },
    prepare: ({ host }) => createFakeWebServer(host, { server: 'apache', workers: false }).start(),
    leaves: 'the modules, which others may use by now',
  },
  {
    uses: 'web.vhost',
    as: 'of nginx',
    params: { server: 'nginx', name: 'app', template: joinTexts(['# ', PASSWORD, '\n']) },
    prepare: ({ host }) => createFakeWebServer(host, { server: 'nginx', workers: false }).start(),
  },
  {
    uses: 'mail.relay',
    params: {
      account: { user: 'verification', password: PASSWORD },
      tls: FAKE_TLS,
      networks: ['172.21.0.0/16'],
      domains: ['app.lan'],
      relayhost: { host: 'mail.example.org', user: 'me', password: PASSWORD },
    },
    prepare: ({ host }) => addUnits(host, createFakePostfix(host)),
  },
  { uses: 'manual', params: { markdown: 'Point **app.lan** at this host.' } },
];

/** A program that changes nothing, and repeats its secrets wherever it can. */
function saying({ env, stdin }: Pick<FakeExec, 'env' | 'stdin'>) {
  return { stdout: `here is ${env.VALUE}\n`, stderr: `warning: ${Buffer.from(stdin).toString('base64')}\n` };
}

/** A program that counts how often it was run, and repeats its secrets wherever it can: they must not come through. */
function actOf(host: FakeHost) {
  return ({ env, stdin }: Pick<FakeExec, 'env' | 'stdin'>) => {
    host.put('/var/lib/marker', { content: `${actsOn(host) + 1}` });
    return { stdout: `done with ${env.VALUE}\n`, stderr: `warning: ${env.VALUE} and ${Buffer.from(stdin).toString('base64')}\n` };
  };
}

function actsOn(host: FakeHost): number {
  return host.at('/var/lib/marker') === undefined ? 0 : Number(host.text('/var/lib/marker'));
}

async function listen(server: Server, { ports, cleanUps }: Trial): Promise<void> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUps.push(() => server.close());
  ports.push((server.address() as AddressInfo).port);
}

/** A Debian whose apt knows a few packages; what is installed lies on its disk. */
function apt({ host }: Trial): void {
  const status = '/var/lib/dpkg/status';
  const offered = ['hello', 'docker.io', 'docker-compose'];
  const installed = (): string[] =>
    host
      .text(status)
      .split('\n')
      .filter((name) => name !== '');
  host.put('/usr/bin/apt-get', { mode: 0o755 });
  host.put(status);
  host.put('/etc/os-release', { content: 'PRETTY_NAME="Debian 12"\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\nID=debian\n' });
  host.program('find', () => ({ stdout: '/var/lib/apt/lists\n' }));
  host.program('dpkg-query', ({ argv }) => {
    const known = argv.filter((name) => installed().includes(name));
    return { code: 1, stdout: known.map((name) => `${name}\tinstalled\n`).join('') };
  });
  host.program('apt-cache', ({ argv }) => {
    const names = argv.slice(2).filter((name) => offered.includes(name));
    return { stdout: names.map((name) => `${name}:\n  Installed: (none)\n  Candidate: 1.0\n`).join('') };
  });
  host.program('apt-get', ({ argv }) => {
    const names = argv.filter((word) => offered.includes(word));
    if (argv.includes('-s')) return { stdout: names.map((name) => `Remv ${name} [1.0]\n`).join('') };
    const others = installed().filter((name) => !names.includes(name));
    const now = argv.includes('remove') ? others : argv.includes('install') ? [...others, ...names] : installed();
    host.put(status, {
      content: now
        .sort()
        .map((name) => `${name}\n`)
        .join(''),
    });
    if (now.includes('docker.io')) host.put('/usr/sbin/dockerd');
    else host.delete('/usr/sbin/dockerd');
    return {};
  });
}

/** systemd, and one unit that can be started and enabled. */
function systemd({ host }: Trial): void {
  host.put('/run/systemd/system', { kind: 'dir' });
  host.program('systemctl', ({ argv }) => {
    const set = (path: string, on: boolean): Record<string, never> => {
      if (on) host.put(path);
      else host.delete(path);
      return {};
    };
    const [running, enabled] = ['/run/app.running', '/etc/app.enabled'].map((path) => host.at(path) !== undefined);
    switch (argv[1]) {
      case 'show':
        return { stdout: `LoadState=loaded\nActiveState=${running ? 'active' : 'inactive'}\n` };
      case 'is-enabled':
        return { stdout: enabled ? 'enabled\n' : 'disabled\n', code: enabled ? 0 : 1 };
      case 'enable':
      case 'disable':
        return set('/etc/app.enabled', argv[1] === 'enable');
      case 'start':
      case 'stop':
        return set('/run/app.running', argv[1] === 'start');
      default:
        return {};
    }
  });
}

/** A Debian without an engine: its packages bring one, its init script starts it. */
function bareDebian(trial: Trial): void {
  const { host, docker } = trial;
  apt(trial);
  docker.up = false;
  host.put('/etc/ssl/certs/ca-certificates.crt');
  host.put('/etc/init.d/docker');
  host.put('/etc/rc2.d', { kind: 'dir' });
  const has = (name: string): boolean => host.text('/var/lib/dpkg/status').split('\n').includes(name);
  host.program('update-rc.d', () => ({}));
  host.program('service', ({ argv }) => {
    docker.up = argv[2] === 'start' ? has('docker.io') : argv[2] === 'stop' ? false : docker.up;
    return {};
  });
  // Both the program and the init script go by this name; the script is asked for its status.
  host.program('docker', ({ argv }) => ({ code: argv[0] === '/etc/init.d/docker' && docker.up ? 0 : 1 }));
  host.program('docker-compose', () => (has('docker-compose') ? { stdout: 'docker-compose version 1.29.2\n' } : { code: 127 }));
}

/** Compose 2 with one service, `web`. */
function compose({ host, docker }: Trial): void {
  host.put('/srv/app/compose.yaml', { content: 'services: { web: { image: "web:1" } }\n' });
  docker.images.set('web:1', { id: 'sha256:w', tags: ['web:1'], labels: {}, size: 1 });
  host.program('docker', ({ argv }) => {
    if (argv.includes('version')) return { stdout: 'Docker Compose version v2.26.1\n' };
    if (argv.includes('--dry-run')) return { code: 1 };
    if (argv.includes('--hash')) return { stdout: `web ${HASH}\n` };
    if (argv.includes('config')) return { stdout: 'services: { web: { image: "web:1" } }\n' };
    if (argv.includes('up')) {
      const labels = { ...PROJECT, 'com.docker.compose.config-hash': HASH };
      docker.putContainer({ name: 'app-web-1', image: 'web:1', imageId: 'sha256:w', health: 'healthy', labels });
    }
    if (argv.includes('down') || argv.includes('rm')) {
      docker.dropContainer('app-web-1');
      if (argv.includes('--volumes')) docker.volumeProjects.delete('app_data');
    }
    if (argv[1] === 'volume') for (const name of argv.slice(3)) docker.volumeProjects.delete(name);
    return {};
  });
}
