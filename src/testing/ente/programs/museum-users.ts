import { createHash, createHmac, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import type { Database } from './museum-database.ts';
import { decrypt, type EmailKeys, encrypt, hashOf } from './museum-keys.ts';
import { log } from './museum-log.ts';
import { sendMail } from './museum-mail.ts';
import { type Settings, SINCE } from './museum-settings.ts';

/** A request that is refused: what the client gets. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message = '') {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Who has come in. */
export interface Session {
  readonly id: string;
  readonly token: string;
}

/** Accounts, one-time tokens and sessions. Times are in microseconds, as the original keeps them. */
export interface Users {
  sendToken(email: string, app: string, purpose: string): Promise<void>;
  /** Makes the account if there is none yet. */
  verifyEmail(
    email: string,
    app: string,
    token: string,
  ): Promise<Session | { readonly id: string; readonly twoFactorSessionID: string }>;
  setPassword(user: string, salt: string, verifier: string): Promise<void>;
  /** The salt of a complete account; refused where there is none. */
  saltOf(email: string): Promise<string>;
  signIn(
    email: string,
    app: string,
    verifier: string,
  ): Promise<Session | { readonly id: string; readonly twoFactorSessionID: string }>;
  verifyTwoFactor(session: string, app: string, code: string): Promise<Session>;
  enableTwoFactor(user: string, secret: string): Promise<void>;
  /** Whose token it is, and when it was made. */
  owner(token: string): Promise<{ readonly id: string; readonly made: number } | undefined>;
  logOut(token: string): Promise<void>;
  isAdmin(user: string): Promise<boolean>;
  all(): Promise<readonly { readonly id: number; readonly email: string; readonly creationTime: number }[]>;
  details(email: string): Promise<{ readonly id: string; readonly storage: number; readonly expiryTime: number }>;
  updateSubscription(user: string, storage: number, expiryTime: number): Promise<void>;
  disableTwoFactor(user: string): Promise<void>;
  remove(email: string): Promise<void>;
}

const HOUR = 3_600_000_000;
const YEAR = 365 * 24 * HOUR;
const ACTIVE_LIMIT = 10;
const WRONG_LIMIT = 20;
const now = (): number => Date.now() * 1000;

/** A six-digit code of now, or of a moment ago, for a secret in hexadecimal. */
export function timeCode(secret: string, step = Math.floor(Date.now() / 30_000)): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const digest = createHmac('sha1', Buffer.from(secret, 'hex')).update(counter).digest();
  const at = (digest.at(-1) ?? 0) & 15;
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/** By the rules of the original. */
export function createUsers(settings: Settings, keys: EmailKeys, database: Database): Users {
  const preset = new Map(settings.texts('internal.hardcoded-ott.emails').flatMap(presetEntry));
  const waiting = new Map<string, string>();

  const idOf = async (email: string): Promise<string | undefined> => {
    const rows = await database.query(`SELECT user_id FROM users WHERE email_hash = :'hash'`, { hash: hashOf(email, keys) });
    return rows[0]?.[0];
  };
  const known = async (email: string): Promise<string> => {
    const id = await idOf(email);
    if (id === undefined) throw new Refusal(404, 'NOT_FOUND', 'sql: no rows in result set');
    return id;
  };
  const srpOf = async (id: string | undefined): Promise<{ readonly salt: string; readonly verifier: string } | undefined> => {
    if (id === undefined) return undefined;
    const [row] = await database.query(`SELECT salt, verifier FROM srp_auth WHERE user_id = :'id'`, { id });
    return row === undefined ? undefined : { salt: row[0] ?? '', verifier: row[1] ?? '' };
  };
  const session = async (id: string, app: string): Promise<Session> => {
    const token = randomBytes(24).toString('base64url');
    await database.query(`INSERT INTO tokens VALUES (:'token', :'id', :'app', :'now')`, { token, id, app, now: now() });
    return { id, token };
  };
  const sessionOrSecondFactor: Users['signIn'] = async (id, app) => {
    const [row] = await database.query(`SELECT is_two_factor_enabled FROM users WHERE user_id = :'id'`, { id });
    if (row?.[0] !== 't') return session(id, app);
    const twoFactorSessionID = randomBytes(16).toString('base64url');
    waiting.set(twoFactorSessionID, id);
    return { id, twoFactorSessionID };
  };

  return {
    async sendToken(email, app, purpose) {
      const complete = (await srpOf(await idOf(email))) !== undefined;
      if (complete && purpose === 'signup') throw new Refusal(409, 'USER_ALREADY_REGISTERED', 'User has already registered');
      if (!complete && purpose === 'login') throw new Refusal(404, 'USER_NOT_REGISTERED', 'User is not registered');
      const fixed = preset.get(email);
      if (fixed !== undefined) log.warn('userauth.go:102 SendEmailOTT', `returning hardcoded ott for ${email}`);
      const ott = fixed ?? String(randomInt(1_000_000)).padStart(6, '0');
      const hash = hashOf(email, keys);
      const of = { hash, app, now: now() };
      const [active] = await database.query(
        `SELECT count(*) FROM otts WHERE email_hash = :'hash' AND app = :'app' AND expiration_time > :'now'`,
        of,
      );
      if (Number(active?.[0]) >= ACTIVE_LIMIT)
        throw new Refusal(429, 'TOO_MANY_BAD_REQUEST', 'Too many ott requests in a short duration');
      await database.query(`INSERT INTO otts VALUES (:'hash', :'app', :'ott', :'now', :'until') ON CONFLICT DO NOTHING`, {
        ...of,
        ott,
        until: of.now + HOUR,
      });
      if (fixed !== undefined) log.info('userauth.go:131 SendEmailOTT', `Added hard coded ott for ${email} : ${ott}`);
      else {
        if (settings.release < SINCE.fewerOttLines) log.info('userauth.go:125 SendEmailOTT', `Added ott for ${hash}: ${ott}`);
        await sendMail(
          settings,
          email,
          settings.release < SINCE.codeInSubject ? 'ente Verification Code' : `Verification code: ${ott}`,
        );
      }
    },
    async verifyEmail(email, app, token) {
      const of = { hash: hashOf(email, keys), app, now: now() };
      const valid = await database.query(
        `SELECT ott, wrong_attempts FROM otts WHERE email_hash = :'hash' AND app = :'app' AND expiration_time > :'now'`,
        of,
      );
      if (valid.some(([, wrong]) => Number(wrong) >= WRONG_LIMIT)) {
        throw new Refusal(429, 'TOO_MANY_BAD_REQUEST', 'User needs to wait before active ott are expired');
      }
      if (valid.length === 0) throw new Refusal(410, 'EXPIRED_OTT', 'ott expired');
      if (!valid.some(([ott]) => ott === token)) {
        await database.query(
          `UPDATE otts SET wrong_attempts = wrong_attempts + 1 WHERE email_hash = :'hash' AND app = :'app'`,
          of,
        );
        throw new Refusal(401, 'INCORRECT_OTT', 'incorrect ott');
      }
      await database.query(`DELETE FROM otts WHERE email_hash = :'hash' AND app = :'app' AND ott = :'ott'`, {
        ...of,
        ott: token,
      });
      const id = await idOf(email);
      if (id !== undefined) return sessionOrSecondFactor(id, app, '');
      if (settings.release >= SINCE.registrationCanBeDisabled && settings.truth('internal.disable-registration')) {
        throw new Refusal(403, 'FORBIDDEN', 'registration is disabled');
      }
      const { cipher, nonce } = encrypt(email, keys);
      const made = await database.query(
        `WITH made AS (INSERT INTO users (encrypted_email, email_decryption_nonce, email_hash, creation_time)
           VALUES (decode(:'cipher', 'hex'), decode(:'nonce', 'hex'), :'hash', :'now') RETURNING user_id),
         free AS (INSERT INTO subscriptions SELECT user_id, 10737418240, :'until' FROM made) SELECT user_id FROM made`,
        { ...of, cipher, nonce, until: of.now + YEAR },
      );
      return session(made[0]?.[0] ?? '', app);
    },
    async setPassword(id, salt, verifier) {
      await database.query(
        `INSERT INTO srp_auth VALUES (:'id', :'salt', :'verifier') ON CONFLICT (user_id) DO UPDATE SET salt = :'salt', verifier = :'verifier'`,
        { id, salt, verifier },
      );
    },
    async saltOf(email) {
      const srp = await srpOf(await idOf(email));
      if (srp === undefined) throw new Refusal(404, 'NOT_FOUND');
      return srp.salt;
    },
    async signIn(email, app, verifier) {
      const id = await known(email);
      const srp = await srpOf(id);
      if (srp === undefined || !same(srp.verifier, verifier)) throw new Refusal(401, 'INVALID_PASSWORD', 'Invalid password');
      return sessionOrSecondFactor(id, app, '');
    },
    async verifyTwoFactor(twoFactorSessionID, app, code) {
      const id = waiting.get(twoFactorSessionID);
      if (id === undefined) throw new Refusal(404, 'NOT_FOUND');
      const [row] = await database.query(`SELECT two_factor_secret FROM users WHERE user_id = :'id'`, { id });
      const step = Math.floor(Date.now() / 30_000);
      if (![step, step - 1].some((each) => timeCode(row?.[0] ?? '', each) === code)) {
        throw new Refusal(401, 'INCORRECT_TOTP', 'incorrect totp');
      }
      waiting.delete(twoFactorSessionID);
      return session(id, app);
    },
    async enableTwoFactor(id, secret) {
      await database.query(`UPDATE users SET is_two_factor_enabled = true, two_factor_secret = :'secret' WHERE user_id = :'id'`, {
        id,
        secret,
      });
    },
    async owner(token) {
      const [row] = await database.query(`SELECT user_id, creation_time FROM tokens WHERE token = :'token'`, { token });
      return row === undefined ? undefined : { id: row[0] ?? '', made: Number(row[1]) };
    },
    async logOut(token) {
      await database.query(`DELETE FROM tokens WHERE token = :'token'`, { token });
    },
    async isAdmin(id) {
      const admins = settings.numbers('internal.admins').map(String);
      const admin = settings.text('internal.admin');
      if (admins.includes(id)) return true;
      if (admins.length > 0) return false;
      if (admin !== '') return admin === id;
      if (settings.release < SINCE.firstUserIsAdmin) return false;
      return (await database.query('SELECT min(user_id) FROM users'))[0]?.[0] === id;
    },
    async all() {
      const rows = await database.query(
        `SELECT user_id, encode(encrypted_email, 'hex'), encode(email_decryption_nonce, 'hex'), creation_time FROM users
         WHERE encrypted_email IS NOT NULL ORDER BY creation_time`,
      );
      return rows.map(([id, cipher = '', nonce = '', made]) => ({
        id: Number(id),
        email: decrypt(cipher, nonce, keys),
        creationTime: Number(made),
      }));
    },
    async details(email) {
      const id = await known(email);
      const [row] = await database.query(`SELECT storage, expiry_time FROM subscriptions WHERE user_id = :'id'`, { id });
      return { id, storage: Number(row?.[0]), expiryTime: Number(row?.[1]) };
    },
    async updateSubscription(id, storage, expiryTime) {
      await database.query(`UPDATE subscriptions SET storage = :'storage', expiry_time = :'until' WHERE user_id = :'id'`, {
        id,
        storage,
        until: expiryTime,
      });
    },
    async disableTwoFactor(id) {
      await database.query(`UPDATE users SET is_two_factor_enabled = false, two_factor_secret = NULL WHERE user_id = :'id'`, {
        id,
      });
    },
    async remove(email) {
      // The row stays, without its address, so that the id is never given again.
      await database.query(
        `DELETE FROM tokens WHERE user_id = :'id'; DELETE FROM srp_auth WHERE user_id = :'id';
         UPDATE users SET encrypted_email = NULL, email_decryption_nonce = NULL, email_hash = 'deleted ' || user_id WHERE user_id = :'id'`,
        { id: await known(email) },
      );
    },
  };
}

function presetEntry(entry: string): readonly (readonly [string, string])[] {
  const [email = '', code = '', ...more] = entry.split(',');
  if (email !== '' && code !== '' && more.length === 0) return [[email, code]];
  log.error('userauth.go:51 ReadHardCodedOTTFromConfig', `Ignoring malformed internal.hardcoded-ott.emails entry ${entry}`);
  return [];
}

function same(one: string, other: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
