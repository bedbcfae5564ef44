import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SecretKind, SecretMaterial, SecretSpec } from '../../model/recipe.ts';
import { generateSecret } from './generate.ts';
import { sha512Crypt } from './sha512-crypt.ts';

/** What is made here is read by the `openssl` program of the system, which shares no code with it. */
const openssl = (args: readonly string[], input?: string): string =>
  execFileSync('openssl', args, { encoding: 'utf8', ...(input !== undefined && { input }), stdio: ['pipe', 'pipe', 'pipe'] });

const make = (generate: SecretKind, details: Partial<SecretSpec> = {}, material: SecretMaterial = {}) =>
  generateSecret({ generate, ...details }, material);

let dir: string;
const keys = new Map<string, string>();
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'fairlead-openssl-'));
  keys.set('rsa', await make('rsa-key', { bits: 2048 }));
  keys.set('ec', await make('ec-key'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const keyOf = (kind: string): string => keys.get(kind) as string;

describe('openssl reads', () => {
  it('keys, and finds them sound', async () => {
    expect(openssl(['pkey', '-noout', '-text', '-check'], keyOf('rsa'))).toMatch(/Key is valid[\s\S]*2048 bit/);
    expect(openssl(['pkey', '-noout', '-text', '-check'], keyOf('ec'))).toMatch(/Key is valid[\s\S]*prime256v1/);
  });

  it('public keys, which are those that it finds itself', async () => {
    for (const kind of ['rsa', 'ec']) {
      const publicKey = await make('public-key', {}, { of: keyOf(kind) });
      expect(openssl(['pkey', '-pubin', '-noout', '-text'], publicKey)).toMatch(/Public-Key/);
      expect(openssl(['pkey', '-pubout'], keyOf(kind))).toBe(publicKey);
    }
  });

  it.each([
    ['rsa', 'server', 'Digital Signature, Key Encipherment', 'sha256WithRSAEncryption'],
    ['ec', 'server', 'Digital Signature', 'ecdsa-with-SHA256'],
    ['rsa', 'signing', 'Digital Signature', 'sha256WithRSAEncryption'],
    ['ec', 'signing', 'Digital Signature', 'ecdsa-with-SHA256'],
    ['rsa', 'encryption', 'Key Encipherment', 'sha256WithRSAEncryption'],
  ] as const)('a certificate of a key of %s for %s', async (kind, usage, purposes, algorithm) => {
    const names = ['cloud.lan', '10.0.0.1', '::1'];
    const certificate = await make('certificate', { usage, days: 18_262 }, { of: keyOf(kind), names });
    const text = openssl(['x509', '-noout', '-text'], certificate);
    const usages = /X509v3 Key Usage: critical\n\s*(.*)\n/.exec(text)?.[1];
    expect(usages).toBe(purposes);
    expect(text).toContain(`Signature Algorithm: ${algorithm}`);
    expect(text).toMatch(/Basic Constraints: critical\n\s*CA:FALSE/);
    expect(text).toContain('DNS:cloud.lan, IP Address:10.0.0.1, IP Address:0:0:0:0:0:0:0:1');
    expect(text.includes('TLS Web Server Authentication')).toBe(usage === 'server');
    const year = new Date(Date.now() + 18_262 * 86_400_000).getUTCFullYear();
    expect(openssl(['x509', '-noout', '-enddate'], certificate)).toContain(` ${year} GMT`);

    const file = join(dir, `${kind}-${usage}.crt`);
    await writeFile(file, certificate);
    const purpose =
      usage === 'server' ? ['-purpose', 'sslserver', '-verify_hostname', 'cloud.lan', '-verify_ip', '10.0.0.1'] : [];
    expect(openssl(['verify', '-x509_strict', '-check_ss_sig', ...purpose, '-CAfile', file, file])).toContain('OK');
    expect(openssl(['x509', '-noout', '-pubkey'], certificate)).toBe(openssl(['pkey', '-pubout'], keyOf(kind)));
  });

  it.each([
    ['rsa', ''],
    ['ec', ''],
    ['rsa', 'correct horse "ü$'],
    ['ec', 'correct-horse-battery'],
  ])('a PKCS#12 file of a key of %s with the password %j', async (kind, password) => {
    const of = await make('certificate', {}, { of: keyOf(kind), names: ['cloud.lan'] });
    const base64 = await make('pkcs12', {}, { of, key: keyOf(kind), ...(password !== '' && { password }) });
    const file = join(dir, `${kind}-${password.length}.pfx`);
    await writeFile(file, Buffer.from(base64, 'base64'));
    const read = (more: readonly string[], word = password): string =>
      openssl(['pkcs12', '-in', file, '-passin', `pass:${word}`, '-nodes', ...more]);
    expect(read(['-nocerts'])).toContain(keyOf(kind));
    expect(read(['-nokeys'])).toContain(of);
    expect(() => read([], `${password}x`)).toThrow(/invalid password/i);
  });
});

it('openssl makes the same SHA-512 crypt hashes, for passwords and salts of all lengths', async () => {
  const text = (length: number): string => randomBytes(length).toString('base64url').slice(0, length);
  for (const length of [1, 2, 15, 16, 17, 31, 32, 63, 64, 65, 127, 128, 129, 200]) {
    const [password, salt] = [text(length), text(1 + (length % 16)).replaceAll(/[-_]/g, '.')];
    const ours = await sha512Crypt(password, salt);
    expect(openssl(['passwd', '-6', '-salt', salt, '-stdin'], `${password}\n`).trim()).toBe(ours);
  }
  for (const rounds of [1000, 4999, 12_345]) {
    const hash = await make('sha512-crypt', { rounds }, { of: 'grüße' });
    const salt = hash.split('$')[3] as string;
    expect(openssl(['passwd', '-6', '-salt', `rounds=${rounds}$${salt}`, '-stdin'], 'grüße\n').trim()).toBe(hash);
  }
});
