import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { JournalEvent } from '../model/events.ts';
import { createFairlead, type Fairlead, type FairleadEnd } from '../testing/fairlead-process.ts';
import { fixtureRecipe } from '../testing/fixtures/recipes/fixture-recipe.ts';
import { makePipe, type Pipe } from '../testing/pipe.ts';

let fairlead: Fairlead;
let folder: string;
let other: string;
let pipe: Pipe;
beforeEach(async () => {
  fairlead = await createFairlead();
  folder = await mkdtemp(join(tmpdir(), 'host-lock-'));
  other = await mkdtemp(join(tmpdir(), 'host-lock-'));
  pipe = await makePipe(join(folder, 'pipe'));
});
afterEach(async () => {
  await pipe.release();
  await fairlead.cleanUp();
  await rm(folder, { recursive: true, force: true });
  await rm(other, { recursive: true, force: true });
});

/** A run of its own that is in the middle of an act, and holds the host; and one of another deployment that waits. */
async function twoRuns(): Promise<{
  holder: ChildProcess;
  first: Promise<FairleadEnd>;
  second: Promise<FairleadEnd>;
  lines: string[];
}> {
  const intended = Promise.withResolvers<ChildProcess>();
  const first: Promise<FairleadEnd> = fairlead.start(
    ['run', fixtureRecipe('waiting'), '--input', `folder=${folder}`, '--yes', '--json'],
    (line, child) => {
      const event = JSON.parse(line) as JournalEvent;
      if (event.type === 'step.intended' && event.step === 'wait') intended.resolve(child);
    },
  );
  const holder = await intended.promise;
  // It is in the middle: what it has started holds the host, too.
  await expect.poll(() => readFile(join(folder, 'ledger'), 'utf8').catch(() => '')).toBe('begun\n');

  const waiting = Promise.withResolvers<void>();
  const lines: string[] = [];
  const second = fairlead.start(['run', fixtureRecipe('greeting'), '--input', `folder=${other}/hello`, '--yes'], (line) => {
    lines.push(line);
    if (line.includes('the host is busy: run ') && line.includes(`process ${holder.pid} `)) waiting.resolve();
  });
  await Promise.race([waiting.promise, second.then(({ stdout }) => Promise.reject(new Error(`it did not wait: ${stdout}`)))]);
  await expect(settings()).rejects.toThrow('ENOENT');
  return { holder, first, second, lines };
}

const settings = (): Promise<string> => readFile(join(other, 'hello', '.env'), 'utf8');

it('two deployments on one host act one after the other: who waits says for whom, and goes on when it is free', async () => {
  const { first, second } = await twoRuns();
  await pipe.open();
  expect((await first).code).toBe(0);
  const { code, stdout } = await second;
  expect(code, stdout).toBe(0);
  expect(await settings()).toContain('GREETING=hello');
});

it('the host of a run that was killed is free only when what it had started has ended', async () => {
  const { holder, first, second, lines } = await twoRuns();
  holder.kill('SIGKILL');
  expect((await first).code).toBeNull();
  await expect
    .poll(() => lines.join('\n'), { timeout: 60_000 })
    .toMatch(/the host is busy: sh \(process \d+\), left at work by run/);
  await expect(settings()).rejects.toThrow('ENOENT');
  await pipe.open();
  const { code, stdout } = await second;
  expect(code, stdout).toBe(0);
  expect(await settings()).toContain('GREETING=hello');
});
