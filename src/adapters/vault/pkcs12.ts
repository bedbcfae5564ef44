import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { OctetString } from 'asn1js';
import {
  Attribute,
  AuthenticatedSafe,
  CertBag,
  Certificate,
  PFX,
  PKCS8ShroudedKeyBag,
  PrivateKeyInfo,
  SafeBag,
  SafeContents,
} from 'pkijs';
import { badSecret } from './bad-secret.ts';
import { pkiEngine } from './pki-engine.ts';

const SHROUDED_KEY_BAG = '1.2.840.113549.1.12.10.1.2';
const CERT_BAG = '1.2.840.113549.1.12.10.1.3';
const LOCAL_KEY_ID = '1.2.840.113549.1.9.21';

/** What OpenSSL 3 and .NET read, and make themselves. */
const CIPHER = { name: 'AES-CBC', length: 256 };
const HASH = 'SHA-256';
/** Of both the keys and the seal. */
const ITERATIONS = 10_000;

/**
 * A certificate (PEM) and its private key (PEM, PKCS#8) in one file, as base64 of PKCS#12 (DER): AES-256-CBC with
 * PBKDF2, HMAC with SHA-256. Without a password it opens with the empty one. Throws `recipe.bad-secret` where the key
 * is not the certificate's.
 */
export async function pkcs12Of(certificate: string, privateKey: string, password: string): Promise<string> {
  const { der, key } = readPair(certificate, privateKey);
  const secret = new Uint8Array(Buffer.from(password, 'utf8')).buffer;
  const encryption = {
    password: secret,
    contentEncryptionAlgorithm: CIPHER,
    hmacHashAlgorithm: HASH,
    iterationCount: ITERATIONS,
  };
  const id = new Attribute({
    type: LOCAL_KEY_ID,
    values: [new OctetString({ valueHex: bufferOf(createHash('sha1').update(der).digest()) })],
  });
  const keyBag = new PKCS8ShroudedKeyBag({ parsedValue: PrivateKeyInfo.fromBER(bufferOf(key)) });
  await keyBag.makeInternalValues(encryption, pkiEngine);
  const certBag = new CertBag({ parsedValue: Certificate.fromBER(bufferOf(der)) });
  const safes = [
    { bagId: CERT_BAG, bagValue: certBag, mode: 1 },
    { bagId: SHROUDED_KEY_BAG, bagValue: keyBag, mode: 0 },
  ];
  const authenticatedSafe = new AuthenticatedSafe({
    parsedValue: {
      safeContents: safes.map(({ bagId, bagValue, mode }) => ({
        privacyMode: mode,
        value: new SafeContents({ safeBags: [new SafeBag({ bagId, bagValue, bagAttributes: [id] })] }),
      })),
    },
  });
  await authenticatedSafe.makeInternalValues({ safeContents: [encryption, {}] }, pkiEngine);
  const file = new PFX({ parsedValue: { integrityMode: 0, authenticatedSafe } });
  await file.makeInternalValues(
    { password: secret, iterations: ITERATIONS, pbkdf2HashAlgorithm: HASH, hmacHashAlgorithm: HASH },
    pkiEngine,
  );
  return Buffer.from(file.toSchema().toBER(false)).toString('base64');
}

function readPair(certificate: string, privateKey: string): { readonly der: Buffer; readonly key: Buffer } {
  try {
    const read = new X509Certificate(certificate);
    const key = createPrivateKey(privateKey);
    if (read.checkPrivateKey(key)) return { der: read.raw, key: key.export({ type: 'pkcs8', format: 'der' }) };
  } catch {
    throw badSecret('What a PKCS#12 file is to be made of is not a certificate and its private key.');
  }
  throw badSecret('The certificate that a PKCS#12 file is to be made of has another private key.');
}

function bufferOf(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
