import { dirname, join } from 'node:path';
import { temporaryPrefix } from '../../adapters/lib/temporary-name.ts';
import type { Command, DockerEngine, FileOp, Host, Vault } from '../../model/ports.ts';
import type { SimulatedWorld } from './world.ts';

/** Programs that only look: before and after them the world is as it was. */
const READERS = ['apt-cache', 'dpkg-query', 'find', 'getent', 'ip', 'is-seeded', 'pg_isready'];
const READING_VERBS: Readonly<Record<string, readonly string[]>> = {
  systemctl: ['show', 'is-enabled', 'daemon-reload'],
  docker: ['version', 'config', '--dry-run'],
  'docker-compose': ['version'],
  postconf: ['-n', '-h'],
  postfix: ['check'],
};
const READING_OPS: readonly FileOp['op'][] = ['stat', 'read', 'list', 'tree', 'sha256'];
const READING_CALLS: readonly (keyof DockerEngine)[] = [
  'info',
  'networks',
  'image',
  'containers',
  'container',
  'volumes',
  'logs',
];
/** `userdel` is left out: cut off between its two files it leaves a group or a membership that nobody can tell from others. */
const ACCOUNT_PROGRAMS = ['groupadd', 'groupmod', 'groupdel', 'useradd', 'usermod'];

/** The world's host as one process sees it, with a moment before, inside and after each effect. */
export function watchedHost(world: SimulatedWorld): Host {
  const { host } = world;
  return {
    id: host.id,
    uid: host.uid,
    async exec(command, options) {
      // apt is started by a shell that redirects, then becomes it.
      const argv = command.argv.slice(command.argv[0] === 'sh' ? 4 : 0);
      if (READERS.includes(argv[0] ?? '') || readsOnly(argv) || queries(command)) return host.exec(command, options);
      const what = argv.join(' ');
      world.onMoment(`before ${what}`);
      const ended = ACCOUNT_PROGRAMS.includes(argv[0] ?? '')
        ? await changeAccounts(world, what, () => host.exec(command, options))
        : await host.exec(command, options);
      world.onMoment(`after ${what}`);
      return ended;
    },
    async files<const Ops extends readonly FileOp[]>(ops: Ops) {
      const results: unknown[] = [];
      for (const op of ops) {
        const changes = !READING_OPS.includes(op.op);
        if (changes) world.onMoment(`before ${op.op} ${op.path}`);
        if (op.op === 'write') halfWrite(world, op.path);
        if (op.op === 'mkdir') halfMkdir(world, op);
        results.push(...(await host.files([op])));
        if (changes) world.onMoment(`after ${op.op} ${op.path}`);
      }
      return results as never;
    },
  };
}

function readsOnly(argv: readonly string[]): boolean {
  // postconf(1) shows an entry, or all, with the flag by which it would set it.
  if (argv[0] === 'postconf' && argv.length === 2) return true;
  return (READING_VERBS[argv[0] ?? ''] ?? []).some((verb) => argv.includes(verb));
}

/** What changes nothing is not in a transaction. */
function queries({ argv, stdin }: Command): boolean {
  return argv[0] === 'psql' && typeof stdin === 'string' && stdin.startsWith('SELECT');
}

/** The shadow programs replace `/etc/passwd` first, then `/etc/group`. */
async function changeAccounts<T>(world: SimulatedWorld, what: string, run: () => Promise<T>): Promise<T> {
  const { host } = world;
  const [users, groups] = [host.text('/etc/passwd'), host.text('/etc/group')];
  const ended = await run();
  if (host.text('/etc/passwd') !== users && host.text('/etc/group') !== groups) {
    world.half(`inside ${what}`, () => host.put('/etc/group', { content: groups }));
  }
  return ended;
}

/** A temporary file that was not renamed yet. */
function halfWrite({ host, half }: SimulatedWorld, path: string): void {
  half(`inside write ${path}`, () => host.put(temporaryOf(path), { content: 'half', mode: 0o600 }));
}

/** Parents first; each folder is made under a temporary name, and renamed once it has its owner and mode. */
function halfMkdir({ host, half }: SimulatedWorld, op: Extract<FileOp, { op: 'mkdir' }>): void {
  const missing: string[] = [];
  for (let path = op.path; host.at(path) === undefined; path = dirname(path)) missing.unshift(path);
  const owner = { ...(op.uid === undefined ? {} : { uid: op.uid }), ...(op.gid === undefined ? {} : { gid: op.gid }) };
  for (const [index, path] of missing.entries()) {
    const whole = missing.slice(0, index);
    half(`inside mkdir ${op.path}, at ${path}`, () => {
      for (const parent of whole) {
        host.delete(temporaryOf(parent));
        host.put(parent, { kind: 'dir', ...owner });
      }
      host.put(temporaryOf(path), { kind: 'dir', mode: 0o700 });
    });
  }
}

function temporaryOf(path: string): string {
  return join(dirname(path), `${temporaryPrefix(path)}1-0`);
}

/** The world's engine as one process sees it. */
export function watchedEngine(world: SimulatedWorld): DockerEngine {
  const { docker, ledger } = world;
  return new Proxy<DockerEngine>(docker, {
    get(target, name: keyof DockerEngine, receiver) {
      const call: unknown = Reflect.get(target, name, receiver);
      if (typeof call !== 'function' || READING_CALLS.includes(name)) return call;
      return async (...args: unknown[]): Promise<unknown> => {
        const what = `docker ${name} ${typeof args[0] === 'string' ? args[0] : ((args[0] as { name?: string })?.name ?? '')}`;
        world.onMoment(`before ${what}`);
        if (name === 'restart') {
          world.half(`inside ${what}`, () => docker.putContainer({ name: String(args[0]), state: 'exited' }));
          const key = `restart ${String(args[0])}`;
          ledger.set(key, (ledger.get(key) ?? 0) + 1);
        }
        const answer: unknown = await Reflect.apply(call, target, args);
        world.onMoment(`after ${what}`);
        return answer;
      };
    },
  });
}

/** The world's vault as one process sees it; inside, its file's new content is still under a temporary name. */
export function watchedVault({ vault, onMoment }: Pick<SimulatedWorld, 'vault' | 'onMoment'>): Vault {
  return {
    ...vault,
    async put(name, value) {
      onMoment(`before and inside the vault's write of ${name}`);
      await vault.put(name, value);
      onMoment(`after the vault's write of ${name}`);
    },
  };
}
