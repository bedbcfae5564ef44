import { type FairleadError, fail, failureOf } from '../../model/failure.ts';
import type { ApplyContext } from '../../model/step.ts';
import { detectInit, enableService, type InitSystem, startService } from '../lib/init-system.ts';
import { runZxScript } from '../lib/run-script.ts';
import { shippedScript } from '../lib/shipped-script.ts';
import { waitUntil } from '../lib/wait-until.ts';

/** What the daemon prints where we started it ourselves. */
export const OWN_LOG = '/var/log/fairlead-dockerd.log';

const ANSWERS_WITHIN_MS = 60_000;
/** After an init script that failed: it may have started the daemon all the same. */
const ANSWERS_ANYWAY_MS = 3000;

/**
 * Has the engine started at boot, starts it and waits until it answers. Where an init script can't start it (a
 * container or a small virtual machine may forbid the limits that it sets), dockerd is started directly. Throws
 * `service.failed` (systemd) or `docker.engine-silent`.
 */
export async function startEngine(ctx: ApplyContext): Promise<void> {
  ctx.signal.throwIfAborted();
  const init = await detectInit(ctx.host);
  const trouble = await startByInit(ctx, init);
  if (await answers(ctx, trouble === undefined ? ANSWERS_WITHIN_MS : ANSWERS_ANYWAY_MS)) return;
  if (init === 'systemd') throw silent(['systemd started the service docker.'], ['journalctl', '-u', 'docker']);

  ctx.output(`The init system could not start the engine (${trouble ?? 'it does not answer'}): starting dockerd directly.`);
  ctx.signal.throwIfAborted();
  const script = shippedScript('start-dockerd.mjs', import.meta.url);
  const ran = await runZxScript(ctx, { script, env: { FAIRLEAD_LOG: OWN_LOG } });
  if (ran.code !== 0 || !(await answers(ctx, ANSWERS_WITHIN_MS))) {
    const { stdout } = await ctx.host.exec({ argv: ['tail', '-n', '40', OWN_LOG] }, { signal: ctx.signal });
    throw silent([...ran.tail, ...stdout.split('\n').filter((line) => line !== '')], ['dockerd']);
  }
  ctx.output('The engine was started directly. After a reboot it will not come back unless the init system can start it.');
}

/** Undefined where all went well, else what went wrong. Under systemd a failure is final: its log knows more than we. */
async function startByInit(ctx: ApplyContext, init: InitSystem): Promise<string | undefined> {
  if (init === 'none') return 'there is none';
  try {
    await enableService(ctx, init, 'docker');
  } catch (error) {
    ctx.signal.throwIfAborted();
    ctx.output(`It is not started at boot: ${failureOf(error).message}`);
  }
  try {
    await startService(ctx, init, 'docker');
    return undefined;
  } catch (error) {
    ctx.signal.throwIfAborted();
    if (init === 'systemd') throw error;
    return failureOf(error).message;
  }
}

async function answers(ctx: ApplyContext, limit: number): Promise<boolean> {
  const look = async (): Promise<true | undefined> => ((await ctx.docker.info()) === undefined ? undefined : true);
  ctx.progress('Waiting for the engine to answer');
  return (await waitUntil(look, { limit, signal: ctx.signal })) === true;
}

function silent(tail: readonly string[], argv: readonly string[]): FairleadError {
  const iptables = tail.some((line) => /iptables/i.test(line));
  return fail('docker.engine-silent', 'The Docker Engine was started but does not answer.', {
    fault: 'environment',
    hints: [
      ...(iptables
        ? ['Its log speaks of iptables: `update-alternatives --set iptables /usr/sbin/iptables-legacy` helps on old kernels.']
        : []),
      `Read the end of its log: \`${argv[0] === 'dockerd' ? `tail ${OWN_LOG}` : argv.join(' ')}\`.`,
    ],
    retryable: true,
    evidence: { argv, tail: tail.slice(-40) },
  });
}
