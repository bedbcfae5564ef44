import { createHash, randomBytes } from 'node:crypto';
import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { must } from '../must.ts';
import { postgresFiles, postgresImage } from '../postgres/postgres-image.ts';
import { bundledProgram, digestOf, isImageThere, labelOf, ownNames, thinImage } from '../stand-in-images.ts';

/** The images of one test, by names that nobody else has: those of the originals, with a tag of the test's own. */
export interface EnteImages {
  readonly postgres: string;
  readonly minio: string;
  readonly mc: string;
  readonly server: string;
  readonly web: string;
  /** What all of them share, and what ente-cli is built from: Debian's busybox and PostgreSQL's programs, and a Node. */
  readonly base: string;
  /** Takes the names away again; what they named stays, for the next test. */
  cleanUp(): Promise<void>;
}

/** What may be chosen. */
export interface EnteImagesOptions {
  /** The tag of all of them; a random one if left out. */
  readonly tag?: string;
  /**
   * The day on which the release of museum came out, as `2024-07-20`: it decides how the environment is spelled, what is logged
   * and which settings there are. The newest, if left out.
   */
  readonly release?: string;
  /** Certificates, as PEM, of those whom museum trusts when it sends mail; those of the world, if left out. */
  readonly authorities?: string;
}

/** How an image is made of the program of that name. */
interface Recipe {
  readonly name: string;
  readonly programs: Readonly<Record<string, string>>;
  readonly lines: readonly string[];
  /** Contents of further files, by their paths. */
  readonly files?: Readonly<Record<string, string>>;
}

const NEWEST = '2025-11-01';
const SYSTEM = 'ente';

const recipes = (release: string, authorities: string): Readonly<Record<'server' | 'minio' | 'mc' | 'web', Recipe>> => ({
  server: {
    name: 'ghcr.io/ente/server',
    programs: { museum: '/museum' },
    lines: [`ENV MUSEUM_RELEASE=${release} GIT_COMMIT=${commitOf(release)}`, 'WORKDIR /', 'EXPOSE 8080', 'CMD ["./museum"]'],
    files: authorities === '' ? {} : { '/etc/ssl/certs/ca-certificates.crt': authorities },
  },
  minio: {
    name: 'minio/minio',
    programs: { minio: '/usr/bin/minio', mc: '/usr/bin/mc' },
    lines: ['EXPOSE 9000', 'ENTRYPOINT ["/usr/bin/minio"]', 'CMD ["minio"]'],
  },
  mc: { name: 'minio/mc', programs: { mc: '/usr/bin/mc' }, lines: ['ENTRYPOINT ["mc"]'] },
  web: { name: 'ghcr.io/ente/web', programs: { web: '/web' }, lines: ['EXPOSE 3000 3001 3002 3003', 'CMD ["/web"]'] },
});

/** What `/ping` answers as its id. */
const commitOf = (release: string): string => createHash('sha1').update(release).digest('hex');

/**
 * Makes what a test needs to install Ente without any registry: PostgreSQL is real, the others stand in for the originals and
 * fail for the same reasons. The first time on an engine takes 10 seconds or so (and PostgreSQL's own first time), then less
 * than one: what is made stays, under names that say what it is made of.
 */
export async function enteImages(options: EnteImagesOptions = {}): Promise<EnteImages> {
  const { tag = `t${randomBytes(5).toString('hex')}`, release = NEWEST, authorities = '' } = options;
  const own = { server: '', minio: '', mc: '', web: '' };
  const postgres = `postgres:${tag}`;
  const { call, cleanUp } = ownNames();
  try {
    const made = await postgresImage();
    const base = await baseImage();
    await call(made, postgres);
    for (const [key, recipe] of Object.entries(recipes(release, authorities)) as [keyof typeof own, Recipe][]) {
      own[key] = await call(await imageOf(recipe, base), `${recipe.name}:${tag}`);
    }
    return { ...own, postgres, base, cleanUp };
  } catch (error) {
    await cleanUp();
    throw error;
  }
}

/**
 * Makes a git repository at `path` that has ente-cli's source where upstream has it: `cli/Dockerfile`, at the tag
 * `cli-v0.2.3`. It builds from `base` of the images, and needs no BuildKit, which upstream's does; nothing stays of it once the
 * image is removed.
 */
export async function enteCliRepository(path: string, base: string): Promise<void> {
  await mkdir(join(path, 'cli'), { recursive: true });
  await writeFile(join(path, 'README.md'), 'A stand-in for the repository of Ente.\n');
  await writeFile(join(path, 'cli/ente-cli.js'), await bundled('ente-cli'));
  await writeFile(
    join(path, 'cli/Dockerfile'),
    [`FROM ${base}`, 'WORKDIR /', 'COPY ente-cli.js /ente-cli', 'RUN chmod 0755 /ente-cli', 'CMD ["./ente-cli"]', ''].join('\n'),
  );
  const git = (...args: readonly string[]): Promise<string> =>
    must('git', ['-c', 'user.name=Ente', '-c', 'user.email=ente@example.org', '-C', path, ...args]);
  await git('init', '--quiet', '--initial-branch=main');
  await git('config', 'uploadpack.allowFilter', 'true');
  await git('add', '.');
  await git('commit', '--quiet', '--message', 'The command line');
  await git('tag', 'cli-v0.2.3');
}

/** Debian's files with a Node that runs the programs; answers its name. */
async function baseImage(): Promise<string> {
  const { file, programs } = await postgresFiles();
  const tag = `fairlead-test/${SYSTEM}:${digestOf(basename(file), process.version, process.arch)}`;
  if (await isImageThere(tag)) return tag;
  const work = await mkdtemp(join(tmpdir(), 'ente-base-'));
  try {
    const tar = join(work, 'base.tar');
    await mkdir(join(work, 'usr/bin'), { recursive: true });
    await mkdir(join(work, 'etc'));
    await copyFile(process.execPath, join(work, 'usr/bin/node'));
    await chmod(join(work, 'usr/bin/node'), 0o755);
    await copyFile(file, tar);
    await must('tar', ['-C', work, '--owner=0', '--group=0', '-rf', tar, 'usr/bin/node']);
    const changes = [`ENV PATH=/usr/sbin:/usr/bin:${programs}`, labelOf(SYSTEM), 'CMD ["/bin/sh"]'];
    await must('docker', ['import', ...changes.flatMap((change) => ['--change', change]), tar, tag]);
    return tag;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The image of one of them over the base; answers the name that says what it is made of. */
async function imageOf({ name, programs, lines, files = {} }: Recipe, base: string): Promise<string> {
  const made = Object.entries(programs).map(async ([program, path]) => [path, await bundled(program)] as const);
  const all = [...(await Promise.all(made)), ...Object.entries(files)];
  const contents = Object.fromEntries(all.map(([path, text]) => [basename(path), text]));
  const copies = all.map(([path]) => `COPY ${basename(path)} ${path}`);
  return thinImage({ system: SYSTEM, service: basename(name), from: base, lines: [...copies, ...lines], contents });
}

/** A program as one file that Node runs. */
function bundled(program: string): Promise<string> {
  return bundledProgram(new URL(`programs/${program}.ts`, import.meta.url));
}
