import { randomBytes } from 'node:crypto';
import bcrypt from 'bcryptjs';
import { oneValue, query, type Values } from './database.ts';
import { redis, redisOf } from './redis.ts';
import { isSince } from './release.ts';

/** A new account, as the programs make one. */
export interface NewAccount {
  readonly username: string;
  readonly email: string;
  readonly confirmed: boolean;
  readonly approved: boolean;
  /** A role's name; nobody special if left out. */
  readonly role?: string;
}

/** What is wrong with an account that should be made, or changed: of which of its fields, and what. */
export type Faults = readonly (readonly [string, string])[];

/** A password as the original makes one: 32 hexadecimal digits. */
export const newPassword = (): string => randomBytes(16).toString('hex');

const hash = (password: string): string => bcrypt.hashSync(password, 10);

/** What speaks against it; nothing, where it may be made. */
export function faultsOf({ username, email }: Pick<NewAccount, 'username' | 'email'>): Faults {
  const exists = (statement: string, values: Values): boolean => oneValue(`SELECT EXISTS (${statement})`, values) === 't';
  const domain = email.split('@')[1] ?? '';
  return [
    ...(exists(`SELECT 1 FROM accounts WHERE lower(username) = lower(:'username') AND domain IS NULL`, { username })
      ? [['account.username', 'taken'] as const]
      : []),
    ...(/^[a-z0-9_]{1,30}$/i.test(username) ? [] : [['account.username', 'invalid'] as const]),
    ...(/^[^@\s]+@[^@\s]+$/.test(email) ? [] : [['email', 'invalid'] as const]),
    ...(exists(`SELECT 1 FROM users WHERE lower(email) = lower(:'email')`, { email }) ? [['email', 'taken'] as const] : []),
    ...(exists(`SELECT 1 FROM email_domain_blocks WHERE domain = lower(:'domain')`, { domain })
      ? [['email', 'blocked'] as const]
      : []),
  ];
}

/**
 * Puts it into the database, and then tells Sidekiq through the Redis of the environment: where that can't be reached, the
 * account is there and its password is lost, as with the original. Answers the password.
 */
export async function makeAccount({ username, email, confirmed, approved, role }: NewAccount): Promise<string> {
  const password = newPassword();
  query(
    `WITH made AS (INSERT INTO accounts (username) VALUES (:'username') RETURNING id)
INSERT INTO users (email, encrypted_password, account_id, role_id, confirmed_at, approved)
SELECT lower(:'email'), :'hash', id, (SELECT id FROM user_roles WHERE name = :'role'),
  CASE WHEN :'confirmed' = 'true' THEN now() END, :'approved' = 'true' FROM made;`,
    { username, email, hash: hash(password), role: role ?? '', confirmed: String(confirmed), approved: String(approved) },
  );
  await redis(redisOf(), [
    'LPUSH',
    'queue:default',
    JSON.stringify({ class: 'TriggerWebhookWorker', args: ['account.created'] }),
  ]);
  return password;
}

/** Another password in the place of the old one. */
export function setPassword(account: string, password: string): void {
  query(`UPDATE users SET encrypted_password = :'hash' WHERE account_id = :'account'`, { account, hash: hash(password) });
}

/** The id of a local account; empty where there is none. */
export const localAccount = (username: string): string =>
  oneValue(`SELECT id FROM accounts WHERE lower(username) = lower(:'username') AND domain IS NULL`, { username });

/** Whose e-mail address and password these are: the account's id, or why it may not come in. */
export function signIn(
  email: string,
  password: string,
): { readonly account: string } | 'invalid' | 'unconfirmed' | 'pending' | 'disabled' {
  // Earlier releases read a column that the last migration of a later one takes away.
  const columns = ['account_id', 'encrypted_password', 'confirmed_at IS NOT NULL', 'approved', 'disabled'];
  const legacy = isSince('4.4') ? [] : ['encrypted_otp_secret'];
  const [row] = query(`SELECT ${[...columns, ...legacy].join(', ')} FROM users WHERE lower(email) = lower(:'email')`, { email });
  const [account = '', encrypted = '', confirmed, approved, disabled] = row ?? [];
  if (row === undefined || !bcrypt.compareSync(password, encrypted)) return 'invalid';
  if (confirmed !== 't') return 'unconfirmed';
  if (approved !== 't') return 'pending';
  return disabled === 't' ? 'disabled' : { account };
}
