import { webcrypto } from 'node:crypto';
import { CryptoEngine, type ICryptoEngine } from 'pkijs';

/** Node's own cryptography, as the PKI library calls it: its random source too. */
export const pkiEngine: ICryptoEngine = new CryptoEngine({ name: 'node', crypto: webcrypto as never });
