import { expect, it } from 'vitest';
import { contextOf, convergeStep, createWorld, describeStepType, planStep, type World } from '../../testing/step-bench.ts';
import { dockerEngine } from './docker-engine.ts';
import { enginePackages, systemName } from './packages.ts';

const BOOKWORM = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\nID=debian\n';
const compose = { stdout: 'docker-compose version 1.29.2, build unknown\n' };

/** A Debian without an engine, whose archive offers these packages; installing one brings its files. */
function debian({ host, docker }: World, offered: readonly string[] = ['docker.io', 'docker-compose']): Set<string> {
  const installed = new Set<string>();
  docker.up = false;
  host.put('/usr/bin/apt-get');
  host.put('/etc/os-release', { content: BOOKWORM });
  host.put('/etc/ssl/certs/ca-certificates.crt');
  host.program('find', () => ({ stdout: '/var/lib/apt/lists\n' }));
  host.program('dpkg-query', ({ argv }) => {
    const known = argv.filter((name) => installed.has(name));
    return { code: 1, stdout: known.map((name) => `${name}\tinstalled\n`).join('') };
  });
  host.program('apt-cache', ({ argv }) => ({
    stdout: argv
      .slice(2)
      .map((name) => `${name}:\n  Installed: (none)\n  Candidate: ${offered.includes(name) ? '1.0' : '(none)'}\n`)
      .join(''),
  }));
  host.program('apt-get', ({ argv }) => {
    if (argv.includes('-s'))
      return {
        stdout: argv
          .slice(3)
          .map((name) => `Remv ${name} [1.0]\n`)
          .join(''),
      };
    const names = argv
      .slice(argv.findIndex((word) => word === 'install' || word === 'remove') + 1)
      .filter((word) => !word.startsWith('-'));
    for (const name of names) {
      if (argv.includes('remove')) installed.delete(name);
      else installed.add(name);
    }
    if (installed.has('docker.io') || installed.has('docker-ce')) host.put('/usr/sbin/dockerd');
    if (installed.has('docker-compose')) host.program('docker-compose', () => compose);
    return {};
  });
  return installed;
}

/** System V scripts; `works`: whether the one of docker can start it. */
function sysvinit({ host, docker }: World, works: boolean): void {
  host.put('/etc/init.d/docker');
  host.put('/etc/rc2.d', { kind: 'dir' });
  host.program('update-rc.d', () => ({}));
  host.program('service', ({ argv }) => {
    if (argv[2] === 'stop') docker.up = false;
    if (argv[2] === 'start' && works) docker.up = true;
    return works ? {} : { code: 2, stderr: 'ulimit: error setting limit (Operation not permitted)\n' };
  });
  // The script asked for its status; the program of this name has no compose plugin.
  host.program('docker', ({ argv }) => ({ code: argv[0] === '/etc/init.d/docker' && works && docker.up ? 0 : 1 }));
}

function dockerd({ host, docker }: World): void {
  host.program('node', ({ env }) => {
    docker.up = true;
    host.put(env.FAIRLEAD_LOG ?? '');
    return { stdout: 'started dockerd as process 77\n' };
  });
}

describeStepType(dockerEngine, [
  {
    law: 'leaves an engine alone that answers',
    params: {},
    given: ({ host }) => host.program('docker-compose', () => compose),
    changes: [],
    afterwards: (_, outputs) => expect(outputs).toEqual({ version: '20.10.24', compose: 'docker-compose 1.29.2' }),
  },
  {
    law: 'installs an engine and compose, has it started at boot, and starts it',
    params: {},
    given: (world) => {
      debian(world);
      sysvinit(world, true);
    },
    changes: [
      { action: 'create', target: 'docker.io' },
      { action: 'create', target: 'docker-compose' },
      { action: 'update', target: 'docker engine', property: 'running', after: true },
    ],
    afterwards: ({ host }, outputs) => {
      expect(host.calls).toContainEqual(['service', 'docker', 'start']);
      expect(host.calls).toContainEqual(['update-rc.d', 'docker', 'enable']);
      expect(outputs).toEqual({ version: '20.10.24', compose: 'docker-compose 1.29.2' });
    },
  },
  {
    law: 'starts an engine that is installed and does not run, and installs nothing',
    params: { compose: false },
    given: (world) => {
      debian(world);
      world.host.put('/usr/sbin/dockerd');
      sysvinit(world, true);
    },
    changes: [{ action: 'update', target: 'docker engine', property: 'running' }],
    afterwards: ({ host }) => expect(host.calls.flat()).not.toContain('install'),
  },
  {
    law: 'installs compose alone where only that is missing',
    params: {},
    given: (world) => {
      debian(world, ['docker.io', 'docker-compose']);
      world.docker.up = true;
    },
    changes: [{ action: 'create', target: 'docker-compose' }],
  },
  {
    law: 'does without compose where nobody wants it',
    params: { compose: false },
    given: (world) => {
      debian(world);
      world.docker.up = true;
    },
    changes: [],
    afterwards: (_, outputs) => expect(outputs).toEqual({ version: '20.10.24', compose: null }),
  },
  {
    law: "takes the engine from Docker's archive where the recipe says so",
    params: { packages: 'docker', compose: false },
    given: (world) => {
      debian(world, ['docker-ce', 'docker-ce-cli', 'containerd.io', 'docker-buildx-plugin']);
      sysvinit(world, true);
      world.host.program('node', ({ env, argv }) => {
        expect(argv.at(-1)).toMatch(/add-docker-repository\.mjs$/);
        expect(env).toMatchObject({ FAIRLEAD_FAMILY: 'debian', FAIRLEAD_CODENAME: 'bookworm' });
        world.host.put(env.FAIRLEAD_SOURCES_FILE ?? '');
        return {};
      });
    },
    changes: [
      { action: 'create', target: '/etc/apt/sources.list.d/docker.sources' },
      { action: 'create', target: 'docker-ce' },
      { action: 'create', target: 'docker-ce-cli' },
      { action: 'create', target: 'containerd.io' },
      { action: 'create', target: 'docker-buildx-plugin' },
      { property: 'running' },
    ],
  },
  {
    law: "says that Docker's archive can't be reached",
    params: { packages: 'docker' },
    given: (world) => {
      debian(world);
      world.host.program('node', () => ({ code: 69 }));
    },
    fails: 'docker.no-repository',
  },
  {
    law: 'says in the plan already that it knows no way to an engine here',
    params: {},
    given: ({ docker, host }) => {
      docker.up = false;
      host.put('/etc/os-release', { content: 'PRETTY_NAME="Slackware 15.0 x86_64"\nID=slackware\n' });
    },
    fails: 'docker.no-engine',
    planOnly: true,
  },
  {
    law: 'removes the packages that fairlead made, and stops the engine before',
    params: { ensure: 'absent' },
    given: (world) => {
      const installed = debian(world);
      for (const name of ['docker.io', 'docker-compose', 'docker-cli']) installed.add(name);
      sysvinit(world, true);
      world.docker.up = true;
      world.made.add('docker.engine docker.io').add('docker.engine docker-compose');
    },
    changes: [
      { action: 'delete', target: 'docker.io' },
      { action: 'delete', target: 'docker-compose' },
    ],
    afterwards: ({ docker }) => expect(docker.up).toBe(false),
  },
  {
    law: 'does not remove an engine under running containers',
    params: { ensure: 'absent' },
    given: (world) => {
      debian(world).add('docker.io');
      world.docker.up = true;
      world.docker.putContainer({ name: 'museum' });
      world.made.add('docker.engine docker.io');
    },
    fails: 'docker.containers-running',
  },
]);

it('starts dockerd directly where the init script may not, and says what that means', async () => {
  const world = createWorld();
  debian(world);
  world.host.put('/usr/sbin/dockerd');
  sysvinit(world, false);
  dockerd(world);
  const ctx = contextOf(world, dockerEngine, { signal: AbortSignal.timeout(300_000) });
  const { left } = await convergeStep(dockerEngine, { compose: false }, ctx);
  expect(left).toEqual([]);
  expect(world.output.join('\n')).toMatch(/ulimit: error setting limit[\s\S]*starting dockerd directly/);
  const state = await dockerEngine.read({ compose: false }, ctx);
  expect(dockerEngine.notes?.({}, state)).toEqual([expect.stringContaining('will not come back by itself')]);
}, 20_000);

it('asks for root before anything is touched, and only where something must be done', async () => {
  const world = createWorld();
  debian(world);
  const ctx = contextOf(world, dockerEngine, { host: { ...world.host, uid: 1000 } });
  await expect(planStep(dockerEngine, {}, ctx)).rejects.toMatchObject({ failure: { code: 'host.root-needed' } });
  world.docker.up = true;
  expect(await planStep(dockerEngine, { compose: false }, ctx)).toEqual([]);
});

it('keeps packages that were there before, and says so', async () => {
  const world = createWorld();
  debian(world).add('docker.io');
  const params = { ensure: 'absent' as const };
  const state = await dockerEngine.read(params, contextOf(world, dockerEngine));
  expect(dockerEngine.diff(params, state)).toEqual([]);
  expect(dockerEngine.notes?.(params, state)).toEqual(['docker.io kept: was here before']);
});

it('knows what each release calls an engine, its program and compose', async () => {
  const packages = async (release: string, offered: readonly string[]): Promise<readonly string[]> => {
    const world = createWorld();
    debian(world, offered);
    return enginePackages(contextOf(world, dockerEngine), 'distribution', systemName(release), true);
  };
  const ubuntu = 'ID=ubuntu\nVERSION_ID="24.04"\nVERSION_CODENAME=noble\n';
  const trixie = 'ID=debian\nVERSION_ID="13"\nVERSION_CODENAME=trixie\n';
  expect(await packages(BOOKWORM, [])).toEqual(['docker.io', 'docker-compose']);
  expect(await packages(trixie, [])).toEqual(['docker.io', 'docker-cli', 'docker-compose']);
  expect(await packages(ubuntu, [])).toEqual(['docker.io', 'docker-compose-v2']);
  expect(await packages(trixie, ['docker.io', 'docker-cli', 'docker-compose'])).toEqual([
    'docker.io',
    'docker-cli',
    'docker-compose',
  ]);
  expect(await packages(ubuntu, ['docker.io', 'docker-compose', 'docker-compose-v2'])).toEqual([
    'docker.io',
    'docker-compose-v2',
  ]);
  expect(systemName('ID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_CODENAME=wilma\nUBUNTU_CODENAME=noble\n')).toEqual({
    family: 'ubuntu',
    codename: 'noble',
  });
});

it('sets up the packages that a crash cut off, although what they brought works already', async () => {
  const world = createWorld();
  const { host, docker } = world;
  debian(world);
  host.put('/usr/sbin/dockerd');
  docker.up = true;
  host.program('docker-compose', () => compose);
  const states = new Map([
    ['docker.io', 'half-configured'],
    ['docker-compose', 'installed'],
  ]);
  host.program('dpkg-query', ({ argv }) => ({
    stdout: [...states].flatMap(([name, state]) => (argv.includes(name) ? [`${name}\t${state}\n`] : [])).join(''),
  }));
  host.program('dpkg', () => {
    states.set('docker.io', 'installed');
    return {};
  });
  host.program('apt-get', () =>
    states.get('docker.io') === 'installed'
      ? {}
      : { code: 100, stderr: "E: dpkg was interrupted, you must manually run 'dpkg --configure -a' to correct the problem.\n" },
  );
  const doubted = ['docker.io', 'docker-compose'].map((target) => ({ action: 'create' as const, target }));
  const { changes, left } = await convergeStep(dockerEngine, {}, contextOf(world, dockerEngine, { doubted }));
  expect(changes).toEqual([{ action: 'create', target: 'docker.io' }]);
  expect(left).toEqual([]);
  expect(host.calls).toContainEqual(['dpkg', '--configure', '-a']);
  expect(await planStep(dockerEngine, {}, contextOf(world, dockerEngine))).toEqual([]);
});
