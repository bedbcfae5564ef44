import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { type MastodonImages, mastodonImages } from '../../../src/testing/mastodon/mastodon-images.ts';
import { createMastodon, docker, type OwnedMastodon, removeMastodon } from './owned-mastodon.ts';

const OWNER = 'captain@darkstar.lan';

describe('a mastodon that is changed while it runs', () => {
  let mastodon: OwnedMastodon;
  let next: MastodonImages;

  const does = async (name: string, ...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await mastodon.fairlead.run('task', mastodon.name, name, '--yes', '--ack', 'all', ...args);
    expect(code, stdout + stderr).toBe(0);
    return stdout;
  };
  const secret = async (name: string): Promise<string> =>
    (await mastodon.fairlead.run('secrets', 'get', mastodon.name, name, '--reveal')).stdout.trim();
  const env = (service: string, name: string) => mastodon.inside(service, 'printenv', name);
  const imageOf = async (service: string): Promise<string> =>
    (await docker('inspect', '--format', '{{.Config.Image}}', `${mastodon.name}_${service}`)).stdout.trim();
  const begunAt = async (service: string): Promise<string> =>
    (await docker('inspect', '--format', '{{.Id}}', `${mastodon.name}_${service}`)).stdout.trim();
  const to = ({ mastodon: image, streaming }: MastodonImages): readonly string[] => [
    '--input',
    `mastodon_image=${image}`,
    '--input',
    `streaming_image=${streaming}`,
  ];
  /** Is what the version before needs still in the database? */
  const hasWayBack = async (): Promise<boolean> =>
    (await mastodon.sql("SELECT count(*) FROM information_schema.columns WHERE column_name = 'encrypted_otp_secret'")) === '1';
  const isNew = async (): Promise<boolean> =>
    (await mastodon.sql("SELECT count(*) FROM information_schema.columns WHERE column_name = 'age_verified_at'")) === '1';

  beforeAll(async () => {
    mastodon = await createMastodon({ setup: 'direct' });
    next = await mastodonImages({ release: '4.4' });
    const args = ['run', ...(await mastodon.args()), '--yes', '--ack', 'proxy_by_hand'];
    const { code, stdout, stderr } = await mastodon.fairlead.run(...args);
    expect(code, stdout + stderr).toBe(0);
  });
  afterAll(async () => {
    await removeMastodon(mastodon);
    await next.cleanUp();
  });

  it('an upgrade leaves the way back open, and it can be gone', async () => {
    await does('upgrade', ...to(next));
    expect(await imageOf('web')).toBe(next.mastodon);
    expect([await isNew(), await hasWayBack()]).toEqual([true, true]);
    await does('upgrade', ...to(mastodon.images));
    expect(await imageOf('web')).toBe(mastodon.images.mastodon);
    expect(await mastodon.signIn(OWNER, await secret('owner.admin_password'))).toBe(302);
  });

  it('finish-upgrade wants a typed word, and only then takes what the version before needs', async () => {
    await does('upgrade', ...to(next));
    const unasked = await mastodon.fairlead.run('task', mastodon.name, 'finish-upgrade', '--yes');
    expect(unasked.code).toBe(3);
    expect(await hasWayBack()).toBe(true);
    expect((await mastodon.fairlead.run('resume', mastodon.name, '--abandon')).code).toBe(0);
    await does('finish-upgrade', '--answer', `migrate_rest=${mastodon.name}`);
    expect(await hasWayBack()).toBe(false);
    expect(await mastodon.signIn(OWNER, await secret('owner.admin_password'))).toBe(302);
  });

  it('mail that is changed reaches what sends it, and leaves the database alone', async () => {
    const before = await begunAt('postgres');
    const mail = { mail: 'smtp', smtp_host: 'mail.example.org', smtp_user: 'mastodon', smtp_password: 'a$b #c\'d"e' };
    const file = join(mastodon.place, 'mail.yaml');
    await writeFile(file, stringify(mail), { mode: 0o600 });
    await does('mail', '--inputs', file);
    for (const service of ['web', 'sidekiq']) {
      expect(await env(service, 'SMTP_SERVER'), service).toBe('mail.example.org\n');
      expect(await env(service, 'SMTP_PASSWORD'), service).toBe(`${mail.smtp_password}\n`);
    }
    expect(await begunAt('postgres')).toBe(before);
  });

  it('a new password of the database is told to it and to all who use it', async () => {
    const before = await secret('db_password');
    const { code, stdout, stderr } = await mastodon.fairlead.run('secrets', 'rotate', mastodon.name, 'db_password', '--yes');
    expect(code, stdout + stderr).toBe(0);
    const now = await secret('db_password');
    expect(now).not.toBe(before);
    for (const service of ['web', 'sidekiq', 'streaming']) expect(await env(service, 'DB_PASS'), service).toBe(`${now}\n`);
    expect(await readFile(join(mastodon.folder, '.env.production'), 'utf8')).toContain(`DB_PASS=${now}\n`);
    expect(await mastodon.signIn(OWNER, await secret('owner.admin_password'))).toBe(302);
  });

  it('trap 11: the database is erased only for whoever types the domain, and there is a new owner', async () => {
    await does('account-create', '--input', 'name=friend', '--input', 'email=friend@foo.org');
    const refused = await mastodon.fairlead.run(
      'task',
      mastodon.name,
      'database-setup',
      '--yes',
      '--answer',
      `stop=${mastodon.name}`,
    );
    expect(refused.code).not.toBe(0);
    expect(await mastodon.sql('SELECT count(*) FROM users')).toBe('2');
    expect((await mastodon.fairlead.run('resume', mastodon.name, '--abandon')).code).toBe(0);
    await does('database-setup', '--answer', 'stop=social.darkstar.lan');
    expect(await mastodon.sql('SELECT email FROM users')).toBe(OWNER);
    expect(await mastodon.signIn(OWNER, await secret('new_owner.password'))).toBe(302);
  });
});
