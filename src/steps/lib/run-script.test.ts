import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createNodeHost } from '../../adapters/host/node-host.ts';
import { secretText } from '../../model/secrets.ts';
import { runZxScript } from './run-script.ts';
import type { RunContext } from './run-streamed.ts';

let folder: string;
const lines: string[] = [];
let ctx: RunContext;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-run-script-'));
  const host = await createNodeHost({ reveal: async (text) => (typeof text === 'string' ? text : 'revealed') });
  ctx = { host, signal: AbortSignal.timeout(300_000), output: (line) => lines.push(line) };
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function script(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

it('runs a script under zx, with its values in the environment and its folder as it says', async () => {
  const path = await script(
    'values.mjs',
    `const shown = await $\`printf '%s' \${process.env.VALUE}\`;
     console.log('value: ' + shown.stdout);
     await fs.writeFile('made.txt', process.env.SECRET);
     console.error('argv: ' + process.argv.slice(2).length);`,
  );
  const env = { VALUE: `a "quoted" $HOME 'value'`, SECRET: secretText('any') };
  const ran = await runZxScript(ctx, { script: path, env, cwd: folder });
  expect(ran).toMatchObject({ code: 0, stdout: `value: a "quoted" $HOME 'value'\n` });
  expect(lines).toContain(`value: a "quoted" $HOME 'value'`);
  expect(await readFile(join(folder, 'made.txt'), 'utf8')).toBe('revealed');
  expect(JSON.stringify(ran)).not.toContain('revealed');
});

it('gives a failing script as a result, with the end of what it printed', async () => {
  const path = await script('fails.mjs', `console.log('before'); await $\`exit 3\`;`);
  const ran = await runZxScript(ctx, { script: path });
  expect(ran.code).toBe(1);
  expect(ran.tail[0]).toBe('before');
  expect(ran.tail.join('\n')).toContain('exit code: 3');
});

it('ends a script that is stopped', async () => {
  const path = await script('waits.mjs', `console.log('waiting'); await sleep('10m');`);
  const stop = new AbortController();
  const output = (line: string): void => {
    if (line === 'waiting') stop.abort(new Error('stopped by the operator'));
  };
  await expect(runZxScript({ ...ctx, signal: stop.signal, output }, { script: path })).rejects.toThrow('stopped by the operator');
});
