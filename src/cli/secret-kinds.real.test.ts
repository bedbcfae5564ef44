import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFairlead, type Fairlead } from '../testing/fairlead-process.ts';

let fairlead: Fairlead;
let folder: string;
beforeEach(async () => {
  fairlead = await createFairlead();
  folder = await mkdtemp(join(tmpdir(), 'secret-kinds-'));
});
afterEach(async () => {
  await fairlead.cleanUp();
  await rm(folder, { recursive: true, force: true });
});

/** Nothing stands after what it is made of. */
const RECIPE = `recipe: kinds
version: 1.0.0
title: Every kind of secret
inputs:
  folder: { type: path, title: Where the files lie }
  host: { type: hostname, title: Host }
secrets:
  bundle: { generate: pkcs12, of: site, password: word }
  open_bundle: { generate: pkcs12, of: signing }
  site: { generate: certificate, of: curve, names: ['\${{ inputs.host }}', 10.0.0.1] }
  signing: { generate: certificate, of: rsa, subject: '\${{ deployment.name }} signing', usage: signing, days: 18262 }
  curve: { generate: ec-key }
  rsa: { generate: rsa-key, bits: 2048 }
  public: { generate: public-key, of: rsa }
  push_public: { generate: public-key, of: push }
  push: { generate: vapid-key }
  hash: { generate: bcrypt, of: word, cost: 5 }
  shadow: { generate: sha512-crypt, of: word }
  word: { generate: password }
  user: { generate: base64, bytes: 6, prefix: minio-user- }
  fernet: { generate: base64url }
  salt: { generate: characters, alphabet: ./0123456789abcdef, length: 16 }
steps:
  - id: bundle
    title: The bundle
    uses: host.file
    with: { path: '\${{ inputs.folder }}/site.pfx', content: '\${{ secrets.bundle }}', decode: base64 }
  - id: open_bundle
    title: The bundle with the empty password
    uses: host.file
    with: { path: '\${{ inputs.folder }}/signing.pfx', content: '\${{ secrets.open_bundle }}', decode: base64 }
  - id: public
    title: The public key
    uses: host.file
    with: { path: '\${{ inputs.folder }}/rsa.pub', content: '\${{ secrets.public }}' }
  - id: env
    title: The rest
    uses: file.env
    with:
      path: '\${{ inputs.folder }}/env'
      values:
        HASH: '\${{ secrets.hash }}'
        SHADOW: '\${{ secrets.shadow }}'
        WORD: '\${{ secrets.word }}'
        USER: '\${{ secrets.user }}'
        FERNET: '\${{ secrets.fernet }}'
        SALT: '\${{ secrets.salt }}'
        PUSH: '\${{ secrets.push_public }}'
`;

describe('a recipe with every kind of secret', () => {
  it('gets them all made, each once, and shows none', async () => {
    await mkdir(join(folder, 'kinds'));
    await mkdir(join(folder, 'out'));
    await writeFile(join(folder, 'kinds', 'recipe.yaml'), RECIPE);
    const out = join(folder, 'out');
    const run = () =>
      fairlead.run('run', join(folder, 'kinds'), '--yes', '--input', `folder=${out}`, '--input', 'host=cloud.lan');
    const first = await run();
    expect(first).toMatchObject({ code: 0 });

    const env = new Map(
      (await readFile(join(out, 'env'), 'utf8')).split('\n').map((line) => line.split(/=(.*)/, 2) as [string, string]),
    );
    const value = (name: string): string => (env.get(name) ?? '').replaceAll(/^'|'$/g, '');
    const openssl = (...args: readonly string[]): string => execFileSync('openssl', args, { encoding: 'utf8', stdio: 'pipe' });
    const certificate = (file: string, password: string): string => {
      const pem = openssl('pkcs12', '-in', join(out, file), '-passin', `pass:${password}`, '-nokeys');
      return execFileSync('openssl', ['x509', '-noout', '-text'], { input: pem, encoding: 'utf8' });
    };
    expect(certificate('site.pfx', value('WORD'))).toContain('DNS:cloud.lan, IP Address:10.0.0.1');
    expect(certificate('signing.pfx', '')).toMatch(/Subject: CN ?= ?kinds signing/);
    const key = openssl('pkcs12', '-in', join(out, 'signing.pfx'), '-passin', 'pass:', '-nocerts', '-nodes');
    const found = execFileSync('openssl', ['pkey', '-pubout'], { input: key, encoding: 'utf8' });
    expect(await readFile(join(out, 'rsa.pub'), 'utf8')).toBe(found);
    expect((await stat(join(out, 'signing.pfx'))).mode & 0o777).toBe(0o600);
    const [, , salt = ''] = value('SHADOW').split('$');
    expect(openssl('passwd', '-6', '-salt', salt, value('WORD')).trim()).toBe(value('SHADOW'));
    expect(value('HASH')).toMatch(/^\$2y\$05\$/);
    expect(value('USER')).toMatch(/^minio-user-[A-Za-z0-9+/]{8}$/);
    expect(Buffer.from(value('FERNET'), 'base64url')).toHaveLength(32);
    expect(value('SALT')).toMatch(/^[./0-9a-f]{16}$/);
    expect(value('PUSH')).toMatch(/^B[A-Za-z0-9_-]{86}$/);

    const files = async (): Promise<readonly Buffer[]> =>
      Promise.all((await readdir(out)).sort().map((name) => readFile(join(out, name))));
    const before = await files();
    const again = await run();
    expect(again.stdout).toMatch(/4 ok/);
    expect(await files()).toEqual(before);
    const shown = [first, again].map(({ stdout, stderr }) => stdout + stderr).join('');
    for (const name of env.keys()) if (name !== '') expect(shown.includes(value(name)), name).toBe(false);
    expect(shown).not.toContain('-----BEGIN');
  });
});
