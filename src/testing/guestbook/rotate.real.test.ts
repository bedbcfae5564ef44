import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JournalEvent } from '../../model/events.ts';
import { createFairlead } from '../fairlead-process.ts';
import { killedAt as killedByItselfAt } from '../killed-within.ts';
import { docker } from '../postgres/postgres-container.ts';
import { createGuestbook, GUESTBOOK, type Guestbook, removeGuestbook } from './owned-guestbook.ts';

const launcher = fileURLToPath(new URL('../../../bin/fairlead', import.meta.url));

const intended = (step: string): string => `"type":"step.intended","step":"${step}"`;
const finished = (step: string): string => `"type":"step.finished","step":"${step}"`;

/**
 * The lines of a rotation's journal at which the world is different from what it was at the line before. `before` means: what the
 * line tells of has happened, and nothing says so.
 */
const lines: readonly string[] = [
  '"type":"run.started"',
  'before "type":"secret.staged"',
  '"type":"secret.staged"',
  '"type":"question.answered"',
  intended('tell_db'),
  `before ${finished('tell_db')}`,
  finished('tell_db'),
  intended('env'),
  `before ${finished('env')}`,
  finished('env'),
  intended('up'),
  `before ${finished('up')}`,
  finished('up'),
  finished('role'),
  finished('answers'),
  'before "type":"secret.committed"',
  '"type":"secret.committed"',
];

/** Where one kill is tried alone, with all that follows in one process. */
const moments: readonly (readonly [when: string, line: string, afterGivingUp: 'old' | 'new'])[] = [
  ['when the database was told and nothing says so yet', `before ${finished('tell_db')}`, 'old'],
  ['when the file was written', finished('env'), 'old'],
  ['when the containers were made anew and nothing says so yet', `before ${finished('up')}`, 'old'],
  ['when the new value is in force and nothing says so yet', 'before "type":"secret.committed"', 'new'],
];

describe('the rotation of a password that a real PostgreSQL holds', () => {
  let guestbook: Guestbook;
  /** Every password that was ever seen. */
  const seen = new Set<string>();
  /** All that was printed where no secret was asked for. */
  const printed: string[] = [];

  const fairlead = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await guestbook.fairlead.run(...args);
    expect(code, stdout + stderr).toBe(0);
    if (!args.includes('--reveal')) printed.push(stdout, stderr);
    return stdout;
  };
  const inForce = async (): Promise<string> =>
    (await fairlead('secrets', 'get', guestbook.name, 'db_password', '--reveal')).trim();

  /** The vault, the file, the application's environment and the database say the same, and no other password is let in. */
  async function expectConsistent(): Promise<string> {
    const password = await inForce();
    seen.add(password);
    expect(await guestbook.ask()).toEqual({ status: 200, text: '1 entries' });
    expect(await guestbook.writtenPassword()).toBe(password);
    const { stdout } = await docker(['inspect', '--format', '{{json .Config.Env}}', `${guestbook.name}-app`]);
    expect(JSON.parse(stdout)).toContain(`PGPASSWORD=${password}`);
    expect(await guestbook.accepts(password)).toBe(true);
    for (const other of seen) if (other !== password) expect(await guestbook.accepts(other)).toBe(false);
    return password;
  }

  /** Runs fairlead, which is killed (SIGKILL) in the moment of that line of the journal. */
  async function killedAt(line: string, ...args: string[]): Promise<void> {
    const env = { ...process.env, ...killedByItselfAt(line) };
    const running = promisify(execFile)(launcher, [...args, '--yes', '--state-dir', guestbook.fairlead.stateDir], { env });
    await expect(running, line).rejects.toMatchObject({ signal: 'SIGKILL' });
    // What was written so far may be the new one, which nobody else may know.
    seen.add(await guestbook.writtenPassword());
  }
  const rotation = (): readonly string[] => ['secrets', 'rotate', guestbook.name, 'db_password'];

  beforeAll(async () => {
    guestbook = await createGuestbook();
    await fairlead('run', GUESTBOOK, ...guestbook.inputs, '--yes');
    await expectConsistent();
  });
  afterAll(() => removeGuestbook(guestbook));

  it('puts a new one in force: the application works, the old one is refused, and only what reads it is made anew', async () => {
    const old = await inForce();
    const before = await guestbook.containers();
    const said = await fairlead('secrets', 'rotate', guestbook.name, 'db_password', '--yes');
    expect(said).toContain('The new value of db_password is in force.');
    expect(await expectConsistent()).not.toBe(old);
    const after = await guestbook.containers();
    expect(after.app).not.toBe(before.app);
    expect(after.db).toBe(before.db);
  });

  it('leaves nothing to do for the next run', async () => {
    const before = await guestbook.containers();
    const events = (await fairlead('run', GUESTBOOK, ...guestbook.inputs, '--yes', '--json'))
      .split('\n')
      .flatMap((line) => (line === '' ? [] : [JSON.parse(line) as JournalEvent]));
    const outcomes = events.flatMap((event) => (event.type === 'step.finished' ? [event.outcome] : []));
    expect(outcomes).toEqual(Array.from({ length: 8 }, () => 'ok'));
    expect(await guestbook.containers()).toEqual(before);
  });

  it('killed at one line of its journal after the other, and resumed each time, ends with the new one in force', async () => {
    const old = await inForce();
    const { app, db } = await guestbook.containers();
    const [first = '', ...later] = lines;
    await killedAt(first, ...rotation());
    for (const line of later) await killedAt(line, 'resume', guestbook.name);
    await fairlead('resume', guestbook.name, '--yes');
    expect(await expectConsistent()).not.toBe(old);
    const after = await guestbook.containers();
    expect(after.app).not.toBe(app);
    expect(after.db).toBe(db);
  });

  it('killed in the middle of the work of compose, and resumed, ends with the new one in force', async () => {
    const old = await inForce();
    const { db } = await guestbook.containers();
    // Where nobody reads in time what compose says, it is killed at the end of that step.
    const { stateDir } = guestbook.fairlead;
    const killed = await createFairlead({ FAIRLEAD_STATE_DIR: stateDir, ...killedByItselfAt(`before ${finished('up')}`) });
    let seen = false;
    const { code } = await killed.start([...rotation(), '--yes'], (line, child) => {
      if (!/Recreat(ing|e) .*-app/.test(line)) return;
      seen = true;
      child.kill('SIGKILL');
    });
    await killed.cleanUp();
    expect([code, seen]).toEqual([null, true]);
    expect(await fairlead('resume', guestbook.name, '--yes')).toContain('The new value of db_password is in force.');
    expect(await expectConsistent()).not.toBe(old);
    expect((await guestbook.containers()).db).toBe(db);
  });

  it.each(moments)('killed %s and resumed, ends with the new one in force', async (_, line) => {
    const old = await inForce();
    await killedAt(line, ...rotation());
    expect(await fairlead('resume', guestbook.name, '--yes')).toContain('The new value of db_password is in force.');
    expect(await expectConsistent()).not.toBe(old);
  });

  it.each(moments)('killed %s and given up, ends with one of the two in force, and says which', async (_, line, which) => {
    const old = await inForce();
    await killedAt(line, ...rotation());
    const said = await fairlead('resume', guestbook.name, '--abandon', '--yes');
    const [ofOld, ofNew] = ['the old value of db_password is in force', 'The new value of db_password is in force'];
    expect(said).toContain(which === 'old' ? ofOld : ofNew);
    expect(said).not.toContain(which === 'old' ? ofNew : ofOld);
    expect((await expectConsistent()) === old).toBe(which === 'old');
  });

  it('and none of these passwords was ever printed', () => {
    expect(seen.size).toBeGreaterThan(6);
    for (const password of seen) expect(printed.filter((text) => text.includes(password))).toEqual([]);
  });
});
