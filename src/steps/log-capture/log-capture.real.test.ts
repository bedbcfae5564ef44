import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDockerodeEngine } from '../../adapters/docker/dockerode-engine.ts';
import { importBusyboxImage, removeBusyboxImage } from '../../testing/busybox-image.ts';
import { contextOf, createWorld } from '../../testing/step-bench.ts';
import { logCapture } from './log-capture.ts';

const suffix = randomBytes(4).toString('hex');
const image = `fairlead-log-${suffix}:1`;
const museum = `fairlead-log-${suffix}`;
const docker = createDockerodeEngine({ reveal: async (text) => String(text) });
const run = async (...args: readonly string[]): Promise<string> => (await promisify(execFile)('docker', args)).stdout;

/** Prints what is written to its pipe. */
const ECHO = '/bin/busybox mkfifo /tmp/said; echo ready; while :; do cat /tmp/said; done';
const print = (...lines: readonly string[]): Promise<string> =>
  run('exec', museum, 'sh', '-c', 'printf "%s\\n" "$@" > /tmp/said', 'sh', ...lines);

beforeAll(async () => {
  await importBusyboxImage(image);
  await run('run', '--detach', '--network', 'none', '--name', museum, image, 'sh', '-c', ECHO);
});
afterAll(async () => {
  await run('rm', '--force', museum).catch(() => undefined);
  await removeBusyboxImage(image);
});

it('a token and its address that a container prints one after the other, while it is waited for, are put together', async () => {
  const params = {
    container: museum,
    patterns: { made: 'Added ott for \\S+: (?<code>\\d{6})', to: 'Skipping sending email to (?<email>\\S+):' },
    together_within: 1,
    where: { email: 'anna@home.lan' },
    since: 'start',
  } as const;
  await expect.poll(() => run('logs', museum)).toContain('ready');
  await print('Added ott for aGFzaA==: 111111', 'Skipping sending email to bert@home.lan: Hello', 'outgoing user_id=0');
  const waiting = Promise.withResolvers<void>();
  let looks = 0;
  const ctx = contextOf(createWorld(), logCapture, {
    docker,
    signal: AbortSignal.timeout(300_000),
    progress: () => (++looks === 2 ? waiting.resolve() : undefined),
  });
  expect(logCapture.diff(params, await logCapture.read(params, ctx))).toHaveLength(1);
  // The second look waits for what comes.
  const looking = logCapture.read(params, ctx);
  await waiting.promise;
  await print('\u001b[36mINFO\u001b[0m[2626] \u001b[1mAdded\u001b[0m ott for aGFzaA==: 222222');
  await print('\u001b[36mINFO\u001b[0m[2626] Skipping sending email to anna@home.lan: Hello');
  let state = await looking;
  for (let more = 0; more < 3 && logCapture.diff(params, state).length > 0; more++) state = await logCapture.read(params, ctx);
  expect(logCapture.outputsOf?.(params, state)).toEqual({
    code: '222222',
    email: 'anna@home.lan',
    matches: [
      {
        container: museum,
        at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        captures: { code: '222222', email: 'anna@home.lan' },
      },
    ],
  });
});
