import { execFile } from 'node:child_process';
import type { Settings } from './museum-settings.ts';

/** The database of the stand-in: a real server, reached through `psql`. */
export interface Database {
  /** Runs statements in which `:'name'` stands for a value; answers rows of texts. Throws in the words of the original's driver. */
  query(statements: string, values?: Readonly<Record<string, string | number>>): Promise<readonly (readonly string[])[]>;
}

/** As much of the original's tables as the stand-in needs; accounts' ids begin where they begin there. */
const TABLES = `
SELECT pg_advisory_lock(2911);
CREATE SEQUENCE IF NOT EXISTS users_user_id_seq START 1580559962386438 MINVALUE 1580559962386438;
CREATE TABLE IF NOT EXISTS users (
  user_id bigint PRIMARY KEY DEFAULT nextval('users_user_id_seq'),
  encrypted_email bytea, email_decryption_nonce bytea, email_hash text UNIQUE,
  creation_time bigint NOT NULL, is_two_factor_enabled boolean NOT NULL DEFAULT false, two_factor_secret text);
CREATE TABLE IF NOT EXISTS srp_auth (user_id bigint PRIMARY KEY REFERENCES users ON DELETE CASCADE, salt text NOT NULL, verifier text NOT NULL);
CREATE TABLE IF NOT EXISTS otts (email_hash text NOT NULL, app text NOT NULL, ott text NOT NULL, creation_time bigint NOT NULL,
  expiration_time bigint NOT NULL, wrong_attempts int NOT NULL DEFAULT 0, UNIQUE (email_hash, app, ott));
CREATE TABLE IF NOT EXISTS tokens (token text PRIMARY KEY, user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
  app text NOT NULL, creation_time bigint NOT NULL);
CREATE TABLE IF NOT EXISTS subscriptions (user_id bigint PRIMARY KEY REFERENCES users ON DELETE CASCADE,
  storage bigint NOT NULL, expiry_time bigint NOT NULL);
`;

/** Makes the tables where there are none yet. Throws where it can't come in, or the connection string can't be read. */
export async function openDatabase(settings: Settings): Promise<Database> {
  const env = environmentOf(parseConnectionString(connectionString(settings)));
  const database: Database = {
    async query(statements, values = {}) {
      const set = Object.entries(values).flatMap(([name, value]) => ['-v', `${name}=${value}`]);
      const printed = await psql(['-XqAt', '-F', '\t', '-v', 'ON_ERROR_STOP=1', ...set], statements, env);
      return printed
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => line.split('\t'));
    },
  };
  await database.query(TABLES);
  return database;
}

function connectionString(settings: Settings): string {
  const of = (key: string): string => settings.text(`db.${key}`);
  const port = Number.parseInt(of('port'), 10) || 0;
  return `host=${of('host')} port=${port} user=${of('user')} password=${of('password')} dbname=${of('name')} sslmode=${of('sslmode')} ${of('extra')}`;
}

/** Reads it as the original's driver does: nothing quotes a value that holds a space, a quote or a backslash. */
export function parseConnectionString(text: string): Readonly<Record<string, string>> {
  const values: Record<string, string> = {};
  let at = 0;
  const skipSpace = (): void => {
    while (/\s/.test(text[at] ?? '')) at++;
  };
  for (skipSpace(); at < text.length; skipSpace()) {
    const [name = ''] = /^[^\s=]*/.exec(text.slice(at)) ?? [];
    at += name.length;
    skipSpace();
    if (text[at] !== '=') throw new Error(`missing "=" after "${name}" in connection info string"`);
    at++;
    skipSpace();
    const quoted = text[at] === "'";
    if (quoted) at++;
    let value = '';
    while (at < text.length && !(quoted ? text[at] === "'" : /\s/.test(text[at] ?? ''))) {
      if (text[at] === '\\') at++;
      if (at >= text.length) throw new Error('missing character after backslash');
      value += text[at++];
    }
    if (quoted && at++ >= text.length) throw new Error('unterminated quoted string literal in connection string');
    values[name] = value;
  }
  return values;
}

function environmentOf(values: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const { host = '', port = '', user = '', password = '', dbname = '', sslmode = 'require' } = values;
  return {
    PATH: process.env.PATH,
    PGHOST: host,
    PGPORT: port,
    PGUSER: user,
    PGPASSWORD: password,
    PGDATABASE: dbname,
    PGSSLMODE: sslmode,
    PGCONNECT_TIMEOUT: '10',
  };
}

function psql(args: readonly string[], statements: string, env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile('psql', args, { env }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(driverWords(stderr, env)));
    });
    child.stdin?.on('error', () => undefined).end(statements);
  });
}

/** What the original's driver says where `psql` said this. */
function driverWords(stderr: string, env: NodeJS.ProcessEnv): string {
  const [, said] = /(?:FATAL|ERROR): {2}(.*)/.exec(stderr) ?? [];
  if (said !== undefined) return `pq: ${said}`;
  if (/could not translate host name/.test(stderr)) return `dial tcp: lookup ${env.PGHOST} on 127.0.0.11:53: no such host`;
  const [, address = env.PGHOST] = /\(([\d.:a-f]+)\), port/.exec(stderr) ?? [];
  if (/Connection refused/.test(stderr)) return `dial tcp ${address}:${env.PGPORT}: connect: connection refused`;
  return stderr.trim().split('\n')[0] ?? '';
}
