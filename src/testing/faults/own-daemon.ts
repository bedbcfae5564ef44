import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

const exec = promisify(execFile);
const PATIENCE_MS = 120_000;

/** How an engine of a test's own is made. */
export interface OwnDaemonOptions {
  /** Its containers live on while it is away. */
  readonly liveRestore?: boolean;
  /** Its data lies on a disk of its own of so many MiB. */
  readonly diskMiB?: number;
}

/** A Docker Engine that a test may end, kill and fill up: nobody else's containers are in it. */
export interface OwnDaemon {
  /** For `DOCKER_HOST`. */
  readonly address: string;
  readonly socket: string;
  /** The folder of its data. */
  readonly data: string;
  /** Resolves when it answers. */
  start(): Promise<void>;
  /** Ends it in its own way, or at once. */
  end(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Runs the docker program with it; gives standard output. */
  docker(...args: readonly string[]): Promise<string>;
  cleanUp(): Promise<void>;
}

/** Makes and starts an engine. Its containers have no network but `none` and those that are made. */
export async function createOwnDaemon({ liveRestore = false, diskMiB }: OwnDaemonOptions = {}): Promise<OwnDaemon> {
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-dockerd-'));
  const data = join(folder, 'data');
  const socket = join(folder, 'docker.sock');
  const address = `unix://${socket}`;
  let process: ChildProcess | undefined;

  const docker = async (...args: readonly string[]): Promise<string> =>
    (await exec('docker', ['--host', address, ...args], { maxBuffer: 64 * 1024 * 1024 })).stdout;

  const start = async (): Promise<void> => {
    const log = await open(join(folder, 'log'), 'a');
    const places = ['--data-root', data, '--exec-root', join(folder, 'exec'), '--pidfile', join(folder, 'pid')];
    const alone = ['--host', address, '--bridge', 'none', '--iptables=false', ...(liveRestore ? ['--live-restore'] : [])];
    // A network namespace of its own: a daemon without a bridge removes docker0, which is another engine's.
    const started = spawn('unshare', ['--net', 'dockerd', ...places, ...alone], { stdio: ['ignore', log.fd, log.fd] });
    process = started;
    await log.close();
    for (const giveUp = performance.now() + PATIENCE_MS; performance.now() < giveUp; await pause(100)) {
      if (await docker('version').catch(() => undefined)) return;
      if (started.exitCode !== null) break;
    }
    throw new Error(`dockerd did not come up:\n${(await readFile(join(folder, 'log'), 'utf8')).slice(-3000)}`);
  };
  const end = async (signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> => {
    if (process === undefined || !runs()) return;
    const ended = once(process, 'exit');
    process.kill(signal);
    await ended;
    // Its containerd goes with it, but where nobody reaps that, a new daemon takes the process for one that still runs.
    if (signal === 'SIGKILL') await rm(join(folder, 'exec', 'containerd', 'containerd.pid'), { force: true });
  };
  const runs = (): boolean => process !== undefined && process.exitCode === null && process.signalCode === null;
  const cleanUp = async (): Promise<void> => {
    if (!runs()) await start().catch(() => undefined);
    const containers = (await docker('ps', '-aq').catch(() => '')).split('\n').filter((id) => id !== '');
    if (containers.length > 0) await docker('rm', '--force', ...containers).catch(() => undefined);
    await end();
    // The daemon mounts its own folder over itself, and leaves that; a disk of its own may lie below.
    const mounts = (await readFile('/proc/mounts', 'utf8')).split('\n').map((line) => line.split(' ')[1] ?? '');
    for (const mount of mounts.filter((path) => path.startsWith(`${folder}/`)).reverse()) {
      await exec('umount', [mount]).catch(() => undefined);
    }
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };

  try {
    await mkdir(data);
    if (diskMiB !== undefined) await exec('mount', ['-t', 'tmpfs', '-o', `size=${diskMiB}m`, 'tmpfs', data]);
    await start();
  } catch (error) {
    await cleanUp();
    throw error;
  }
  return { address, socket, data, start, end, docker, cleanUp };
}
