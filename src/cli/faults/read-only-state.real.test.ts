import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { acquireLock, waitForLock } from '../../journal/lock.ts';
import type { JournalEvent } from '../../model/events.ts';
import { failureLine } from '../../testing/failure-line.ts';
import { createFairlead, type Fairlead } from '../../testing/fairlead-process.ts';
import { fixtureRecipe } from '../../testing/fixtures/recipes/fixture-recipe.ts';
import { folderTree } from '../../testing/folder-tree.ts';
import { makePipe, type Pipe } from '../../testing/pipe.ts';
import { createFailingDisk, createMemoryDisk, type FailingDisk, type MemoryDisk } from '../../testing/small-disk.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'read-only-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const inputs = (): readonly string[] => ['--input', `folder=${folder}/made`];

describe('a state folder on a file system that is mounted read-only', () => {
  let disk: MemoryDisk;
  let fairlead: Fairlead;

  beforeEach(async () => {
    disk = await createMemoryDisk(4096);
    fairlead = await createFairlead({ FAIRLEAD_STATE_DIR: join(disk.dir, 'state') });
  });
  afterEach(async () => {
    await fairlead.cleanUp();
    await disk.remove();
  });

  it('refuses to run and to resume, says why and what to do, and changes nothing; looking works', async () => {
    const run = ['run', fixtureRecipe('greeting'), ...inputs(), '--name', 'hello'];
    expect((await fairlead.run(...run, '--yes')).code).toBe(0);
    const broken = ['run', fixtureRecipe('needs-a-file'), '--input', `folder=${folder}`, '--name', 'broken'];
    expect((await fairlead.run(...broken, '--yes')).code).toBe(1);
    const before = [await folderTree(folder), await folderTree(disk.dir)];
    await disk.readOnly(true);
    for (const args of [
      [...run, '--input', 'greeting=hi', '--yes'],
      ['resume', 'broken', '--yes'],
      ['resume', 'broken', '--abandon'],
      ['task', 'hello', 'look', '--yes'],
    ]) {
      const end = await fairlead.run(...args, '--json');
      expect(end.code, end.stderr).toBe(1);
      expect(end.stdout).toBe('');
      const failure = failureLine(end.stderr);
      expect(failure).toMatchObject({ code: 'state.not-writable', fault: 'environment' });
      expect(failure.message).toMatch(/mounted read-only \(EROFS\)/);
      expect(failure.hints.join(' ')).toMatch(new RegExp(`findmnt -T ${disk.dir}`));
    }
    const looks: readonly (readonly [number, ...string[]])[] = [
      [0, 'status', '--json'],
      [0, 'runs', '--json'],
      [0, 'plan', fixtureRecipe('greeting'), ...inputs(), '--name', 'hello'],
      [0, 'drift', 'hello'],
      [0, 'export', 'hello'],
      [0, 'secrets', 'get', 'hello', 'token', '--reveal'],
      [0, 'list'],
    ];
    for (const [code, ...args] of looks) {
      const end = await fairlead.run(...args);
      expect(end.code, args.join(' ') + end.stderr).toBe(code);
    }
    expect([await folderTree(folder), await folderTree(disk.dir)]).toEqual(before);
    await disk.readOnly(false);
    const changed = await fairlead.run(...run, '--input', 'greeting=hi', '--yes');
    expect(changed.code, changed.stderr).toBe(0);
    expect(await readFile(join(folder, 'made', '.env'), 'utf8')).toContain('GREETING=hi');
  });
});

describe('a lock on a file system that becomes read-only', () => {
  it('is given up without an error, and who takes it next hears the cause at once, instead of waiting for itself', async () => {
    const disk = await createMemoryDisk(256);
    try {
      const file = join(disk.dir, 'host.lock');
      const lock = await acquireLock(file, { what: 'apply' });
      await disk.readOnly(true);
      await lock.release();
      await expect(waitForLock(file, { what: 'apply', onHeld: () => expect.fail('nobody holds it') })).rejects.toMatchObject({
        failure: { code: 'state.not-writable', message: expect.stringContaining('(EROFS)') },
      });
      await disk.readOnly(false);
      const next = await waitForLock(file, { what: 'apply' });
      expect(next.takenOver).toEqual(lock.holder);
      await next.release();
      expect(await readdir(disk.dir)).toEqual([]);
    } finally {
      await disk.remove();
    }
  });
});

describe('a state folder whose disk fails in mid-run, so that it becomes read-only', () => {
  let disk: FailingDisk;
  let fairlead: Fairlead;
  let pipe: Pipe;

  beforeEach(async () => {
    disk = await createFailingDisk(16 * 1024);
    fairlead = await createFairlead({ FAIRLEAD_STATE_DIR: join(disk.dir, 'state') });
    pipe = await makePipe(join(folder, 'pipe'));
  });
  afterEach(async () => {
    await pipe.release();
    await fairlead.cleanUp();
    await disk.remove();
  });

  it('stops the run and says why; after the repair it is resumed, and the step that acts once is asked about', async () => {
    const failed = Promise.withResolvers<void>();
    const end = await fairlead.start(
      ['run', fixtureRecipe('waiting'), '--input', `folder=${folder}`, '--yes', '--json'],
      (line) => {
        const event = JSON.parse(line) as JournalEvent;
        if (event.type !== 'step.intended' || event.step !== 'wait') return;
        pipe.open(() => disk.fail()).then(failed.resolve, failed.reject);
      },
    );
    await failed.promise;
    expect(end.code, end.stderr).toBe(1);
    const failure = failureLine(end.stderr);
    expect(failure.code).toBe('journal.append-failed');
    expect(failure.message).toMatch(/read-only \(EROFS\)|reports errors \(EIO\)/);
    expect(failure.hints.join(' ')).toContain('dmesg');
    // It still can be looked at.
    expect((await fairlead.run('status')).stdout).toContain('broken off');
    expect(failureLine((await fairlead.run('resume', '--json')).stderr).code).toBe('state.not-writable');
    await disk.mend();
    const asked = await fairlead.run('resume', '--yes', '--json');
    expect(asked.code, asked.stderr).toBe(3);
    expect(failureLine(asked.stderr).message).toContain('step wait asks (in-doubt)');
    const resumed = await fairlead.run('resume', '--answer', 'wait=done');
    expect(resumed.code, resumed.stdout + resumed.stderr).toBe(0);
    expect(await readFile(join(folder, 'ledger'), 'utf8')).toBe('begun\nended\n');
    expect(await readdir(folder)).toContain('last');
  });
});
