import { createHash } from 'node:crypto';
import { parse } from 'yaml';
import type { SimulatedWorld } from './world.ts';

const PROJECT = 'com.docker.compose.project';
const SERVICE = 'com.docker.compose.service';
const HASH = 'com.docker.compose.config-hash';

/** The program `docker` with compose 2, and an older project whose file is still there. */
export function addCompose(world: SimulatedWorld): void {
  const { host, docker } = world;
  docker.up = false;
  docker.pullable.set('redis:7', { id: 'sha256:redis', tags: [], labels: {}, size: 1000 });
  docker.putContainer({
    name: 'old-web-1',
    labels: { [PROJECT]: 'old', [SERVICE]: 'web', [`${PROJECT}.working_dir`]: '/srv/old' },
  });
  docker.putContainer({
    name: 'old-db-1',
    labels: { [PROJECT]: 'old', [SERVICE]: 'db', [`${PROJECT}.working_dir`]: '/srv/old' },
  });
  docker.networksByName.set('old_default', {
    id: 'network-old',
    name: 'old_default',
    driver: 'bridge',
    internal: false,
    pools: [{ subnet: '172.30.0.0/16' }],
    labels: { [PROJECT]: 'old' },
    containers: [],
  });
  docker.volumeProjects.set('old_data', 'old').set('other_data', 'other');
  host.put('/srv/old/compose.yaml', { content: 'services: { web: { image: old }, db: { image: old } }\n' });

  host.program('docker', ({ argv, stdin }) => {
    if (argv[1] !== 'compose') return plainDocker(world, argv.slice(1));
    if (host.at('/usr/libexec/docker/cli-plugins/docker-compose') === undefined) return { code: 1, stderr: 'no such command\n' };
    if (argv.includes('version')) return { stdout: 'Docker Compose version v2.26.1\n' };
    if (!docker.up) return { code: 1, stderr: 'Cannot connect to the Docker daemon\n' };
    if (argv.includes('--dry-run')) return { code: 1 };
    const value = (option: string): string => argv[argv.indexOf(option) + 1] ?? '';
    const folder = value('--project-directory');
    const file = value('--file') === '-' ? stdin : host.text(value('--file'));
    if (argv.includes('--hash')) return { stdout: hashes(file) };
    const env = host.at(`${folder}/.env`) === undefined ? '' : host.text(`${folder}/.env`);
    const resolved = resolve(file, env);
    if (argv.includes('config')) return { stdout: resolved };
    if (argv.includes('up') && world.flaws.delete('compose up')) {
      docker.volumeProjects.set(`${value('--project-name')}_data`, value('--project-name'));
      return { code: 1, stderr: 'failed to bind port\n' };
    }
    if (argv.includes('up')) up(world, value('--project-name'), folder, resolved, argv.includes('--force-recreate'));
    if (argv.includes('down')) down(world, value('--project-name'), argv.includes('--volumes'));
    return {};
  });
}

type Services = Record<string, { readonly image: string }>;

function servicesOf(resolved: string): Services {
  return (parse(resolved) as { services: Services }).services;
}

/** The file with the values of `.env` in the places of their names. */
function resolve(file: string, env: string): string {
  const values = new Map(env.split('\n').map((line) => line.split('=', 2) as [string, string]));
  return file.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => (values.get(name) ?? '').replace(/^'(.*)'$/, '$1'));
}

/** Each service's own part of the file decides whether its container is of today. */
function hashOf(resolved: string, service: string): string {
  return createHash('sha256')
    .update(JSON.stringify(servicesOf(resolved)[service]))
    .digest('hex');
}

function hashes(resolved: string): string {
  return Object.keys(servicesOf(resolved))
    .map((service) => `${service} ${hashOf(resolved, service)}\n`)
    .join('');
}

/** Volume, then each container: removed where it is of yesterday, created, started. */
function up(world: SimulatedWorld, project: string, folder: string, resolved: string, force: boolean): void {
  const { docker } = world;
  docker.volumeProjects.set(`${project}_data`, project);
  world.onMoment('inside compose up, after the volume');
  const { boxes } = docker.snapshot();
  for (const [service, { image }] of Object.entries(servicesOf(resolved))) {
    const name = `${project}-${service}-1`;
    const now = boxes.get(name)?.detail;
    const hash = hashOf(resolved, service);
    const imageId = docker.images.get(image)?.id ?? 'sha256:missing';
    const stands = now !== undefined && now.labels[HASH] === hash && now.imageId === imageId;
    // What was made anew by an `up` that was cut off is of the right kind, and yet `--force-recreate` makes it anew.
    if (!stands || force) {
      if (now !== undefined) {
        docker.dropContainer(name);
        world.onMoment(`inside compose up, ${service} removed`);
      }
      const labels = { [PROJECT]: project, [SERVICE]: service, [HASH]: hash, [`${PROJECT}.working_dir`]: folder };
      docker.putContainer({ name, image, imageId, labels, state: 'created', networks: ['app.lan'], restartPolicy: 'no' });
      if (service === 'web') addRegister(world, name);
      world.onMoment(`inside compose up, ${service} created`);
    }
    if (stands && !force && now.state === 'running') continue;
    docker.putContainer({ name, state: 'running', health: 'healthy', startedAt: world.now() });
    docker.log(name, 'listening');
    world.onMoment(`inside compose up, ${service} started`);
  }
}

/** The service's own programs: one that makes an account, which only its log tells of, and one that asks for a password. */
function addRegister(world: SimulatedWorld, name: string): void {
  const { docker, ledger } = world;
  docker.onExec(name, () => {
    ledger.set('register', (ledger.get('register') ?? 0) + 1);
    docker.log(name, 'account 1000 made');
    docker.log(name, 'one-time token 424242');
    return { stdout: 'done\n' };
  });
  docker.onTerminal(name, async ({ print, line }) => {
    print('Password: ');
    await line('hidden');
    ledger.set('sign_in', (ledger.get('sign_in') ?? 0) + 1);
    print('signed in\r\n');
    return 0;
  });
}

function down(world: SimulatedWorld, project: string, volumes: boolean): void {
  const { docker } = world;
  for (const [name, { detail }] of docker.snapshot().boxes) {
    if (detail.labels[PROJECT] !== project) continue;
    docker.putContainer({ name, state: 'exited' });
    world.onMoment(`inside compose down, ${name} stopped`);
    docker.dropContainer(name);
    world.onMoment(`inside compose down, ${name} removed`);
  }
  for (const [name, { labels }] of docker.networksByName) {
    if (labels[PROJECT] !== project) continue;
    docker.networksByName.delete(name);
    world.onMoment(`inside compose down, network ${name} removed`);
  }
  for (const [name, of] of docker.volumeProjects) {
    if (volumes && of === project) docker.volumeProjects.delete(name);
  }
}

/** `docker stop | rm | network rm | volume rm`, as compose.down sweeps up what is left. */
function plainDocker({ docker, onMoment }: SimulatedWorld, [verb, ...rest]: readonly string[]): Record<string, never> {
  for (const name of rest.filter((word) => word !== 'rm' && word !== '--force')) {
    if (verb === 'stop') docker.putContainer({ name, state: 'exited' });
    else if (verb === 'rm') docker.dropContainer(name);
    else if (verb === 'network') docker.networksByName.delete(name);
    else docker.volumeProjects.delete(name);
    onMoment(`inside docker ${verb}, after ${name}`);
  }
  return {};
}
