import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createNodeHost } from '../../adapters/host/node-host.ts';
import type { ApplyContext } from '../../model/step.ts';
import type { StepId } from '../../model/step-id.ts';
import { contextOf, convergeStep, createWorld, planStep } from '../../testing/step-bench.ts';
import { detectInit } from '../lib/init-system.ts';
import { hostService } from './host-service.ts';

const run = promisify(execFile);
const name = `fairlead-test-${randomBytes(4).toString('hex')}`;
const script = `/etc/init.d/${name}`;
const pidFile = `/run/${name}.pid`;

const SCRIPT = `#!/bin/sh
### BEGIN INIT INFO
# Provides: ${name}
# Required-Start: $remote_fs
# Required-Stop: $remote_fs
# Default-Start: 2 3 4 5
# Default-Stop: 0 1 6
# Short-Description: A service of a test
### END INIT INFO
daemon() { start-stop-daemon --quiet --oknodo --pidfile ${pidFile} --exec /bin/sleep "$@"; }
case "$1" in
  start) daemon --start --background --make-pidfile -- 600 ;;
  stop) daemon --stop --retry 5 --remove-pidfile ;;
  restart) "$0" stop && "$0" start ;;
  status) daemon --status ;;
  *) echo "usage: $0 start|stop|restart|status"; exit 2 ;;
esac
`;

let ctx: ApplyContext;

beforeAll(async () => {
  const host = await createNodeHost({ reveal: async (text) => String(text) });
  ctx = { ...contextOf(createWorld(), hostService), host, signal: AbortSignal.timeout(600_000) };
});

afterAll(async () => {
  await run('service', [name, 'stop']).catch(() => undefined);
  await rm(script, { force: true });
  await run('update-rc.d', [name, 'remove']);
  await rm(pidFile, { force: true });
});

async function pid(): Promise<string> {
  return (await run('cat', [pidFile])).stdout.trim();
}

it('starts, enables, restarts, stops and disables a service of this host', async () => {
  const params = { name, enabled: true };
  await expect(convergeStep(hostService, params, ctx)).rejects.toMatchObject({ failure: { code: 'service.unknown' } });

  await writeFile(script, SCRIPT, { mode: 0o755 });
  const init = await detectInit(ctx.host);
  const started = await convergeStep(hostService, params, ctx);
  expect(started.left).toEqual([]);
  expect(started.changes).toContainEqual(expect.objectContaining({ action: 'create', target: name, after: 'running' }));
  // A generated unit of systemd is started at boot as its script says, and can't be enabled.
  expect(started.changes).toHaveLength(init === 'systemd' ? 1 : 2);
  const first = await pid();
  expect(await planStep(hostService, params, ctx)).toEqual([]);

  const restarted = await convergeStep(hostService, params, { ...ctx, due: ['config' as StepId] });
  expect(restarted).toMatchObject({ changes: [{ action: 'run', property: 'restart' }], left: [] });
  expect(await pid()).not.toBe(first);

  const removed = await convergeStep(hostService, { name, ensure: 'absent' }, { ...ctx, made: () => true });
  expect(removed.left).toEqual([]);
  expect(removed.changes).toHaveLength(started.changes.length);
  await expect(run('service', [name, 'status'])).rejects.toThrow();
});
