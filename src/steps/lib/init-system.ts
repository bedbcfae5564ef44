import { EVIDENCE_LINES, type Evidence, FairleadError, fail } from '../../model/failure.ts';
import type { Host } from '../../model/ports.ts';
import { sanitize } from '../../model/untrusted-text.ts';
import type { InitCommands, LookContext, ServiceState } from './init-commands.ts';
import { rcDotD } from './init-rc-d.ts';
import { systemd } from './init-systemd.ts';
import { sysvinit } from './init-sysvinit.ts';
import { type RunContext, runStreamed } from './run-streamed.ts';
import { waitUntil } from './wait-until.ts';

/** What starts a host's services; `none`: a container, or something that we don't know. */
export type InitSystem = 'systemd' | 'sysvinit' | 'rc.d' | 'none';

const SEEN_RUNNING_MS = 5000;

const COMMANDS: Readonly<Record<Exclude<InitSystem, 'none'>, InitCommands>> = { systemd, sysvinit, 'rc.d': rcDotD };

/** Finds out what starts this host's services. */
export async function detectInit(host: Host): Promise<InitSystem> {
  const [booted, slackware, scripts] = await host.files([
    { op: 'stat', path: '/run/systemd/system' },
    { op: 'stat', path: '/etc/rc.d/rc.M' },
    { op: 'stat', path: '/etc/init.d' },
  ]);
  // sd_booted(3): this folder is there exactly where systemd is process 1.
  if (booted !== undefined) return 'systemd';
  if (slackware !== undefined) return 'rc.d';
  return scripts === undefined ? 'none' : 'sysvinit';
}

/** Looks at a service; one that is not known is neither running nor enabled. */
export async function serviceState(ctx: LookContext, init: InitSystem, name: string): Promise<ServiceState> {
  if (init === 'none') return { known: false, running: false, enabled: false };
  return COMMANDS[init].state(ctx, name);
}

/** Starts a service and sees it run. Throws `service.failed` with the end of its log, or `service.no-init`. */
export async function startService(ctx: RunContext, init: InitSystem, name: string): Promise<void> {
  const argvs = commandsOf(init, name).start(name);
  const tail = await act(ctx, init, name, 'start', argvs);
  await seeItRun(ctx, init, name, { argv: argvs.at(-1) ?? [], tail });
}

/** Stops a service. Throws `service.failed` or `service.no-init`. */
export async function stopService(ctx: RunContext, init: InitSystem, name: string): Promise<void> {
  await act(ctx, init, name, 'stop', commandsOf(init, name).stop(name));
}

/** Stops and starts a service and sees it run. Throws `service.failed` or `service.no-init`. */
export async function restartService(ctx: RunContext, init: InitSystem, name: string): Promise<void> {
  const argvs = commandsOf(init, name).restart(name);
  const tail = await act(ctx, init, name, 'restart', argvs);
  await seeItRun(ctx, init, name, { argv: argvs.at(-1) ?? [], tail });
}

/** Has a service started at boot, or no longer. Throws `service.failed` or `service.no-init`. */
export async function enableService(ctx: RunContext, init: InitSystem, name: string, on = true): Promise<void> {
  await act(ctx, init, name, on ? 'enable' : 'disable', commandsOf(init, name).enable(name, on));
}

function commandsOf(init: InitSystem, name: string): InitCommands {
  if (init !== 'none') return COMMANDS[init];
  throw fail('service.no-init', `Nothing on this host starts services, so ${name} can't be started.`, {
    fault: 'environment',
    hints: ['fairlead knows systemd, System V init scripts and rc.d scripts: start it by other means, then skip this step.'],
  });
}

/** Answers the end of what the programs printed: one that ends with 0 and starts nothing says why there. */
async function act(
  ctx: RunContext,
  init: InitSystem,
  name: string,
  verb: string,
  argvs: readonly (readonly string[])[],
): Promise<readonly string[]> {
  const printed: string[] = [];
  for (const argv of argvs) {
    const { code, tail } = await runStreamed(ctx, { argv });
    printed.push(...tail);
    if (code === 0) continue;
    throw await failed(ctx, init, name, `Could not ${verb} the service ${name}.`, {
      argv,
      tail,
      ...(code === null ? {} : { exit: code }),
    });
  }
  return printed;
}

/** A script may return before its daemon can be seen, and a daemon may end at once: both need a second look. */
async function seeItRun(ctx: RunContext, init: InitSystem, name: string, started: Evidence): Promise<void> {
  const look = async (): Promise<true | undefined> => (await serviceState(ctx, init, name)).running || undefined;
  if (await waitUntil(look, { limit: SEEN_RUNNING_MS, signal: ctx.signal })) return;
  throw await failed(ctx, init, name, `The service ${name} was started but does not run.`, started);
}

async function failed(
  ctx: RunContext,
  init: InitSystem,
  name: string,
  message: string,
  evidence: Evidence,
): Promise<FairleadError> {
  const log = init === 'none' ? [] : await logOf(ctx, COMMANDS[init].log?.(name));
  return fail('service.failed', message, {
    fault: 'environment',
    hints: ['Read its last lines; a wrong setting or a port that is in use are what stops most services.'],
    retryable: true,
    evidence: { ...evidence, tail: [...evidence.tail, ...log].slice(-EVIDENCE_LINES) },
  });
}

async function logOf(ctx: RunContext, argv: readonly string[] | undefined): Promise<readonly string[]> {
  if (argv === undefined) return [];
  try {
    const { stdout } = await ctx.host.exec({ argv }, { signal: ctx.signal });
    return sanitize(stdout, true)
      .split('\n')
      .filter((line) => line !== '');
  } catch (error) {
    // Without its log the failure is poorer, but it is still the one to report.
    if (error instanceof FairleadError) return [];
    throw error;
  }
}
