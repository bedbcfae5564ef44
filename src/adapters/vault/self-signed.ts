import { createPrivateKey, createPublicKey, type KeyObject, randomBytes, webcrypto, X509Certificate } from 'node:crypto';
import { BitString, Integer, OctetString, Utf8String } from 'asn1js';
import {
  AltName,
  AttributeTypeAndValue,
  BasicConstraints,
  Certificate,
  Extension,
  ExtKeyUsage,
  GeneralName,
  type RelativeDistinguishedNames,
  Time,
  TimeType,
} from 'pkijs';
import { certificateName } from '../../model/certificate-name.ts';
import type { CertificateUsage } from '../../model/recipe.ts';
import { badSecret } from './bad-secret.ts';
import { pkiEngine } from './pki-engine.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Valid for a while already: clocks differ. */
const EARLIER_MS = 60 * 60 * 1000;
/** RFC 5280 §4.1.2.5: from 2050 on, years have four digits. */
const FOUR_DIGITS_FROM = 2050;
/** RFC 5280, upper bound of a common name. */
const MOST_CHARACTERS = 64;

const COMMON_NAME = '2.5.4.3';
const SUBJECT_KEY_IDENTIFIER = '2.5.29.14';
const KEY_USAGE = '2.5.29.15';
const SUBJECT_ALT_NAME = '2.5.29.17';
const BASIC_CONSTRAINTS = '2.5.29.19';
const EXTENDED_KEY_USAGE = '2.5.29.37';
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';

/** Bits of KeyUsage (RFC 5280 §4.2.1.3), the first one highest. */
const DIGITAL_SIGNATURE = 0x80;
const KEY_ENCIPHERMENT = 0x20;

/** What a certificate says. */
export interface Wanted {
  readonly names: readonly string[];
  /** Common name; by default the first of the names. */
  readonly subject?: string | undefined;
  readonly days?: number;
  readonly usage?: CertificateUsage;
}

/**
 * A certificate of a private key (PEM, PKCS#8; RSA or P-256), signed by itself with SHA-256: PEM. It is no
 * authority: it vouches for its own key only. Throws `recipe.bad-secret` where its names or its key can't be in one.
 */
export async function selfSigned(privateKey: string, wanted: Wanted): Promise<string> {
  const { days = 3650, usage = 'server' } = wanted;
  const key = readKey(privateKey);
  const isRsa = key.asymmetricKeyType === 'rsa';
  if (usage === 'encryption' && !isRsa) throw badSecret('A certificate for encryption needs an RSA key.');
  const names = wanted.names.filter((name) => name !== '');
  const subject = wanted.subject ?? names[0];
  if (subject === undefined || subject === '' || subject.length > MOST_CHARACTERS) {
    throw badSecret(
      `A certificate needs a subject of 1 to ${MOST_CHARACTERS} characters.`,
      'Give it a shorter `subject`, or `names`.',
    );
  }

  // Whole seconds: a certificate knows no others.
  const now = Math.floor(Date.now() / 1000) * 1000;
  const certificate = new Certificate();
  certificate.version = 2;
  certificate.serialNumber = serialNumber();
  certificate.notBefore = time(new Date(now - EARLIER_MS));
  certificate.notAfter = time(new Date(now + days * DAY_MS));
  for (const name of [certificate.subject, certificate.issuer]) addCommonName(name, subject);
  const signing = await importKey(key, isRsa);
  await certificate.subjectPublicKeyInfo.importKey(signing.publicKey, pkiEngine);
  certificate.extensions = [
    extension(BASIC_CONSTRAINTS, new BasicConstraints({ cA: false }).toSchema(), true),
    extension(KEY_USAGE, usageBits(usage, isRsa), true),
    extension(SUBJECT_KEY_IDENTIFIER, new OctetString({ valueHex: await keyIdentifier(certificate) })),
    ...(usage === 'server' ? [extension(EXTENDED_KEY_USAGE, new ExtKeyUsage({ keyPurposes: [SERVER_AUTH] }).toSchema())] : []),
    ...(names.length > 0 ? [extension(SUBJECT_ALT_NAME, new AltName({ altNames: names.map(generalName) }).toSchema())] : []),
  ];
  await certificate.sign(signing.privateKey, 'SHA-256', pkiEngine);
  return new X509Certificate(Buffer.from(certificate.toSchema(true).toBER(false))).toString();
}

function readKey(pem: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'rsa' || key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key;
  } catch {
    // No key at all is said like a key of another kind.
  }
  throw badSecret('The secret that a certificate is to be made of is no private key of RSA or P-256.');
}

async function importKey(key: KeyObject, isRsa: boolean): Promise<webcrypto.CryptoKeyPair> {
  const { subtle } = webcrypto;
  const algorithm = isRsa ? { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } : { name: 'ECDSA', namedCurve: 'P-256' };
  const publicDer = createPublicKey(key).export({ type: 'spki', format: 'der' });
  return {
    privateKey: await subtle.importKey('pkcs8', key.export({ type: 'pkcs8', format: 'der' }), algorithm, true, ['sign']),
    publicKey: await subtle.importKey('spki', publicDer, algorithm, true, ['verify']),
  };
}

/** Positive, never the same twice: 127 random bits and a one before them. */
function serialNumber(): Integer {
  const bytes = new Uint8Array(randomBytes(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return new Integer({ valueHex: bytes.buffer });
}

function time(value: Date): Time {
  return new Time({ value, type: value.getUTCFullYear() < FOUR_DIGITS_FROM ? TimeType.UTCTime : TimeType.GeneralizedTime });
}

function addCommonName(name: RelativeDistinguishedNames, value: string): void {
  name.typesAndValues.push(new AttributeTypeAndValue({ type: COMMON_NAME, value: new Utf8String({ value }) }));
}

function usageBits(usage: CertificateUsage, isRsa: boolean): BitString {
  const bits = {
    server: isRsa ? DIGITAL_SIGNATURE | KEY_ENCIPHERMENT : DIGITAL_SIGNATURE,
    signing: DIGITAL_SIGNATURE,
    encryption: KEY_ENCIPHERMENT,
  }[usage];
  // DER: zero bits at the end of a list of named bits are not written.
  const unusedBits = 31 - Math.clz32(bits & -bits);
  return new BitString({ valueHex: Uint8Array.of(bits).buffer, unusedBits });
}

/** RFC 5280 §4.2.1.2: SHA-1 over the public key's bits. It names the key and protects nothing. */
async function keyIdentifier({ subjectPublicKeyInfo }: Certificate): Promise<ArrayBuffer> {
  return webcrypto.subtle.digest('SHA-1', subjectPublicKeyInfo.subjectPublicKey.valueBlock.valueHexView);
}

function generalName(name: string): GeneralName {
  const known = certificateName(name);
  if (known === undefined) {
    throw badSecret('A certificate can be for host names and IP addresses, and one of its names is neither.');
  }
  return known.kind === 'dns'
    ? new GeneralName({ type: 2, value: known.name })
    : new GeneralName({ type: 7, value: new OctetString({ valueHex: known.bytes.buffer }) });
}

function extension(extnID: string, value: { toBER(sizeOnly: boolean): ArrayBuffer }, critical = false): Extension {
  return new Extension({ extnID, critical, extnValue: value.toBER(false) });
}
