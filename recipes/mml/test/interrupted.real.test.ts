import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failureLine } from '../../../src/testing/failure-line.ts';
import { killedBeforeTheEndOf, killedBeforeTyping, killedWithin } from '../../../src/testing/killed-within.ts';
import { type OwnCertificate, ownCertificate, ownTokenKeys } from '../../../src/testing/mml/own-certificates.ts';
import { ask, clientsOf, containersOf, SERVICES, secretOf, sql } from './look-at-mml.ts';
import { createMml, DOMAIN, docker, type OwnedMml, PASSWORD, removeMml } from './owned-mml.ts';

const OPTIONS = ['--yes', '--json'];

describe('mml with a certificate and keys that are there, killed in the middle of what takes its time', () => {
  let mml: OwnedMml;
  let certificate: OwnCertificate;

  beforeAll(async () => {
    mml = await createMml(async (place) => {
      certificate = await ownCertificate(join(place, 'theirs'), DOMAIN);
      return {
        certificate: 'import',
        tls_certificate: certificate.chain,
        tls_key: certificate.key,
        token_certificates: await ownTokenKeys(join(place, 'tokens')),
      };
    });
  });
  afterAll(async () => {
    await removeMml(mml);
  });

  const resume = (...more: readonly string[]) => mml.fairlead.run('resume', mml.name, ...OPTIONS, ...more);
  const programs = async (): Promise<string> => (await docker('top', `wekode.${mml.name}.identity`, '-o', 'pid,args')).stdout;
  const admins = () => sql(mml, 'identity', 'SELECT name FROM users');

  const isAskedAboutAdmin = async (): Promise<void> => {
    const { code, stderr } = await resume();
    expect(code, stderr).toBe(3);
    expect(failureLine(stderr)).toMatchObject({
      code: 'run.operator-needed',
      message: expect.stringContaining('step admin asks (in-doubt)'),
    });
  };

  it('the first compose.up, with its container there: the same run goes on, up to the middle of the dialog', async () => {
    const isThere = async () => (await docker('inspect', `wekode.${mml.name}.db`)).stdout !== '';
    await killedWithin(mml.fairlead, { step: 'up_db', isAt: isThere }, ['run', ...(await mml.args()), ...OPTIONS]);
    await killedBeforeTyping(PASSWORD, mml.fairlead, ['resume', mml.name, ...OPTIONS]);
    expect(await programs()).toContain('Identity.CLI');
    expect(Object.keys(await containersOf(mml))).toEqual(SERVICES);
  });

  it('the dialog with which the first admin is made: it is asked about, and held anew where that is the answer', async () => {
    await isAskedAboutAdmin();
    expect(await programs()).not.toContain('Identity.CLI');
    expect(await admins()).toBe('');
    await killedBeforeTheEndOf('admin', mml.fairlead, ['resume', mml.name, ...OPTIONS, '--answer', 'admin=again']);
    expect(await admins()).toBe('admin');
  });

  it('the dialog that had come to its end: it is asked about, and not held again where that is the answer', async () => {
    await isAskedAboutAdmin();
    const { code, stderr } = await resume('--answer', 'admin=done');
    expect(code, stderr).toBe(0);
    expect(await admins()).toBe('admin');
    expect(await clientsOf(mml)).toHaveLength(1);
    expect(await sql(mml, 'identity', 'SELECT password FROM users')).toBe(PASSWORD);
  });

  it('a certificate of an authority of its own: apps that trust that one come in, and the services trust each other', async () => {
    const key = { 'App-Key': await secretOf(mml, 'app_key') };
    const asApp = await ask(mml, '/.well-known/openid-configuration', key, certificate.authority);
    expect(asApp.status).toBe(200);
    expect((await ask(mml, '/api/v1.0/media/record', { ...key, Authorization: 'Bearer x' })).status).toBe(200);
    const there = async (name: string) => readFile(join(mml.place, 'tokens', name));
    for (const name of ['identity.sign.pfx', 'identity.encrypt.pfx']) {
      expect(await readFile(join(mml.folder, 'certs', name))).toEqual(await there(name));
    }
  });

  it('run again after the certificate was renewed, takes it over, and starts anew only who has it', async () => {
    const before = await containersOf(mml);
    const renewed = await ownCertificate(join(mml.place, 'renewed'), DOMAIN);
    const inputs = ['--input', `tls_certificate=${renewed.chain}`, '--input', `tls_key=${renewed.key}`];
    const { code, stderr } = await mml.fairlead.run('run', ...(await mml.args()), ...inputs, ...OPTIONS);
    expect(code, stderr).toBe(0);
    const key = { 'App-Key': await secretOf(mml, 'app_key') };
    expect((await ask(mml, '/.well-known/openid-configuration', key, renewed.authority)).status).toBe(200);
    const now = await containersOf(mml);
    expect(SERVICES.filter((service) => now[service] !== before[service])).toEqual(['identity', 'media', 'reverseproxy']);
  });

  it('a key of another certificate, or keys for tokens with a password, are refused before anything is touched', async () => {
    const refused = async (step: string, ...given: readonly string[]): Promise<string> => {
      const inputs = given.flatMap((input) => ['--input', input]);
      const { code, stdout } = await mml.fairlead.run('run', ...(await mml.args()), ...inputs, '--yes', '--only', step);
      expect(code, stdout).toBe(1);
      await mml.fairlead.run('resume', mml.name, '--abandon');
      return stdout;
    };
    const before = await readFile(join(mml.folder, 'certs', `${DOMAIN}.crt`), 'utf8');
    const key = join(mml.place, 'renewed/own.key');
    expect(await refused('imported', `tls_key=${key}`)).toContain('The key is not that of the certificate');
    const locked = await ownTokenKeys(join(mml.place, 'locked'), 'a password');
    expect(await refused('own_tokens', `token_certificates=${locked}`)).toContain('has a password');
    expect(await readFile(join(mml.folder, 'certs', `${DOMAIN}.crt`), 'utf8')).toBe(before);
  });
});
