import { type Account, accounts } from './cli-accounts.ts';
import { ask, askSize, confirm } from './cli-prompts.ts';
import { ApiError, request } from './cli-server.ts';

/** What `admin` was called with. */
export type Flags = Readonly<Record<string, string>>;

interface Limits {
  readonly storage: number;
  readonly expiryTime: number;
}

const print = (text: string): void => void process.stdout.write(`${text}\n`);
const day = (microseconds: number): string => new Date(microseconds / 1000).toISOString().slice(0, 10);

/** `admin list-users`. */
export async function listUsers(flags: Flags): Promise<void> {
  const admin = adminOf(flags);
  await unlessOld('old', async () => {
    const { users } = await as(admin, 'GET', '/admin/users?sinceTime=0');
    for (const { email, id, creationTime } of users as readonly { email: string; id: number; creationTime: number }[]) {
      print(`Email: ${email}, ID: ${id}, Created: ${day(creationTime)}`);
    }
  });
}

/** `admin get-user-id`. */
export async function getUserId(flags: Flags): Promise<void> {
  print(String((await userOf(adminOf(flags), flags)).id));
}

/** `admin disable-2fa`. */
export async function disableTwoFactor(flags: Flags): Promise<void> {
  await onUser(flags, '/admin/user/disable-2fa', 'Successfully disabled 2FA for user');
}

/** `admin disable-passkey`. */
export async function disablePasskey(flags: Flags): Promise<void> {
  await onUser(flags, '/admin/user/disable-passkeys', 'Successfully disabled passkey for user');
}

/** `admin delete-user`. */
export async function deleteUser(flags: Flags): Promise<void> {
  const admin = adminOf(flags);
  await unlessOld('old', async () => {
    await as(admin, 'DELETE', `/admin/user/delete?email=${encodeURIComponent(flags.user ?? '')}`);
    print('Successfully deleted user');
  });
}

/** `admin update-subscription`: no limits, or those that it asks for. */
export async function updateSubscription(flags: Flags): Promise<void> {
  const admin = adminOf(flags);
  const { id, limits } = await userOf(admin, flags);
  const set = async ({ storage, expiryTime }: Limits): Promise<void> => {
    await as(admin, 'PUT', '/admin/user/subscription', { userID: id, storage, expiryTime });
    print('Successfully updated storage and expiry date for user');
  };
  if ((flags['no-limit'] ?? 'True').toLowerCase() === 'true') {
    const inHundredYears = new Date();
    inHundredYears.setUTCFullYear(inHundredYears.getUTCFullYear() + 100);
    return set({ storage: 100 * 2 ** 40, expiryTime: inHundredYears.getTime() * 1000 });
  }
  const storage = askSize("Enter a storage size (e.g.'5MB', '10GB', '2Tb'): ");
  const date = ask("Enter sub expiry date in YYYY-MM-DD format  (e.g.'2040-12-31')");
  const expiryTime = Date.parse(`${date}T00:00:00Z`) * 1000;
  if (!/^\d{4}-\d\d-\d\d$/.test(date) || Number.isNaN(expiryTime)) {
    throw new Error(`parsing time "${date}" as "2006-01-02": cannot parse "${date}" as "2006"`);
  }
  const size = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  print(
    `Updating storage for user ${flags.user} to ${size(storage)} (old ${size(limits.storage)}) with new expirty ${date} (old ${day(limits.expiryTime)}) `,
  );
  if (confirm("Are you sure you want to update the storage ('y' or 'n')?")) await set({ storage, expiryTime });
}

/** Which of the accounts asks. */
function adminOf(flags: Flags): Account {
  const all = accounts();
  const named = all.find(({ email }) => email === flags['admin-user']);
  if (named !== undefined) return named;
  const [only] = all;
  if (only === undefined) throw new Error('no accounts found, use `account add` to add an account');
  if (all.length > 1) throw new Error('multiple accounts found, specify the admin email using --admin-user');
  print(`Assuming ${only.email} as the Admin \n------------`);
  return only;
}

function as({ app, token }: Account, method: string, path: string, body?: object): ReturnType<typeof request> {
  return request(method, path, { app, token, ...(body === undefined ? {} : { body }) });
}

async function userOf(admin: Account, flags: Flags): Promise<{ readonly id: number; readonly limits: Limits }> {
  const { user, subscription } = await as(admin, 'GET', `/admin/user?email=${encodeURIComponent(flags.user ?? '')}`);
  return { id: (user as { readonly ID: number }).ID, limits: subscription as Limits };
}

async function onUser(flags: Flags, path: string, done: string): Promise<void> {
  const admin = adminOf(flags);
  const { id } = await userOf(admin, flags);
  await unlessOld('Old', async () => {
    await as(admin, 'POST', path, { userID: id });
    print(done);
  });
}

/** That the token is too old is printed, and the program ends with 0. Not all commands spell it alike. */
async function unlessOld(word: 'old' | 'Old', act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 400 && error.message.includes('Token is too old'))) throw error;
    print(`Error: ${word} admin token, please re-authenticate using \`ente account add\` `);
  }
}
