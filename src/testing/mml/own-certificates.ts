import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A certificate of an authority of its own, in the ways in which people have one. */
export interface OwnCertificate {
  /** The authority's certificate (PEM): who trusts it trusts the other. */
  readonly authority: string;
  /** The file with the certificate and its chain. */
  readonly chain: string;
  readonly key: string;
  /** All of it in one file, with a password. */
  readonly pfx: string;
  readonly password: string;
}

const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** Makes one for a host name, valid for a month, in a new folder. */
export async function ownCertificate(folder: string, domain: string): Promise<OwnCertificate> {
  await mkdir(folder);
  const openssl = (...args: readonly string[]) => promisify(execFile)('openssl', args, { cwd: folder });
  await openssl('req', '-x509', ...EC, '-days', '30', '-subj', '/CN=an authority', '-keyout', 'ca.key', '-out', 'ca.crt');
  await openssl('req', ...EC, '-subj', `/CN=${domain}`, '-keyout', 'own.key', '-out', 'own.csr');
  await writeFile(join(folder, 'names'), `subjectAltName=DNS:${domain}\n`);
  const signed = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '30', '-extfile', 'names'];
  await openssl('x509', '-req', '-in', 'own.csr', ...signed, '-out', 'own.crt');
  const authority = await readFile(join(folder, 'ca.crt'), 'utf8');
  await writeFile(join(folder, 'fullchain.crt'), `${await readFile(join(folder, 'own.crt'), 'utf8')}${authority}`);
  const password = 'as they gave it to us';
  await openssl(
    'pkcs12',
    '-export',
    '-in',
    'fullchain.crt',
    '-inkey',
    'own.key',
    '-passout',
    `pass:${password}`,
    '-out',
    'own.pfx',
  );
  const at = (name: string) => join(folder, name);
  return { authority, chain: at('fullchain.crt'), key: at('own.key'), pfx: at('own.pfx'), password };
}

/** Puts keys for tokens into a folder: `identity.sign.pfx` and `identity.encrypt.pfx`, with a password or with none. */
export async function ownTokenKeys(folder: string, password = ''): Promise<string> {
  await mkdir(folder);
  const openssl = (...args: readonly string[]) => promisify(execFile)('openssl', args, { cwd: folder });
  for (const name of ['identity.sign', 'identity.encrypt']) {
    await openssl('req', '-x509', ...EC, '-days', '30', '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.crt`);
    const pair = ['-in', `${name}.crt`, '-inkey', `${name}.key`];
    await openssl('pkcs12', '-export', ...pair, '-passout', `pass:${password}`, '-out', `${name}.pfx`);
  }
  return folder;
}
