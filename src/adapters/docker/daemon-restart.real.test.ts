import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { importBusyboxImage } from '../../testing/busybox-image.ts';
import { createDockerodeEngine } from './dockerode-engine.ts';

const run = promisify(execFile);
let folder: string;
let socket: string;
let daemon: ChildProcess | undefined;

/** An engine of our own, which may be ended: its containers live on while it is away. */
async function startDaemon(): Promise<void> {
  const log = await open(join(folder, 'log'), 'a');
  const options = ['--data-root', join(folder, 'data'), '--exec-root', join(folder, 'exec'), '--host', `unix://${socket}`];
  const alone = ['--pidfile', join(folder, 'pid'), '--bridge', 'none', '--iptables=false', '--live-restore'];
  // A network namespace of its own: a daemon without a bridge removes docker0, which is another engine's.
  daemon = spawn('unshare', ['--net', 'dockerd', ...options, ...alone], { stdio: ['ignore', log.fd, log.fd] });
  await log.close();
  const engine = createDockerodeEngine({ reveal: async () => '', socket });
  await expect.poll(() => engine.info(), { interval: 100, timeout: 120_000 }).toBeDefined();
}

async function endDaemon(): Promise<void> {
  if (daemon === undefined || daemon.exitCode !== null || daemon.signalCode !== null) return;
  const ended = once(daemon, 'exit');
  daemon.kill('SIGTERM');
  await ended;
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-dockerd-'));
  socket = join(folder, 'docker.sock');
  await startDaemon();
  await importBusyboxImage('busybox:1', socket);
});
afterEach(async () => {
  await run('docker', ['--host', `unix://${socket}`, 'rm', '--force', 'counter']).catch(() => undefined);
  await endDaemon();
  // The daemon mounts its own folder over itself and leaves that.
  await run('umount', ['--recursive', '--quiet', join(folder, 'data')]).catch(() => undefined);
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

it('follows a log over a restart of the daemon, each line once, and says NotYet meanwhile', async () => {
  const engine = createDockerodeEngine({ reveal: async () => '', socket });
  const script = 'i=0; while :; do i=$((i+1)); echo "line $i"; sleep 0.02; done';
  await run('docker', [
    '--host',
    `unix://${socket}`,
    'run',
    '--detach',
    '--network',
    'none',
    '--name',
    'counter',
    'busybox:1',
    'sh',
    '-c',
    script,
  ]);
  const stop = new AbortController();
  const seen: string[] = [];
  const following = (async () => {
    for await (const line of engine.logs('counter', { follow: true, signal: stop.signal })) seen.push(line.text);
  })();
  try {
    await expect.poll(() => seen.length, { interval: 20 }).toBeGreaterThan(30);
    await endDaemon();
    expect(await engine.info()).toBeUndefined();
    await expect(engine.container('counter')).rejects.toMatchObject({ missing: 'docker' });
    const atEnd = seen.length;
    await startDaemon();
    await expect.poll(() => seen.length, { interval: 20 }).toBeGreaterThan(atEnd + 100);
  } finally {
    stop.abort();
    await following;
  }
  expect(seen).toEqual(seen.map((_, index) => `line ${index + 1}`));
});
