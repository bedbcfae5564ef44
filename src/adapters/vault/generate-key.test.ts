import {
  createECDH,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
  X509Certificate,
} from 'node:crypto';
import { connect, createSecureContext, createServer, type Server, type TLSSocket } from 'node:tls';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { SecretMaterial, SecretSpec } from '../../model/recipe.ts';
import { generateSecret } from './generate.ts';

const make = (generate: SecretSpec['generate'], details: Partial<SecretSpec> = {}, material: SecretMaterial = {}) =>
  generateSecret({ generate, ...details }, material);
const refused = { failure: { code: 'recipe.bad-secret' } };

let rsa: string;
let ec: string;
beforeAll(async () => {
  [rsa, ec] = await Promise.all([make('rsa-key', { bits: 2048 }), make('ec-key')]);
});

describe('a key', () => {
  it('of RSA has the bits that are asked for', async () => {
    expect(rsa).toMatch(/^-----BEGIN PRIVATE KEY-----\n[\s\S]+\n-----END PRIVATE KEY-----\n$/);
    const key = createPrivateKey(rsa);
    expect([key.asymmetricKeyType, key.asymmetricKeyDetails]).toMatchObject([
      'rsa',
      { modulusLength: 2048, publicExponent: 65537n },
    ]);
    expect(createPrivateKey(await make('rsa-key')).asymmetricKeyDetails?.modulusLength).toBe(3072);
  }, 300_000);

  it('of an elliptic curve is one of P-256', () => {
    expect(ec).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    expect(createPrivateKey(ec).asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
  });

  it('has the public key that verifies what it signed', async () => {
    for (const privateKey of [rsa, ec]) {
      const publicKey = await make('public-key', {}, { of: privateKey });
      expect(publicKey).toMatch(/^-----BEGIN PUBLIC KEY-----\n[\s\S]+\n-----END PUBLIC KEY-----\n$/);
      const text = Buffer.from('what is signed');
      expect(verify('sha256', text, createPublicKey(publicKey), sign('sha256', text, privateKey))).toBe(true);
    }
  });

  it('of VAPID is a pair as browsers want it: 32 and 65 bytes, base64url', async () => {
    for (const privateKey of await Promise.all(Array.from({ length: 100 }, () => make('vapid-key')))) {
      expect(privateKey).toMatch(/^[A-Za-z0-9_-]{43}$/);
      expect(Buffer.from(privateKey, 'base64url')).toHaveLength(32);
      const publicKey = await make('public-key', {}, { of: privateKey });
      expect(publicKey).toMatch(/^B[A-Za-z0-9_-]{86}$/);
      const point = Buffer.from(publicKey, 'base64url');
      expect([point.length, point[0]]).toEqual([65, 4]);
      const half = createECDH('prime256v1');
      half.setPrivateKey(Buffer.from(privateKey, 'base64url'));
      expect(half.getPublicKey()).toEqual(point);
    }
  });

  it('has a public one only where it is a key', async () => {
    for (const noKey of ['no key at all', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n', '', 'AAAA']) {
      await expect(make('public-key', {}, { of: noKey })).rejects.toMatchObject(refused);
    }
  });
});

describe('a certificate', () => {
  const certificate = async (of: string, details: Partial<SecretSpec>, material: SecretMaterial): Promise<X509Certificate> =>
    new X509Certificate(await make('certificate', details, { of, ...material }));
  const names = ['cloud.lan', '*.cloud.lan', '10.0.0.1', '2001:db8::1', ''];

  it('is signed by its own key, and for all its names', async () => {
    for (const key of [rsa, ec]) {
      const made = await certificate(key, { usage: 'server' }, { names });
      expect(made.verify(createPublicKey(key))).toBe(true);
      expect(made.checkPrivateKey(createPrivateKey(key))).toBe(true);
      expect([made.subject, made.issuer, made.ca]).toEqual(['CN=cloud.lan', 'CN=cloud.lan', false]);
      expect(made.subjectAltName).toBe('DNS:cloud.lan, DNS:*.cloud.lan, IP Address:10.0.0.1, IP Address:2001:DB8:0:0:0:0:0:1');
      for (const host of ['cloud.lan', 'files.cloud.lan']) expect(made.checkHost(host)).toBeDefined();
      for (const address of ['10.0.0.1', '2001:db8::1']) expect(made.checkIP(address)).toBeDefined();
      expect(made.checkHost('other.lan')).toBeUndefined();
      expect(made.checkIP('10.0.0.2')).toBeUndefined();
    }
  });

  it('is valid from a while ago for so many days, also beyond 2049', async () => {
    for (const days of [1, 3650, 18_262, 36_500]) {
      const made = await certificate(ec, { days }, { names });
      const left = made.validToDate.getTime() - Date.now();
      expect(Math.abs(left - days * 86_400_000)).toBeLessThan(60_000);
      expect(made.validFromDate.getTime()).toBeLessThan(Date.now() - 3_500_000);
    }
  });

  it('has a subject of its own where one is given, and needs no names then', async () => {
    const made = await certificate(rsa, { usage: 'signing' }, { subject: 'mml identity signing' });
    expect([made.subject, made.subjectAltName]).toEqual(['CN=mml identity signing', undefined]);
  });

  it('says what its key is for', async () => {
    const purposes = async (usage: NonNullable<SecretSpec['usage']>, key = rsa) =>
      (await certificate(key, { usage }, { names })).keyUsage;
    // Node calls the extended key usage `keyUsage`.
    expect(await purposes('server')).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(await purposes('signing')).toBeUndefined();
    expect(await purposes('encryption')).toBeUndefined();
  });

  it('has another serial number each time', async () => {
    const made = await Promise.all(Array.from({ length: 50 }, () => certificate(ec, {}, { names })));
    expect(new Set(made.map(({ serialNumber }) => serialNumber)).size).toBe(50);
    for (const { serialNumber } of made) expect(serialNumber).toMatch(/^[4-7][0-9A-F]{31}$/);
  });

  it('is refused for what can be no name, without one, and of what is no key', async () => {
    for (const [of, details, material] of [
      [rsa, {}, { names: ['two words'] }],
      [rsa, {}, { names: ['https://cloud.lan/'] }],
      [rsa, {}, { names: [] }],
      [rsa, {}, { names: [''] }],
      [rsa, {}, { names, subject: 'x'.repeat(65) }],
      ['no key', {}, { names }],
      [ec, { usage: 'encryption' }, { names }],
    ] as const) {
      await expect(make('certificate', details, { of, ...material })).rejects.toMatchObject(refused);
    }
  });
});

describe('a TLS connection', () => {
  let server: Server | undefined;
  let socket: TLSSocket | undefined;
  afterEach(() => {
    socket?.destroy();
    server?.close();
  });

  it.each(['rsa', 'ec'] as const)('with a %s certificate is trusted by who trusts that certificate', async (kind) => {
    const key = kind === 'rsa' ? rsa : ec;
    const cert = await make('certificate', {}, { of: key, names: ['cloud.lan', '127.0.0.1'] });
    const pfx = Buffer.from(await make('pkcs12', {}, { of: cert, key, password: 'p4ss' }), 'base64');
    const listening = createServer({ pfx, passphrase: 'p4ss' });
    server = listening;
    await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
    const { port } = listening.address() as { port: number };
    const connected = await new Promise<boolean>((resolve, reject) => {
      socket = connect({ host: '127.0.0.1', port, servername: 'cloud.lan', ca: cert }, () =>
        resolve(socket?.authorized === true),
      );
      socket.on('error', reject);
    });
    expect(connected).toBe(true);
  });
});

describe('a PKCS#12 file', () => {
  const bundle = async (key: string, password?: string): Promise<Buffer> => {
    const of = await make('certificate', {}, { of: key, names: ['cloud.lan'] });
    const base64 = await make('pkcs12', {}, { of, key, ...(password !== undefined && { password }) });
    expect(base64).toMatch(/^[A-Za-z0-9+/]+={0,2}$/);
    return Buffer.from(base64, 'base64');
  };
  const opens = (pfx: Buffer, passphrase: string): boolean => {
    try {
      createSecureContext({ pfx, passphrase });
      return true;
    } catch (error) {
      expect(String(error)).toMatch(/mac verify failure/);
      return false;
    }
  };

  it('opens with its password and no other', async () => {
    for (const key of [rsa, ec]) {
      const pfx = await bundle(key, 'correct-horse "ü');
      expect(opens(pfx, 'correct-horse "ü')).toBe(true);
      expect(opens(pfx, 'correct-horse "u')).toBe(false);
      expect(opens(pfx, '')).toBe(false);
    }
  });

  it('opens with the empty password where it has none', async () => {
    const pfx = await bundle(rsa);
    expect(opens(pfx, '')).toBe(true);
    expect(opens(pfx, 'x')).toBe(false);
  });

  it('is refused for a certificate of another key, and for what is none', async () => {
    const of = await make('certificate', {}, { of: ec, names: ['cloud.lan'] });
    await expect(make('pkcs12', {}, { of, key: rsa })).rejects.toMatchObject(refused);
    await expect(make('pkcs12', {}, { of: 'none', key: rsa })).rejects.toMatchObject(refused);
    await expect(make('pkcs12', {}, { of })).rejects.toMatchObject(refused);
  });
});

it('a key of another curve can be in no certificate', async () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'secp384r1' });
  const of = (privateKey as KeyObject).export({ type: 'pkcs8', format: 'pem' }) as string;
  await expect(make('certificate', {}, { of, names: ['cloud.lan'] })).rejects.toMatchObject(refused);
});
