import { access } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JournalEvent } from '../../model/events.ts';
import { docker } from '../postgres/postgres-container.ts';
import { createGuestbook, GUESTBOOK, type Guestbook, removeGuestbook } from './owned-guestbook.ts';

describe('a guestbook with a PostgreSQL of its own', () => {
  let guestbook: Guestbook;

  beforeAll(async () => {
    guestbook = await createGuestbook();
  });
  afterAll(() => removeGuestbook(guestbook));

  it('is installed, works, and a second run has nothing to do', async () => {
    const { fairlead, inputs } = guestbook;
    const first = await fairlead.run('run', GUESTBOOK, ...inputs, '--yes');
    expect(first.code, first.stdout + first.stderr).toBe(0);
    expect(await guestbook.ask()).toEqual({ status: 200, text: '1 entries' });
    expect(await guestbook.accepts(await guestbook.writtenPassword())).toBe(true);
    expect(await guestbook.accepts('another')).toBe(false);

    const again = await fairlead.run('run', GUESTBOOK, ...inputs, '--yes', '--json');
    expect(again.code, again.stderr).toBe(0);
    const events = again.stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as JournalEvent]));
    const outcomes = events.flatMap((event) => (event.type === 'step.finished' ? [event.outcome] : []));
    expect(new Set(outcomes)).toEqual(new Set(['ok']));
  });

  it('comes back after its database was started anew, and a role that was changed by hand is set right', async () => {
    const { name, fairlead, inputs } = guestbook;
    await docker(['exec', `${name}-db`, 'psql', '-U', 'postgres', '-c', "ALTER ROLE guestbook PASSWORD 'by hand' CREATEDB"]);
    expect((await guestbook.ask()).status).toBe(500);
    await docker(['restart', '--time', '1', `${name}-db`]);
    const run = await fairlead.run('run', GUESTBOOK, ...inputs, '--yes');
    expect(run.code, run.stdout + run.stderr).toBe(0);
    expect(await guestbook.ask()).toEqual({ status: 200, text: '1 entries' });
    expect(await guestbook.accepts('by hand')).toBe(false);
  });

  it('is taken away without a trace', async () => {
    const { name, folder, fairlead } = guestbook;
    const gone = await fairlead.run('task', name, 'uninstall', '--yes', '--answer', `down=${name}`);
    expect(gone.code, gone.stdout + gone.stderr).toBe(0);
    const left = await docker(['ps', '-aq', '--filter', `name=${name}`]);
    expect(left.stdout).toBe('');
    await expect(access(folder)).rejects.toThrow();
  });
});
