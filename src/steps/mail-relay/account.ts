import { createHash, createHmac, pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { fail } from '../../model/failure.ts';
import { encodeText, joinTexts, SecretText, type Text } from '../../model/secrets.ts';
import type { ApplyContext, ReadContext } from '../../model/step.ts';
import type { Accounts, UserEntry } from '../lib/accounts.ts';
import type { RelayParams } from './params.ts';
import { tailOf } from './postconf.ts';
import { type Share, sha256 } from './record.ts';

const derive = promisify(pbkdf2);
const ROUNDS = 4096;
export const SHADOW = '/etc/shadow';

/** The login as it is on this host. */
export interface Account {
  /** Undefined where an earlier step is still to make it. */
  readonly user?: UserEntry;
  /** Its field in shadow(5); undefined where it has no line. */
  readonly stored?: string;
  /** It has the wanted password, as we gave it. */
  readonly same: boolean;
}

/** Looks at the login. That it has its password is told from what we left there: nothing has to try it. */
export async function lookAtAccount(
  { account }: RelayParams,
  share: Share | undefined,
  { users }: Accounts,
  shadow: Uint8Array | undefined,
  ctx: ReadContext,
): Promise<Account> {
  const user = users.find(({ name }) => name === account.user);
  const stored = fieldOf(account.user, shadow);
  const same =
    account.password !== undefined &&
    share?.password !== undefined &&
    stored !== undefined &&
    share.password.stored === sha256(stored) &&
    (await ctx.secrets.fitsVerifier(inAscii(account.password), share.password.verifier));
  return { ...(user && { user }), ...(stored !== undefined && { stored }), same };
}

/** Throws `mail.no-account`, or `mail.account-can-log-in` for one whose password would open more than the mail. */
export function requireMailOnly({ account: { user: name } }: RelayParams, { user }: Account): void {
  if (user === undefined) {
    throw fail('mail.no-account', `There is no user ${name} on this host.`, {
      hints: [`Make it in a step host.user before this one: \`{ name: ${name}, system: true }\`.`],
    });
  }
  if (user.uid !== 0 && /\/(nologin|false)$/.test(user.shell)) return;
  throw fail('mail.account-can-log-in', `${name} can log in on this host, and a program is to know its password.`, {
    hints: [`Take a user of its own, with \`shell: /usr/sbin/nologin\` (what host.user gives by default).`],
  });
}

/** Throws `mail.bad-password`. chpasswd(8) takes a line for each user, and so does the list of logins: a second line would be another one's password. */
export function requireOneLine(user: string, password: string): void {
  if (password !== '' && !/[\n\r\0]/.test(password)) return;
  throw fail('mail.bad-password', `The password of ${user} is empty, or has more than one line.`, {
    hints: ['Let the recipe make it (`generate: password`), or set another one.'],
  });
}

/** Gives the login its password; answers what keeps it known. Throws `mail.password-refused`. */
export async function setPassword(
  { account: { user, password = '' } }: RelayParams,
  ctx: ApplyContext,
): Promise<NonNullable<Share['password']>> {
  await chpasswd(ctx, user, ['chpasswd'], joinTexts([`${user}:`, password, '\n']));
  const stored = (await storedOf(user, ctx)) ?? '';
  return { verifier: await verifierOf(await ctx.reveal(inAscii(password)), stored), stored: sha256(stored) };
}

/** What tells later, with no way back to it, which password it was: SCRAM-SHA-256 as PostgreSQL writes it. */
async function verifierOf(password: string, stored: string): Promise<string> {
  // Made of what chpasswd itself has salted by chance.
  const salt = createHash('sha256').update(`mail.relay ${stored}`).digest().subarray(0, 16);
  const salted = await derive(password, salt, ROUNDS, 32, 'sha256');
  const key = (name: string): Buffer => createHmac('sha256', salted).update(name).digest();
  const storedKey = createHash('sha256').update(key('Client Key')).digest('base64');
  return `SCRAM-SHA-256$${ROUNDS}:${salt.toString('base64')}$${storedKey}:${key('Server Key').toString('base64')}`;
}

/** A verifier takes letters that look the same for one; shadow(5) does not. */
function inAscii(password: Text): Text {
  return password instanceof SecretText ? encodeText(password, 'base64') : Buffer.from(password).toString('base64');
}

/** Gives the login back what stood for its password before us: mostly that it has none. */
export async function takePassword(user: string, before: string | null, ctx: ApplyContext): Promise<void> {
  const now = await storedOf(user, ctx);
  if (now === undefined || now === (before ?? '!')) return;
  await chpasswd(ctx, user, ['chpasswd', '--encrypted'], `${user}:${before === null || before === '' ? '!' : before}\n`);
}

async function chpasswd(ctx: ApplyContext, user: string, argv: readonly string[], stdin: Text): Promise<void> {
  ctx.signal.throwIfAborted();
  const { code, stderr } = await ctx.host.exec({ argv, stdin }, { signal: ctx.signal });
  if (code === 0) return;
  throw fail('mail.password-refused', `The password of ${user} could not be set.`, {
    fault: 'environment',
    hints: ['Read what chpasswd says: a rule of this host for passwords, or a lock that another program has.'],
    retryable: true,
    evidence: { argv, tail: tailOf(stderr), ...(code === null ? {} : { exit: code }) },
  });
}

async function storedOf(user: string, ctx: Pick<ReadContext, 'host'>): Promise<string | undefined> {
  const [shadow] = await ctx.host.files([{ op: 'read', path: SHADOW }]);
  return fieldOf(user, shadow);
}

function fieldOf(user: string, shadow: Uint8Array | undefined): string | undefined {
  const lines = shadow === undefined ? [] : new TextDecoder().decode(shadow).split('\n');
  return lines.find((line) => line.startsWith(`${user}:`))?.split(':')[1];
}
