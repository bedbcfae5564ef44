import { execFile } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createStateFolder } from '../journal/state-folder.ts';
import type { JournalEvent } from '../model/events.ts';
import { sampleCommandLines } from '../testing/command-line-sampler.ts';
import { failureLine } from '../testing/failure-line.ts';
import { createFairlead, engineOf, type Fairlead } from '../testing/fairlead-process.ts';
import { fixtureRecipe } from '../testing/fixtures/recipes/fixture-recipe.ts';
import { killedAt } from '../testing/killed-within.ts';
import { makePipe, type Pipe } from '../testing/pipe.ts';
import { openTerminal, type Terminal } from '../testing/terminal.ts';

let fairlead: Fairlead;
let folder: string;
let pipe: Pipe;
let opened: Terminal[];

beforeEach(async () => {
  fairlead = await createFairlead();
  folder = await mkdtemp(join(tmpdir(), 'engine-process-'));
  pipe = await makePipe(join(folder, 'pipe'));
  opened = [];
});
afterEach(async () => {
  for (const terminal of opened) await terminal.hangUp();
  await fairlead.cleanUp();
  await pipe.release();
  // What a killed process left at work may write a last line.
  await rm(folder, { recursive: true, force: true, maxRetries: 10 });
});

const at = (args: readonly string[], environment: Readonly<Record<string, string>> = {}): Terminal => {
  const terminal = openTerminal(args, { FAIRLEAD_STATE_DIR: fairlead.stateDir, ...environment });
  opened.push(terminal);
  return terminal;
};
const run = (recipe: string, ...more: readonly string[]): readonly string[] => [
  'run',
  fixtureRecipe(recipe),
  '--input',
  `folder=${folder}`,
  ...more,
];
const waiting = (): readonly string[] => run('waiting', '--yes');
const PLAN = '[yes/no] ';
const LETTING_GO = '[leave/stop/now/back] (Ctrl-C: leave) ';

const soon = { timeout: 60_000, interval: 100 };
const ledger = async (): Promise<readonly string[]> =>
  (await readFile(join(folder, 'ledger'), 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');
/** The step has begun; who watches at that terminal hears of it later. */
const begun = async (terminal?: Terminal): Promise<void> => {
  await expect.poll(ledger, soon).toEqual(['begun']);
  await terminal?.see('Write a line and wait');
};
const standing = async (): Promise<string> => {
  const { stdout } = await fairlead.run('status', '--json');
  return (JSON.parse(stdout) as readonly { state: string }[])[0]?.state ?? '';
};
const stands = (state: string): Promise<void> => expect.poll(standing, { timeout: 60_000, interval: 500 }).toBe(state);
const engine = async (deployment = 'waiting'): Promise<number> => {
  const pid = await engineOf(fairlead.stateDir, deployment);
  if (pid === undefined) throw new Error(`${deployment} has no process of its own`);
  return pid;
};
/** The folder of the only run. */
const runFolder = async (deployment: string): Promise<string> => {
  const { runs } = createStateFolder(fairlead.stateDir).deployment(deployment);
  const [only = ''] = await readdir(runs);
  return join(runs, only);
};
const gone = (path: string): Promise<void> =>
  expect
    .poll(
      () =>
        stat(path).then(
          () => 'there',
          () => 'gone',
        ),
      soon,
    )
    .toBe('gone');

describe('the process of a run that was begun at a terminal', () => {
  it('has a session of its own, no terminal, and a socket that only its owner may use, as long as it lives', async () => {
    const terminal = at(waiting());
    await begun();
    const pid = await engine();
    expect(pid).not.toBe(terminal.program());
    const { stdout } = await promisify(execFile)('ps', ['-o', 'sid=,tty=', '-p', String(pid)]);
    expect(stdout.trim().split(/\s+/)).toEqual([String(pid), '?']);
    const descriptors = await Promise.all([0, 1, 2].map((fd) => readFile(`/proc/${pid}/fdinfo/${fd}`, 'utf8').then(() => fd)));
    expect(descriptors).toEqual([0, 1, 2]);
    const socket = join(await runFolder('waiting'), 'engine.sock');
    expect((await stat(socket)).mode & 0o777).toBe(0o600);
    await pipe.open();
    expect(await terminal.end()).toBe(0);
    await gone(socket);
    await gone(join(await runFolder('waiting'), 'engine.log'));
    const left = async (): Promise<readonly string[]> =>
      (await readdir(createStateFolder(fairlead.stateDir).deployment('waiting').dir)).sort();
    await expect.poll(left).toEqual(['deployment.json', 'runs', 'vault.age']);
  });

  it('has no secret in its environment or on its command line, and uses what it was given', async () => {
    const recipe = join(folder, 'safe');
    await mkdir(recipe);
    await writeFile(join(recipe, 'recipe.yaml'), SAFE);
    const sampler = await sampleCommandLines();
    const SECRET = 'correct-horse-battery-41';
    const terminal = at(['run', recipe, '--input', `folder=${folder}`, '--yes'], { FAIRLEAD_INPUT_PIN: SECRET });
    await begun();
    const pid = await engine('safe');
    expect(await readFile(`/proc/${pid}/environ`, 'utf8')).not.toContain(SECRET);
    await sampler.hasSeen(' engine safe');
    await pipe.open();
    expect(await terminal.end()).toBe(0);
    const lines = await sampler.stop();
    expect(lines.some((line) => line.includes(' engine safe'))).toBe(true);
    expect(lines.filter((line) => line.includes(SECRET))).toEqual([]);
    expect(await readFile(join(folder, '.env'), 'utf8')).toContain(SECRET);
  });

  it('stops after the step at SIGTERM, at once at a second signal, and does not mind a hang-up', async () => {
    const terminal = at(waiting());
    await begun(terminal);
    const pid = await engine();
    process.kill(pid, 'SIGHUP');
    // Two of one kind that come at once are one.
    process.kill(pid, 'SIGTERM');
    process.kill(pid, 'SIGINT');
    expect(await terminal.end()).toBe(130);
    expect(terminal.written).toContain('Stopped: interrupted.');
    expect(await ledger()).toEqual(['begun']);
  });

  it('killed, is told of by who watches, with the way on; the run can be resumed', async () => {
    const terminal = at(waiting());
    await begun(terminal);
    const pid = await engine();
    // As Node does at its end.
    await appendFile(join(await runFolder('waiting'), 'engine.log'), 'FATAL ERROR: out of memory\n');
    process.kill(pid, 'SIGKILL');
    expect(await terminal.end()).toBe(1);
    expect(terminal.written).toContain('run.engine-gone');
    expect(terminal.written).toContain('FATAL ERROR: out of memory');
    expect(terminal.written).toMatch(/fairlead\s+resume\s+\d{8}T\d{6}Z-/);
    await pipe.open();
    expect((await fairlead.run('resume', '--answer', 'wait=done')).code).toBe(0);
    const kept = await readdir(await runFolder('waiting'));
    expect(kept).not.toContain('engine.sock');
    expect(kept).toContain('engine.log');
  });

  it('where no socket can be made does not begin, and says why', async () => {
    const first = at(run('greeting'));
    await first.see(PLAN);
    first.pressCtrlC();
    expect(await first.end()).toBe(130);
    await mkdir(join(await runFolder('greeting'), 'engine.sock'));
    const refused = at(['resume']);
    expect(await refused.end()).toBe(2);
    expect(refused.written).toContain('run.no-socket');
    expect((await fairlead.run('resume', '--yes')).code).toBe(0);
  });

  it('tells what kept it from beginning, in words and exit code of a refusal, and leaves nothing', async () => {
    const terminal = at(waiting());
    await begun();
    const second = at(['resume', 'waiting']);
    expect(await second.end()).toBe(4);
    expect(second.written).toMatch(/fairlead\s+attach\s+waiting/);
    process.kill(await engine(), 'SIGKILL');
    await terminal.end();
    const refused = at(['resume', 'waiting', '--from', 'nowhere']);
    expect(await refused.end()).toBe(2);
    expect(refused.written).toContain('There is no step nowhere');
    const { dir } = createStateFolder(fairlead.stateDir).deployment('waiting');
    expect((await readdir(dir)).filter((name) => name.startsWith('engine'))).toEqual([]);
  });
});

describe('a terminal that is closed', () => {
  it('in mid-run takes nothing with it: the run goes on to its end', async () => {
    const terminal = at(waiting());
    await begun();
    await terminal.hangUp();
    expect(await standing()).toBe('running');
    await pipe.open();
    await stands('installed');
    expect(await ledger()).toEqual(['begun', 'ended']);
  });

  it('by the death of the front takes nothing with it either; who attaches without a terminal sees it to its end', async () => {
    const terminal = at(waiting());
    await begun();
    process.kill(terminal.program(), 'SIGKILL');
    await terminal.end();
    let opening: Promise<void> | undefined;
    const { code, stdout, stderr } = await fairlead.start(['attach', '--json'], () => {
      opening ??= pipe.open();
    });
    await opening;
    expect(code, stderr).toBe(0);
    const journal = await readFile(join(await runFolder('waiting'), 'journal.ndjson'), 'utf8');
    expect(stdout).toBe(journal);
  });

  it('before the front heard that the run began leaves the run to whoever comes, who is asked what is to be asked', async () => {
    const terminal = at(run('greeting'), {
      ...killedAt('before "type":"run.started"'),
      FAIRLEAD_KILL_WHOM: 'front',
    });
    await terminal.end();
    expect(await engineOf(fairlead.stateDir, 'greeting')).toBeDefined();
    expect(terminal.written).not.toContain(PLAN);
    await stands('running');
    const attached = at(['attach']);
    await attached.see(PLAN);
    attached.type('yes');
    expect(await attached.end()).toBe(0);
    expect(attached.written).toContain('The greeting is in');
  });

  it('at a question leaves it open: who attaches is asked at once, and the answer counts', async () => {
    const terminal = at(run('greeting'));
    await terminal.see(PLAN);
    await terminal.hangUp();
    expect(await standing()).toBe('running');
    const attached = at(['attach']);
    await attached.see('So far:');
    await attached.see(PLAN);
    attached.type('yes');
    expect(await attached.end()).toBe(0);
    expect(attached.written).toContain('The greeting is in');
  });
});

describe('attach', () => {
  it('of two who watch one answers, and both see the end', async () => {
    const first = at(run('greeting'));
    await first.see(PLAN);
    const second = at(['attach', 'greeting']);
    await second.see(PLAN);
    second.type('yes');
    expect(await second.end()).toBe(0);
    expect(await first.end()).toBe(0);
    for (const { written } of [first, second]) expect(written).toContain('The greeting is in');
    expect(first.written).toContain('(answered elsewhere)');
    expect(second.written).not.toContain('answered elsewhere');
  });

  it('at Ctrl-C asks: back goes on watching, Ctrl-C twice lets go, and the run goes on', async () => {
    at(waiting());
    await begun();
    const attached = at(['attach']);
    await attached.see('So far: ');
    attached.pressCtrlC();
    await attached.see(LETTING_GO);
    attached.type('b');
    await attached.see('Write a line and wait');
    attached.pressCtrlC();
    await attached.see(LETTING_GO);
    attached.pressCtrlC();
    expect(await attached.end()).toBe(0);
    expect(attached.written).toMatch(/goes on. Come back to it: fairlead attach waiting/);
    expect(await standing()).toBe('running');
    await pipe.open();
    await stands('installed');
  });

  it('at Ctrl-C at a question asks too: back asks it once more', async () => {
    const first = at(run('greeting'));
    await first.see(PLAN);
    const attached = at(['attach']);
    await attached.see(PLAN);
    attached.pressCtrlC();
    await attached.see(LETTING_GO);
    attached.type('back');
    await attached.see(PLAN);
    attached.pressCtrlC();
    await attached.see(LETTING_GO);
    attached.type('now');
    expect(await attached.end()).toBe(130);
    expect(await first.end()).toBe(130);
  });

  it('stops a run that has no terminal, and its own process ends as if it had been interrupted', async () => {
    const unattended = fairlead.start([...waiting(), '--json']);
    await begun();
    const attached = at(['attach', 'waiting']);
    await attached.see('So far:');
    attached.pressCtrlC();
    await attached.see(LETTING_GO);
    attached.type('stop');
    await attached.see('Stopping after this step');
    await pipe.open();
    expect(await attached.end()).toBe(130);
    const { code, stdout, stderr } = await unattended;
    expect(code).toBe(130);
    expect(failureLine(stderr)).toMatchObject({ code: 'run.interrupted' });
    expect((JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as JournalEvent).type).toBe('run.stopped');
    expect(await ledger()).toEqual(['begun', 'ended']);
  });

  it('where nothing runs says so, and how to go on', async () => {
    const refused = async (...args: readonly string[]) => {
      const { code, stderr } = await fairlead.run('attach', ...args, '--json');
      expect(code).toBe(2);
      return failureLine(stderr);
    };
    expect(await refused()).toMatchObject({ code: 'run.none-running' });
    expect(await refused('nothing')).toMatchObject({ code: 'run.unknown' });
    const interrupted = at(run('greeting'));
    await interrupted.see(PLAN);
    interrupted.pressCtrlC();
    expect(await interrupted.end()).toBe(130);
    expect(await refused('greeting')).toMatchObject({
      code: 'run.not-running',
      hints: [expect.stringMatching(/fairlead resume \d{8}T/)],
    });
    expect((await fairlead.run('resume', '--yes')).code).toBe(0);
    expect(await refused('greeting')).toMatchObject({ code: 'run.finished' });
  });
});

const SAFE = `recipe: safe
version: 1.0.0
title: A safe
inputs:
  folder: { type: path, title: Where it lies }
  pin: { type: secret, title: The number of the safe, min: 8 }
steps:
  - id: safe
    title: Lock the safe
    uses: file.env
    with: { path: '\${{ inputs.folder }}/.env', values: { PIN: '\${{ inputs.pin }}' } }
  - id: wait
    title: Wait
    uses: host.command
    with:
      argv: [sh, -c, 'echo begun >>"$FOLDER/ledger"; cat "$FOLDER/pipe"']
      env: { FOLDER: '\${{ inputs.folder }}' }
`;
