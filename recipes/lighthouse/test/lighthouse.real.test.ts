import { execFile } from 'node:child_process';
import { appendFile, chmod, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { journalSchema } from '../../../src/journal/event-schema.ts';
import type { EventOf, JournalEvent, StepForecast } from '../../../src/model/events.ts';
import { foldAll } from '../../../src/model/run-state.ts';
import { createFairlead } from '../../../src/testing/fairlead-process.ts';
import { killedAt } from '../../../src/testing/killed-within.ts';
import { eventsIn } from '../../../src/testing/told-events.ts';
import { createLighthouse, docker, type Lighthouse, ledgerOf, removeLighthouse } from './owned-lighthouse.ts';

const exec = promisify(execFile);
async function planned(lighthouse: Lighthouse): Promise<readonly string[]> {
  const { stdout, code, stderr } = await lighthouse.fairlead.run('plan', 'lighthouse', '--name', lighthouse.name, '--json');
  expect(code, stderr).toBe(0);
  const plan = JSON.parse(stdout) as { steps: StepForecast[] };
  return plan.steps.filter((step) => step.changes.length > 0 || step.waitsFor !== undefined).map((step) => step.step);
}

/** Another name for the image of a lighthouse. */
const kept = (name: string): string => `fairlead-test/${name}:kept`;

describe('lighthouse, on this host and its Docker Engine', () => {
  let lighthouse: Lighthouse;
  let first: JournalEvent[] = [];

  beforeAll(async () => {
    lighthouse = await createLighthouse();
  });
  afterAll(async () => {
    await docker('rmi', '-f', kept(lighthouse.name)).catch(() => undefined);
    await removeLighthouse(lighthouse);
  });

  it('without a terminal and without --yes prints the plan, ends with 3 and keeps no run', async () => {
    const { code, stdout, stderr } = await lighthouse.fairlead.run('run', 'lighthouse', ...lighthouse.inputs);
    expect(code).toBe(3);
    expect(stdout).toContain('Plan: ');
    expect(stderr).toContain('--yes');
    await expect(readdir(lighthouse.fairlead.stateDir)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('plans only the steps that use a captured value as known after apply', async () => {
    const { stdout } = await lighthouse.fairlead.run('plan', 'lighthouse', ...lighthouse.inputs, '--json');
    const plan = JSON.parse(stdout) as { steps: StepForecast[] };
    expect(plan.steps.flatMap((step) => (step.waitsFor === undefined ? [] : [[step.step, step.waitsFor]]))).toEqual([
      ['keeper', 'account'],
      ['proof', 'account'],
    ]);
  });

  it('runs from nothing to an account that is proved over HTTP, and --json is its journal, line for line', async () => {
    const { code, stdout, stderr } = await lighthouse.fairlead.run('run', 'lighthouse', ...lighthouse.inputs, '--yes', '--json');
    expect(code, stderr).toBe(0);
    first = eventsIn(stdout);
    const run = (first[0] as EventOf<'run.started'>).run;
    const journal = await readFile(
      join(lighthouse.fairlead.stateDir, 'deployments', lighthouse.name, 'runs', run, 'journal.ndjson'),
      'utf8',
    );
    expect(stdout).toBe(journal);
    expect(foldAll(eventsIn(journal))).toEqual(foldAll(first));
    const validate = new Ajv2020({ strict: false, allErrors: true }).compile(journalSchema());
    for (const event of first) expect(validate(event), JSON.stringify(validate.errors)).toBe(true);
    expect(await ledgerOf(lighthouse)).toHaveLength(1);
  });

  it('applied what it had planned, step by step', () => {
    const forecast = first.find((event) => event.type === 'plan.forecast')?.forecast ?? [];
    const compared = forecast.filter(
      (step) => step.waitsFor === undefined && step.changes.some((change) => change.action !== 'check'),
    );
    for (const step of compared) {
      const intended = first.find((event) => event.type === 'step.intended' && event.step === step.step);
      expect(intended, step.step).toMatchObject({ changes: step.changes });
    }
    expect(compared.length).toBeGreaterThan(10);
  });

  it('run again, every step is ok and nothing is changed', async () => {
    const { code, stdout } = await lighthouse.fairlead.run('run', 'lighthouse', '--name', lighthouse.name, '--yes', '--json');
    expect(code).toBe(0);
    const ends = eventsIn(stdout).filter((event) => event.type === 'step.finished');
    expect(ends.map((event) => event.outcome)).toEqual(ends.map(() => 'ok'));
    expect(ends).toHaveLength(21);
    expect(await ledgerOf(lighthouse)).toHaveLength(1);
  });

  it('has no secret on disk but in the vault, nor in its output', async () => {
    const { stdout: key } = await lighthouse.fairlead.run('secrets', 'get', lighthouse.name, 'ledger_key', '--reveal');
    const { stdout: token } = await lighthouse.fairlead.run('secrets', 'get', lighthouse.name, 'token.code', '--reveal');
    expect(key.trim()).toMatch(/^[0-9a-f]{64}$/);
    expect(token.trim()).toMatch(/^\d{6}$/);
    expect(JSON.stringify(first)).not.toContain(key.trim());
    for (const secret of [key.trim(), Buffer.from(key.trim()).toString('base64').slice(0, 40)]) {
      await expect(exec('grep', ['-rlF', secret, lighthouse.fairlead.stateDir])).rejects.toMatchObject({ code: 1 });
    }
  });

  it('its tasks list the accounts and read the newest token', async () => {
    const list = await lighthouse.fairlead.run('task', lighthouse.name, 'list-accounts');
    expect(list.code, list.stderr).toBe(0);
    expect(list.stdout).toMatch(/ID: 15\d+, Email: keeper@lighthouse.lan, sealed/);
    const newest = await lighthouse.fairlead.run('task', lighthouse.name, 'newest-token', '--yes');
    expect(newest.code, newest.stdout).toBe(0);
  });

  /** Each step's effect undone by hand, and the steps that a plan must then name: that one and what depends on it. */
  const owned = ['folders', 'dockerfile', 'program', 'env', 'compose_file', 'settings', 'up', 'keeper', 'restart'];
  const undone: readonly [string, (lighthouse: Lighthouse) => Promise<unknown>, readonly string[]][] = [
    ['group', ({ name }) => exec('userdel', [name]), ['group', 'user', ...owned]],
    [
      'user',
      async ({ name }) => {
        // Its group would go with it, and the group's number could be another's by the time that it came back.
        await exec('usermod', ['--gid', 'nogroup', name]);
        await exec('userdel', [name]);
      },
      ['user', ...owned],
    ],
    ['folders', ({ folder }) => chmod(join(folder, 'config'), 0o700), ['folders']],
    [
      'network',
      async ({ name }) => {
        await docker('network', 'disconnect', '-f', `${name}.lan`, name);
        await docker('network', 'rm', `${name}.lan`);
      },
      ['network', 'up', 'ping', 'proof'],
    ],
    ['image_files', ({ folder }) => rm(join(folder, 'image', 'busybox')), ['image_files', 'image', 'up']],
    ['dockerfile', ({ folder }) => appendFile(join(folder, 'image', 'Dockerfile'), '# by hand\n'), ['dockerfile', 'image', 'up']],
    ['program', ({ folder }) => appendFile(join(folder, 'image', 'lighthouse'), '# by hand\n'), ['program', 'image', 'up']],
    [
      'image',
      async ({ name }) => {
        // Lighthouses share one image: had it no other name, it would be in use when another one takes its own away.
        await docker('tag', `fairlead/${name}:1.0.0`, kept(name));
        await docker('rmi', '-f', `fairlead/${name}:1.0.0`);
      },
      ['image', 'up'],
    ],
    ['env', ({ folder }) => writeFile(join(folder, '.env'), 'LIGHTHOUSE_PORT=1\n'), ['env', 'up']],
    ['compose_file', ({ folder }) => appendFile(join(folder, 'compose.yaml'), '# by hand\n'), ['compose_file', 'up']],
    [
      'settings',
      async ({ folder }) => {
        const file = join(folder, 'config', 'lighthouse.yaml');
        await writeFile(file, (await readFile(file, 'utf8')).replace('lit', 'dark'));
      },
      ['settings', 'restart'],
    ],
    ['up', ({ name }) => docker('rm', '-f', name), ['up', 'ping', 'proof']],
    [
      'keeper',
      async ({ folder }) => {
        const file = join(folder, 'config', 'lighthouse.yaml');
        await writeFile(file, (await readFile(file, 'utf8')).replace(/admins:[\s\S]*/, ''));
      },
      ['keeper', 'restart'],
    ],
  ];

  it.each(undone)(
    'with the effect of %s undone by hand, the plan names it and what depends on it, and a run mends it',
    async (_, undo, named) => {
      await undo(lighthouse);
      expect(await planned(lighthouse)).toEqual(named);
      // A file that was edited, not removed, is only overwritten where that is asked for.
      const args = ['run', 'lighthouse', '--name', lighthouse.name, '--yes', '--on-drift', 'overwrite'];
      const { code, stdout } = await lighthouse.fairlead.run(...args);
      expect(code, stdout).toBe(0);
      expect(await planned(lighthouse)).toEqual([]);
      expect(await ledgerOf(lighthouse)).toHaveLength(1);
    },
  );

  it('its uninstall asks for the word, then leaves nothing but the record of the runs', async () => {
    const asked = await lighthouse.fairlead.run('task', lighthouse.name, 'uninstall', '--yes');
    expect(asked.code).toBe(3);
    expect(await ledgerOf(lighthouse)).toHaveLength(1);
    const gone = await lighthouse.fairlead.run('resume', lighthouse.name, '--yes', '--answer', `down=${lighthouse.name}`);
    expect(gone.code, gone.stdout).toBe(0);
    const left = await Promise.all([
      docker('ps', '-aq', '--filter', `name=^${lighthouse.name}$`),
      docker('volume', 'ls', '-q', '--filter', `name=${lighthouse.name}`),
      docker('network', 'ls', '-q', '--filter', `name=${lighthouse.name}`),
      docker('images', '-q', `fairlead/${lighthouse.name}`),
    ]);
    expect(left.map(({ stdout }) => stdout)).toEqual(['', '', '', '']);
    await expect(exec('id', [lighthouse.name])).rejects.toThrow();
    await expect(exec('getent', ['group', lighthouse.name])).rejects.toThrow();
    expect(await readdir(lighthouse.folder)).toEqual([]);
  });
});

describe('lighthouse, interrupted again and again by Ctrl-C', () => {
  let lighthouse: Lighthouse;

  beforeAll(async () => {
    lighthouse = await createLighthouse();
  });
  afterAll(async () => {
    await removeLighthouse(lighthouse);
  });

  it('is resumed each time and ends in the same state, with one line in the ledger', async () => {
    // From outside it would come late, and a second one with it: that is another story.
    const { stateDir } = lighthouse.fairlead;
    const stopped = await createFairlead({ FAIRLEAD_STATE_DIR: stateDir, ...killedAt('"type":"step.finished"', 'SIGINT') });
    let end = await stopped.run('run', 'lighthouse', ...lighthouse.inputs, '--yes', '--json');
    let interruptions = 0;
    while (end.code === 130 && interruptions < 40) {
      interruptions++;
      end = await stopped.run('resume', lighthouse.name, '--yes', '--json');
    }
    await stopped.cleanUp();
    expect(end.code, end.stderr).toBe(0);
    expect(interruptions).toBeGreaterThanOrEqual(10);
    expect(await ledgerOf(lighthouse)).toHaveLength(1);
    expect(await planned(lighthouse)).toEqual([]);
  });
});
