import { generateKeyPairSync } from 'node:crypto';
import { type Faults, faultsOf, localAccount, makeAccount, newPassword, setPassword } from './accounts.ts';
import { type Command, dryRun, failWith, showProgress } from './command.ts';
import { oneValue, query } from './database.ts';
import { green, say } from './environment.ts';
import type { Flags } from './flags.ts';
import { isSince } from './release.ts';
import { registrationsMode } from './settings.ts';

const dry = { 'dry-run': 'flag' } as const;
const ok = (what = 'OK'): void => say(green(what));

/** Commands of `tootctl accounts`. */
export const accountCommands: Readonly<Record<string, Command>> = {
  'accounts create': {
    flags: { email: 'text!', confirmed: 'flag', role: 'text', reattach: 'flag', force: 'flag', approve: 'flag' },
    words: ['USERNAME'],
    async run(flags) {
      const [username = ''] = flags.words;
      const email = flags.text('email') ?? '';
      const role = flags.text('role');
      if (role !== undefined) roleId(role);
      if (flags.has('reattach')) {
        const old = localAccount(username);
        const inUse = oneValue(`SELECT EXISTS (SELECT 1 FROM users WHERE account_id::text = :'old')`, { old }) === 't';
        if (inUse && !flags.has('force')) {
          say('The chosen username is currently in use');
          return say('Use --force to reattach it anyway and delete the other user');
        }
        query(`DELETE FROM accounts WHERE id::text = :'old'`, { old });
      }
      report(faultsOf({ username, email }));
      const approved = flags.has('approve') || !isSince('4.3') || registrationsMode() === 'open';
      const made = { username, email, confirmed: flags.has('confirmed'), approved };
      const password = await makeAccount(role === undefined ? made : { ...made, role });
      ok();
      say(`New password: ${password}`);
    },
  },
  'accounts modify': {
    flags: {
      ...{ role: 'text', 'remove-role': 'flag', email: 'text', confirm: 'flag', enable: 'flag', disable: 'flag' },
      ...{ 'disable-2fa': 'flag', approve: 'flag', 'reset-password': 'flag' },
    } as const,
    words: ['USERNAME'],
    run(flags) {
      const account = userOf(flags);
      const role = flags.text('role');
      const email = flags.text('email');
      const sets = [
        ...(role !== undefined ? [`role_id = ${roleId(role)}`] : flags.has('remove-role') ? ['role_id = NULL'] : []),
        ...(email !== undefined ? [`email = lower(:'email')`] : []),
        ...(flags.has('confirm') ? ['confirmed_at = coalesce(confirmed_at, now())'] : []),
        ...(flags.has('enable') ? ['disabled = false'] : []),
        ...(flags.has('disable') ? ['disabled = true'] : []),
        ...(flags.has('disable-2fa') ? ['otp_required_for_login = false'] : []),
        ...(flags.has('approve') ? ['approved = true'] : []),
        'id = id',
      ];
      query(`UPDATE users SET ${sets.join(', ')} WHERE account_id = :account`, { account, email: email ?? '' });
      const password = flags.has('reset-password') ? newPassword() : undefined;
      if (password !== undefined) setPassword(account, password);
      ok();
      if (password !== undefined) say(`New password: ${password}`);
    },
  },
  'accounts delete': {
    flags: { email: 'text', ...dry },
    run(flags) {
      const [username] = flags.words;
      const email = flags.text('email');
      if (username !== undefined && email !== undefined) throw failWith('Use username or --email, not both');
      if (username === undefined && email === undefined) throw failWith('No username provided');
      const account =
        username !== undefined
          ? localAccount(username)
          : oneValue(`SELECT account_id FROM users WHERE lower(email) = lower(:'email')`, { email: email ?? '' });
      if (account === '') throw failWith(username !== undefined ? 'No user with such username' : 'No user with such email');
      const count = oneValue('SELECT count(*) FROM statuses WHERE account_id = :account', { account });
      say(`Deleting user with ${count} statuses, this might take a while...${dryRun(flags)}`);
      if (!flags.has('dry-run')) query('DELETE FROM accounts WHERE id = :account', { account });
      ok(`OK${dryRun(flags)}`);
    },
  },
  'accounts approve': {
    flags: { number: 'number', all: 'flag' },
    run(flags) {
      const [username] = flags.words;
      if (flags.has('all')) {
        query('UPDATE users SET approved = true');
      } else if (flags.text('number') !== undefined) {
        const oldest = 'SELECT id FROM users WHERE NOT approved ORDER BY created_at LIMIT :number';
        query(`UPDATE users SET approved = true WHERE id IN (${oldest})`, { number: flags.number('number', 0) });
      } else if (username !== undefined) {
        const account = localAccount(username);
        if (account === '') throw failWith('No such account');
        query('UPDATE users SET approved = true WHERE account_id = :account', { account });
      }
      ok();
    },
  },
  'accounts backup': {
    words: ['USERNAME'],
    run(flags) {
      query('INSERT INTO backups (user_id) SELECT id FROM users WHERE account_id = :account', { account: userOf(flags) });
      ok();
    },
  },
  'accounts rotate': {
    flags: { all: 'flag' },
    run(flags) {
      const [username] = flags.words;
      if (!flags.has('all') && username === undefined) throw failWith('No account(s) given');
      const own = username === undefined ? '' : localAccount(username);
      if (!flags.has('all') && own === '') throw failWith('No such account');
      const accounts = flags.has('all') ? query('SELECT id FROM accounts WHERE domain IS NULL') : [[own]];
      for (const [account = ''] of accounts) {
        const { privateKey: key } = generateKeyPairSync('rsa', {
          modulusLength: 2048,
          publicKeyEncoding: { type: 'spki', format: 'pem' },
          privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
        });
        query(`UPDATE accounts SET private_key = :'key' WHERE id = :account`, { account, key });
      }
      if (flags.has('all')) showProgress(accounts.length);
      ok(flags.has('all') ? `OK, rotated keys for ${accounts.length} accounts` : 'OK');
    },
  },
  'accounts cull': {
    flags: { concurrency: 'number', ...dry },
    run(flags) {
      // Nobody else's server can be asked here: none has said that an account is gone.
      const count = Number(oneValue('SELECT count(*) FROM accounts WHERE domain IS NOT NULL'));
      showProgress(count);
      ok(`Visited ${count} accounts, removed 0${dryRun(flags)}`);
    },
  },
  'accounts prune': {
    flags: { concurrency: 'number', ...dry },
    run(flags) {
      const unused = 'domain IS NOT NULL AND NOT EXISTS (SELECT 1 FROM statuses WHERE account_id = accounts.id)';
      const count = Number(oneValue(`SELECT count(*) FROM accounts WHERE ${unused}`));
      if (!flags.has('dry-run')) query(`DELETE FROM accounts WHERE ${unused}`);
      showProgress(count);
      ok(`OK, pruned ${count} accounts${dryRun(flags)}`);
    },
  },
};

/** The account of a local user that a command was called with. */
function userOf({ words }: Flags): string {
  const account = localAccount(words[0] ?? '');
  if (account === '') throw failWith('No user with such username');
  return account;
}

function roleId(name: string): string {
  const id = oneValue(`SELECT id FROM user_roles WHERE name = :'name'`, { name });
  if (id === '') throw failWith('Cannot find user role with that name');
  return id;
}

function report(faults: Faults): void {
  if (faults.length > 0) throw failWith(faults.map(([field, fault]) => `Failure/Error: ${field}\n    ${fault}\n`).join(''));
}
