import { accounts, keepAccount, verifierOf, writableFolder } from './cli-accounts.ts';
import { ask, askCode, askSecretly } from './cli-prompts.ts';
import { ApiError, request } from './cli-server.ts';
import { logPrint } from './go.ts';

const APPS = ['photos', 'auth', 'locker'];
type Signed = Readonly<Record<string, unknown>>;

const print = (text: string): void => void process.stdout.write(`${text}\n`);

/** `account add`: the dialog. Throws where it must end. */
export async function addAccount(): Promise<void> {
  const app = askApp();
  const exportDir = askExportDir();
  const email = ask('Enter email address');
  let signed = await signIn(email, app);
  if (signed.twoFactorSessionID !== undefined) signed = await secondFactor(String(signed.twoFactorSessionID), app);
  keepAccount({ email, id: String(signed.id), app, exportDir, token: String(signed.token) });
  print('Account added successfully');
  print('run `ente export` to initiate export of your account data');
}

/** `account list`. */
export async function listAccounts(): Promise<void> {
  const rule = '====================================';
  print(`Configured accounts: ${accounts().length}`);
  for (const { email, id, app, exportDir } of accounts()) {
    print([rule, `Email:     ${email}`, `ID:        ${id}`, `App:       ${app}`, `ExportDir: ${exportDir}`, rule].join('\n'));
  }
}

/** `account update`. It ends with 0 whatever happens. */
export async function updateAccount(flags: Readonly<Record<string, string>>): Promise<void> {
  const { email = '', dir = '', app = 'photos' } = flags;
  if (email === '') return print('email must be specified');
  if (dir === '') return print('dir param must be specified');
  const account = accounts().find((each) => each.email === email && each.app === app);
  try {
    if (account === undefined) throw new Error('account not found, use `account list` to list accounts');
    writableFolder(dir);
    keepAccount({ ...account, exportDir: dir });
  } catch (error) {
    print(`Error updating account: ${error instanceof Error ? error.message : error}`);
  }
}

/** `account get-token`. */
export async function printToken({ email = '', app = 'photos' }: Readonly<Record<string, string>>): Promise<void> {
  const account = accounts().find((each) => each.email === email && each.app === app);
  if (account === undefined) throw new Error('account not found, use `account list` to list accounts');
  print(account.token);
}

function askApp(): string {
  for (;;) {
    let app: string;
    try {
      app = ask('Enter app type (default: photos)');
    } catch {
      print('Use default app type: photos');
      return 'photos';
    }
    if (APPS.includes(app)) return app;
    print('invalid app type');
  }
}

function askExportDir(): string {
  for (;;) {
    let answer: string;
    try {
      answer = ask('Enter export directory');
    } catch (error) {
      logPrint(`invalid export directory input: ${error instanceof Error ? error.message : error}`);
      throw new Error('export directory not set');
    }
    try {
      return writableFolder(answer);
    } catch (error) {
      logPrint(`invalid export directory: ${error instanceof Error ? error.message : error}`);
    }
  }
}

async function signIn(email: string, app: string): Promise<Signed> {
  let salt: string;
  try {
    const { attributes } = await request('GET', `/users/srp/attributes?email=${encodeURIComponent(email)}`, { app });
    salt = String((attributes as { readonly srpSalt?: string }).srpSalt);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return verifyEmail(email, app);
    throw error;
  }
  return again(() => {
    const password = askSecretly('Enter password');
    print('\nPlease wait authenticating...');
    return { path: '/users/srp/verify-session', body: { email, srpVerifier: verifierOf(salt, password) } };
  }, app);
}

async function verifyEmail(email: string, app: string): Promise<Signed> {
  await request('POST', '/users/ott', { app, body: { email, purpose: 'login' } });
  return again(() => ({ path: '/users/verify-email', body: { email, ott: askCode('Enter OTP') } }), app);
}

function secondFactor(sessionID: string, app: string): Promise<Signed> {
  return again(() => ({ path: '/users/two-factor/verify', body: { sessionID, code: askCode('Enter TOTP') } }), app);
}

/** Asks until the server takes the answer. */
async function again(question: () => { readonly path: string; readonly body: object }, app: string): Promise<Signed> {
  for (;;) {
    const { path, body } = question();
    try {
      return await request('POST', path, { app, body });
    } catch (error) {
      logPrint(`failed to verify ${error instanceof Error ? error.message : error}`);
    }
  }
}
