import type { FakeHost } from '../../adapters/host/fake-host.ts';
import { fitsPasswordVerifier } from '../../adapters/vault/password-verifier.ts';
import type { Executed } from '../../model/ports.ts';
import { scramVerifier } from '../../steps/postgres-role/scram-verifier.ts';

/** A role as the fake keeps it. */
export interface FakeRole {
  readonly login: boolean;
  readonly superuser: boolean;
  readonly createdb: boolean;
  readonly createrole: boolean;
  /** The password itself where it is one of those that the fake knows of, else what the server was given. */
  readonly password?: string;
  /** A role that owns something can't be dropped. */
  readonly owns?: string;
}

/** A program's call, in a container or on the host. */
interface Call {
  readonly argv: readonly string[];
  readonly stdin: string;
  readonly user?: string;
}

/** A server in memory, for tests: as much of `psql` and `pg_isready` as `postgres.role` needs. */
export interface FakePostgres {
  /** For so many calls to come it only starts. */
  startingFor: number;
  /** Loses its connection in the next change, `before` or `after` it was done. */
  loses: 'before' | 'after' | undefined;
  /** Statements that it was sent, all of them. */
  readonly statements: readonly string[];
  roles(): Readonly<Record<string, FakeRole>>;
  put(name: string, role: Partial<FakeRole>): void;
  /** Runs `psql` or `pg_isready`. */
  run(call: Call): Promise<Partial<Executed>>;
}

const NOBODY: FakeRole = { login: false, superuser: false, createdb: false, createrole: false };
const WORDS: Readonly<Record<string, keyof FakeRole>> = {
  LOGIN: 'login',
  SUPERUSER: 'superuser',
  CREATEDB: 'createdb',
  CREATEROLE: 'createrole',
};

/**
 * A server whose roles lie in a file of the fake host, so that a copy of the host's disk holds them too, and at first there is
 * just `postgres`. `passwords` are those that anybody may set: by them it knows which one it was given, and so what is on the
 * disk does not depend on the salt.
 */
export function createFakePostgres(host: FakeHost, path: string, passwords: () => readonly string[]): FakePostgres {
  const statements: string[] = [];
  const roles = (): Record<string, FakeRole> =>
    host.at(path) === undefined ? { postgres: { ...NOBODY, login: true, superuser: true } } : JSON.parse(host.text(path));
  const keep = (all: Readonly<Record<string, FakeRole>>): void => host.put(path, { content: JSON.stringify(all) });

  const server: FakePostgres = {
    startingFor: 0,
    loses: undefined,
    statements,
    roles,
    put: (name, role) => keep({ ...roles(), [name]: { ...NOBODY, ...role } }),
    async run({ argv, stdin }) {
      if (argv[0] === 'pg_isready') return { code: server.startingFor > 0 ? 1 : 0 };
      if (argv[0] !== 'psql') return { code: 127, stdout: `exec: "${argv[0]}": executable file not found in $PATH` };
      if (server.startingFor > 0) {
        server.startingFor--;
        return { code: 2, stderr: 'psql: error: connection failed: FATAL:  the database system is starting up\n' };
      }
      const admin = argv[argv.indexOf('-U') + 1] ?? '';
      if (roles()[admin] === undefined) return { code: 2, stderr: `psql: error: FATAL:  role "${admin}" does not exist\n` };
      const sent = stdin.split(/;\n/).filter((statement) => statement !== '');
      statements.push(...sent);
      return session(sent);
    },
  };

  async function session(sent: readonly string[]): Promise<Partial<Executed>> {
    let now = roles();
    const lost = { code: 2, stderr: 'FATAL:  57P01: terminating connection due to administrator command\n' };
    const changes = sent.some((statement) => /^(CREATE|ALTER|DROP) /.test(statement));
    const loses = changes ? server.loses : undefined;
    if (loses !== undefined) server.loses = undefined;
    if (loses === 'before') return lost;
    const lines: string[] = [];
    for (const statement of sent) {
      const seen = /^SELECT rolcanlogin.* FROM pg_catalog\.(pg_roles|pg_authid) WHERE rolname = '([^']+)'$/.exec(statement);
      if (seen !== null) lines.push(...(await rowsOf(now[seen[2] ?? ''], seen[1] === 'pg_authid')));
      else if (/^(CREATE|ALTER|DROP) ROLE /.test(statement)) {
        const then = await changed(now, statement);
        if (typeof then === 'string') return { code: 3, stderr: `psql:<stdin>:3: ERROR:  ${then}\nLOCATION:  here, user.c:1\n` };
        now = then;
      } else if (!/^(BEGIN|COMMIT|SELECT set_config\()/.test(statement)) {
        return { code: 3, stderr: `psql:<stdin>:1: ERROR:  42601: syntax error\nLINE 1: ${statement}\n` };
      }
    }
    if (changes) keep(now);
    return loses === 'after' ? lost : { stdout: lines.map((line) => `${line}\n`).join('') };
  }

  /** All roles after a statement, or why it is refused. */
  async function changed(now: Record<string, FakeRole>, statement: string): Promise<Record<string, FakeRole> | string> {
    const [, verb, name = '', rest = ''] = /^(CREATE|ALTER|DROP) ROLE "([^"]+)"(?: WITH (.*))?$/s.exec(statement) ?? [];
    const role = now[name];
    if (verb === 'CREATE' && role !== undefined) return `42710: role "${name}" already exists`;
    if (verb !== 'CREATE' && role === undefined) return `42704: role "${name}" does not exist`;
    if (verb === 'DROP') {
      if (role?.owns !== undefined) return `2BP01: role "${name}" cannot be dropped because some objects depend on it`;
      return Object.fromEntries(Object.entries(now).filter(([other]) => other !== name));
    }
    let then: FakeRole = role ?? NOBODY;
    for (const [, no, word = '', verifier = ''] of rest.matchAll(
      /(NO)?(LOGIN|SUPERUSER|CREATEDB|CREATEROLE|PASSWORD)(?: '([^']*)')?/g,
    )) {
      const right = WORDS[word];
      then = right === undefined ? { ...then, password: await known(verifier, name) } : { ...then, [right]: no === undefined };
    }
    return { ...now, [name]: then };
  }

  async function known(verifier: string, role: string): Promise<string> {
    for (const password of passwords()) if (await fitsPasswordVerifier(password, verifier, role)) return password;
    return verifier;
  }

  return server;
}

async function rowsOf(role: FakeRole | undefined, all: boolean): Promise<readonly string[]> {
  if (role === undefined) return [];
  const { login, superuser, createdb, createrole, password } = role;
  const rights = [login, superuser, createdb, createrole].map((may) => (may ? 't' : 'f'));
  return [[...rights, ...(all ? [await keptOf(password)] : [])].join('|')];
}

/** Always the same for a password, and quick to look at. */
async function keptOf(password = ''): Promise<string> {
  return password === '' || /^(SCRAM-SHA-256\$|md5)/.test(password) ? password : scramVerifier(password, Buffer.alloc(16, 7), 1);
}
