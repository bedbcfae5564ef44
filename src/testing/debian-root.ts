import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FileOp, Host } from '../model/ports.ts';
import { must } from './must.ts';
import { withTurnOfPackages } from './turn-of-packages.ts';

/** Files of some packages of this system in a folder of their own, to be run there with chroot(8). */
export interface DebianRoot {
  readonly path: string;
  /** A program inside, as root; answers what it wrote to standard output, and throws where it fails. */
  run(...argv: readonly string[]): Promise<string>;
  /** The root as a host of its own; `/proc` is that of this machine. */
  host(machine: Host): Host;
  /** Ends what runs inside, and removes it. */
  cleanUp(): Promise<void>;
}

/** What only maintainers' scripts call, which don't run here. */
const LEFT_OUT =
  /^(adduser|debconf|dpkg|gcc-\d+-base|init-system-helpers|iproute2|libbpf\d+|libelf\d+|locales|lsb-base|perl|perl-.*|sensible-utils|ssl-cert|sysvinit-utils|tar|ucf|usrmerge)$/;
/** Large, and of the servers here only Postfix itself is linked with it. */
const ICU = /^libicu\d+$/;
const LEFT_BEHIND = ['./usr/share/doc/*', './usr/share/man/*', './usr/share/locale/*', './etc/init.d/*'];
const FILES: Readonly<Record<string, string>> = {
  'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:33::/var/www:/usr/sbin/nologin\n',
  'etc/group': 'root:x:0:\nadm:x:4:\nwww-data:x:33:\n',
  'etc/hosts': '127.0.0.1 localhost\n',
};

/**
 * Unpacks packages with all that they need: half a dozen seconds, most of it downloads. Nothing is installed on this machine, and
 * no maintainer's script runs: what those would set up is the test's to set up.
 */
export async function debianRoot(...packages: readonly string[]): Promise<DebianRoot> {
  const path = await mkdtemp(join(tmpdir(), 'fairlead-root-'));
  const root: DebianRoot = {
    path,
    run: (...argv) => must('chroot', [path, ...argv]),
    host: (machine) => hostIn(path, machine),
    async cleanUp() {
      for (const pid of await processesIn(path)) await must('kill', ['-KILL', String(pid)]).catch(() => undefined);
      await rm(path, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  try {
    await withTurnOfPackages(() => unpack(path, packages));
  } catch (error) {
    await root.cleanUp();
    throw error;
  }
  return root;
}

async function unpack(path: string, packages: readonly string[]): Promise<void> {
  const archives = join(path, 'archives');
  await mkdir(join(archives, 'partial'), { recursive: true });
  // As if nothing were installed, and nothing were downloaded yet: what is, the list leaves out.
  const nothing = ['Dir::State::status=/dev/null', `Dir::Cache::archives=${archives}`, 'Debug::NoLocking=1'];
  const options = [...nothing, 'APT::Sandbox::User=root', 'Acquire::Retries=2'].flatMap((option) => ['-o', option]);
  const wanted = ['--no-install-recommends', 'install', 'coreutils', 'dash', 'grep', 'sed', 'procps', 'libc-bin', ...packages];
  const list = await must('apt-get', [...options, '--print-uris', '-y', ...wanted]);
  const names = [...list.matchAll(/^'[^']*' ([^_ ]+)_/gm)]
    .map(([, name = '']) => name)
    .filter((name) => !LEFT_OUT.test(name) && (packages.includes('postfix') || !ICU.test(name)));
  await must('apt-get', [...options, 'download', ...names], archives);
  // `/usr` is merged, as on every Debian and Ubuntu of today.
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    await mkdir(join(path, 'usr', name), { recursive: true });
    await symlink(`usr/${name}`, join(path, name));
  }
  const tar = ['tar', '-C', path, '-x', '--keep-directory-symlink', ...LEFT_BEHIND.map((each) => `--exclude=${each}`)];
  for (const name of (await readdir(archives)).filter((each) => each.endsWith('.deb'))) {
    await must('sh', ['-c', 'file=$1; shift; dpkg-deb --fsys-tarfile "$file" | "$@"', 'sh', join(archives, name), ...tar]);
  }
  await rm(archives, { recursive: true });
  for (const folder of ['dev', 'tmp', 'run/lock', 'var/log', 'root']) await mkdir(join(path, folder), { recursive: true });
  for (const [link, to] of [
    ['var/run', '/run'],
    ['var/lock', '/run/lock'],
    ['usr/bin/sh', 'dash'],
  ] as const) {
    await symlink(to, join(path, link)).catch(() => undefined);
  }
  for (const [name, minor] of [
    ['null', '3'],
    ['zero', '5'],
    ['urandom', '9'],
  ] as const) {
    await must('mknod', ['-m', '666', join(path, 'dev', name), 'c', '1', minor]);
  }
  for (const [name, text] of Object.entries(FILES)) await writeFile(join(path, name), text);
  await must('ldconfig', ['-r', path]);
}

/** Links inside must be relative: an absolute one would lead out. */
function hostIn(root: string, machine: Host): Host {
  const inside = (path: string): string => (path === '/proc' || path.startsWith('/proc/') ? path : `${root}${path}`);
  return {
    id: machine.id,
    uid: machine.uid,
    exec: (command, options) => machine.exec({ ...command, argv: ['chroot', root, ...command.argv] }, options),
    async files<const Ops extends readonly FileOp[]>(ops: Ops) {
      const results: unknown[] = [];
      for (const op of ops) {
        const [result] = await machine.files([{ ...op, path: inside(op.path) }]);
        results.push(
          op.op === 'tree'
            ? (result as readonly { path: string }[] | undefined)?.map((entry) => ({
                ...entry,
                path: entry.path.slice(root.length),
              }))
            : result,
        );
      }
      return results as never;
    },
  };
}

async function processesIn(root: string): Promise<readonly number[]> {
  const found = await must('sh', [
    '-c',
    'for p in /proc/[0-9]*; do [ "$(readlink "$p/root")" = "$1" ] && echo "${p#/proc/}"; done; true',
    'sh',
    root,
  ]);
  return found
    .split('\n')
    .filter((line) => line !== '')
    .map(Number);
}
