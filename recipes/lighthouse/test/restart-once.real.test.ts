import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JournalEvent } from '../../../src/model/events.ts';
import { createLighthouse, docker, type Lighthouse, ledgerOf, removeLighthouse, startsOf } from './owned-lighthouse.ts';

const launcher = fileURLToPath(new URL('../../../bin/fairlead', import.meta.url));
const killAtLine = fileURLToPath(new URL('../../../src/testing/crash/kill-at-line.ts', import.meta.url));

/** The plan is approved; that the file was removed by hand may be asked about. */
const ANSWERS = ['--yes', '--on-drift', 'overwrite'];

/** Runs the real program, which is killed (SIGKILL) in the moment of that line of its journal. */
async function killedAt(line: string, { fairlead }: Lighthouse, ...args: string[]): Promise<void> {
  const env = { ...process.env, NODE_OPTIONS: `--import=${killAtLine}`, FAIRLEAD_KILL_AT: line };
  const running = promisify(execFile)(launcher, [...args, ...ANSWERS, '--state-dir', fairlead.stateDir], { env });
  await expect(running).rejects.toMatchObject({ signal: 'SIGKILL' });
}

const containerOf = async ({ name }: Lighthouse): Promise<string> =>
  (await docker('inspect', '--format', '{{.Id}}', name)).stdout.trim();

/** What is killed where: the run, and maybe the resume that follows it. */
const cases: readonly (readonly [when: string, lines: readonly string[]])[] = [
  ['between the write of the first config and the write of the second', ['"type":"step.finished","step":"settings"']],
  ['between the write of the last config and the restart', ['"type":"step.finished","step":"keeper"']],
  ['when the restart is meant and not yet begun', ['"type":"step.intended","step":"restart"']],
  ['when the restart has happened and nothing says so yet', ['before "type":"step.finished","step":"restart"']],
  [
    'before the restart, and again after it',
    ['"type":"step.intended","step":"restart"', 'before "type":"step.finished","step":"restart"'],
  ],
  [
    'before the restart, and again before it',
    ['"type":"step.finished","step":"keeper"', '"type":"step.intended","step":"restart"'],
  ],
];

describe('a config that is written anew causes one restart', () => {
  let lighthouse: Lighthouse;

  beforeAll(async () => {
    lighthouse = await createLighthouse();
    const { code, stdout, stderr } = await lighthouse.fairlead.run('run', 'lighthouse', ...lighthouse.inputs, '--yes');
    expect(code, stdout + stderr).toBe(0);
  });
  afterAll(() => removeLighthouse(lighthouse));

  it.each(cases)('killed %s', async (_, lines) => {
    const { name, folder, fairlead } = lighthouse;
    const before = { starts: await startsOf(lighthouse), container: await containerOf(lighthouse) };
    const config = join(folder, 'config', 'lighthouse.yaml');
    const was = await readFile(config, 'utf8');
    await rm(config);

    const [first = '', ...later] = lines;
    await killedAt(first, lighthouse, 'run', 'lighthouse', '--name', name);
    for (const line of later) await killedAt(line, lighthouse, 'resume', name);
    const resumed = await fairlead.run('resume', name, ...ANSWERS);
    expect(resumed.code, resumed.stdout + resumed.stderr).toBe(0);
    expect(await readFile(config, 'utf8')).toBe(was);
    expect(await containerOf(lighthouse)).toBe(before.container);
    // What a container prints is in its log a moment later.
    await expect.poll(() => startsOf(lighthouse)).toBe(before.starts + 1);

    const again = await fairlead.run('run', 'lighthouse', '--name', name, '--yes', '--json');
    expect(again.code, again.stderr).toBe(0);
    const events = again.stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as JournalEvent]));
    const outcomes = events.flatMap((event) => (event.type === 'step.finished' ? [event.outcome] : []));
    expect(outcomes).toEqual(Array.from({ length: 21 }, () => 'ok'));
    expect(await startsOf(lighthouse)).toBe(before.starts + 1);
    expect(await ledgerOf(lighthouse)).toHaveLength(1);
  });
});
