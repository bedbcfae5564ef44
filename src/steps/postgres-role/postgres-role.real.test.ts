import { readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDockerodeEngine } from '../../adapters/docker/dockerode-engine.ts';
import type { DockerEngine } from '../../model/ports.ts';
import { secretText } from '../../model/secrets.ts';
import type { ApplyContext } from '../../model/step.ts';
import {
  createPostgres,
  docker as dockerProgram,
  letsIn,
  type PostgresContainer,
} from '../../testing/postgres/postgres-container.ts';
import { contextOf, convergeStep, createWorld, planStep, type World } from '../../testing/step-bench.ts';
import type { RoleParams } from './params.ts';
import { postgresRole } from './postgres-role.ts';

const OLD = `Old 'n' "quoted" \\ $HOME 1`;
const NEW = 'N3w-pässwörd;--2';
const docker = createDockerodeEngine({ reveal: async (text) => String(text) });

describe('postgres.role on a real PostgreSQL', () => {
  let postgres: PostgresContainer;
  let world: World;
  let params: RoleParams & { readonly container: string };

  const ctx = (engine: DockerEngine = docker): ApplyContext =>
    contextOf(world, postgresRole, { docker: engine, signal: AbortSignal.timeout(600_000) });
  const converge = (more: Partial<RoleParams> = {}, engine?: DockerEngine) =>
    convergeStep(postgresRole, { ...params, ...more }, ctx(engine));

  beforeAll(async () => {
    postgres = await createPostgres();
  });
  afterAll(() => postgres?.cleanUp());
  beforeEach(async () => {
    world = createWorld();
    world.secrets.set('password', OLD);
    params = { container: postgres.name, role: 'Guest-book.1', password: secretText('password') };
    await postgres.sql('DROP TABLE IF EXISTS entries').catch(() => undefined);
    await postgres.sql(`DROP ROLE IF EXISTS "${params.role}"`);
  });

  it('makes a role that gets in over TCP with its password, and then has nothing to do', async () => {
    const first = await converge();
    expect(first).toMatchObject({ changes: [{ action: 'create', after: { login: true }, secret: true }], left: [] });
    expect(await letsIn(postgres.name, params.role, OLD)).toBe(true);
    expect(await letsIn(postgres.name, params.role, `${OLD}x`)).toBe(false);
    expect(await converge()).toMatchObject({ changes: [], left: [] });
  });

  it('changes the password: the new one is accepted from then on, and the old one refused', async () => {
    await converge();
    world.secrets.set('password', NEW);
    expect(await converge()).toMatchObject({ changes: [{ action: 'update', property: 'password', secret: true }], left: [] });
    expect(await letsIn(postgres.name, params.role, NEW)).toBe(true);
    expect(await letsIn(postgres.name, params.role, OLD)).toBe(false);
  });

  it('finds what PostgreSQL itself made of the password as wanted, be it SCRAM or MD5', async () => {
    world.secrets.set('password', 'plain');
    for (const encryption of ['scram-sha-256', 'md5']) {
      await postgres.sql(`SET password_encryption = '${encryption}'; CREATE ROLE "${params.role}" LOGIN PASSWORD 'plain'`);
      expect(await planStep(postgresRole, params, ctx())).toEqual([]);
      await postgres.sql(`DROP ROLE "${params.role}"`);
    }
  });

  it('gives and takes rights, and leaves those alone that are not mentioned', async () => {
    await converge({ createdb: true, superuser: true });
    expect((await converge({ createdb: false, createrole: true })).changes).toMatchObject([
      { property: 'createdb', before: true, after: false },
      { property: 'createrole', before: false, after: true },
    ]);
    const rights = `SELECT rolcanlogin, rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = '${params.role}'`;
    expect(await postgres.sql(rights)).toBe('t|t|f|t');
  });

  it('drops a role that it made, unless it owns something', async () => {
    await converge();
    world.made.add(`postgres.role ${postgres.name}: role ${params.role}`);
    await postgres.sql(`CREATE TABLE entries (text text); ALTER TABLE entries OWNER TO "${params.role}"`);
    await expect(converge({ ensure: 'absent' })).rejects.toMatchObject({
      failure: { code: 'postgres.role-in-use', message: expect.stringContaining('depend on it') },
    });
    await postgres.sql('DROP TABLE entries');
    expect(await converge({ ensure: 'absent' })).toMatchObject({ changes: [{ action: 'delete' }], left: [] });
    expect(await postgres.sql(`SELECT count(*) FROM pg_roles WHERE rolname = '${params.role}'`)).toBe('0');
  });

  it('waits for a server that was restarted just now', async () => {
    await converge();
    world.secrets.set('password', NEW);
    await dockerProgram(['restart', '--time', '0', postgres.name]);
    expect(await converge()).toMatchObject({ changes: [{ property: 'password' }], left: [] });
    expect(await letsIn(postgres.name, params.role, NEW)).toBe(true);
  });

  it('is done once the server is back that goes away in the moment of the change', async () => {
    await converge();
    world.secrets.set('password', NEW);
    let back: Promise<unknown> | undefined;
    const failing: DockerEngine = {
      ...docker,
      async exec(name, command, options) {
        if (back === undefined && String(command.stdin).includes('ALTER ROLE')) {
          await dockerProgram(['kill', postgres.name]);
          const answer = docker.exec(name, command, options);
          back = answer.catch(() => undefined).then(() => dockerProgram(['start', postgres.name]));
          return answer;
        }
        return docker.exec(name, command, options);
      },
    };
    expect(await converge({}, failing)).toMatchObject({ changes: [{ property: 'password' }], left: [] });
    await back;
    expect(await letsIn(postgres.name, params.role, NEW)).toBe(true);
    expect(await letsIn(postgres.name, params.role, OLD)).toBe(false);
  });

  it('says who is not let in, and where there is no PostgreSQL at all', async () => {
    await expect(converge({ admin: 'nobody' })).rejects.toMatchObject({
      failure: { code: 'postgres.no-access', message: expect.stringContaining('role "nobody" does not exist') },
    });
    await expect(converge({ container: `${postgres.name}-no` })).rejects.toMatchObject({
      failure: { code: 'postgres.unreachable' },
    });
    await postgres.sql(`CREATE ROLE "${params.role}" LOGIN`);
    await expect(converge({ admin: params.role })).rejects.toMatchObject({ failure: { code: 'postgres.not-allowed' } });
  });

  it('shows neither password nor verifier in the log of a server that logs everything, nor on any command line', async () => {
    const seen = new Set<string>();
    let watching = true;
    const watch = (async () => {
      while (watching) for (const line of await commandLines()) seen.add(line);
    })();
    await converge();
    world.secrets.set('password', NEW);
    await converge();
    await expect(converge({ superuser: true, admin: params.role })).rejects.toThrow();
    watching = false;
    await watch;
    const lines = [...seen];
    expect(lines.some((line) => line.startsWith('psql -X'))).toBe(true);
    const log = await postgres.log();
    expect(log).toContain('statement: SELECT rolcanlogin');
    expect(log).toContain('statement: BEGIN');
    for (const text of [log, ...lines, world.output.join('\n')]) {
      for (const secret of [OLD, NEW, OLD.slice(0, 8), NEW.slice(0, 8)]) expect(text).not.toContain(secret);
    }
    expect(log.split('\n').filter((line) => /SCRAM-SHA-256\$|ALTER ROLE|CREATE ROLE.*PASSWORD 'S/.test(line))).toEqual([]);
  });
});

/** The command lines of all processes, arguments joined by spaces. */
async function commandLines(): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const read = (pid: string): Promise<string> => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return (await Promise.all(pids.map(read))).map((line) => line.replaceAll('\0', ' '));
}
