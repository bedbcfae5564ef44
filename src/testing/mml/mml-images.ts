import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { debianRoot } from '../debian-root.ts';
import { postgresImage } from '../postgres/postgres-image.ts';

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

const LARGE = { maxBuffer: 64 * 1024 * 1024 };
const LABEL = 'LABEL fairlead-test.stand-in=mml';
const PACKAGES = ['bash', 'redis-server', 'nginx-light', 'rabbitmq-server', 'postgresql-client'];
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
  const names: string[] = [];
  const cleanUp = async (): Promise<void> => {
    if (names.length > 0) await must('docker', ['image', 'rm', '--force', ...names]);
  };
  try {
    const contents: Readonly<Record<string, string>> = {
      'nginx.conf': NGINX_CONF,
      'service.js': await bundled('service'),
      'dotnet.js': await bundled('dotnet'),
      'postgres-entrypoint.sh': await readFile(new URL('postgres-entrypoint.sh', import.meta.url), 'utf8'),
    };
    const base = await serversImage();
    const call = async (service: Service, from: string, lines: readonly string[]): Promise<string> => {
      const name = `${NAMES[service]}:${tag}`;
      await must('docker', ['tag', await thinImage(service, from, lines, contents), name]);
      names.push(name);
      return name;
    };
    const postgres = await call(
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
    for (const service of Object.keys(own) as (keyof typeof own)[]) own[service] = await call(service, base, LINES[service]);
    return { ...own, postgres, cleanUp };
  } catch (error) {
    await cleanUp();
    throw error;
  }
}

/** Debian's servers and a Node that runs the programs; answers its name. */
async function serversImage(): Promise<string> {
  const tag = `fairlead-test/mml:${digestOf(...PACKAGES, process.version, process.arch)}`;
  if (await isThere(tag)) return tag;
  const root = await debianRoot(...PACKAGES);
  try {
    await copyFile(process.execPath, join(root.path, 'usr/bin/node'));
    await chmod(join(root.path, 'usr/bin/node'), 0o755);
    for (const folder of ['proc', 'sys', 'run', 'etc/ssl/certs', 'var/log/rabbitmq', 'var/lib/rabbitmq', 'etc/rabbitmq']) {
      await mkdir(join(root.path, folder), { recursive: true });
    }
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
  service: string,
  from: string,
  lines: readonly string[],
  contents: Readonly<Record<string, string>>,
): Promise<string> {
  const used = Object.entries(contents).filter(([file]) => lines.some((line) => line.startsWith(`COPY ${file} `)));
  const tag = `fairlead-test/mml-${service}:${digestOf(from, ...lines, ...used.flat())}`;
  if (await isThere(tag)) return tag;
  const work = await mkdtemp(join(tmpdir(), 'mml-image-'));
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
