import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createFreshRoot, type FreshRoot } from '../../testing/fresh-root.ts';

let root: FreshRoot;

/** Reads, diffs, applies and reads again in the fresh root; prints one line of JSON at the end. */
const DRIVER = `
import { createDockerodeEngine } from './src/adapters/docker/dockerode-engine.ts';
import { createNodeHost } from './src/adapters/host/node-host.ts';
import { dockerEngine } from './src/steps/docker-engine/docker-engine.ts';
const { params, made } = JSON.parse(process.env.TEST);
const reveal = async (text) => String(text);
const environment = { FAIRLEAD_RUN: 'a-run', FAIRLEAD_SEQ: '7-1' };
const children = { program: () => ({ environment, started() {}, ended() {} }) };
const output = [];
const ctx = {
  host: await createNodeHost({ reveal, children }), docker: createDockerodeEngine({ reveal }),
  signal: AbortSignal.timeout(300_000), forecast: false, due: [], made: (target) => made.includes(target),
  progress() {}, output: (line) => output.push(line), reveal,
};
const state = await dockerEngine.read(params, ctx);
const changes = dockerEngine.diff(params, state);
let failure;
if (changes.length > 0) await dockerEngine.apply(params, changes, ctx, state).catch((error) => { failure = error.failure ?? String(error); });
const after = await dockerEngine.read(params, ctx);
console.log(JSON.stringify({
  changes, failure, output, left: dockerEngine.diff(params, after), notes: dockerEngine.notes(params, after), outputs: dockerEngine.outputsOf(params, after),
}));
process.exit(0);
`;

interface Outcome {
  readonly changes: readonly { readonly action: string; readonly target: string }[];
  readonly failure?: unknown;
  readonly output: readonly string[];
  readonly left: readonly unknown[];
  readonly notes: readonly string[];
  readonly outputs: Readonly<Record<string, unknown>>;
}

async function converge(params: object, made: readonly string[] = []): Promise<Outcome> {
  const node = join(root.checkout, 'node_modules/.bin/node');
  const env = { TEST: JSON.stringify({ params, made }) };
  const ended = await root.run([node, '--input-type=module', '--eval', DRIVER], { env });
  expect(ended.code, `${ended.stdout}${ended.stderr}`).toBe(0);
  return JSON.parse(ended.stdout.trim().split('\n').at(-1) ?? '');
}

beforeAll(async () => {
  root = await createFreshRoot({ packages: true });
});
afterAll(() => root?.cleanUp());

it('brings an engine to a fresh Debian whose init script may not start one, leaves it alone, and takes it away', async () => {
  const first = await converge({});
  expect(first.failure, first.output.slice(-40).join('\n')).toBeUndefined();
  expect(first.changes.map(({ action, target }) => `${action} ${target}`)).toEqual([
    'create docker.io',
    'create docker-compose',
    'update docker engine',
  ]);
  expect(first.left).toEqual([]);
  expect(first.outputs).toEqual({
    version: expect.stringMatching(/^20\.10\./),
    compose: expect.stringMatching(/^docker-compose 1\.29/),
  });
  expect(first.notes).toEqual([expect.stringContaining('started directly')]);
  // The engine outlives whoever started it, and nothing marks it as a part of the run.
  const environment = await root.run(['sh', '-c', 'tr "\\0" "\\n" < /proc/$(cat /var/run/docker.pid)/environ']);
  expect(environment.stdout).toMatch(/^PATH=/m);
  expect(environment.stdout).not.toContain('FAIRLEAD');

  expect(await converge({})).toMatchObject({ changes: [], left: [], outputs: first.outputs });

  const removed = await converge({ ensure: 'absent' }, ['docker.io', 'docker-compose']);
  expect(removed.failure, removed.output.slice(-40).join('\n')).toBeUndefined();
  expect(removed).toMatchObject({ left: [], outputs: {} });
  expect((await root.run(['sh', '-c', 'ls /usr/sbin/dockerd /usr/bin/docker-compose'])).stdout).toBe('');
}, 400_000);
