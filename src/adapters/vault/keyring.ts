/**
 * A keyring of the operating system, which may be locked, gone or silent. Every call answers within its time limit or
 * throws `vault.keyring-locked`, `vault.keyring-silent` or `vault.keyring-unavailable`, none of which tells of a secret.
 */
export interface Keyring {
  /** Undefined only where the keyring is open, as a probe shows, and holds no such secret. */
  get(account: string): Promise<string | undefined>;
  /** Puts a secret and reads it back, after a probe: written, read and deleted again. */
  set(account: string, secret: string): Promise<void>;
  /** Nothing happens where an open keyring holds no such secret. */
  delete(account: string): Promise<void>;
}

/** What our entries in a keyring are filed under. */
export const KEYRING_SERVICE = 'fairlead';
