import { basename } from 'node:path';
import { createFakePostfix } from '../mail-server/fake-postfix.ts';
import { createFakePostgres } from '../postgres/fake-postgres.ts';
import { createFakeWebServer } from '../web-server/fake-web-server.ts';
import type { SimulatedWorld } from './world.ts';

const STATUS = '/var/lib/dpkg/status';
const LISTS = '/var/lib/apt/lists/deb.debian.org';
const OFFERED = ['hello', 'jq', 'docker.io', 'docker-compose-v2'];

/** What packages bring besides their name. */
const CONTENT: Readonly<Record<string, readonly string[]>> = {
  'docker.io': ['/usr/sbin/dockerd', '/usr/lib/systemd/system/docker.service'],
  'docker-compose-v2': ['/usr/libexec/docker/cli-plugins/docker-compose'],
};

/** The programs of the simulated host, but for Docker's: apt, systemd, and those that the recipe runs. */
export function addPrograms(world: SimulatedWorld): void {
  const { host } = world;
  host.put('/usr/bin/apt-get', { mode: 0o755 });
  host.put(STATUS);
  host.put('/etc/os-release', { content: 'PRETTY_NAME="Debian 12"\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\nID=debian\n' });
  host.put('/etc/ssl/certs/ca-certificates.crt');
  host.put('/run/systemd/system', { kind: 'dir' });
  host.put('/etc/systemd/system', { kind: 'dir' });
  host.put('/var/spool', { kind: 'dir' });
  host.program('ip', () => ({ stdout: '[]' }));
  addApt(world);
  addSystemd(world);
  addPostgres(world);
  createFakeWebServer(host, { server: 'nginx', workers: false }).start();
  host.put('/usr/lib/systemd/system/saslauthd.service');
  createFakePostfix(host);
  addActs(world);
}

/** Packages by name: `unpacked` ones were cut off before they were set up, and apt refuses to go on without dpkg. */
function addApt(world: SimulatedWorld): void {
  const { host } = world;
  const packages = (): Map<string, string> =>
    new Map(
      host
        .text(STATUS)
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => line.split(' ') as [string, string]),
    );
  const set = (names: readonly string[], state: 'unpacked' | 'installed' | undefined): void => {
    const now = packages();
    for (const name of names) {
      if (state === undefined) now.delete(name);
      else now.set(name, state);
      for (const path of CONTENT[name] ?? []) {
        if (state === undefined) host.delete(path);
        else host.put(path);
      }
    }
    const lines = [...now].sort().map(([name, is]) => `${name} ${is}\n`);
    host.put(STATUS, { content: lines.join('') });
  };
  const unpacked = (): string[] => [...packages()].flatMap(([name, state]) => (state === 'unpacked' ? [name] : []));

  host.program('find', () => ({ stdout: host.at(LISTS) === undefined ? '' : '/var/lib/apt/lists\n' }));
  host.program('dpkg-query', ({ argv }) => {
    const known = [...packages()].filter(([name]) => argv.includes(name));
    return { code: 1, stdout: known.map(([name, state]) => `${name}\t${state}\n`).join('') };
  });
  host.program('apt-cache', ({ argv }) => {
    const names = argv.slice(2).filter((name) => OFFERED.includes(name) && host.at(LISTS) !== undefined);
    return { stdout: names.map((name) => `${name}:\n  Installed: (none)\n  Candidate: 1.0\n`).join('') };
  });
  host.program('dpkg', () => {
    for (const name of unpacked()) {
      world.onMoment(`inside dpkg --configure -a, before ${name}`);
      set([name], 'installed');
    }
    return {};
  });
  host.program('apt-get', ({ argv }) => {
    const names = argv.filter((word) => OFFERED.includes(word));
    if (argv.includes('update')) {
      host.put(LISTS);
      return {};
    }
    if (argv.includes('-s')) return { stdout: names.map((name) => `Remv ${name} [1.0]\n`).join('') };
    if (unpacked().length > 0) {
      return {
        code: 100,
        stderr: "E: dpkg was interrupted, you must manually run 'dpkg --configure -a' to correct the problem.\n",
      };
    }
    if (world.flaws.delete('apt-get'))
      return { code: 100, stderr: 'E: Failed to fetch http://deb.debian.org/ Connection timed out\n' };
    const removes = argv.includes('remove') || argv.includes('purge');
    const left = names.filter((name) => packages().has(name) === removes);
    if (!removes) {
      set(left, 'unpacked');
      world.onMoment('inside apt-get install, all unpacked');
    }
    for (const name of left) {
      set([name], removes ? undefined : 'installed');
      world.onMoment(`inside apt-get, after ${name}`);
    }
    return {};
  });
}

/** Units that run and that are enabled lie on the disk, as does what was told of them. */
function addSystemd(world: SimulatedWorld): void {
  const { host, docker } = world;
  host.program('systemctl', ({ argv }) => {
    const unit = argv.at(-1) ?? '';
    const [active, wanted] = [`/run/units/${unit}`, `/etc/systemd/system/multi-user.target.wants/${unit}`];
    const put = (path: string, there: boolean): Record<string, never> => {
      if (there) host.put(path);
      else host.delete(path);
      if (unit === 'docker.service' && path === active) docker.up = there;
      return {};
    };
    const known = ['/etc/systemd/system', '/usr/lib/systemd/system'].some((folder) => host.at(`${folder}/${unit}`) !== undefined);
    const enabled = host.at(wanted) !== undefined;
    switch (argv[1]) {
      case 'show': {
        const running = host.at(active) !== undefined;
        return { stdout: `LoadState=${known ? 'loaded' : 'not-found'}\nActiveState=${running ? 'active' : 'inactive'}\n` };
      }
      case 'is-enabled':
        return { stdout: enabled ? 'enabled\n' : 'disabled\n', code: enabled ? 0 : 1 };
      case 'enable':
      case 'disable':
        return put(wanted, argv[1] === 'enable');
      case 'restart':
        put(active, false);
        world.onMoment(`inside systemctl restart ${unit}: stopped`);
        return put(active, true);
      case 'start':
        if (world.flaws.delete(unit)) return { code: 1, stderr: `Job for ${unit} failed.\n` };
        return known ? put(active, true) : { code: 5, stderr: `Unit ${unit} not found.\n` };
      case 'stop':
        return put(active, false);
      default:
        return {};
    }
  });
}

/** A PostgreSQL of the host's own, which runs already; its roles lie on the disk. */
function addPostgres({ host, vault }: SimulatedWorld): void {
  const passwords = (): readonly string[] => vault.names().flatMap((name) => vault.value(name) ?? []);
  const server = createFakePostgres(host, '/var/lib/postgresql/roles.json', passwords);
  server.put('postgres', { login: true, superuser: true });
  host.put('/etc/passwd', { content: `${host.text('/etc/passwd')}postgres:x:105:110::/var/lib/postgresql:/bin/bash\n` });
  for (const program of ['psql', 'pg_isready']) host.program(program, (call) => server.run(call));
}

/** What the recipe runs itself. An act that nothing can look up is written into the world's own ledger. */
function addActs(world: SimulatedWorld): void {
  const { host, docker, ledger, flaws } = world;
  const act = (name: string): void => void ledger.set(name, (ledger.get(name) ?? 0) + 1);
  host.program('enroll', () => {
    if (flaws.delete('enroll')) return { code: 1, stderr: 'not now\n' };
    act('enroll');
    return { stdout: 'enrolled as member-7\n' };
  });
  host.program('make-index', () => {
    if (flaws.delete('make-index')) {
      host.put('/srv/app/state/index.new');
      return { code: 1, stderr: 'no room\n' };
    }
    world.half('inside make-index', () => host.put('/srv/app/state/index.new'));
    host.delete('/srv/app/state/index.new');
    host.put('/srv/app/state/index', { content: 'index\n' });
    return {};
  });
  host.program('seed', () => {
    host.put('/srv/app/state/seeds', { content: 'one\n' });
    world.onMoment('inside seed');
    host.put('/srv/app/state/seeds', { content: 'one\ntwo\n' });
    return {};
  });
  host.program('is-seeded', () => {
    const seeds = host.at('/srv/app/state/seeds')?.content;
    return { code: seeds !== undefined && host.text('/srv/app/state/seeds') === 'one\ntwo\n' ? 0 : 1 };
  });
  // Scripts run under the Node that runs us: which one it is, its path says.
  host.program(basename(process.execPath), ({ argv, env }) => {
    const script = basename(argv.at(-1) ?? '');
    if (script === 'migrate.mjs') {
      act('migrate');
      host.put('/srv/app/state/schema', { content: `${env.SCHEMA}\n` });
      return { stdout: `migrated to ${env.SCHEMA}\n` };
    }
    if (script !== 'build-image.mjs') return { code: 127, stderr: `no such script: ${script}\n` };
    const { name, labels } = JSON.parse(env.FAIRLEAD_BUILD ?? '{}');
    const id = `sha256:${Object.values(labels).join('')}`;
    docker.images.set(name, { id, tags: [name], labels, size: 1 });
    return { stdout: 'Successfully built\n' };
  });
}
