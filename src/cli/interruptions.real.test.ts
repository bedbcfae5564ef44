import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JournalEvent } from '../model/events.ts';
import { failureLine } from '../testing/failure-line.ts';
import { createFairlead, type Fairlead, type FairleadEnd } from '../testing/fairlead-process.ts';
import { fixtureRecipe } from '../testing/fixtures/recipes/fixture-recipe.ts';
import { makePipe, type Pipe } from '../testing/pipe.ts';

let fairlead: Fairlead;
let folder: string;
let pipe: Pipe;

beforeEach(async () => {
  fairlead = await createFairlead();
  folder = await mkdtemp(join(tmpdir(), 'interruptions-'));
  pipe = await makePipe(join(folder, 'pipe'));
});
afterEach(async () => {
  await pipe.release();
  await fairlead.cleanUp();
  await rm(folder, { recursive: true, force: true });
});

/** What the step that acts once has written: a line when it begins, a line when it ends. */
const ledger = async (): Promise<readonly string[]> => {
  const text = await readFile(join(folder, 'ledger'), 'utf8').catch(() => '');
  return text.split('\n').filter((line) => line !== '');
};
const ledgerHas = (...lines: readonly string[]) => expect.poll(ledger, { timeout: 60_000 }).toEqual(lines);

const inputs = (): readonly string[] => ['--input', `folder=${folder}`];

/** A run that is in the middle of its step `wait`, and will be until the pipe is opened. */
async function startWaiting(...args: readonly string[]): Promise<{ child: ChildProcess; end: Promise<FairleadEnd> }> {
  const intended = Promise.withResolvers<ChildProcess>();
  const before = (await ledger()).length;
  const end = fairlead.start([...args, '--yes', '--json'], (line, child) => {
    const event = JSON.parse(line) as JournalEvent;
    if (event.type === 'step.intended' && event.step === 'wait') intended.resolve(child);
  });
  const child = await Promise.race([
    intended.promise,
    end.then(({ stderr }) => Promise.reject(new Error(`it ended before its step began: ${stderr}`))),
  ]);
  await expect.poll(async () => (await ledger()).length, { timeout: 60_000 }).toBeGreaterThan(before);
  return { child, end };
}
const startRun = () => startWaiting('run', fixtureRecipe('waiting'), ...inputs());

const interrupt = async (child: ChildProcess, answer: string): Promise<void> => {
  const said = new Promise<void>((resolve) => {
    let text = '';
    child.stderr?.on('data', (chunk) => {
      text += chunk;
      if (text.includes(answer)) resolve();
    });
  });
  child.kill('SIGINT');
  await said;
};

const made = async (): Promise<readonly string[]> => (await readdir(folder)).sort();

describe('a second run of a deployment', () => {
  it('ends with 4 and names who holds it; the first is not disturbed, and looking is free', async () => {
    const { child, end } = await startRun();
    for (const args of [
      ['run', fixtureRecipe('waiting'), ...inputs(), '--yes'],
      ['resume', 'waiting', '--yes'],
      ['resume', '--abandon'],
    ]) {
      const second = await fairlead.run(...args, '--json');
      expect(second.code, second.stderr).toBe(4);
      expect(second.stdout).toBe('');
      const failure = failureLine(second.stderr);
      expect(failure.code).toBe('run.held');
      expect(failure.message).toContain(`process ${child.pid} of `);
      expect(failure.message).toContain('`fairlead run waiting`');
    }
    const status = await fairlead.run('status', '--json');
    expect(JSON.parse(status.stdout)).toMatchObject([{ deployment: 'waiting', state: 'running' }]);
    expect((await fairlead.run('plan', fixtureRecipe('waiting'), ...inputs())).code).toBe(0);
    await pipe.open();
    const { code, stderr } = await end;
    expect(code, stderr).toBe(0);
    expect(await ledger()).toEqual(['begun', 'ended']);
  });
});

describe('SIGINT', () => {
  it('once lets the step end, then the run stops with 130; resumed it does the rest and no step again', async () => {
    const { child, end } = await startRun();
    await interrupt(child, 'Stopping after this step');
    await pipe.open();
    const { code, stderr } = await end;
    expect(code).toBe(130);
    expect(failureLine(stderr)).toMatchObject({ code: 'run.interrupted', hints: [expect.stringContaining('fairlead resume ')] });
    expect(await ledger()).toEqual(['begun', 'ended']);
    expect(await made()).toEqual(['ledger', 'marks', 'pipe']);
    const resumed = await fairlead.run('resume', '--yes');
    expect(resumed.code, resumed.stdout).toBe(0);
    expect(await ledger()).toEqual(['begun', 'ended']);
    expect(await made()).toEqual(['last', 'ledger', 'marks', 'pipe']);
  });

  it('twice ends the step with all that it started; it acts once, so resume asks', async () => {
    const { child, end } = await startRun();
    await interrupt(child, 'Stopping after this step');
    await interrupt(child, 'Stopping now');
    expect((await end).code).toBe(130);
    // Who read the pipe is gone: it is opened, and nobody writes that it went on.
    await pipe.release();
    const resumed = await fairlead.run('resume', '--yes', '--json');
    expect(resumed.code).toBe(3);
    expect(failureLine(resumed.stderr)).toMatchObject({
      code: 'run.operator-needed',
      message: expect.stringContaining('step wait asks (in-doubt)'),
    });
    expect(await ledger()).toEqual(['begun']);
  });
});

describe('after a kill -9 in the middle of a step that acts once', () => {
  beforeEach(async () => {
    const { child, end } = await startRun();
    child.kill('SIGKILL');
    expect((await end).code).toBeNull();
    // What the step had started is not dead: here it comes to its end before anybody resumes.
    await pipe.open();
    await ledgerHas('begun', 'ended');
  });

  it('resume asks about it; without an answer it ends with 3 and says how to give one, and --yes is none', async () => {
    for (const approval of [[], ['--yes'], ['--yes', '--ack', 'all']]) {
      const { code, stdout } = await fairlead.run('resume', ...approval);
      expect(code, stdout).toBe(3);
      expect(stdout).toContain('In doubt: Write a line and wait');
      expect(stdout).toContain('--answer wait=done|again|stop');
    }
    expect(await ledger()).toEqual(['begun', 'ended']);
    expect(await made()).toEqual(['ledger', 'marks', 'pipe']);
  });

  it('the answer done goes on behind it', async () => {
    const { code, stdout } = await fairlead.run('resume', '--answer', 'wait=done');
    expect(code, stdout).toBe(0);
    expect(await ledger()).toEqual(['begun', 'ended']);
    expect(await made()).toEqual(['last', 'ledger', 'marks', 'pipe']);
    const again = await fairlead.run('run', fixtureRecipe('waiting'), ...inputs(), '--yes');
    expect(again.code, again.stdout).toBe(0);
    expect(await ledger()).toEqual(['begun', 'ended']);
  });

  it('the answer again does it once more', async () => {
    const { end } = await startWaiting('resume', '--answer', 'wait=again');
    await pipe.open();
    const { code, stderr } = await end;
    expect(code, stderr).toBe(0);
    expect(await ledger()).toEqual(['begun', 'ended', 'begun', 'ended']);
  });

  it('the same run asked for again is resumed, and asks too', async () => {
    const { code, stdout } = await fairlead.run('run', fixtureRecipe('waiting'), ...inputs(), '--yes');
    expect(code, stdout).toBe(3);
    expect(stdout).toContain('In doubt: Write a line and wait');
  });
});
