import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EventBody, EventOf } from '../model/events.ts';
import { failureOf } from '../model/failure.ts';
import { arbitraryEvent } from '../testing/arbitrary-events.ts';
import { type DeploymentRecord, keepRecord, readRecord, recordFrom } from './deployment-record.ts';
import { createJournal } from './journal-file.ts';
import { readEnds } from './run-ends.ts';
import { createStateFolder, isDeploymentName, momentAfter, newRunId, type StateFolder } from './state-folder.ts';

let dir: string;
let folder: StateFolder;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'state-'));
  folder = createStateFolder(join(dir, 'state'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const startedBody = (run: string, more: Partial<EventOf<'run.started'>> = {}): EventBody => {
  const [sample] = fc.sample(arbitraryEvent('run.started'), { numRuns: 1, seed: 3 });
  return { ...sample, run, deployment: 'demo', kind: 'converge', ...more } as EventBody;
};

/** A run with its header and some more events. */
async function makeRun(id: string, more: Partial<EventOf<'run.started'>> = {}, at = new Date()): Promise<void> {
  const paths = await folder.makeRun('demo', id);
  const journal = await createJournal(paths.journal, { now: () => at });
  await journal.append(startedBody(id, more));
  await journal.append({ type: 'run.resumed', pid: 3, fairlead: '0.1.0' });
  await journal.append({ type: 'run.stopped', reason: 'failed' });
  await journal.close();
}

describe('names', () => {
  it('ids of runs sort by their time, and two of one second differ', () => {
    const id = newRunId(new Date('2026-11-22T19:55:30.123Z'));
    expect(id).toMatch(/^20261122T195530Z-[0-9a-f]{4}$/);
    expect(newRunId(new Date('2026-11-22T19:55:31Z')) > id).toBe(true);
    const many = new Set(Array.from({ length: 20 }, () => newRunId(new Date(0))));
    expect(many.size).toBeGreaterThan(1);
  });

  it.each(['ente', 'ente-2', 'a', 'my.media_lib', '9'])('%s is a name for a deployment', (name) => {
    expect(isDeploymentName(name)).toBe(true);
  });

  it.each(['', '.', '..', '../etc', 'a/b', 'A', '-a', 'a-', 'a..b', 'a b', 'a\n', 'x'.repeat(64)])(
    '%j is none, and leads nowhere',
    (name) => {
      for (const act of [() => folder.deployment(name), () => folder.runFolder(name, newRunId(new Date()))]) {
        expect(act).toThrow(expect.objectContaining({ failure: expect.objectContaining({ code: 'state.bad-name' }) }));
      }
    },
  );

  it('a run’s id leads nowhere else either', () => {
    for (const id of ['..', '../../x', '', 'journal']) expect(() => folder.runFolder('demo', id)).toThrow(/There can't be a run/);
  });

  it('a machine’s id can’t leave the folder of locks', () => {
    expect(folder.hostLock('../../etc/passwd')).toBe(join(dir, 'state', 'hosts', '______etc_passwd.lock'));
  });
});

describe('folders', () => {
  it('are made when needed, for us alone, in the published layout', async () => {
    const paths = await folder.makeRun('demo', '20261122T195530Z-1f3a');
    expect(paths.journal).toBe(join(dir, 'state/deployments/demo/runs/20261122T195530Z-1f3a/journal.ndjson'));
    for (const path of [paths.output, paths.backups, paths.dir, join(dir, 'state'), folder.deployment('demo').dir]) {
      const found = await stat(path);
      expect([found.isDirectory(), found.mode & 0o777]).toEqual([true, 0o700]);
    }
    await folder.makeRun('demo', '20261122T195530Z-1f3a');
    expect(await folder.deployments()).toEqual(['demo']);
  });

  it('where nothing is kept yet, looking finds nothing and makes nothing', async () => {
    expect(await folder.deployments()).toEqual([]);
    expect(await folder.listRuns('demo')).toEqual([]);
    expect(await readRecord(folder, 'demo')).toBeUndefined();
    await expect(stat(folder.dir)).rejects.toThrow('ENOENT');
  });

  it('a state folder that can’t be written is said so, with what to do', async () => {
    await writeFile(join(dir, 'state'), 'a file in the way');
    const failure = failureOf(await folder.makeDeployment('demo').catch((error) => error));
    expect(failure).toMatchObject({ code: 'state.not-writable', fault: 'environment' });
    expect(failure.hints.join(' ')).toContain('--state-dir');
  });
});

describe('runs', () => {
  it('are listed oldest first, with header and last event; a folder without an event is no run', async () => {
    await makeRun('20261122T195531Z-0000');
    await makeRun('20261122T195530Z-ffff');
    await folder.makeRun('demo', '20261122T195532Z-0000');
    await mkdir(join(folder.deployment('demo').runs, 'lost+found'));
    const runs = await folder.listRuns('demo');
    expect(runs.map((run) => run.id)).toEqual(['20261122T195530Z-ffff', '20261122T195531Z-0000']);
    for (const run of runs) {
      expect(run).toMatchObject({ header: { type: 'run.started', seq: 1, run: run.id }, last: { type: 'run.stopped', seq: 3 } });
    }
  });

  it('of one second are listed in the order in which they began', async () => {
    await makeRun('20261122T195530Z-aaaa', {}, new Date('2026-11-22T19:55:30.900Z'));
    await makeRun('20261122T195530Z-ffff', {}, new Date('2026-11-22T19:55:30.100Z'));
    expect((await folder.listRuns('demo')).map((run) => run.id)).toEqual(['20261122T195530Z-ffff', '20261122T195530Z-aaaa']);
  });

  it('one whose journal is bad is listed with the failure, and the others as ever', async () => {
    await makeRun('20261122T195530Z-0001');
    await makeRun('20261122T195530Z-0002');
    const { journal } = folder.runFolder('demo', '20261122T195530Z-0001');
    await writeFile(journal, 'nonsense\n', { flag: 'a' });
    const [bad, good] = await folder.listRuns('demo');
    expect(bad).toMatchObject({ failure: { code: 'journal.corrupt', message: expect.stringContaining('Line 4 of') } });
    expect(good).toHaveProperty('header');
  });

  it('one whose journal is empty or gone, although its steps have left something, is listed as damaged', async () => {
    await makeRun('20261122T195530Z-0001');
    const { journal, output } = folder.runFolder('demo', '20261122T195530Z-0001');
    await writeFile(join(output, 'first-1.log'), 'words');
    for (const lose of [() => truncate(journal), () => writeFile(journal, Buffer.alloc(4096)), () => rm(journal)]) {
      await lose();
      const [run] = await folder.listRuns('demo');
      expect(run).toMatchObject({
        failure: { code: 'journal.corrupt', message: expect.stringContaining(`${journal} is empty`) },
      });
    }
  });

  it('damage between the ends is found where the whole is asked for', async () => {
    await makeRun('20261122T195530Z-0001');
    const { journal } = folder.runFolder('demo', '20261122T195530Z-0001');
    const [first, , last] = (await readFile(journal, 'utf8')).split('\n');
    await writeFile(journal, `${first}\n${last}\n`);
    expect(await folder.listRuns('demo')).toMatchObject([{ last: { type: 'run.stopped' } }]);
    expect(await folder.listRuns('demo', { whole: true })).toMatchObject([
      { failure: { code: 'journal.corrupt', message: expect.stringContaining('Line 2 of') } },
    ]);
  });

  it('the ends of a journal are found whatever the lines’ lengths, and a torn tail is none', async () => {
    const paths = await folder.makeRun('demo', '20261122T195530Z-0001');
    const journal = await createJournal(paths.journal);
    expect(await readEnds(paths.journal)).toBeUndefined();
    const header = await journal.append(startedBody('r', { made: ['x'.repeat(50_000)] }));
    expect(await readEnds(paths.journal)).toEqual({ header, last: header });
    for (const length of [10, 16_384, 16_000, 40_000]) {
      const last = await journal.append({ type: 'secret.generated', name: 'y'.repeat(length), fingerprint: '' });
      expect(await readEnds(paths.journal)).toEqual({ header, last });
    }
    const last = await journal.append({ type: 'run.stopped', reason: 'failed' });
    await journal.close();
    await writeFile(paths.journal, `{"v":1${'\0'.repeat(20_000)}`, { flag: 'a' });
    expect(await readEnds(paths.journal)).toEqual({ header, last });
  });
});

describe('deployment.json', () => {
  const record = async (): Promise<DeploymentRecord> => (await readRecord(folder, 'demo')) as DeploymentRecord;
  const file = (): string => folder.deployment('demo').record;

  it('tells of the last run that converged, rather than of a task', async () => {
    await makeRun('20261122T195530Z-0001', { inputs: { port: 1 } });
    await makeRun('20261122T195531Z-0002', { inputs: { port: 2, admin: { $secret: 'admin' } } });
    await makeRun('20261122T195532Z-0003', { kind: 'task', inputs: {} });
    expect(await record()).toMatchObject({
      v: 1,
      deployment: 'demo',
      run: '20261122T195531Z-0002',
      inputs: { port: 2, admin: { $secret: 'admin' } },
    });
    expect(recordFrom([])).toBeUndefined();
  });

  it('is rebuilt from the journals when it is missing, unreadable or not ours, and kept for the next time', async () => {
    await makeRun('20261122T195530Z-0001');
    const fresh = await record();
    expect(fresh.run).toBe('20261122T195530Z-0001');
    expect((await stat(file())).mode & 0o777).toBe(0o600);
    for (const bad of ['', '{"v":1', '{"v":9}', 'null', JSON.stringify({ ...fresh, deployment: 'other' })]) {
      await writeFile(file(), bad);
      await touchLater(file());
      expect(await record()).toEqual(fresh);
      expect(JSON.parse(await readFile(file(), 'utf8'))).toEqual(fresh);
    }
    await rm(file());
    expect(await record()).toEqual(fresh);
  });

  it('is used as long as the runs are those that it was made from, whatever the clock says', async () => {
    await makeRun('20261122T195530Z-0001');
    const kept = { ...(await record()), since: 'a mark' };
    await writeFile(file(), JSON.stringify(kept));
    expect(await record()).toEqual(kept);
    await touchLater(file());
    await makeRun('20261122T195531Z-0002');
    expect((await record()).run).toBe('20261122T195531Z-0002');
    await rename(folder.runFolder('demo', '20261122T195531Z-0002').dir, join(dir, 'aside'));
    await utimes(file(), 0, 0);
    expect(await record()).toMatchObject({ run: '20261122T195530Z-0001', since: expect.stringContaining('Z') });
  });

  it('does not hide a run that is about to begin', async () => {
    await makeRun('20261122T195530Z-0001');
    await folder.makeRun('demo', '20261122T195531Z-0002');
    expect((await record()).run).toBe('20261122T195530Z-0001');
    await makeRun('20261122T195531Z-0002');
    expect((await record()).run).toBe('20261122T195531Z-0002');
  });

  it('is told all the same where it can’t be written', async () => {
    await makeRun('20261122T195530Z-0001');
    await mkdir(file());
    expect((await keepRecord(folder, 'demo'))?.run).toBe('20261122T195530Z-0001');
    expect((await record()).run).toBe('20261122T195530Z-0001');
    expect(await readdir(folder.deployment('demo').dir)).toEqual(['deployment.json', 'runs']);
  });
});

describe('the moment of a new run', () => {
  const now = new Date('2026-11-22T12:00:00.000Z');

  it('is now, where the clock went on', async () => {
    await makeRun('20251122T195530Z-0001', {}, new Date('2025-11-22T19:55:30.900Z'));
    expect(momentAfter([], now)).toEqual(now);
    expect(momentAfter(await folder.listRuns('demo'), now)).toEqual(now);
  });

  it('is the next second after the newest run’s last event, where the clock was set back, and its run is listed as the newest', async () => {
    await makeRun('20271122T195530Z-ffff', {}, new Date('2027-11-22T19:55:30.900Z'));
    const moment = momentAfter(await folder.listRuns('demo'), now);
    expect(moment).toEqual(new Date('2027-11-22T19:55:31.000Z'));
    const id = newRunId(moment);
    const journal = await createJournal(folder.runFolder('demo', id).journal, { notBefore: moment });
    const header = await journal.append(startedBody(id));
    await journal.close();
    expect(header.at).toBe('2027-11-22T19:55:31.000Z');
    expect((await folder.listRuns('demo')).map((run) => run.id)).toEqual(['20271122T195530Z-ffff', id]);
  });

  it('is also after a run whose journal can’t be read', async () => {
    await makeRun('20271122T195530Z-0001');
    await writeFile(folder.runFolder('demo', '20271122T195530Z-0001').journal, 'nonsense\n');
    expect(momentAfter(await folder.listRuns('demo'), now).toISOString()).toBe('2027-11-22T19:55:31.000Z');
  });
});

/** Newer than all folders, without waiting for the clock. */
async function touchLater(path: string): Promise<void> {
  const later = new Date(Date.now() + 60_000);
  await utimes(path, later, later);
}
