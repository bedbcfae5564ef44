import type { ApplyContext, ReadContext } from '../../model/step.ts';
import { detectInit, serviceState, startService } from '../lib/init-system.ts';
import { evidenceLine } from '../lib/run-streamed.ts';
import { waitUntil } from '../lib/wait-until.ts';
import type { Layout } from './find-layout.ts';
import type { VhostParams } from './params.ts';

/** A server that runs. */
export interface RunningServer {
  /** Its first process. */
  readonly pid: string;
  /** Those that answer; a reload replaces them. */
  readonly workers: readonly string[];
}

/** What became of a reload: `died` is what Apache does where only a start finds out that something is wrong. */
export type Reloaded = 'taken' | 'not-taken' | 'died';

const EVERY_MS = 100;
/** nginx tries for 2.5 s to have a port that is in use; many certificates take their time, too. */
export const TAKEN_WITHIN_MS = 15_000;
/** So long the old processes may still take connections beside the new ones. */
const LEAVING_MS = 1000;
const STARTED_WITHIN_MS = 5000;

/** The server's processes; undefined where it does not run. */
export async function runningServer(layout: Layout, ctx: Pick<ReadContext, 'host'>): Promise<RunningServer | undefined> {
  for (const path of layout.pidFiles) {
    const pid = (await textOf(ctx, path))?.trim() ?? '';
    if (!/^\d+$/.test(pid)) continue;
    const name = (await textOf(ctx, `/proc/${pid}/comm`))?.trim();
    // The file may be an old one, and its number another program's by now.
    if (name !== undefined && layout.processes.includes(name)) return { pid, workers: await workersOf(pid, ctx) };
  }
  return undefined;
}

/**
 * Has a running server read its configuration anew, without an end to any connection, and waits until processes answer that
 * have read it.
 */
export async function reloadServer(
  params: VhostParams,
  layout: Layout,
  server: RunningServer,
  ctx: ApplyContext,
  limit = TAKEN_WITHIN_MS,
): Promise<Reloaded> {
  ctx.signal.throwIfAborted();
  const init = await detectInit(ctx.host);
  const bySystemd = init === 'systemd' && (await serviceState(ctx, init, layout.unit)).running;
  const signal = params.server === 'apache' ? '-USR1' : '-HUP';
  const argv = bySystemd ? ['systemctl', 'reload', `${layout.unit}.service`] : ['kill', signal, server.pid];
  const { code } = await ctx.host.exec({ argv }, { signal: ctx.signal });
  const before = new Set(server.workers);
  const look = async (): Promise<Reloaded | undefined> => {
    const now = await runningServer(layout, ctx);
    if (now === undefined) return 'died';
    if (code !== 0) return 'not-taken';
    // Where the kernel does not tell a process's children, that it lives has to do.
    return before.size === 0 || now.workers.some((pid) => !before.has(pid)) ? 'taken' : undefined;
  };
  const seen = (await waitUntil(look, { limit, every: EVERY_MS, signal: ctx.signal })) ?? 'not-taken';
  if (seen === 'taken')
    await waitUntil(async () => (await areGone(before)) || undefined, { limit: LEAVING_MS, every: EVERY_MS, signal: ctx.signal });
  return seen;

  /** Those that have long connections stay for their sake, but take no new ones then. */
  async function areGone(old: ReadonlySet<string>): Promise<boolean> {
    return (await runningServer(layout, ctx))?.workers.every((pid) => !old.has(pid)) ?? true;
  }
}

/** Starts a server again that died of a reload. */
export async function startAgain(params: VhostParams, layout: Layout, ctx: ApplyContext): Promise<void> {
  const init = await detectInit(ctx.host);
  if (init !== 'none' && (await serviceState(ctx, init, layout.unit)).known) {
    await startService(ctx, init, layout.unit);
    return;
  }
  const { program = '' } = layout;
  const how =
    params.server === 'nginx'
      ? params.config_dir === undefined
        ? []
        : ['-c', layout.main]
      : ['-k', 'start'].slice(/apache2ctl$/.test(program) ? 1 : 0);
  const env = params.config_dir === undefined || params.server === 'nginx' ? {} : { APACHE_CONFDIR: params.config_dir };
  await ctx.host.exec({ argv: [program, ...how], env }, { signal: ctx.signal });
  await waitUntil(() => runningServer(layout, ctx), { limit: STARTED_WITHIN_MS, every: EVERY_MS, signal: ctx.signal });
}

/** The last lines of the server's error log. */
export async function lastWords(layout: Layout, ctx: ApplyContext): Promise<readonly string[]> {
  for (const path of layout.errorLogs) {
    const [stat] = await ctx.host.files([{ op: 'stat', path }]);
    if (stat?.kind !== 'file') continue;
    const { stdout } = await ctx.host.exec({ argv: ['tail', '-n', '8', path] }, { signal: ctx.signal });
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map(evidenceLine);
  }
  return [];
}

async function workersOf(pid: string, ctx: Pick<ReadContext, 'host'>): Promise<readonly string[]> {
  return (await textOf(ctx, `/proc/${pid}/task/${pid}/children`))?.split(/\s+/).filter((word) => word !== '') ?? [];
}

async function textOf(ctx: Pick<ReadContext, 'host'>, path: string): Promise<string | undefined> {
  try {
    const [bytes] = await ctx.host.files([{ op: 'read', path }]);
    return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
  } catch {
    // A process that ends while it is looked at: ESRCH rather than ENOENT.
    return undefined;
  }
}
