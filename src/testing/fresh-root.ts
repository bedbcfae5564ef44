import { execFile, spawn } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, realpathSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { withTurnOfPackages } from './turn-of-packages.ts';

/** What a command left behind. `code` is null when a signal ended it. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

/** How a command is run in a fresh root. */
export interface RunInRoot {
  /** Working directory; the checkout's copy by default. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** After this many milliseconds waiting for it is given up, and that is an error. */
  readonly timeout?: number;
}

/** A machine as good as new: Debian's smallest system, with the test machine's own Node and npm, and a copy of this checkout. */
export interface FreshRoot {
  /** The container's name. */
  readonly name: string;
  /** Where the copy of the checkout is, inside. */
  readonly checkout: string;
  readonly run: (argv: readonly string[], options?: RunInRoot) => Promise<Ended>;
  /** Takes the container, its volume, its network and its image away; safe to call twice. */
  readonly cleanUp: () => Promise<void>;
}

const CHECKOUT = '/root/fairlead';
const LABEL = 'fairlead.test.pid';

/**
 * What lets an engine run inside: all but the one capability that virtual machines often lack themselves (`--privileged` asks
 * for it and fails there), a writable view of the kernel's files, and storage that is no overlay on an overlay.
 */
const POWERS = [
  ...['--cap-add', 'ALL', '--cap-drop', 'SYS_RESOURCE'],
  ...['seccomp=unconfined', 'apparmor=unconfined', 'systempaths=unconfined'].flatMap((each) => ['--security-opt', each]),
  ...['--device-cgroup-rule', 'a *:* rwm'],
  ...['--volume', '/var/lib/docker'],
];

/** Makes /sys and the control groups writable; with control groups v2, also lets groups be made below the container's own. */
const OPEN_KERNEL_FILES = `
mount -o remount,rw /sys
for group in /sys/fs/cgroup /sys/fs/cgroup/*; do
  if mountpoint -q "$group"; then mount -o remount,bind,rw "$group"; fi
done
if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
  mkdir -p /sys/fs/cgroup/init
  xargs -rn1 </sys/fs/cgroup/cgroup.procs >/sys/fs/cgroup/init/cgroup.procs || true
  sed -e 's/ / +/g' -e 's/^/+/' </sys/fs/cgroup/cgroup.controllers >/sys/fs/cgroup/cgroup.subtree_control
fi`;

const LARGE = { maxBuffer: 64 * 1024 * 1024 };

/** Runs a program of this machine; anything but 0 is an error that shows the end of what it said. */
const must = (file: string, args: readonly string[], env?: Record<string, string>): Promise<string> =>
  new Promise((resolve, reject) => {
    execFile(file, args, { ...LARGE, env: { ...process.env, ...env } }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${file} ${args.join(' ')}: ${error.code}\n${`${stdout}${stderr}`.slice(-2000)}`));
    });
  });

const docker = (...args: readonly string[]): Promise<string> => must('docker', args);

/** `from | to`, as in a shell; both must end with 0. */
const pipe = async (from: readonly [string, ...string[]], to: readonly [string, ...string[]]): Promise<void> => {
  const source = spawn(from[0], from.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] });
  const sink = spawn(to[0], to.slice(1), { stdio: ['pipe', 'ignore', 'inherit'] });
  const ends = Promise.all([once(source, 'close'), once(sink, 'close')]);
  await pipeline(source.stdout, sink.stdin);
  const codes = (await ends).map(([code]) => code);
  if (codes.some((code) => code !== 0)) throw new Error(`${from.join(' ')} | ${to.join(' ')}: ${codes.join(', ')}`);
};

/** The first of a name on the PATH that does not come from this checkout's packages: what the machine itself has. */
const ofTheSystem = (name: string): string => {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'));
  const found = folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
  if (found === undefined) throw new Error(`a fresh root needs the machine's own ${name}, and there is none on the PATH`);
  return realpathSync(found);
};

const debianMirror = async (): Promise<string> => {
  const text = await readFile('/etc/apt/sources.list.d/debian.sources', 'utf8').catch(() => '');
  return /^URIs:\s*(\S+)/m.exec(text)?.[1] ?? 'http://deb.debian.org/debian';
};

/** Debian's smallest system as a tar file, made once per machine: half a minute, and the same every time. */
const baseSystem = async (): Promise<string> => {
  const cache = process.env.FAIRLEAD_TEST_CACHE ?? join(tmpdir(), 'fairlead-test-cache');
  const file = join(cache, 'bookworm-minbase.tar');
  if (existsSync(file)) return file;
  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(join(cache, 'making-'));
  try {
    const root = join(work, 'root');
    // Certificates are what a server has that is reached over HTTPS at all.
    await must('debootstrap', ['--variant=minbase', '--include=ca-certificates', 'bookworm', root, await debianMirror()]);
    const leftOut = ['./dev/*', './proc/*', './sys/*', './var/cache/apt/archives/*.deb', './var/lib/apt/lists/*'];
    await must('tar', ['-C', root, ...leftOut.map((path) => `--exclude=${path}`), '-cf', join(work, 'base.tar'), '.']);
    await rename(join(work, 'base.tar'), file);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return file;
};

/** How this machine reaches packages, as environment: the registry, proxies and certificates, and never a login. */
const networkOfThisMachine = async (): Promise<{ readonly env: Record<string, string>; readonly certificates?: string }> => {
  const npm = async (key: string): Promise<string | undefined> => {
    const value = (await must('npm', ['config', 'get', key])).trim();
    return value === '' || value === 'null' || value === 'undefined' ? undefined : value;
  };
  const [registry, cafile] = await Promise.all([npm('registry'), npm('cafile')]);
  const certificates = cafile ?? process.env.NODE_EXTRA_CA_CERTS;
  const inside = '/etc/ssl/certs/ca-certificates.crt';
  const proxies = Object.entries(process.env).filter(([name]) => /^(https?|no|all)_proxy$/i.test(name));
  return {
    env: {
      ...Object.fromEntries(proxies.map(([name, value]) => [name, value ?? ''])),
      ...(registry === undefined ? {} : { npm_config_registry: registry }),
      ...(certificates === undefined ? {} : { npm_config_cafile: inside, NODE_EXTRA_CA_CERTS: inside }),
    },
    ...(certificates === undefined ? {} : { certificates }),
  };
};

/** apt's settings that say how this machine's network is to be used. */
const aptSettings = async (): Promise<string> => {
  const dump = await must('apt-config', ['dump', 'Acquire']);
  return dump.replace(/^(?!Acquire::(https?::(Proxy|Verify)|Check-)).*\n/gim, '');
};

/** Removes what test runs left behind that were killed: all that is labelled with the process of a maker who is no more. */
const sweep = async (): Promise<void> => {
  const label = ['--filter', `label=${LABEL}`];
  const remove = async (list: readonly string[], inspect: readonly string[], rm: readonly string[]): Promise<void> => {
    const ids = (await docker(...list, '-q', ...label)).split('\n').filter((id) => id !== '');
    for (const id of new Set(ids)) {
      // Another test may take its own away at this moment, or sweep as well.
      const maker = await docker(...inspect, id).then(
        (label) => label.trim(),
        () => undefined,
      );
      if (maker !== undefined && !existsSync(`/proc/${maker}`)) await docker(...rm, id).catch(() => undefined);
    }
  };
  const ofConfig = ['--format', `{{index .Config.Labels "${LABEL}"}}`];
  await remove(['ps', '-a'], ['inspect', ...ofConfig], ['rm', '-fv']);
  await remove(['images'], ['image', 'inspect', ...ofConfig], ['rmi', '-f']);
  await remove(['network', 'ls'], ['network', 'inspect', '--format', `{{index .Labels "${LABEL}"}}`], ['network', 'rm']);
};

/**
 * Makes a fresh machine in a container of the engine of this machine, with no Docker in it and no packages in its checkout.
 * Takes a few seconds, half a minute more the first time (for Debian's base system, which is kept in `$FAIRLEAD_TEST_CACHE` or
 * the temporary folder). With `packages` the checkout has those of this one, to read only. Fails with an Error that says which
 * command failed; then nothing is left behind.
 */
export const createFreshRoot = async ({ packages = false } = {}): Promise<FreshRoot> => {
  const name = `fairlead-fresh-${randomBytes(4).toString('hex')}`;
  const label = `${LABEL}=${process.pid}`;
  const cleanUp = async (): Promise<void> => {
    await docker('rm', '-fv', name).catch(() => undefined);
    await docker('rmi', '-f', name).catch(() => undefined);
    await docker('network', 'rm', name).catch(() => undefined);
  };
  const copyIn = (from: string, to: string): Promise<void> =>
    docker('cp', '--follow-link', from, `${name}:${to}`).then(() => undefined);

  await sweep();
  try {
    const base = await withTurnOfPackages(baseSystem);
    await docker('import', '--change', `LABEL ${label}`, base, name);
    const { env, certificates } = await networkOfThisMachine();
    const variables = Object.entries(env).flatMap(([key, value]) => ['--env', `${key}=${value}`]);
    // A network of its own, away from the addresses that recipes like.
    const subnet = `10.${randomInt(128, 255)}.${randomInt(0, 255)}.0/24`;
    await docker('network', 'create', '--label', label, '--subnet', subnet, name);
    const pid1 = ['--init', name, 'sleep', 'infinity'];
    const own = fileURLToPath(new URL('../..', import.meta.url));
    // Copied, they would take longer than all the rest.
    const lent = packages ? ['--volume', `${join(own, 'node_modules')}:${CHECKOUT}/node_modules:ro`] : [];
    const options = ['--label', label, '--network', name, ...POWERS, ...lent, ...variables];
    await docker('run', '--detach', '--name', name, ...options, ...pid1);

    const inside = async (script: string): Promise<string> => docker('exec', name, 'sh', '-ec', script);
    await inside(OPEN_KERNEL_FILES);
    if (certificates !== undefined) await copyIn(certificates, '/etc/ssl/certs/ca-certificates.crt');
    const put = (path: string, text: string): Promise<string> =>
      docker('exec', '--env', `TEXT=${text}`, '--env', `FILE=${path}`, name, 'sh', '-c', 'printf %s "$TEXT" >"$FILE"');
    // The network's own resolver answers in this container only, not in those that an engine inside would start.
    const resolver = await readFile('/etc/resolv.conf', 'utf8');
    if (!/^nameserver\s+(127|::1)/m.test(resolver)) await put('/etc/resolv.conf', resolver);
    await put('/etc/apt/apt.conf.d/90test-machine', await aptSettings());

    // npm's own folder is two above its program (npm/bin/npm-cli.js).
    const npm = dirname(dirname(ofTheSystem('npm')));
    await inside('mkdir -p /usr/local/lib/node_modules');
    await copyIn(ofTheSystem('node'), '/usr/local/bin/node');
    await copyIn(npm, '/usr/local/lib/node_modules/npm');
    await inside('ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm');

    await inside(`mkdir -p ${CHECKOUT}`);
    const leftOut = ['node_modules', 'dist', '.git'].map((folder) => `--exclude=./${folder}`);
    await pipe(
      ['tar', '-C', own, ...leftOut, '-c', '.'],
      ['docker', 'exec', '-i', name, 'tar', '-C', CHECKOUT, '--no-same-owner', '-x'],
    );
  } catch (error) {
    await cleanUp();
    throw error;
  }

  const run = (argv: readonly string[], { cwd = CHECKOUT, env = {}, timeout = 600_000 }: RunInRoot = {}): Promise<Ended> =>
    new Promise((resolve, reject) => {
      const began = performance.now();
      const variables = Object.entries(env).flatMap(([key, value]) => ['--env', `${key}=${value}`]);
      const args = ['exec', '--workdir', cwd, ...variables, name, ...argv];
      const child = execFile('docker', args, { ...LARGE, timeout }, (error, stdout, stderr) => {
        const seconds = (performance.now() - began) / 1000;
        if (error?.killed)
          reject(new Error(`${argv.join(' ')} had not ended after ${timeout} ms:\n${`${stdout}${stderr}`.slice(-4000)}`));
        else resolve({ code: child.exitCode, stdout, stderr, seconds });
      });
    });

  return { name, checkout: CHECKOUT, run, cleanUp };
};
