import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readSync } from 'node:fs';
import { isatty } from 'node:tty';
import { query, reachBus } from './backends.ts';
import { readSettings } from './settings.ts';

/** Stands in for `dotnet /app/cli/Identity.CLI.dll`: its words, its questions, and its 0 whatever came of it. */
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function main([program, option, id = '']: readonly string[]): Promise<void> {
  if (program !== '/app/cli/Identity.CLI.dll') throw new Error(`Could not execute ${program}`);
  const settings = readSettings();
  const connection = settings.ConnectionStrings.IdentityConnection ?? '';
  await reachBus(settings.MassTransit);
  const adminClients = (): readonly string[] => query(connection, 'SELECT id FROM clients WHERE admin ORDER BY id;');
  const newClient = (): void => {
    const guid = randomUUID();
    query(connection, `INSERT INTO clients (id, admin) VALUES (:'id', true);`, { id: guid });
    say(guid);
  };
  if (option === '-ac') return newClient();
  if (option === '-al') return adminClients().forEach(say);
  if (option === '-ad') {
    if (id === '') return say('Please enter client id.');
    if (!GUID.test(id)) return say('Invalid Client id.');
    query(connection, `DELETE FROM clients WHERE id = :'id';`, { id });
    return say(`Client ${id} deleted!`);
  }
  if (option !== undefined) return say('Unknown command. Please try again.');

  say('Enter username of admin:');
  let name = readLine();
  while (name === '') {
    say('Username can not be empty. Please username:');
    name = readLine();
  }
  if (query(connection, `SELECT 1 FROM users WHERE name = :'name';`, { name }).length > 0) {
    return say('User already exists. Start again.');
  }
  const password = readKeys('Enter user password:', 12);
  for (;;) {
    if (readKeys('Repeat user password:', 0) === password) break;
    say('Passwords do not match.');
  }
  query(connection, `INSERT INTO users VALUES (:'name', :'password');`, { name, password });
  say(`User ${name} created.`);
  if (adminClients().length > 0) return say('Admin app exists already skipping.');
  say('Admin app created. Please copy id into the client application.');
  newClient();
}

function readLine(): string {
  const buffer = Buffer.alloc(4096);
  const length = readSync(0, buffer, 0, buffer.length, null);
  return buffer.subarray(0, length).toString().split('\n')[0]?.replace(/\r$/, '') ?? '';
}

/** Key by key, without an echo, as `Console.ReadKey(true)`: Backspace is a key as any other. */
function readKeys(prompt: string, shortest: number): string {
  if (!isatty(0)) throw new Error('Cannot read keys when either application does not have a console or input is redirected.');
  const stty = (...args: readonly string[]) => spawnSync('stty', args, { stdio: ['inherit', 'ignore', 'ignore'] });
  stty('-icanon', '-echo');
  try {
    for (;;) {
      say(prompt);
      let typed = '';
      const key = Buffer.alloc(1);
      while (readSync(0, key, 0, 1, null) === 1 && key[0] !== 10 && key[0] !== 13) typed += key.toString('latin1');
      const word = Buffer.from(typed, 'latin1').toString();
      if (word.length >= shortest) return word;
      say('Password must contain at least 12 characters.');
    }
  } finally {
    stty('icanon', 'echo');
  }
}

main(process.argv.slice(2)).catch((error: unknown) => say(`Unhandled exception! ${String(error)}`));
