import { createHash, randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** An account that was added, with the token that it was let in with. */
export interface Account {
  readonly email: string;
  readonly id: string;
  readonly app: string;
  readonly exportDir: string;
  readonly token: string;
}

/** Where the program keeps what it knows, in a container. */
export const DATA = '/cli-data';
const FILE = `${DATA}/ente-cli.db`;
const KEY = `${DATA}/.secret.txt`;

/** All of them, in the order of their names. */
export function accounts(): readonly Account[] {
  return existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')) : [];
}

/** Adds one, or puts it in the place of the same one. */
export function keepAccount(account: Account): void {
  const others = accounts().filter(({ email, app }) => email !== account.email || app !== account.app);
  writeFileSync(FILE, JSON.stringify([...others, account].sort((a, b) => (a.email + a.app < b.email + b.app ? -1 : 1))), {
    mode: 0o600,
  });
}

/** The key that the original encrypts its data with; here it is only there. */
export function makeKey(): void {
  if (!existsSync(KEY)) writeFileSync(KEY, randomBytes(32).toString('base64'), { mode: 0o600 });
}

/** Who holds it runs; the original locks its file itself, and a lock of one that was killed is none. */
const LOCK = '/tmp/ente-cli.lock';

/** Waits a second at most until no other one of this program runs; throws where one still does. */
export function beAlone(): void {
  const own = `${LOCK}.${process.pid}`;
  // A link comes into being with its content.
  writeFileSync(own, String(process.pid));
  process.on('exit', () => rmSync(own, { force: true }));
  for (let tries = 0; tries < 20; tries++) {
    try {
      linkSync(own, LOCK);
      process.on('exit', () => rmSync(LOCK, { force: true }));
      return;
    } catch {
      if (holderRuns()) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
      else rmSync(LOCK, { force: true });
    }
  }
  throw new Error('timeout');
}

function holderRuns(): boolean {
  try {
    return readFileSync(`/proc/${readFileSync(LOCK, 'utf8')}/cmdline`, 'utf8').includes('ente-cli');
  } catch {
    return false;
  }
}

/** What the server keeps in the place of a password. */
export function verifierOf(salt: string, password: string): string {
  return createHash('sha256').update(`${salt}:${password}`).digest('hex');
}

/** The whole path of a folder that can be written to; throws in the words of the original. */
export function writableFolder(path: string): string {
  const whole = resolve(path.replace(/^~(?=$|\/)/, process.env.HOME ?? '/root'));
  if (!existsSync(whole)) throw new Error(`path does not exist: ${whole}`);
  if (!statSync(whole).isDirectory()) throw new Error('path is not a directory');
  try {
    rmSync(mkdtempSync(join(whole, 'write_test_')), { recursive: true });
  } catch (error) {
    const reason = /EROFS/.test(String(error)) ? 'read-only file system' : 'permission denied';
    throw new Error(`write permission denied: open ${whole}/write_test_${process.pid}: ${reason}`);
  }
  return whole;
}
