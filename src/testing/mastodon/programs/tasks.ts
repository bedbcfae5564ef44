import { randomBytes } from 'node:crypto';
import { oneValue, placeOf, query } from './database.ts';
import { Aborted, checkSecrets, complain, PlainAbort, readDotenv, red, say } from './environment.ts';
import { isSince } from './release.ts';
import { hasSchema, isProtected, loadSchema, type Migration, migrate, migrations, pending, seed } from './schema.ts';
import { alphanumeric, ENCRYPTION_KEYS, setUp, vapidKeys } from './setup.ts';

type Task = () => void | Promise<void>;

/** Tasks that need the whole application, and so all of its secrets. */
const application: Readonly<Record<string, Task>> = {
  'db:create': () => void create(),
  'db:drop': drop,
  'db:schema:load': load,
  'db:seed': seed,
  'db:setup': () => {
    create();
    load();
    seed();
  },
  'db:reset': () => {
    drop();
    create();
    load();
    seed();
  },
  'db:migrate': () => runAll(pending()),
  'db:prepare': () => {
    const isNew = create('quiet');
    if (isNew || !hasSchema()) {
      loadSchema();
      seed();
    } else runAll(pending());
  },
  'db:version': () => say(`Current version: ${oneValue('SELECT max(version) FROM schema_migrations')}`),
  'db:abort_if_pending_migrations': () => {
    const waiting = pending();
    if (waiting.length === 0) return;
    say(`You have ${waiting.length} pending migration${waiting.length === 1 ? '' : 's'}:`);
    for (const { version, name } of waiting) say(`  ${version.padStart(4)} ${name}`);
    throw new PlainAbort('Run `bin/rails db:migrate` to update your database then try again.');
  },
  'db:migrate:status': () => {
    const waiting = pending().map(({ version }) => version);
    say(`\ndatabase: ${placeOf().database}\n\n Status   Migration ID    Migration Name\n${'-'.repeat(50)}`);
    for (const { version, name } of migrations) {
      say(`${waiting.includes(version) ? '  down ' : '   up  '}  ${version}  ${words(name)}`);
    }
    say();
  },
};

/** Tasks that need nothing. */
const plain: Readonly<Record<string, Task>> = {
  secret: () => say(randomBytes(64).toString('hex')),
  'mastodon:setup': setUp,
  'mastodon:webpush:generate_vapid_key': () => {
    for (const [name, key] of Object.entries(vapidKeys())) say(`${name}=${key}`);
  },
  'db:encryption:init': () => {
    if (!isSince('4.3')) throw unknownTask('db:encryption:init');
    if (ENCRYPTION_KEYS.some((name) => process.env[name] !== undefined)) {
      say(
        red(
          'WARNING: It looks like encryption secrets have already been set. Please ensure you are not changing secrets for a Mastodon installation that already uses them, as this will cause data loss and other issues that are difficult to recover from.',
        ),
      );
    }
    say(
      'Add the following secret environment variables to your Mastodon environment (e.g. .env.production), ensure they are shared across all your nodes and do not change them after they are set: \n',
    );
    for (const name of ENCRYPTION_KEYS) say(`${name}=${alphanumeric(32)}`);
  },
};

const unknownTask = (name: string): Aborted =>
  new Aborted('RuntimeError', `Don't know how to build task '${name}' (See the list of available tasks with \`rake --tasks\`)`);

/** `rake` and `rails` with a task; answers the exit code. */
export async function runTasks(program: 'rake' | 'rails', args: readonly string[]): Promise<number> {
  for (const arg of args.filter((each) => /^\w+=/.test(each))) process.env[arg.split('=')[0] ?? ''] = arg.replace(/^\w+=/, '');
  readDotenv();
  try {
    for (const name of args.filter((each) => !/^\w+=|^-/.test(each))) {
      const own = application[name];
      if (own !== undefined) checkSecrets();
      const task = own ?? plain[name];
      if (task === undefined) throw unknownTask(name);
      await task();
    }
    return 0;
  } catch (error) {
    if (error instanceof PlainAbort) complain(error.message);
    else if (error instanceof Aborted) {
      complain(`${program === 'rake' ? 'rake' : 'bin/rails'} aborted!\n${error.kind}: ${error.message} (${error.kind})`);
      complain('\nTasks: TOP => (See full trace by running task with --trace)');
    } else throw error;
    return 1;
  }
}

/** Is it there anew? */
function create(manner: 'told' | 'quiet' = 'told'): boolean {
  const { database } = placeOf();
  const tell = (write: (text: string) => void, text: string): void => void (manner === 'told' && write(text));
  try {
    query(`CREATE DATABASE :"database" ENCODING 'unicode';`, { database }, { ...placeOf(), database: 'postgres' });
    tell(say, `Created database '${database}'`);
    return true;
  } catch (error) {
    if (error instanceof Aborted && error.kind === 'ActiveRecord::DatabaseAlreadyExists') {
      tell(complain, `Database '${database}' already exists`);
      return false;
    }
    complain(error instanceof Error ? error.message : String(error));
    complain(`Couldn't create '${database}' database. Please check your configuration.`);
    throw error;
  }
}

function drop(): void {
  refuseProtected();
  const { database } = placeOf();
  query(`DROP DATABASE IF EXISTS :"database";`, { database }, { ...placeOf(), database: 'postgres' });
  say(`Dropped database '${database}'`);
}

function load(): void {
  refuseProtected();
  loadSchema();
}

function refuseProtected(): void {
  if ((process.env.DISABLE_DATABASE_ENVIRONMENT_CHECK ?? '') !== '' || !isProtected()) return;
  throw new Aborted(
    'ActiveRecord::ProtectedEnvironmentError',
    "You are attempting to run a destructive action against your 'production' database.\nIf you are sure you want to continue, run the same command with the environment variable:\nDISABLE_DATABASE_ENVIRONMENT_CHECK=1",
  );
}

function runAll(waiting: readonly Migration[]): void {
  for (const migration of waiting) {
    const title = `${migration.version} ${migration.name}: `;
    const rule = (text: string): string => `== ${text} `.padEnd(79, '=');
    say(rule(`${title}migrating`));
    const begun = performance.now();
    migrate(migration);
    say(`${rule(`${title}migrated (${((performance.now() - begun) / 1000).toFixed(4)}s)`)}\n`);
  }
}

const words = (name: string): string => name.replace(/(?!^)[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
