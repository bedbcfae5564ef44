import { appendFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JournalEvent, StepForecast } from '../../../src/model/events.ts';
import { changesWorld } from '../../../src/model/plan-effect.ts';
import { hostCompose } from '../../../src/testing/host-compose.ts';
import { eventsIn, isOf } from '../../../src/testing/told-events.ts';
import { createMastodon, docker, type OwnedMastodon, removeMastodon } from './owned-mastodon.ts';

const KEYS = [
  'SECRET_KEY_BASE',
  'OTP_SECRET',
  'ACTIVE_RECORD_ENCRYPTION_DETERMINISTIC_KEY',
  'ACTIVE_RECORD_ENCRYPTION_KEY_DERIVATION_SALT',
  'ACTIVE_RECORD_ENCRYPTION_PRIMARY_KEY',
  'VAPID_PRIVATE_KEY',
  'VAPID_PUBLIC_KEY',
];

describe('mastodon, on this host and its Docker Engine', () => {
  let mastodon: OwnedMastodon;
  let first: JournalEvent[] = [];

  const env = async (): Promise<ReadonlyMap<string, string>> => {
    const text = await readFile(join(mastodon.folder, '.env.production'), 'utf8');
    return new Map(
      text.split('\n').flatMap((line) => (/^[A-Z]/.test(line) ? [line.split(/=(.*)/s, 2) as [string, string]] : [])),
    );
  };
  const secret = async (name: string) =>
    (await mastodon.fairlead.run('secrets', 'get', mastodon.name, name, '--reveal')).stdout.trim();
  const drift = async () => {
    const { code, stdout } = await mastodon.fairlead.run('drift', mastodon.name, '--json');
    const { steps } = JSON.parse(stdout) as { steps: readonly StepForecast[] };
    return { code, steps: steps.filter(({ changes }) => changes.length > 0) };
  };
  const task = async (name: string, ...inputs: readonly string[]) => {
    const given = inputs.flatMap((input) => ['--input', input]);
    const { code, stdout, stderr } = await mastodon.fairlead.run('task', mastodon.name, name, ...given, '--yes', '--json');
    expect(code, `${stderr}${stdout.slice(-2000)}`).toBe(0);
    return eventsIn(stdout);
  };
  beforeAll(async () => {
    mastodon = await createMastodon();
  });
  afterAll(async () => {
    await removeMastodon(mastodon);
  });

  it('runs from nothing to its owner without a terminal, by the wizard', async () => {
    const args = ['run', ...(await mastodon.args()), '--yes', '--json', '--ack', 'proxy_by_hand'];
    const { code, stdout, stderr } = await mastodon.fairlead.run(...args);
    expect(code, `${stderr}${stdout.slice(-3000)}`).toBe(0);
    first = eventsIn(stdout);
    expect(first.find(isOf('step.finished', 'wizard'))?.outcome).toBe('changed');
    expect(await mastodon.sql('SELECT email, (SELECT name FROM user_roles WHERE id = role_id) FROM users')).toBe(
      'captain@darkstar.lan|Owner',
    );
  });

  it('applied what it had planned, step by step', () => {
    const forecast = first.find((event) => event.type === 'plan.forecast')?.forecast ?? [];
    const planned = forecast.filter(({ waitsFor, changes }) => waitsFor === undefined && changes.some(changesWorld));
    for (const { step, changes } of planned) {
      const done = first.find(isOf('step.intended', step));
      // The plan can't know that `stores` has begun the project by then, and so what of it is left.
      if (step === 'up')
        expect(done?.changes.map(({ target }) => target)).toEqual(['service sidekiq', 'service streaming', 'service web']);
      else expect(done, step).toMatchObject({ changes });
    }
    expect(planned.length).toBeGreaterThan(12);
  });

  it('traps 10 and 19: what the wizard printed is in the vault and in .env.production, and nowhere in the record', async () => {
    const written = await env();
    const outputs = ['secret_key_base', 'otp_secret', 'record_deterministic_key', 'record_salt', 'record_primary_key'];
    const kept = await Promise.all([...outputs, 'vapid_private', 'vapid_public'].map((name) => secret(`wizard.${name}`)));
    expect(KEYS.map((name) => written.get(name))).toEqual(kept);
    expect(await mastodon.signIn('captain@darkstar.lan', await secret('wizard.admin_password'))).toBe(302);
    for (const value of [...kept, await secret('wizard.admin_password'), await secret('db_password')]) {
      expect(value.length).toBeGreaterThan(20);
      expect(JSON.stringify(first)).not.toContain(value);
    }
  });

  it('compose reads its files, and the setup left no container and no half a folder', async () => {
    const file = join(mastodon.folder, 'docker-compose.yml');
    const { stdout, stderr } = await hostCompose('--file', file, '--project-directory', mastodon.folder, 'config', '--services');
    expect(stderr).toBe('');
    expect(stdout.trim().split('\n').sort()).toEqual(['db', 'redis', 'sidekiq', 'streaming', 'web']);
    const names = await docker('ps', '--all', '--filter', `name=^${mastodon.name}_`, '--format', '{{.Names}}');
    expect(names.stdout.trim().split('\n').sort()).toEqual(
      ['postgres', 'redis', 'sidekiq', 'streaming', 'web'].map((service) => `${mastodon.name}_${service}`),
    );
    expect((await readdir(mastodon.data)).sort()).toEqual(['postgres', 'public', 'redis']);
  });

  it('trap 8: web has its address, and is reached on 127.0.0.1 alone', async () => {
    const format = `{{(index .NetworkSettings.Networks "${mastodon.name}_external_network").IPAddress}}`;
    const { stdout } = await docker('inspect', '--format', format, `${mastodon.name}_web`);
    expect(stdout.trim()).toBe(String(mastodon.values.subnet).replace('.0/24', '.3'));
    const ports =
      (await docker('ps', '--filter', `name=^${mastodon.name}_`, '--format', '{{.Ports}}')).stdout.match(/\S+->/g) ?? [];
    expect(ports).toHaveLength(3);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  it('run again, changes nothing, and drift is empty', async () => {
    const { code, stdout } = await mastodon.fairlead.run('run', ...(await mastodon.args()), '--yes', '--json');
    expect(code).toBe(0);
    const ends = eventsIn(stdout).filter((event) => event.type === 'step.finished');
    expect(ends.filter(({ outcome }) => outcome !== 'ok' && outcome !== 'skipped')).toEqual([]);
    expect(await drift()).toEqual({ code: 0, steps: [] });
  });

  it('a task makes an account, whose password is in the vault; another runs any command of tootctl', async () => {
    await task('account-create', 'name=friend', 'email=friend@foo.org', 'role=Moderator');
    expect(await mastodon.signIn('friend@foo.org', await secret('new_account.password'))).toBe(302);
    expect(
      await mastodon.sql("SELECT name FROM user_roles JOIN users ON role_id = user_roles.id WHERE email = 'friend@foo.org'"),
    ).toBe('Moderator');
    const said = await task('tootctl', 'command=accounts modify friend --disable');
    expect(said.find(isOf('step.finished', 'run'))?.carried?.outputs.stdout).toBe('OK');
  });

  it('the purge of caches tells its figures', async () => {
    const said = await task('purge');
    expect(said.find(isOf('step.finished', 'media'))?.carried?.outputs).toMatchObject({ number: expect.stringMatching(/^\d+$/) });
    expect(said.find(isOf('step.finished', 'cards'))?.carried?.outputs.size).toMatch(/^[\d.]+ \w+$/);
  });

  it('trap 11: other words of the first run are refused before anything is touched', async () => {
    const { code, stdout } = await mastodon.fairlead.run(
      'run',
      ...(await mastodon.args({ admin_name: 'other' })),
      '--yes',
      '--json',
    );
    expect(code).toBe(1);
    const events = eventsIn(stdout);
    expect(events.find(isOf('step.finished', 'settled'))?.outcome).toBe('failed');
    expect(events.filter((event) => event.type === 'step.intended').map(({ step }) => step)).toEqual(['settled']);
    expect(await mastodon.sql('SELECT count(*) FROM users')).toBe('2');
    expect(await mastodon.fairlead.run('resume', '--abandon')).toMatchObject({ code: 0 });
  });

  it('an .env.production that is lost is written anew with the keys of the first time, and nothing is set up again', async () => {
    const file = join(mastodon.folder, '.env.production');
    const before = await readFile(file, 'utf8');
    await rm(file);
    const { code, stdout, stderr } = await mastodon.fairlead.run(
      ...['run', ...(await mastodon.args()), '--yes', '--on-drift', 'overwrite', '--json'],
    );
    expect(code, `${stderr}${stdout.slice(-2000)}`).toBe(0);
    expect(await readFile(file, 'utf8')).toBe(before);
    const changed = eventsIn(stdout).flatMap((event) =>
      event.type === 'step.finished' && event.outcome === 'changed' ? [event.step as string] : [],
    );
    expect(changed.filter((step) => step !== 'up')).toEqual(['settings', 'wizard_keys']);
    expect(await mastodon.sql('SELECT count(*) FROM users')).toBe('2');
  });

  it('after a hand edit of .env.production drift shows that line, and --on-drift overwrite repairs it and keeps the rest', async () => {
    const file = join(mastodon.folder, '.env.production');
    const before = await readFile(file, 'utf8');
    await writeFile(file, before.replace('SMTP_PORT=25', 'SMTP_PORT=26'));
    await appendFile(file, 'DEFAULT_LOCALE=nl\n');
    const { code, steps } = await drift();
    expect(code).toBe(5);
    expect(steps.map(({ step }) => step)).toContain('settings');
    const repaired = await mastodon.fairlead.run('run', ...(await mastodon.args()), '--yes', '--on-drift', 'overwrite');
    expect(repaired.code, repaired.stdout).toBe(0);
    expect(await readFile(file, 'utf8')).toBe(`${before}DEFAULT_LOCALE=nl\n`);
    expect(await mastodon.inside('web', 'printenv', 'DEFAULT_LOCALE')).toBe('nl\n');
    expect(await drift()).toEqual({ code: 0, steps: [] });
  });

  it('a new password of the database leaves the keys that the wizard printed as they are, and nothing to do', async () => {
    const before = await env();
    const { code, stdout, stderr } = await mastodon.fairlead.run('secrets', 'rotate', mastodon.name, 'db_password', '--yes');
    expect(code, stdout + stderr).toBe(0);
    const after = await env();
    for (const key of KEYS) expect(after.get(key), key).toBe(before.get(key));
    expect(after.get('DB_PASS')).not.toBe(before.get('DB_PASS'));
    expect(await mastodon.inside('web', 'printenv', 'DB_PASS')).toBe(`${after.get('DB_PASS')}\n`);
    expect(await drift()).toEqual({ code: 0, steps: [] });
  });

  it('uninstall leaves nothing', async () => {
    const words = [mastodon.name, mastodon.folder, mastodon.data];
    const answers = ['down', 'no_settings', 'no_data'].flatMap((step, index) => ['--answer', `${step}=${words[index]}`]);
    const args = ['task', mastodon.name, 'uninstall', '--input', 'remove_data=true', '--yes', ...answers];
    const { code, stdout, stderr } = await mastodon.fairlead.run(...args);
    expect(code, `${stderr}${stdout}`).toBe(0);
    for (const kind of ['ps --all', 'network ls', 'volume ls'] as const) {
      const { stdout: left } = await docker(...kind.split(' '), '--filter', `name=${mastodon.name}`, '--quiet');
      expect(left, kind).toBe('');
    }
    expect((await readdir(mastodon.place)).sort()).toEqual(['inputs.yaml']);
  });
});
