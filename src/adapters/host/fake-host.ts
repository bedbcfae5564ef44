import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { fail } from '../../model/failure.ts';
import type { Command, ExecOptions, Executed, FileOp, FileResult, FileStat, Host } from '../../model/ports.ts';
import type { Text } from '../../model/secrets.ts';
import { temporaryPrefix } from '../lib/temporary-name.ts';
import { accountPrograms, initialAccounts } from './fake-accounts.ts';
import { Errno, FakeDisk, type FakeNode, fakeNode, statOf } from './fake-disk.ts';
import {
  cantBecome,
  fileFailure,
  noSuchProgram,
  noSuchUser,
  noSuchWorkingDirectory,
  requirePath,
  requireRemovable,
} from './host-failures.ts';

/** How a fake host is made. */
export interface FakeHostOptions {
  /** Default 0 (root). */
  readonly uid?: number;
  readonly id?: string;
  /** Default: strings only; a secret text is refused. */
  readonly reveal?: (text: Text) => Promise<string>;
}

/** A program's call as a scripted program sees it: environment and input are revealed. */
export interface FakeCall {
  readonly argv: readonly string[];
  readonly env: Record<string, string>;
  readonly stdin: string;
  readonly user?: string;
  readonly cwd?: string;
  readonly host: FakeHost;
  readonly signal: AbortSignal;
  readonly onLine?: (line: string) => void;
}

/** A program that a test scripts. */
export type FakeProgram = (call: FakeCall) => Partial<Executed> | Promise<Partial<Executed>>;

/** A host in memory: a disk with owners, modes and links, and programs that tests script. */
export interface FakeHost extends Host {
  /**
   * Puts a file (content given), a folder (`kind: 'dir'`) or a link (its content is where it leads) there, with
   * parents. Defaults: file 0644 root:root, folder 0755. What was there is replaced; a folder keeps its entries.
   */
  put(
    path: string,
    entry?: { content?: string | Uint8Array; kind?: 'file' | 'dir' | 'link'; mode?: number; uid?: number; gid?: number },
  ): void;
  /** What is there, links not followed: undefined for nothing; `content` for files, and where a link leads. */
  at(path: string): { kind: FileStat['kind']; mode: number; uid: number; gid: number; content?: Uint8Array } | undefined;
  /** Text of a file (links followed); throws if there is none. */
  text(path: string): string;
  /** Removes what is there, with everything below; nothing there is no error. */
  delete(path: string): void;
  /** Scripts a program by argv[0] (basename); the answer is merged over `{code: 0, signal: null, stdout: '', stderr: ''}`. */
  program(name: string, run: FakeProgram): void;
  /** Every command that was run, in order (argv only). */
  readonly calls: readonly (readonly string[])[];
  /** A text that changes whenever anything on the fake's disk changes. */
  fingerprint(): string;
  /** A copy of all that lies on the disk. */
  snapshot(): FakeNode;
  /** Puts the disk back as it was when the copy was taken; any fake host takes any other's. */
  restore(snapshot: FakeNode): void;
}

/** A shell that does nothing but redirect and then become its arguments (`sh -c 'exec "$@" 3>&1' sh …`) is not seen. */
function unwrapped(command: Command): Command {
  const [shell, flag, script = '', , ...rest] = command.argv;
  return shell === 'sh' && flag === '-c' && /^exec "\$@"( \d*>&\d)*$/.test(script) ? { ...command, argv: rest } : command;
}

/**
 * A fake host, preloaded with `/etc/passwd`, `/etc/group`, the usual folders and the account programs
 * (`useradd` …, `getent`), which end with the real ones' exit codes. It passes the same contract as the real host.
 */
export function createFakeHost(options: FakeHostOptions = {}): FakeHost {
  const uid = options.uid ?? 0;
  const reveal = options.reveal ?? revealStrings;
  const disk = new FakeDisk(uid);
  /** What tests do to the disk needs nobody's permission. */
  const all = disk.asRoot();
  const programs = new Map<string, FakeProgram>();
  const calls: (readonly string[])[] = [];

  const host: FakeHost = {
    id: options.id ?? 'fake-host',
    uid,
    calls,
    async exec(command, execOptions) {
      execOptions.signal.throwIfAborted();
      const { argv } = unwrapped(command);
      const program = argv[0] ?? '';
      calls.push([...argv]);
      if (command.user !== undefined) requireUser(command.user, program);
      if (command.cwd !== undefined && disk.node(command.cwd, true)?.kind !== 'dir') {
        throw noSuchWorkingDirectory(program, command.cwd);
      }
      const run = programs.get(basename(program));
      if (run === undefined) throw noSuchProgram(program);
      return runProgram(run, { ...command, argv }, execOptions);
    },
    async files<const Ops extends readonly FileOp[]>(ops: Ops) {
      const results: unknown[] = [];
      for (const op of ops) results.push(await perform(op));
      return results as { [I in keyof Ops]: FileResult<Ops[I]> };
    },
    put(path, entry = {}) {
      const { content, kind = 'file', ...owner } = entry;
      const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : (content ?? new Uint8Array());
      const target = kind === 'link' ? new TextDecoder().decode(bytes) : '';
      all.put(path, fakeNode(kind, { ...owner, data: kind === 'file' ? bytes : new Uint8Array(), target }));
    },
    at(path) {
      const node = all.node(path, false);
      if (node === undefined) return undefined;
      const { kind, mode, uid: owner, gid } = node;
      const content = kind === 'link' ? new TextEncoder().encode(node.target) : node.data;
      return { kind, mode, uid: owner, gid, ...(kind === 'dir' ? {} : { content }) };
    },
    text(path) {
      const node = all.node(path, true);
      if (node?.kind !== 'file') throw new Error(`the fake host has no file ${path}`);
      return new TextDecoder().decode(node.data);
    },
    delete(path) {
      all.remove(path, true);
    },
    program(name, run) {
      programs.set(name, run);
    },
    fingerprint() {
      return createHash('sha256').update(all.dump()).digest('hex');
    },
    snapshot: () => all.copy(),
    restore: (snapshot) => all.restore(snapshot),
  };

  async function perform(op: FileOp): Promise<unknown> {
    requirePath(op.path);
    const data = op.op === 'write' ? await bytesOf(op.data, reveal) : undefined;
    try {
      return act(op, data);
    } catch (error) {
      if (error instanceof Errno) throw fileFailure(error.code, op.op, op.path, { cause: error });
      throw error;
    }
  }

  function act(op: FileOp, data: Uint8Array | undefined): unknown {
    switch (op.op) {
      case 'stat': {
        const node = disk.node(op.path, true);
        return node === undefined ? undefined : statOf(node);
      }
      case 'read':
        return disk.read(op.path);
      case 'list':
        return disk.list(op.path);
      case 'tree':
        return disk.tree(op.path);
      case 'sha256': {
        const bytes = disk.read(op.path);
        return bytes === undefined ? undefined : createHash('sha256').update(bytes).digest('hex');
      }
      case 'remove':
        requireRemovable(op.path);
        return disk.remove(op.path, op.recursive === true);
      case 'mkdir':
        for (let path = op.path; all.node(path, true) === undefined; path = dirname(path)) removeLeftovers(path);
        return disk.mkdir(op.path, op.mode ?? 0o755, op.uid, op.gid);
      case 'owner-mode':
        return disk.ownerMode(op.path, op.mode, op.uid, op.gid);
      case 'write':
        removeLeftovers(op.path);
        return disk.write(op.path, data as Uint8Array, op.mode, op.uid, op.gid);
    }
  }

  /** Whose process is dead can't be seen here, and nobody else writes to this disk. */
  function removeLeftovers(path: string): void {
    const folder = dirname(path);
    const left = [...(all.node(folder, true)?.children.keys() ?? [])].filter((name) => name.startsWith(temporaryPrefix(path)));
    for (const name of left) all.remove(join(folder, name), true);
  }

  function requireUser(user: string, program: string): void {
    const entry = host
      .text('/etc/passwd')
      .split('\n')
      .find((line) => line.startsWith(`${user}:`));
    if (entry === undefined) throw noSuchUser(program, user);
    if (uid !== 0 && entry.split(':')[2] !== String(uid)) throw cantBecome(program, user);
  }

  async function runProgram(run: FakeProgram, command: Command, { signal, onLine }: ExecOptions): Promise<Executed> {
    const env: Record<string, string> = {};
    for (const [name, value] of Object.entries(command.env ?? {})) if (value !== undefined) env[name] = await reveal(value);
    const stdin = command.stdin === undefined ? '' : await reveal(command.stdin);
    let said = false;
    const say = (line: string): void => {
      said = true;
      onLine?.(line);
    };
    const ended = Promise.resolve(
      run({
        argv: command.argv,
        env,
        stdin,
        host,
        signal,
        onLine: say,
        ...(command.user === undefined ? {} : { user: command.user }),
        ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
      }),
    );
    const answer = await orAborted(ended, signal);
    const executed = { code: 0, signal: null, stdout: '', stderr: '', ...answer };
    if (!said) for (const line of linesOf(executed.stdout + executed.stderr)) onLine?.(line);
    return executed;
  }

  for (const path of [
    '/etc',
    '/home',
    '/opt',
    '/root',
    '/run',
    '/srv',
    '/tmp',
    '/usr/bin',
    '/usr/sbin',
    '/var/lib',
    '/var/log',
  ]) {
    host.put(path, { kind: 'dir', ...(path === '/root' ? { mode: 0o700 } : path === '/tmp' ? { mode: 0o1777 } : {}) });
  }
  host.put('/etc/passwd', { content: initialAccounts.passwd });
  host.put('/etc/group', { content: initialAccounts.group });
  for (const [name, program] of Object.entries(accountPrograms)) {
    programs.set(name, ({ argv }) => {
      const files = { passwd: host.text('/etc/passwd'), group: host.text('/etc/group') };
      if (uid !== 0 && name !== 'getent') return { code: 10, stderr: `${name}: cannot lock /etc/passwd; try again later.\n` };
      const result = program(argv, files);
      if (result.code === 0 && name !== 'getent') {
        host.put('/etc/passwd', { content: files.passwd });
        host.put('/etc/group', { content: files.group });
      }
      return result;
    });
  }
  return host;
}

async function bytesOf(data: Uint8Array | Text, reveal: (text: Text) => Promise<string>): Promise<Uint8Array> {
  return data instanceof Uint8Array ? data : new TextEncoder().encode(await reveal(data));
}

async function revealStrings(text: Text): Promise<string> {
  if (typeof text === 'string') return text;
  throw fail('bug.cannot-reveal', 'This fake host was made without a way to reveal secrets.', { fault: 'bug' });
}

function linesOf(text: string): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
