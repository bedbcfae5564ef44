import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMastodon, docker, type OwnedMastodon, removeMastodon } from './owned-mastodon.ts';

const OWNER = 'captain@darkstar.lan';
const CLIENT_SECRET = 'Q5PZA2xQcpDcdvGpxqViQIVgI6slm7xO';

describe('mastodon set up without a dialog, and its tasks', () => {
  let mastodon: OwnedMastodon;
  let backups = '';
  let keycloak: Server;
  let issuer = '';

  const fails = (name: string, ...args: string[]) => mastodon.fairlead.run('task', mastodon.name, name, '--yes', ...args);
  const does = async (name: string, ...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await fails(name, ...args);
    expect(code, stdout + stderr).toBe(0);
    return stdout;
  };
  const secret = async (name: string): Promise<string> =>
    (await mastodon.fairlead.run('secrets', 'get', mastodon.name, name, '--reveal')).stdout.trim();
  const on = (account: string): readonly string[] => ['--input', `name=${account}`];
  const from = (...more: string[]): readonly string[] => ['--input', `backups=${backups}`, ...more];
  const envFile = (): Promise<string> => readFile(join(mastodon.folder, '.env.production'), 'utf8');
  const uploads = () => join(mastodon.data, 'public/system');
  const restoring = async (): Promise<string> => {
    const filter = ['--filter', `name=${mastodon.name}_restore_test`, '--format', '{{.Names}}'];
    return (await docker('ps', '--all', ...filter)).stdout;
  };

  beforeAll(async () => {
    keycloak = createServer((asked, response) => {
      if (asked.url !== '/realms/foundation/.well-known/openid-configuration') response.statusCode = 404;
      response.end(JSON.stringify({ issuer }));
    });
    await new Promise<void>((resolve) => keycloak.listen(0, '127.0.0.1', resolve));
    issuer = `http://127.0.0.1:${(keycloak.address() as AddressInfo).port}/realms/foundation`;
    const sso = { oidc: true, oidc_issuer: issuer, oidc_secret: CLIENT_SECRET };
    mastodon = await createMastodon({ setup: 'direct', registrations: 'approved', ...sso });
    backups = join(mastodon.place, 'backups');
    const args = ['run', ...(await mastodon.args()), '--yes', '--ack', 'proxy_by_hand', '--ack', 'sso_client'];
    const { code, stdout, stderr } = await mastodon.fairlead.run(...args);
    expect(code, stdout + stderr).toBe(0);
  });
  afterAll(async () => {
    keycloak.close();
    await removeMastodon(mastodon);
  });

  it('the owner logs in with the password that is in the vault, and a run after it changes nothing', async () => {
    expect(await mastodon.signIn(OWNER, await secret('owner.admin_password'))).toBe(302);
    const { code, stdout } = await mastodon.fairlead.run('plan', ...(await mastodon.args()), '--exit-code');
    expect(code, stdout).toBe(0);
  });

  it('Mastodon is told where Keycloak is, once Keycloak has said that it is the one', async () => {
    const env = (await mastodon.inside('web', 'printenv')).split('\n').filter((line) => /^OIDC_|^OMNIAUTH/.test(line));
    expect(env.sort()).toEqual([
      `OIDC_CLIENT_ID=mastodon`,
      `OIDC_CLIENT_SECRET=${CLIENT_SECRET}`,
      'OIDC_DISCOVERY=true',
      'OIDC_DISPLAY_NAME=Keycloak SSO',
      'OIDC_ENABLED=true',
      `OIDC_ISSUER=${issuer}`,
      'OIDC_REDIRECT_URI=https://social.darkstar.lan/auth/auth/openid_connect/callback',
      'OIDC_SCOPE=openid,profile,email',
      'OIDC_SECURITY_ASSUME_EMAIL_IS_VERIFIED=false',
      'OIDC_UID_FIELD=preferred_username',
      'OMNIAUTH_ONLY=false',
    ]);
  });

  it('an account gets another role and another password, is locked out and let in again', async () => {
    await does('account-create', ...on('friend'), '--input', 'email=friend@foo.org');
    const role = () =>
      mastodon.sql("SELECT name FROM users LEFT JOIN user_roles r ON r.id = role_id WHERE email = 'friend@foo.org'");
    expect(await role()).toBe('');
    await does('account-role', ...on('friend'), '--input', 'role=Admin');
    expect(await role()).toBe('Admin');
    await does('account-role', ...on('friend'), '--input', 'role=none');
    expect(await role()).toBe('');

    await does('account-password', ...on('friend'));
    const password = await secret('new_password.password');
    expect(await mastodon.signIn('friend@foo.org', password)).toBe(302);
    await does('account-lock', ...on('friend'));
    expect(await mastodon.signIn('friend@foo.org', password)).not.toBe(302);
    await does('account-unlock', ...on('friend'));
    expect(await mastodon.signIn('friend@foo.org', password)).toBe(302);
  });

  it('what only says how things are needs no yes, and changes nothing', async () => {
    for (const [name, ...args] of [['media-usage'], ['purge-orphans'], ['purge', '--input', 'dry_run=true']] as const) {
      const { code, stdout, stderr } = await mastodon.fairlead.run('task', mastodon.name, name, ...args);
      expect(code, stdout + stderr).toBe(0);
      expect(stdout, name).toMatch(/^Done in .*: \d ok(, 1 skipped)?\.$/m);
    }
    const meant = await mastodon.fairlead.run('task', mastodon.name, 'purge-orphans', '--input', 'dry_run=false');
    expect(meant.code, meant.stdout).toBe(3);
  });

  it('an account that is not there is told so', async () => {
    for (const task of ['account-approve', 'account-password']) {
      const { code, stdout } = await fails(task, ...on('nobody'));
      expect(code).toBe(1);
      expect(stdout).toContain('There is no account nobody here');
      expect((await mastodon.fairlead.run('resume', mastodon.name, '--abandon')).code).toBe(0);
    }
  });

  it('a backup has its sums and says what it is; a restore test finds it good, and leaves nothing', async () => {
    await mkdir(join(uploads(), 'cache'), { recursive: true });
    await writeFile(join(uploads(), 'picture.png'), 'as it was');
    await writeFile(join(uploads(), 'cache/foreign.png'), 'from elsewhere');
    expect(await does('backup', ...from())).toContain('2 accounts and 1 uploaded files');
    const [stamp = ''] = await readdir(backups);
    const manifest = JSON.parse(await readFile(join(backups, stamp, 'manifest.json'), 'utf8'));
    expect(manifest).toMatchObject({ recipe: 'mastodon', domain: 'social.darkstar.lan', users: 2, files: 1 });
    expect((await stat(join(backups, stamp))).mode & 0o777).toBe(0o700);
    expect(await readFile(join(backups, stamp, 'SHA256SUMS'), 'utf8')).toMatch(/ \.\/settings\/\.env\.production$/m);

    expect(await does('test-restore', ...from())).toContain(
      'can be restored: Mastodon answered with it, and 2 accounts and 1 files',
    );
    expect(await restoring()).toBe('');
  });

  it('a backup with other keys is refused, and nothing is touched', async () => {
    const ours = await envFile();
    await writeFile(join(mastodon.folder, '.env.production'), ours.replace(/^OTP_SECRET=.*/m, `OTP_SECRET=${'0'.repeat(128)}`));
    const { code, stdout } = await fails('restore', ...from());
    expect(code).toBe(1);
    expect(stdout).toContain('OTP_SECRET differs between');
    expect((await mastodon.fairlead.run('resume', mastodon.name, '--abandon')).code).toBe(0);
  });

  it('what came after a backup is gone after its restore, and what was there is back, its keys too; media of others stay', async () => {
    await does('account-delete', ...on('friend'), '--answer', 'act=friend');
    await does('account-create', ...on('later'), '--input', 'email=later@foo.org');
    await writeFile(join(uploads(), 'picture.png'), 'changed');
    await does('restore', ...from('--input', 'keys=true'), '--answer', `stop=${mastodon.name}`);
    expect(await mastodon.sql('SELECT email FROM users ORDER BY email')).toBe(`${OWNER}\nfriend@foo.org`);
    expect(await mastodon.signIn(OWNER, await secret('owner.admin_password'))).toBe(302);
    expect(await readFile(join(uploads(), 'picture.png'), 'utf8')).toBe('as it was');
    expect(await readFile(join(uploads(), 'cache/foreign.png'), 'utf8')).toBe('from elsewhere');
    expect((await readdir(join(mastodon.data, 'public'))).sort()).toEqual(['system']);
    expect(await envFile()).toContain(`OTP_SECRET=${await secret('otp_secret')}\n`);
  });

  it('uninstall keeps data and keys unless told otherwise, and a later run with setup=exists goes on with both', async () => {
    await does('uninstall', '--answer', `down=${mastodon.name}`);
    expect(await readdir(mastodon.folder)).toEqual(['.env.production']);
    const run = async (setup: string) =>
      mastodon.fairlead.run('run', ...(await mastodon.args({ setup, oidc: false })), '--yes', '--ack', 'proxy_by_hand');
    const refused = await run('direct');
    expect(refused.code).toBe(1);
    expect(refused.stdout).toContain('setup=exists');
    expect((await mastodon.fairlead.run('resume', mastodon.name, '--abandon')).code).toBe(0);
    const { code, stdout, stderr } = await run('exists');
    expect(code, stdout + stderr).toBe(0);
    expect(await mastodon.sql('SELECT count(*) FROM users')).toBe('2');
    expect(await mastodon.signIn(OWNER, await secret('owner.admin_password'))).toBe(302);
    expect(await mastodon.inside('web', 'printenv')).not.toContain('OIDC_');
    await rm(backups, { recursive: true });
  });
});
