import { expect, it } from 'vitest';
import type { FakeCall } from '../../adapters/host/fake-host.ts';
import type { Executed } from '../../model/ports.ts';
import type { ApplyContext } from '../../model/step.ts';
import { contextOf, convergeStep, createWorld, describeStepType, planStep, type World } from '../../testing/step-bench.ts';
import { hostPackage } from './host-package.ts';

const MIRROR_DOWN =
  "W: Failed to fetch http://deb.example/dists/stable/InRelease  Temporary failure resolving 'deb.example'\n" +
  'W: Some index files failed to download. They have been ignored, or old ones used instead.\n';

interface Apt {
  /** Packages that the lists offer. */
  offered: readonly string[];
  /** What `apt-get update` adds to them. */
  afterUpdate?: readonly string[];
  fresh?: boolean;
  updateSays?: string;
  /** What an `apt-get install` or `remove` does instead of its work, once each. */
  mishaps?: Partial<Executed>[];
  /** What else goes when a package is removed. */
  needing?: readonly string[];
}

/** A Debian in memory: dpkg's states in one file, and an apt that works on them. */
function debian({ host }: World, apt: Apt, installed: Readonly<Record<string, string>> = {}): void {
  const offered = new Set(apt.offered);
  const mishaps = [...(apt.mishaps ?? [])];
  const states = (): Record<string, string> => JSON.parse(host.text('/var/lib/dpkg/status'));
  const set = (names: readonly string[], state: string): void => {
    const entries = names.map((name) => [name, state]);
    host.put('/var/lib/dpkg/status', { content: JSON.stringify({ ...states(), ...Object.fromEntries(entries) }) });
  };
  host.put('/usr/bin/apt-get', { mode: 0o755 });
  host.put('/var/lib/dpkg/status', { content: JSON.stringify(installed) });
  host.program('dpkg-query', ({ argv }) => {
    const known = argv.slice(4).filter((name) => states()[name] !== undefined);
    const stdout = known.map((name) => `${name}\t${states()[name]}\n`).join('');
    return { stdout, code: known.length === argv.length - 4 ? 0 : 1 };
  });
  host.program('apt-cache', ({ argv }) => {
    const lines = argv.slice(2).filter((name) => offered.has(name));
    return { stdout: lines.map((name) => `${name}:\n  Installed: (none)\n  Candidate: 1.0\n`).join('') };
  });
  host.program('find', () => ({ stdout: apt.fresh === false ? '' : '/var/lib/apt/lists\n' }));
  host.program('dpkg', () => {
    host.put('/var/lib/dpkg/configured');
    return {};
  });
  host.program('apt-get', (call: FakeCall) => {
    const { argv } = call;
    const act = argv.find((word) => ['update', 'install', 'remove'].includes(word)) ?? '';
    const names = argv.slice(argv.indexOf(act) + 1).filter((word) => !word.startsWith('-'));
    if (argv[1] === '-s') return { stdout: [...names, ...(apt.needing ?? [])].map((name) => `Remv ${name} [1.0]\n`).join('') };
    if (act === 'update') {
      for (const name of apt.afterUpdate ?? []) offered.add(name);
      return { stdout: apt.updateSays ?? 'Reading package lists...\n' };
    }
    const mishap = mishaps.shift();
    if (mishap !== undefined) return mishap;
    call.onLine?.('pmstatus:dpkg-exec:50.0000:Running dpkg');
    call.onLine?.(`${act} ${names.join(' ')}`);
    set(names, act === 'install' ? 'installed' : 'config-files');
    return {};
  });
}

function acts({ host }: World): readonly string[] {
  return host.calls
    .filter(([program, flag]) => program === 'apt-get' && flag === '-y')
    .map((argv) => argv.find((word) => /^(update|install|remove)$/.test(word)) ?? '');
}

describeStepType(hostPackage, [
  {
    law: 'installs what is missing, and only that, without recommended packages',
    params: { names: ['hello', 'sl'] },
    given: (world) => debian(world, { offered: ['hello', 'sl'] }, { sl: 'installed' }),
    changes: [{ action: 'create', target: 'hello' }],
    afterwards: (world) => {
      expect(acts(world)).toEqual(['install']);
      const install = world.host.calls.find((argv) => argv.includes('install')) ?? [];
      expect(install).toContain('--no-install-recommends');
      expect(install).toContain('Dpkg::Options::=--force-confold');
      expect(install.at(-1)).toBe('hello');
      expect(world.output).toEqual(['install hello']);
    },
  },
  {
    law: 'changes nothing where all are installed',
    params: { names: ['hello'] },
    given: (world) => debian(world, { offered: [] }, { hello: 'triggers-pending' }),
    changes: [],
  },
  {
    law: 'installs again what was left half-installed, or removed but for its configuration',
    params: { names: ['half', 'gone'] },
    given: (world) => debian(world, { offered: ['half', 'gone'] }, { half: 'half-configured', gone: 'config-files' }),
    changes: [
      { action: 'create', target: 'half' },
      { action: 'create', target: 'gone' },
    ],
  },
  {
    law: 'fetches the lists first where they lack a package',
    params: { names: ['hello'] },
    given: (world) => debian(world, { offered: [], afterUpdate: ['hello'] }),
    afterwards: (world) => expect(acts(world)).toEqual(['update', 'install']),
  },
  {
    law: 'fetches the lists first where they are old',
    params: { names: ['hello'] },
    given: (world) => debian(world, { offered: ['hello'], fresh: false }),
    afterwards: (world) => expect(acts(world)).toEqual(['update', 'install']),
  },
  {
    law: 'installs from old lists where they name the package and the mirror is away',
    params: { names: ['hello'] },
    given: (world) => debian(world, { offered: ['hello'], fresh: false, updateSays: MIRROR_DOWN }),
    afterwards: (world) => expect(acts(world)).toEqual(['update', 'install']),
  },
  {
    law: 'never fetches the lists where told so',
    params: { names: ['hello'], update: 'never', recommends: true },
    given: (world) => debian(world, { offered: ['hello'], fresh: false }),
    afterwards: (world) => expect(acts(world)).toEqual(['install']),
  },
  {
    law: 'says that no archive has a package',
    params: { names: ['no-such-package'] },
    given: (world) => debian(world, { offered: [] }),
    fails: 'package.not-found',
  },
  {
    law: 'says that the mirror is away where that is why a package is not known',
    params: { names: ['hello'] },
    given: (world) => debian(world, { offered: [], updateSays: MIRROR_DOWN }),
    fails: 'package.mirror-unreachable',
  },
  {
    law: 'says that the mirror is away where the lists must be fetched',
    params: { names: ['hello'], update: 'always' },
    given: (world) => debian(world, { offered: ['hello'], updateSays: MIRROR_DOWN }),
    fails: 'package.mirror-unreachable',
  },
  {
    law: 'fetches the lists and tries again where the mirror has newer versions than they say',
    params: { names: ['hello'] },
    given: (world) =>
      debian(world, {
        offered: ['hello'],
        mishaps: [{ code: 100, stderr: 'E: Failed to fetch http://deb.example/hello.deb  404  Not Found\n' }],
      }),
    afterwards: (world) => expect(acts(world)).toEqual(['install', 'update', 'install']),
  },
  {
    law: 'names the command that puts an interrupted dpkg right',
    params: { names: ['hello'] },
    given: (world) =>
      debian(world, {
        offered: ['hello'],
        mishaps: [
          { code: 100, stderr: "E: dpkg was interrupted, you must manually run 'dpkg --configure -a' to correct the problem.\n" },
        ],
      }),
    fails: 'package.dpkg-interrupted',
  },
  {
    law: 'finishes an install of its own that a crash cut off',
    params: { names: ['hello'] },
    context: { doubted: [{ action: 'create', target: 'hello' }] },
    given: (world) =>
      debian(
        world,
        {
          offered: ['hello'],
          mishaps: [
            {
              code: 100,
              stderr: "E: dpkg was interrupted, you must manually run 'dpkg --configure -a' to correct the problem.\n",
            },
          ],
        },
        { hello: 'unpacked' },
      ),
    afterwards: ({ host }) => expect(host.at('/var/lib/dpkg/configured')).toBeDefined(),
  },
  {
    law: 'fails with what apt printed where it fails for another reason',
    params: { names: ['hello'] },
    given: (world) =>
      debian(world, {
        offered: ['hello'],
        mishaps: [{ code: 100, stderr: 'E: Sub-process /usr/bin/dpkg returned an error code (1)\n' }],
      }),
    fails: 'package.apt-failed',
  },
  {
    law: 'does not wait for a lock that it may not open',
    params: { names: ['hello'] },
    given: (world) =>
      debian(world, {
        offered: ['hello'],
        mishaps: [
          { code: 100, stderr: 'E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), are you root?\n' },
        ],
      }),
    fails: 'package.apt-failed',
  },
  {
    law: 'fails where there is no apt',
    params: { names: ['hello'] },
    given: ({ host }) => host.put('/etc/os-release', { content: 'NAME=Slackware\nPRETTY_NAME="Slackware 15.0 x86_64"\n' }),
    fails: 'package.no-apt',
  },
  {
    law: 'removes only what fairlead installed',
    params: { names: ['hello', 'sl'], ensure: 'absent' },
    given: (world) => {
      debian(world, { offered: [] }, { hello: 'installed', sl: 'installed' });
      world.made.add('host.package hello');
    },
    changes: [{ action: 'delete', target: 'hello' }],
    afterwards: (world) => expect(acts(world)).toEqual(['remove']),
  },
  {
    law: 'removes nothing where that would take other packages along',
    params: { names: ['hello'], ensure: 'absent' },
    given: (world) => {
      debian(world, { offered: [], needing: ['greeter'] }, { hello: 'installed' });
      world.made.add('host.package hello');
    },
    fails: 'package.still-needed',
  },
]);

it('says that a package was here before and is kept', async () => {
  const world = createWorld();
  debian(world, { offered: [] }, { hello: 'installed' });
  const params = { names: ['hello'], ensure: 'absent' as const };
  const state = await hostPackage.read(params, contextOf(world, hostPackage));
  expect(hostPackage.diff(params, state)).toEqual([]);
  expect(hostPackage.notes?.(params, state)).toEqual(['hello kept: was here before']);
});

it('names the system and the packages where there is no apt, in the plan and in the failure', async () => {
  const world = createWorld();
  world.host.put('/etc/os-release', { content: 'PRETTY_NAME="Slackware 15.0 x86_64"\n' });
  const params = { names: ['nginx', 'git'] };
  const ctx = contextOf(world, hostPackage);
  expect(hostPackage.notes?.(params, await hostPackage.read(params, ctx))).toEqual([
    'Slackware 15.0 x86_64 has no apt: install nginx, git by hand',
  ]);
  await expect(convergeStep(hostPackage, params, ctx)).rejects.toThrow(
    "Slackware 15.0 x86_64 has no apt, so fairlead can't install nginx, git.",
  );
});

it('tells who holds the lock while it waits for it', async () => {
  const world = createWorld();
  debian(world, { offered: ['hello'] });
  const install = world.host.program;
  const progress: string[] = [];
  const waiting =
    'Waiting for cache lock: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 4711 (unattended-upgr)...';
  install('apt-get', ({ argv, onLine, host }) => {
    onLine?.(waiting);
    onLine?.('pmstatus:hello:60.0000:Configuring hello (amd64)');
    if (argv.includes('install')) host.put('/var/lib/dpkg/status', { content: '{"hello":"installed"}' });
    return {};
  });
  const ctx: ApplyContext = { ...contextOf(world, hostPackage), progress: (...said) => progress.push(said.join(' ')) };
  expect((await convergeStep(hostPackage, { names: ['hello'] }, ctx)).left).toEqual([]);
  expect(progress).toEqual([
    'Waiting for unattended-upgr (process 4711), which holds /var/lib/dpkg/lock-frontend',
    'Configuring hello (amd64) 60 100',
  ]);
  expect(world.output).toEqual([]);
});

it('waits itself where apt does not wait for a lock, and stops at an abort', async () => {
  const world = createWorld();
  debian(world, {
    offered: ['hello'],
    mishaps: [{ code: 100, stderr: 'E: Could not get lock /var/lib/apt/lists/lock. It is held by process 4711 (apt-get)\n' }],
  });
  const stop = new AbortController();
  const progress: string[] = [];
  const ctx: ApplyContext = {
    ...contextOf(world, hostPackage),
    signal: stop.signal,
    progress: (text) => {
      progress.push(text);
      stop.abort(new Error('stopped by the operator'));
    },
  };
  await expect(convergeStep(hostPackage, { names: ['hello'] }, ctx)).rejects.toThrow();
  expect(progress).toEqual(['Waiting for apt-get (process 4711), which holds /var/lib/apt/lists/lock']);
  expect(acts(world)).toEqual(['install']);
});

it('lets dpkg finish what it has begun when the step is stopped', async () => {
  const world = createWorld();
  debian(world, { offered: ['hello'] });
  const stop = new AbortController();
  const said: string[] = [];
  let finish = (): void => undefined;
  world.host.program('apt-get', async ({ host, onLine, signal }) => {
    onLine?.('pmstatus:dpkg-exec:0.0000:Running dpkg');
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    stop.abort(new Error('stopped by the operator'));
    await finished;
    expect(signal.aborted).toBe(false);
    host.put('/var/lib/dpkg/status', { content: '{"hello":"installed"}' });
    return {};
  });
  const ctx: ApplyContext = {
    ...contextOf(world, hostPackage),
    signal: stop.signal,
    progress: (text) => {
      said.push(text);
      if (text.startsWith('Stopping')) finish();
    },
  };
  await expect(convergeStep(hostPackage, { names: ['hello'] }, ctx)).rejects.toThrow('stopped by the operator');
  expect(said).toContain('Stopping when dpkg has finished what it began');
  expect(await planStep(hostPackage, { names: ['hello'] }, contextOf(world, hostPackage))).toEqual([]);
});
