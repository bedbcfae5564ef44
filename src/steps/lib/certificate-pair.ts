import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import type { ReadContext } from '../../model/step.ts';

/** What is wrong with a pair of certificate and key, and what to do. */
export interface PairFault {
  readonly what: string;
  readonly hint: string;
  readonly cause?: unknown;
}

/** What a server could not use of a certificate and its key; undefined where both are there, readable, and belong together. */
export async function pairFault(
  { certificate, key }: { readonly certificate: string; readonly key: string },
  ctx: Pick<ReadContext, 'host'>,
): Promise<PairFault | undefined> {
  const [certificateBytes, keyBytes] = await ctx.host.files([
    { op: 'read', path: certificate },
    { op: 'read', path: key },
  ]);
  if (certificateBytes === undefined || keyBytes === undefined) {
    return {
      what: `${certificateBytes === undefined ? certificate : key} is missing`,
      hint: 'Put it there, or let an earlier step do so.',
    };
  }
  let leaf: X509Certificate;
  let secret: KeyObject;
  try {
    leaf = new X509Certificate(Buffer.from(certificateBytes));
  } catch (cause) {
    return { what: `${certificate} holds none in PEM`, hint: 'It begins with `-----BEGIN CERTIFICATE-----`.', cause };
  }
  try {
    secret = createPrivateKey(Buffer.from(keyBytes));
  } catch (cause) {
    return {
      what: `${key} holds no key in PEM that can be read without a passphrase`,
      hint: 'Take the passphrase off: `openssl pkey`.',
      cause,
    };
  }
  if (leaf.checkPrivateKey(secret)) return undefined;
  return {
    what: `${key} is not the key of ${certificate}`,
    hint: 'The first certificate in the file must be that of the host, its chain after it.',
  };
}
