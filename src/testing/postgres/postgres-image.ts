import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { must } from '../must.ts';
import { withTurnOfPackages } from '../turn-of-packages.ts';

const entrypoint = fileURLToPath(new URL('entrypoint.sh', import.meta.url));
const DATA = '/var/lib/postgresql/data';
/** As the usual image has it. */
const UID = 999;

/** Dependencies that only the maintainers' scripts call, which don't run here, or that make queries faster which take hours. */
const LEFT_OUT =
  /^(adduser|debconf|dpkg|gcc-\d+-base|init-system-helpers|libllvm\d+|libz3-4|locales|lsb-base|netbase|openssl|perl|postgresql-common(-dev)?|sensible-utils|ssl-cert|sysvinit-utils|tar|ucf|usrmerge)$|-perl$|^perl-/;
const LEFT_BEHIND = ['*/bitcode/*', '*/llvmjit*', './usr/share/doc/*', './usr/share/man/*', './usr/share/locale/*'];

/** `/usr` is merged, as on every Debian and Ubuntu of today. */
const LINKS = ['bin', 'sbin', 'lib', 'lib64'];
const FILES: Readonly<Record<string, string>> = {
  'etc/passwd': `root:x:0:0:root:/root:/bin/sh\npostgres:x:${UID}:${UID}::/var/lib/postgresql:/bin/sh\n`,
  'etc/group': `root:x:0:\npostgres:x:${UID}:\n`,
};

/**
 * An image with a PostgreSQL server, its programs and a busybox (with `httpd`), made of this system's packages without any
 * registry; answers its tag, which says what it is made of. The first time on a machine takes 15 seconds or so (its content is
 * kept in `$FAIRLEAD_TEST_CACHE` or the temporary folder), the first time on an engine 5, then nothing. It is left there.
 *
 * Names, paths and first start are those of the usual image: `POSTGRES_PASSWORD` (or `…_FILE`), `POSTGRES_USER`,
 * `POSTGRES_DB`, `/var/lib/postgresql/data`. Whoever is inside may come in over the socket; over TCP, from 127.0.0.1 too, a
 * password is asked for. `pg_isready` tells when it is ready.
 */
export const postgresImage = (): Promise<string> => withTurnOfPackages(imageThere);

async function imageThere(): Promise<string> {
  const digest = await contentDigest();
  const tag = `fairlead-test/postgres:${digest}`;
  const isThere = await must('docker', ['image', 'inspect', tag]).then(
    () => true,
    () => false,
  );
  if (isThere) return tag;
  const { file, programs } = await filesThere();
  const changes = [
    `ENV PATH=${programs}:/usr/sbin:/usr/bin`,
    `ENV PGDATA=${DATA}`,
    'ENV LANG=C.UTF-8',
    `VOLUME ${DATA}`,
    'EXPOSE 5432',
    'ENTRYPOINT ["/entrypoint.sh"]',
    'CMD ["postgres"]',
  ];
  await must('docker', ['import', ...changes.flatMap((change) => ['--change', change]), file, tag]);
  return tag;
}

async function contentDigest(): Promise<string> {
  const hash = createHash('sha256');
  for (const path of [entrypoint, fileURLToPath(import.meta.url)]) hash.update(await readFile(path));
  return hash.digest('hex').slice(0, 12);
}

/** The image's files as a tar file, made once per machine, and the folder of PostgreSQL's programs in it. */
export const postgresFiles = (): Promise<PostgresFiles> => withTurnOfPackages(filesThere);

interface PostgresFiles {
  readonly file: string;
  readonly programs: string;
}

async function filesThere(): Promise<PostgresFiles> {
  const digest = await contentDigest();
  const cache = process.env.FAIRLEAD_TEST_CACHE ?? join(tmpdir(), 'fairlead-test-cache');
  const kept = (await readdir(cache).catch(() => [])).find((name) => name.startsWith(`postgres-${digest}-`));
  const place = (version: string): string => `/usr/lib/postgresql/${version}/bin`;
  if (kept !== undefined) return { file: join(cache, kept), programs: place(kept.split('-')[2]?.replace('.tar', '') ?? '') };
  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(join(cache, 'making-'));
  try {
    const root = join(work, 'root');
    const version = await unpackPackages(work, root);
    await addOwnFiles(root);
    await must('tar', ['-C', root, '-cf', join(work, 'postgres.tar'), '.']);
    const file = join(cache, `postgres-${digest}-${version}.tar`);
    await rename(join(work, 'postgres.tar'), file);
    return { file, programs: place(version) };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** PostgreSQL with all that it needs on a system that has nothing, as files; answers its major version. */
async function unpackPackages(work: string, root: string): Promise<string> {
  // As if nothing were installed, and nothing were downloaded yet: what is, the list leaves out.
  const archives = join(work, 'archives');
  await mkdir(join(archives, 'partial'), { recursive: true });
  const options = ['Dir::State::status=/dev/null', `Dir::Cache::archives=${archives}`, 'Debug::NoLocking=1'];
  const nothing = options.flatMap((option) => ['-o', option]);
  const wanted = ['postgresql', 'busybox-static', 'libc-bin'];
  const list = await must('apt-get', [...nothing, '--print-uris', '-y', '--no-install-recommends', 'install', ...wanted]);
  const names = [...list.matchAll(/^'[^']*' ([^_ ]+)_/gm)].map(([, name = '']) => name).filter((name) => !LEFT_OUT.test(name));
  const version = names.find((name) => /^postgresql-\d+$/.test(name))?.split('-')[1];
  if (version === undefined) throw new Error(`apt does not offer postgresql (apt-get update?):\n${list.slice(-2000)}`);

  const packages = join(work, 'packages');
  await mkdir(packages);
  // apt gives up root for downloads, and may not write here then.
  await must('apt-get', ['-o', 'APT::Sandbox::User=root', '-o', 'Acquire::Retries=2', 'download', ...names], packages);
  await mkdir(root);
  for (const name of LINKS) {
    await mkdir(join(root, 'usr', name), { recursive: true });
    await symlink(`usr/${name}`, join(root, name));
  }
  const tar = ['tar', '-C', root, '-x', '--keep-directory-symlink', ...LEFT_BEHIND.map((path) => `--exclude=${path}`)];
  for (const name of await readdir(packages)) {
    await must('sh', ['-c', 'file=$1; shift; dpkg-deb --fsys-tarfile "$file" | "$@"', 'sh', join(packages, name), ...tar]);
  }
  return version;
}

async function addOwnFiles(root: string): Promise<void> {
  // The packages' own psql is a Perl script that looks for the cluster that is meant.
  await must('find', [join(root, 'usr/bin'), '-lname', '*pg_wrapper', '-delete']);
  await must('chroot', [root, '/bin/busybox', '--install', '-s', '/usr/bin']);
  for (const [path, text] of Object.entries(FILES)) await writeFile(join(root, path), text);
  for (const path of ['dev', 'proc', 'sys', 'root', 'tmp', 'run/postgresql', DATA.slice(1)]) {
    await mkdir(join(root, path), { recursive: true });
  }
  if (!existsSync(join(root, 'var/run'))) await symlink('/run', join(root, 'var/run'));
  await chmod(join(root, 'tmp'), 0o1777);
  for (const path of ['run/postgresql', 'var/lib/postgresql', DATA.slice(1)]) await chown(join(root, path), UID, UID);
  await chmod(join(root, DATA.slice(1)), 0o700);
  await copyFile(entrypoint, join(root, 'entrypoint.sh'));
  await chmod(join(root, 'entrypoint.sh'), 0o755);
}
