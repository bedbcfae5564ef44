import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { postgresImage } from '../postgres/postgres-image.ts';
import { bundledProgram, ownNames, serversImage, thinImage } from '../stand-in-images.ts';

/** The images of one test, by the names of the originals, with a tag of the test's own. */
export interface MmlImages {
  readonly postgres: string;
  readonly redis: string;
  readonly rabbitmq: string;
  readonly nginx: string;
  readonly identity: string;
  readonly media: string;
  /** Takes the names away again; what they named stays, for the next test. */
  cleanUp(): Promise<void>;
}

type Service = Exclude<keyof MmlImages, 'cleanUp'>;

const SYSTEM = 'mml';
const PACKAGES = ['bash', 'redis-server', 'nginx-light', 'rabbitmq-server', 'postgresql-client'];
const FOLDERS = ['etc/ssl/certs', 'var/log/rabbitmq', 'var/lib/rabbitmq', 'etc/rabbitmq'];
const NGINX_CONF = `user www-data;
worker_processes 1;
pid /run/nginx.pid;
error_log /dev/stderr notice;
events {}
http {
  access_log off;
  include /etc/nginx/conf.d/*.conf;
}
`;

const NAMES: Readonly<Record<Service, string>> = {
  postgres: 'postgres',
  redis: 'redis',
  rabbitmq: 'rabbitmq',
  nginx: 'nginx',
  identity: 'w3kod3/wekode.mml.identity',
  media: 'w3kod3/wekode.mml.media',
};

/** What an image adds to Debian's files: lines of its Dockerfile, of which `COPY` names files of `contents`. */
const LINES: Readonly<Record<Exclude<Service, 'postgres'>, readonly string[]>> = {
  redis: ['RUN mkdir /data && chmod 1777 /data', 'WORKDIR /data', 'EXPOSE 6379', 'CMD ["redis-server"]'],
  rabbitmq: [
    'ENV HOME=/var/lib/rabbitmq RABBITMQ_LOGS=- PATH=/usr/lib/rabbitmq/bin:/usr/bin:/usr/sbin',
    // An idle Erlang turns in circles for a while before it sleeps: several stacks at once have two cores here.
    'ENV RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none"',
    'RUN chmod 1777 /var/lib/rabbitmq /var/log/rabbitmq /etc/rabbitmq',
    'CMD ["rabbitmq-server"]',
  ],
  nginx: [
    'COPY nginx.conf /etc/nginx/nginx.conf',
    'RUN mkdir -p /etc/nginx/conf.d /var/log/nginx /var/lib/nginx',
    'CMD ["nginx", "-g", "daemon off;"]',
  ],
  identity: [
    'COPY service.js /app/service.js',
    'COPY dotnet.js /usr/bin/dotnet',
    'ENV MML_SERVICE=identity',
    'CMD ["node", "/app/service.js"]',
  ],
  media: ['COPY service.js /app/service.js', 'ENV MML_SERVICE=media', 'CMD ["node", "/app/service.js"]'],
};

/**
 * Makes what a test needs to install My Media Lib without any registry: PostgreSQL, Redis, RabbitMQ and nginx are Debian's; the
 * two services stand in for the originals, connect to them with what their settings say, and fail for the same reasons. The
 * first time on an engine takes half a minute or so, then less than one second: what is made stays.
 */
export async function mmlImages(): Promise<MmlImages> {
  const tag = `t${randomBytes(5).toString('hex')}`;
  const { call, cleanUp } = ownNames();
  try {
    const contents: Readonly<Record<string, string>> = {
      'nginx.conf': NGINX_CONF,
      'service.js': await bundledProgram(new URL('programs/service.ts', import.meta.url)),
      'dotnet.js': await bundledProgram(new URL('programs/dotnet.ts', import.meta.url)),
      'postgres-entrypoint.sh': await readFile(new URL('postgres-entrypoint.sh', import.meta.url), 'utf8'),
    };
    const base = await serversImage({ system: SYSTEM, packages: PACKAGES, folders: FOLDERS });
    const make = async (service: Service, from: string, lines: readonly string[]): Promise<string> =>
      call(await thinImage({ system: SYSTEM, service, from, lines, contents }), `${NAMES[service]}:${tag}`);
    const postgres = await make(
      'postgres',
      await postgresImage(),
      [
        'COPY --from=servers /usr/bin/bash /bin/bash',
        'COPY postgres-entrypoint.sh /mml-entrypoint.sh',
        'RUN chmod 0666 /etc/passwd && chmod 1777 /run/postgresql',
        'STOPSIGNAL SIGINT',
        'ENTRYPOINT ["/mml-entrypoint.sh"]',
        'CMD ["postgres"]',
      ].map((line) => line.replace('--from=servers', `--from=${base}`)),
    );
    const own = { redis: '', rabbitmq: '', nginx: '', identity: '', media: '' };
    for (const service of Object.keys(own) as (keyof typeof own)[]) own[service] = await make(service, base, LINES[service]);
    return { ...own, postgres, cleanUp };
  } catch (error) {
    await cleanUp();
    throw error;
  }
}
