import { addAccount, listAccounts, printToken, updateAccount } from './cli-account.ts';
import { beAlone, DATA, makeKey, writableFolder } from './cli-accounts.ts';
import { deleteUser, disablePasskey, disableTwoFactor, getUserId, listUsers, updateSubscription } from './cli-admin.ts';
import { endpoint } from './cli-server.ts';
import { logPrint } from './go.ts';

interface Command {
  readonly summary: string;
  /** By long name, with the one letter that stands for it (or none). */
  readonly flags?: Readonly<Record<string, string>>;
  readonly run: (flags: Readonly<Record<string, string>>) => Promise<void>;
  /** Ends by itself where it fails: with the reason, but without the help. */
  readonly quiet?: true;
}

const ADMIN = { 'admin-user': 'a' };
const USER = { ...ADMIN, user: 'u' };
const COMMANDS: Readonly<Record<string, Readonly<Record<string, Command>>>> = {
  account: {
    add: { summary: 'Add a new account', run: addAccount, quiet: true },
    list: { summary: 'list configured accounts', run: listAccounts },
    update: {
      summary: "Update an existing account's export directory",
      flags: { dir: '', email: '', app: '' },
      run: updateAccount,
    },
    'get-token': { summary: 'Get token for an account for a specific app', flags: { email: '', app: '' }, run: printToken },
  },
  admin: {
    'delete-user': { summary: 'Delete a user', flags: USER, run: deleteUser },
    'disable-2fa': { summary: 'Disable 2fa for a user', flags: USER, run: disableTwoFactor },
    'disable-passkey': { summary: 'Disable passkey for a user', flags: USER, run: disablePasskey },
    'get-user-id': { summary: 'Get user id', flags: USER, run: getUserId },
    'list-users': { summary: 'List all users', flags: ADMIN, run: listUsers },
    'update-subscription': {
      summary: 'Update subscription for user',
      flags: { ...USER, 'no-limit': '' },
      run: updateSubscription,
    },
  },
};
const GROUPS: Readonly<Record<string, string>> = {
  account: 'Manage account settings',
  admin: 'Commands for admin actions like disable or enabling 2fa, bumping up the storage limit, etc.',
};

async function main(): Promise<number> {
  try {
    writableFolder(DATA);
  } catch (error) {
    logPrint(`Please mount a volume to ${DATA}/\n${error instanceof Error ? error.message : error}\n`);
    return 1;
  }
  try {
    beAlone();
  } catch (error) {
    logPrint(`Please close all other instances of the cli and try again\n${error instanceof Error ? error.message : error}\n`);
    return 1;
  }
  makeKey();
  const [group = 'help', name, ...rest] = process.argv.slice(2);
  if (group === 'version') return version();
  if (group === 'help' || group === '--help' || group === '-h') return help('ente', GROUPS);
  const commands = COMMANDS[group];
  if (commands === undefined) {
    process.stderr.write(`Error: unknown command "${group}" for "ente"\nRun 'ente --help' for usage.\n`);
    return 1;
  }
  const command = commands[name ?? ''];
  const summaries = Object.fromEntries(Object.entries(commands).map(([each, { summary }]) => [each, summary]));
  try {
    const flags = flagsOf(command === undefined ? [name ?? '', ...rest] : rest, command?.flags ?? {});
    if (command === undefined || flags.help !== undefined) return help(`ente ${group}`, summaries);
    await command.run(flags);
    return 0;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (command?.quiet) logPrint(reason);
    else process.stderr.write(`Error: ${reason}\nUsage:\n  ente ${group} ${name} [flags]\n\n`);
    return 1;
  }
}

/** Words that are no flags are passed over, as the original's parser does below its first word. */
function flagsOf(args: readonly string[], known: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const flags: Record<string, string> = {};
  const names = { ...known, help: 'h' };
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? '';
    const [, long, short, inline] = /^(?:--([\w-]+)|-(\w))(?:=(.*))?$/s.exec(arg) ?? [];
    if (long === undefined && short === undefined) continue;
    const [name] = Object.entries(names).find(([each, letter]) => each === long || letter === short) ?? [];
    if (name === undefined) {
      throw new Error(long === undefined ? `unknown shorthand flag: '${short}' in ${arg}` : `unknown flag: --${long}`);
    }
    const value = name === 'help' ? 'true' : (inline ?? args[++at]);
    if (value === undefined) throw new Error(`flag needs an argument: ${arg}`);
    flags[name] = value;
  }
  return flags;
}

function help(path: string, entries: Readonly<Record<string, string>>): number {
  const lines = Object.entries(entries).map(([name, summary]) => `  ${name.padEnd(20)} ${summary}`);
  process.stdout.write(
    `Usage:\n  ${path} [command]\n\nAvailable Commands:\n${lines.join('\n')}\n\nUse "${path} [command] --help" for more information about a command.\n`,
  );
  return 0;
}

function version(): number {
  logPrint(`Custom endpoint: ${endpoint()}`);
  process.stdout.write('ente-cli v0.2.3\n');
  return 0;
}

void main().then((code) => {
  process.exitCode = code;
});
