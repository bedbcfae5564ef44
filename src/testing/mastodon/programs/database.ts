import { execFileSync } from 'node:child_process';
import { Aborted } from './environment.ts';
import { isSince } from './release.ts';

/** Where a database is, as the settings name it. */
export interface Place {
  readonly host: string;
  readonly port: string;
  readonly database: string;
  readonly user: string;
  readonly password: string;
}

/** Values that stand in statements as `:'name'`. */
export type Values = Readonly<Record<string, string | number>>;

/** The database of the settings, with the application's own defaults. */
export function placeOf(env: NodeJS.ProcessEnv = process.env): Place {
  return {
    host: env.DB_HOST || 'localhost',
    port: env.DB_PORT || '5432',
    database: env.DB_NAME || 'mastodon_production',
    user: env.DB_USER || 'mastodon',
    password: env.DB_PASS ?? '',
  };
}

/**
 * Runs statements in the real server; answers rows of texts. Throws as the original's driver does: `ConnectionNotEstablished`
 * and its kin where it can't come in, `StatementInvalid` with the server's own words where a statement fails.
 */
export function query(statements: string, values: Values = {}, place: Place = placeOf()): readonly (readonly string[])[] {
  const set = Object.entries(values).flatMap(([name, value]) => ['-v', `${name}=${value}`]);
  try {
    const printed = execFileSync('psql', ['-XqAtw', '-F', '\t', '-v', 'ON_ERROR_STOP=1', '-v', 'VERBOSITY=verbose', ...set], {
      input: statements,
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH,
        PGHOST: place.host,
        PGPORT: place.port,
        PGDATABASE: place.database,
        PGUSER: place.user,
        PGPASSWORD: place.password,
        PGCONNECT_TIMEOUT: '10',
      },
    });
    return printed
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split('\t'));
  } catch (error) {
    const { status, stderr } = error as { readonly status?: number; readonly stderr?: string };
    if (typeof stderr !== 'string') throw error;
    throw status === 2 && !/ERROR:/.test(stderr) ? connectionError(stderr, place) : statementError(stderr);
  }
}

/** The only value of the only row. */
export const oneValue = (statements: string, values: Values = {}, place: Place = placeOf()): string =>
  query(statements, values, place)[0]?.[0] ?? '';

/** Who does not come in is told by what the message names first, as the framework has it: a database before a user. */
function connectionError(stderr: string, { host, database, user }: Place): Aborted {
  const message = stderr.trim().replace(/^psql: error: /, '');
  const please = 'Please check your database configuration';
  if (!isSince('4.3') || database === 'postgres') return new Aborted('ActiveRecord::ConnectionNotEstablished', message);
  if (message.includes(database)) {
    return new Aborted(
      'ActiveRecord::NoDatabaseError',
      `We could not find your database: ${database}. Available database configurations can be found in config/database.yml.\n\nTo resolve this error:\n\n- Did you not create the database, or did you delete it? To create the database, run:\n\n    bin/rails db:create\n\n- Has the database name changed? Verify that config/database.yml contains the correct database name.`,
    );
  }
  if (message.includes(`"${user}"`)) {
    return new Aborted(
      'ActiveRecord::DatabaseConnectionError',
      `There is an issue connecting to your database with your username/password, username: ${user}.\n\n${please} to ensure the username/password are valid.`,
    );
  }
  if (message.includes(host)) {
    return new Aborted(
      'ActiveRecord::DatabaseConnectionError',
      `There is an issue connecting with your hostname: ${host}.\n\n${please} and ensure there is a valid connection to your database.`,
    );
  }
  return new Aborted('ActiveRecord::ConnectionNotEstablished', message);
}

const CLASSES: Readonly<Record<string, readonly [string, string]>> = {
  '23505': ['ActiveRecord::RecordNotUnique', 'PG::UniqueViolation'],
  '42501': ['ActiveRecord::StatementInvalid', 'PG::InsufficientPrivilege'],
  '42703': ['ActiveRecord::StatementInvalid', 'PG::UndefinedColumn'],
  '42P01': ['ActiveRecord::StatementInvalid', 'PG::UndefinedTable'],
  '42P04': ['ActiveRecord::DatabaseAlreadyExists', 'PG::DuplicateDatabase'],
  '55006': ['ActiveRecord::StatementInvalid', 'PG::ObjectInUse'],
};

function statementError(stderr: string): Aborted {
  const [, state = '', said = stderr.trim()] = /ERROR: {2}(\w{5}): (.*)/.exec(stderr) ?? [];
  const [kind, driver] = CLASSES[state] ?? ['ActiveRecord::StatementInvalid', 'PG::Error'];
  return new Aborted(kind, `${driver}: ERROR:  ${said}`);
}
