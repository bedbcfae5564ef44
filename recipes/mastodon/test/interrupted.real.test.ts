import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failureLine } from '../../../src/testing/failure-line.ts';
import { killedBeforeTheEndOf, killedBeforeTyping, killedWithin } from '../../../src/testing/killed-within.ts';
import { eventsIn } from '../../../src/testing/told-events.ts';
import { createMastodon, docker, type OwnedMastodon, removeMastodon } from './owned-mastodon.ts';

const OWNERS =
  'SELECT username, name FROM accounts JOIN users ON account_id = accounts.id JOIN user_roles ON role_id = user_roles.id';

describe('mastodon, killed in the middle of what takes its time', () => {
  let mastodon: OwnedMastodon;

  beforeAll(async () => {
    mastodon = await createMastodon({}, { release: '4.4' });
  });
  afterAll(async () => {
    await removeMastodon(mastodon);
  });

  const OPTIONS = ['--yes', '--json', '--ack', 'all'];
  const settings = () => readFile(join(mastodon.folder, '.env.production'), 'utf8');

  const resume = (...more: readonly string[]) => mastodon.fairlead.start(['resume', mastodon.name, ...OPTIONS, ...more]);

  it('the first compose.up, with the first container there: the same run goes on, up to the next kill', async () => {
    const isBegun = async () => {
      const { stdout } = await docker('ps', '-aq', '--filter', `name=^/${mastodon.name}_(postgres|redis)$`);
      return stdout !== '';
    };
    await killedWithin(mastodon.fairlead, { step: 'stores', isAt: isBegun }, ['run', ...(await mastodon.args()), ...OPTIONS]);
    expect(await settings()).not.toContain('SECRET_KEY_BASE');
  });

  it('the wizard, once it has made the tables and not yet the owner: nothing of it is kept', async () => {
    await killedBeforeTyping('captain', mastodon.fairlead, ['resume', mastodon.name, ...OPTIONS]);
    expect(await mastodon.sql('SELECT count(*) FROM users')).toBe('0');
    expect(await settings()).not.toContain('SECRET_KEY_BASE');
  });

  it('whether it has run can’t be seen: it is asked about, and nothing is done until somebody answers', async () => {
    const { code, stderr } = await resume();
    expect(code, stderr).toBe(3);
    expect(failureLine(stderr)).toMatchObject({
      code: 'run.operator-needed',
      message: expect.stringContaining('step wizard asks (in-doubt)'),
    });
    expect(await settings()).not.toContain('SECRET_KEY_BASE');
  });

  it('once it has come to its end and nobody has noted that, its keys are lost: that it is done is no answer then', async () => {
    await killedBeforeTheEndOf('wizard', mastodon.fairlead, ['resume', mastodon.name, ...OPTIONS, '--answer', 'wizard=again']);
    expect(await mastodon.sql(OWNERS)).toBe('captain|Owner');
    const { code, stdout, stderr } = await resume('--answer', 'wizard=done');
    expect(code, stderr).toBe(3);
    const [asked] = eventsIn(stdout).filter((event) => event.type === 'question.asked');
    expect(asked?.question).toMatchObject({
      ...{ about: 'in-doubt', step: 'wizard', takes: { choices: ['again', 'stop'] } },
      data: { lost: expect.arrayContaining(['secret_key_base', 'record_primary_key', 'vapid_private']) },
    });
  });

  it('it runs again where that is the answer: one owner, the keys of the last time, and a password that fits', async () => {
    const end = await resume('--answer', 'wizard=again');
    expect(end.code, end.stderr).toBe(0);
    expect(eventsIn(end.stdout).at(-1)).toMatchObject({ type: 'run.finished' });
    expect(await mastodon.sql(OWNERS)).toBe('captain|Owner');
    const { stdout: names } = await docker('ps', '-a', '--filter', `name=^/${mastodon.name}_`, '--format', '{{.Names}}');
    expect(names.split('\n').filter((name) => /_(setup|bootstrap|migrate)$/.test(name))).toEqual([]);
    const secret = (name: string) => mastodon.fairlead.run('secrets', 'get', mastodon.name, name, '--reveal');
    const key = (await secret('wizard.secret_key_base')).stdout.trim();
    expect(key).toMatch(/^[0-9a-f]{128}$/);
    expect((await settings()).match(/^SECRET_KEY_BASE=.*$/gm)).toEqual([`SECRET_KEY_BASE=${key}`]);
    const password = (await secret('wizard.admin_password')).stdout.trim();
    expect(await mastodon.signIn('captain@darkstar.lan', password)).toBe(302);
    expect(await mastodon.signIn('captain@darkstar.lan', `${password}x`)).toBe(422);
  });
});
