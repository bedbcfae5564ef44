import { FairleadError, fail } from '../../model/failure.ts';
import type { ApplyContext } from '../../model/step.ts';
import { detectInit, stopService } from '../lib/init-system.ts';
import { removePackages } from '../lib/remove-packages.ts';
import { waitUntil } from '../lib/wait-until.ts';
import { SOURCES_FILE } from './packages.ts';

const STOPS_WITHIN_MS = 30_000;

/** Stops the engine and removes the packages and files that fairlead brought; images and volumes stay on the disk. */
export async function removeEngine(ctx: ApplyContext, targets: readonly string[]): Promise<void> {
  ctx.signal.throwIfAborted();
  const packages = targets.filter((target) => !target.startsWith('/'));
  const daemon = packages.some((name) => name === 'docker.io' || name === 'docker-ce');
  if (daemon && (await ctx.docker.info()) !== undefined) {
    await refuseUnderContainers(ctx);
    await stopEngine(ctx);
  }
  if (packages.length > 0) await removePackages(ctx, packages);
  ctx.signal.throwIfAborted();
  if (targets.includes(SOURCES_FILE)) {
    await ctx.host.files([
      { op: 'remove', path: SOURCES_FILE },
      { op: 'remove', path: '/etc/apt/keyrings/docker.asc' },
    ]);
  }
}

async function refuseUnderContainers(ctx: ApplyContext): Promise<void> {
  const running = (await ctx.docker.containers({})).filter(({ state }) => state === 'running').map(({ name }) => name);
  if (running.length === 0) return;
  throw fail('docker.containers-running', `The engine can't be removed while containers run: ${running.join(', ')}.`, {
    hints: ['Uninstall what they belong to first, or stop them if nobody needs them.'],
  });
}

async function stopEngine(ctx: ApplyContext): Promise<void> {
  try {
    await stopService(ctx, await detectInit(ctx.host), 'docker');
  } catch (error) {
    // An engine that was started directly is not the init system's to stop.
    if (!(error instanceof FairleadError)) throw error;
  }
  const gone = async (): Promise<true | undefined> => ((await ctx.docker.info()) === undefined ? true : undefined);
  if ((await waitUntil(gone, { limit: 2000, signal: ctx.signal })) === true) return;
  // The daemon writes its own process id there.
  const [pidFile] = await ctx.host.files([{ op: 'read', path: '/var/run/docker.pid' }]);
  const pid = new TextDecoder().decode(pidFile).trim();
  // A small system has no program `kill`, but every shell knows it.
  const argv = ['sh', '-c', 'kill -TERM "$1"', 'sh', pid];
  if (/^\d+$/.test(pid)) await ctx.host.exec({ argv }, { signal: ctx.signal });
  if ((await waitUntil(gone, { limit: STOPS_WITHIN_MS, signal: ctx.signal })) === true) return;
  throw fail('docker.engine-stays', 'The Docker Engine does not end.', {
    fault: 'environment',
    hints: ['See what it waits for: `ps aux | grep dockerd` and its log; then let the step run again.'],
    retryable: true,
  });
}
