import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventOf, JournalEvent } from '../../../src/model/events.ts';
import { eventsIn } from '../../../src/testing/told-events.ts';
import { ask, clientsOf, containersOf, rotated, SERVICES, secretOf, sql } from './look-at-mml.ts';
import { createMml, docker, type OwnedMml, PASSWORD, removeMml } from './owned-mml.ts';

const DISCOVERY = '/.well-known/openid-configuration';
const RECORDS = '/api/v1.0/media/record';

describe('mml, on this host and its Docker Engine', () => {
  let mml: OwnedMml;
  let first: readonly JournalEvent[] = [];

  /** How the media service answers an app that shows a token: it asks the identity service about it. */
  const withToken = async (key: string): Promise<number> =>
    (await ask(mml, RECORDS, { 'App-Key': await secretOf(mml, key), Authorization: 'Bearer x' })).status;

  beforeAll(async () => {
    mml = await createMml();
  });
  afterAll(async () => {
    await removeMml(mml);
  });

  it('runs from nothing to the first admin and their client without a terminal', async () => {
    const { code, stdout, stderr } = await mml.fairlead.run('run', ...(await mml.args()), '--yes', '--json');
    first = eventsIn(stdout);
    const failed = first.find((event) => event.type === 'step.finished' && event.outcome === 'failed');
    expect(code, stderr + JSON.stringify(failed)).toBe(0);
    const listed = first.find(
      (event): event is EventOf<'step.finished'> => event.type === 'step.finished' && event.step === 'clients',
    );
    expect(await clientsOf(mml)).toEqual([listed?.carried?.outputs.id]);
    expect(await sql(mml, 'identity', `SELECT name || ' ' || password FROM users`)).toBe(`admin ${PASSWORD}`);
    expect(Object.keys(await containersOf(mml))).toEqual(SERVICES);
  });

  it('kept what it typed and what it made out of the journal', async () => {
    const names = ['redis_password', 'app_key', 'identity_db_password', 'tls_pfx_password', 'api_client_secret'];
    const values = await Promise.all(names.map((name) => secretOf(mml, name)));
    for (const value of [...values, PASSWORD]) {
      expect(value.length).toBeGreaterThan(11);
      expect(JSON.stringify(first)).not.toContain(value);
    }
  });

  it('lets in who has a key of an app, and the media service reaches the issuer by its public address', async () => {
    expect((await ask(mml, RECORDS)).status).toBe(401);
    expect((await ask(mml, DISCOVERY, { 'App-Key': 'x' })).status).toBe(401);
    for (const key of ['app_key', 'admin_app_key']) {
      expect((await ask(mml, DISCOVERY, { 'App-Key': await secretOf(mml, key) })).status).toBe(200);
      expect(await withToken(key)).toBe(200);
    }
  });

  it('trap 5: both databases were made by the scripts, each for its own user alone', async () => {
    const reaches = (user: string, database: string) =>
      docker('exec', `wekode.${mml.name}.db`, 'psql', '-XAtq', '-U', user, '-d', database, '-c', 'SELECT 1').then(
        () => true,
        () => false,
      );
    expect(await Promise.all([reaches('identity', 'identity'), reaches('media', 'media')])).toEqual([true, true]);
    expect(await Promise.all([reaches('identity', 'media'), reaches('media', 'identity')])).toEqual([false, false]);
  });

  it('trap 14: RabbitMQ knows one user, who is not guest', async () => {
    const { stdout } = await docker('exec', `wekode.${mml.name}.mbus`, 'rabbitmqctl', '-q', 'list_users', '--no-table-headers');
    expect(stdout.trim().split(/\s+/)[0]).toBe('mml');
    expect(stdout).not.toContain('guest');
  });

  it('trap 28: no service was restarted until its database was ready', async () => {
    const names = SERVICES.map((service) => `wekode.${mml.name}.${service}`);
    const { stdout } = await docker('inspect', '--format', '{{.RestartCount}}', ...names);
    expect(stdout.trim().split('\n')).toEqual(SERVICES.map(() => '0'));
  });

  it('run again, changes nothing, and drift is empty', async () => {
    const { code, stdout } = await mml.fairlead.run('run', ...(await mml.args()), '--yes', '--json');
    expect(code).toBe(0);
    const ends = eventsIn(stdout).filter((event) => event.type === 'step.finished');
    expect(ends.filter(({ outcome }) => outcome !== 'ok' && outcome !== 'skipped')).toEqual([]);
    const drift = await mml.fairlead.run('drift', mml.name, '--json');
    expect(drift.code, drift.stdout).toBe(0);
  });

  it('a new password of Redis touches two files and makes two containers anew, and the API answers', async () => {
    expect(await rotated(mml, 'redis_password')).toEqual({
      files: ['cache/redis.conf', 'identity/appsettings.json'],
      containers: ['cache', 'identity'],
    });
    expect((await ask(mml, DISCOVERY, { 'App-Key': await secretOf(mml, 'app_key') })).status).toBe(200);
  });
});
