import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { debianRoot } from '../debian-root.ts';
import { postgresImage } from '../postgres/postgres-image.ts';
import type { Release } from './programs/release.ts';

/** The images of one test, by the names of the originals, with a tag of the test's own. */
export interface MastodonImages {
  readonly postgres: string;
  readonly redis: string;
  readonly elasticsearch: string;
  /** Web server, background jobs, wizard and command line. */
  readonly mastodon: string;
  readonly streaming: string;
  /** Takes the names away again; what they named stays, for the next test. */
  cleanUp(): Promise<void>;
}

/** What may be chosen. */
export interface MastodonImagesOptions {
  /** The tag of all of them; a random one if left out. */
  readonly tag?: string;
  /** Which Mastodon it is: the wizard's questions, the keys that it needs and the database's schema differ. Default: 4.3. */
  readonly release?: Release;
  /** What Elasticsearch reads as `vm.max_map_count`, which no test may change on its host; that of the host, if left out. */
  readonly maxMapCount?: number;
}

type Service = Exclude<keyof MastodonImages, 'cleanUp'>;

const LARGE = { maxBuffer: 64 * 1024 * 1024 };
const LABEL = 'LABEL fairlead-test.stand-in=mastodon';
const PACKAGES = ['bash', 'redis-server', 'postgresql-client', 'curl', 'tini', 'libstdc++6', 'libatomic1'];
const HOME = '/opt/mastodon';
const PROGRAMS = ['bundle', 'rake', 'rails', 'tootctl', 'puma', 'sidekiq'];

const NAMES: Readonly<Record<Service, string>> = {
  postgres: 'postgres',
  redis: 'redis',
  elasticsearch: 'docker.elastic.co/elasticsearch/elasticsearch',
  mastodon: 'ghcr.io/mastodon/mastodon',
  streaming: 'ghcr.io/mastodon/mastodon-streaming',
};

const APPLICATION = [
  `RUN ln -s ${HOME} /mastodon && mkdir -p ${HOME}/public/system && chown -R 991:991 ${HOME} \\
    && echo 'mastodon:x:991:991::${HOME}:/bin/bash' >> /etc/passwd && echo 'mastodon:x:991:' >> /etc/group`,
  `WORKDIR ${HOME}`,
  'ENTRYPOINT ["/usr/bin/tini", "--"]',
];

/** What an image adds to Debian's files, as lines of its Dockerfile, of which `COPY` names a file of `contents`. */
const linesOf = (release: Release, maxMapCount: number | undefined): Readonly<Record<Service, readonly string[]>> => ({
  postgres: ['COPY postgres-entrypoint.sh /first.sh', 'STOPSIGNAL SIGINT', 'ENTRYPOINT ["/first.sh"]', 'CMD ["postgres"]'],
  redis: [
    'COPY redis-entrypoint.sh /first.sh',
    'WORKDIR /data',
    'VOLUME /data',
    'EXPOSE 6379',
    'ENTRYPOINT ["/first.sh"]',
    'CMD ["redis-server"]',
  ],
  elasticsearch: [
    'COPY elasticsearch.js /usr/share/elasticsearch/bin/elasticsearch',
    'RUN mkdir /usr/share/elasticsearch/data && chown 1000:0 /usr/share/elasticsearch/data',
    ...(maxMapCount === undefined ? [] : [`ENV STAND_IN_MAX_MAP_COUNT=${maxMapCount}`]),
    'USER 1000:0',
    'EXPOSE 9200',
    'ENTRYPOINT ["/usr/bin/tini", "--"]',
    'CMD ["/usr/share/elasticsearch/bin/elasticsearch"]',
  ],
  mastodon: [
    `COPY main.js ${HOME}/bin/bundle`,
    `RUN cd ${HOME}/bin && for name in ${PROGRAMS.slice(1).join(' ')}; do ln -s bundle "$name"; done`,
    ...APPLICATION,
    `ENV PATH=${HOME}/bin:$PATH RAILS_ENV=production NODE_ENV=production BIND=0.0.0.0 STAND_IN_RELEASE=${release}`,
    'USER mastodon',
    'EXPOSE 3000 4000',
    'CMD ["bash"]',
  ],
  streaming: [
    `COPY streaming.js ${HOME}/streaming/index.js`,
    ...APPLICATION,
    `ENV NODE_ENV=production BIND=0.0.0.0 STAND_IN_RELEASE=${release}`,
    'USER mastodon',
    'EXPOSE 4000',
    'CMD ["node", "./streaming/index.js"]',
  ],
});

/**
 * Makes what a test needs to install Mastodon without any registry: PostgreSQL and Redis are Debian's; the others stand in for
 * the originals, keep what they know in those, and fail for the same reasons. The first time on an engine takes half a minute or
 * so, then less than one second: what is made stays.
 */
export async function mastodonImages(options: MastodonImagesOptions = {}): Promise<MastodonImages> {
  const { tag = `t${randomBytes(5).toString('hex')}`, release = '4.3', maxMapCount } = options;
  const lines = linesOf(release, maxMapCount);
  const own = { postgres: '', redis: '', elasticsearch: '', mastodon: '', streaming: '' };
  const names: string[] = [];
  const cleanUp = async (): Promise<void> => {
    if (names.length > 0) await must('docker', ['image', 'rm', '--force', ...names]);
  };
  try {
    const contents = await contentsOf();
    const postgres = await postgresImage();
    const base = await baseImage();
    for (const service of Object.keys(own) as Service[]) {
      const made = await thinImage(service, service === 'postgres' ? postgres : base, lines[service], contents);
      own[service] = `${NAMES[service]}:${tag}`;
      await must('docker', ['tag', made, own[service]]);
      names.push(own[service]);
    }
    return { ...own, cleanUp };
  } catch (error) {
    await cleanUp();
    throw error;
  }
}

let contents: Promise<Readonly<Record<string, string>>> | undefined;

/** Programs and scripts, by the names that they have for `COPY`. */
function contentsOf(): Promise<Readonly<Record<string, string>>> {
  contents ??= (async () => ({
    'main.js': await bundled('main'),
    'streaming.js': await bundled('streaming'),
    'elasticsearch.js': await bundled('elasticsearch'),
    'postgres-entrypoint.sh': await readFile(new URL('postgres-entrypoint.sh', import.meta.url), 'utf8'),
    'redis-entrypoint.sh': await readFile(new URL('redis-entrypoint.sh', import.meta.url), 'utf8'),
  }))();
  return contents;
}

/** Debian's Redis, PostgreSQL's clients and a Node that runs the programs; answers the image's name. */
async function baseImage(): Promise<string> {
  const tag = `fairlead-test/mastodon:${digestOf(...PACKAGES, process.version, process.arch)}`;
  if (await isThere(tag)) return tag;
  const root = await debianRoot(...PACKAGES);
  try {
    await copyFile(process.execPath, join(root.path, 'usr/bin/node'));
    await chmod(join(root.path, 'usr/bin/node'), 0o755);
    for (const folder of ['proc', 'sys', 'run', 'opt']) await mkdir(join(root.path, folder), { recursive: true });
    await chmod(join(root.path, 'tmp'), 0o1777);
    const [version = ''] = (await root.run('ls', '/usr/lib/postgresql')).trim().split('\n');
    const changes = [
      `ENV PATH=/usr/lib/postgresql/${version}/bin:/usr/bin:/usr/sbin`,
      'ENV LANG=C.UTF-8',
      LABEL,
      'CMD ["/bin/sh"]',
    ].flatMap((change) => ['--change', change]);
    const tar = `${root.path}.tar`;
    try {
      await must('tar', ['-C', root.path, '--exclude=./dev/*', '-cf', tar, '.']);
      await must('docker', ['import', ...changes, tar, tag]);
    } finally {
      await rm(tar, { force: true });
    }
    return tag;
  } finally {
    await root.cleanUp();
  }
}

/** An image of some lines over another; answers the name that says what it is made of. */
async function thinImage(
  service: Service,
  from: string,
  lines: readonly string[],
  contents: Readonly<Record<string, string>>,
): Promise<string> {
  const used = Object.entries(contents).filter(([file]) => lines.some((line) => line.startsWith(`COPY ${file} `)));
  const tag = `fairlead-test/mastodon-${service}:${digestOf(from, ...lines, ...used.flat())}`;
  if (await isThere(tag)) return tag;
  const work = await mkdtemp(join(tmpdir(), 'mastodon-image-'));
  try {
    for (const [file, text] of used) await writeFile(join(work, file), text, { mode: 0o755 });
    await writeFile(join(work, 'Dockerfile'), [`FROM ${from}`, LABEL, ...lines, ''].join('\n'));
    await must('docker', ['build', '--quiet', '--tag', tag, work]);
    return tag;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** A program as one file that Node runs. */
async function bundled(program: string): Promise<string> {
  const entry = fileURLToPath(new URL(`programs/${program}.ts`, import.meta.url));
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    write: false,
    banner: { js: '#!/usr/bin/node' },
  });
  return outputFiles[0]?.text ?? '';
}

function digestOf(...parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 12);
}

function isThere(tag: string): Promise<boolean> {
  return must('docker', ['image', 'inspect', tag]).then(
    () => true,
    () => false,
  );
}

/** Runs a program of this machine; anything but 0 is an error that shows the end of what it said. */
function must(file: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(file, args, LARGE, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${file} ${args.slice(0, 3).join(' ')}: ${error.code}\n${`${stdout}${stderr}`.slice(-2000)}`));
    });
  });
}
