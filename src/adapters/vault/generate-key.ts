import { createECDH, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { badSecret } from './bad-secret.ts';

const keyPair = promisify(generateKeyPair);
const CURVE = 'P-256';
/** 32 bytes as base64url, with or without padding. */
const VAPID_KEY = /^[A-Za-z0-9_-]{43}=?$/;

/** An RSA private key: PEM, PKCS#8. */
export async function rsaKey(bits: number): Promise<string> {
  return pem((await keyPair('rsa', { modulusLength: bits })).privateKey);
}

/** A private key of the curve P-256: PEM, PKCS#8. */
export async function ecKey(): Promise<string> {
  return pem((await keyPair('ec', { namedCurve: CURVE })).privateKey);
}

/** A private key of the curve P-256 as Web Push servers keep it (RFC 8292): its 32 bytes as base64url, 43 characters. */
export async function vapidKey(): Promise<string> {
  // A JWK has all 32 bytes, also where the first are zero (RFC 7518 §6.2.2.1).
  return (await keyPair('ec', { namedCurve: CURVE })).privateKey.export({ format: 'jwk' }).d as string;
}

/**
 * What may be known of a private key: PEM (SubjectPublicKeyInfo); of a VAPID key its point, uncompressed, 65 bytes as
 * base64url, which is what browsers want as `applicationServerKey`.
 */
export function publicKeyOf(privateKey: string): string {
  if (!privateKey.startsWith('-----')) return vapidPoint(privateKey);
  try {
    return createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }) as string;
  } catch {
    throw notPrivate();
  }
}

function vapidPoint(privateKey: string): string {
  const half = createECDH('prime256v1');
  if (!VAPID_KEY.test(privateKey)) throw notPrivate();
  try {
    half.setPrivateKey(privateKey, 'base64url');
    return half.getPublicKey('base64url');
  } catch {
    throw notPrivate();
  }
}

function notPrivate(): Error {
  return badSecret('The secret that a public key is to be made of is no private key.');
}

function pem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }) as string;
}
