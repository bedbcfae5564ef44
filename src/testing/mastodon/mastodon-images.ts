import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { postgresImage } from '../postgres/postgres-image.ts';
import { bundledProgram, ownNames, serversImage, thinImage } from '../stand-in-images.ts';
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

const SYSTEM = 'mastodon';
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
  const { call, cleanUp } = ownNames();
  try {
    const contents = await contentsOf();
    const postgres = await postgresImage();
    const base = await serversImage({ system: SYSTEM, packages: PACKAGES, folders: ['opt'] });
    for (const service of Object.keys(own) as Service[]) {
      const from = service === 'postgres' ? postgres : base;
      const made = await thinImage({ system: SYSTEM, service, from, lines: lines[service], contents });
      own[service] = await call(made, `${NAMES[service]}:${tag}`);
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
    'main.js': await bundledProgram(new URL('programs/main.ts', import.meta.url)),
    'streaming.js': await bundledProgram(new URL('programs/streaming.ts', import.meta.url)),
    'elasticsearch.js': await bundledProgram(new URL('programs/elasticsearch.ts', import.meta.url)),
    'postgres-entrypoint.sh': await readFile(new URL('postgres-entrypoint.sh', import.meta.url), 'utf8'),
    'redis-entrypoint.sh': await readFile(new URL('redis-entrypoint.sh', import.meta.url), 'utf8'),
  }))();
  return contents;
}
