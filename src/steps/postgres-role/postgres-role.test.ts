import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fitsPasswordVerifier } from '../../adapters/vault/password-verifier.ts';
import { secretText } from '../../model/secrets.ts';
import { createFakePostgres, type FakePostgres } from '../../testing/postgres/fake-postgres.ts';
import { contextOf, convergeStep, createWorld, describeStepType, planStep, type World } from '../../testing/step-bench.ts';
import { askServer } from './ask-server.ts';
import { postgresRole } from './postgres-role.ts';
import { scramVerifier } from './scram-verifier.ts';

const PASSWORD = `S3cret 'of' "them" \\ $1`;
const book = { container: 'book-db', role: 'guestbook', password: secretText('db_password') };
const servers = new WeakMap<World, FakePostgres>();

/** A server in the container `book-db`, and one on the host. */
function serve(world: World, prepare: (server: FakePostgres) => void = () => undefined): FakePostgres {
  const server = createFakePostgres(world.host, '/var/lib/roles.json', () => [...world.secrets.values(), 'old']);
  servers.set(world, server);
  world.secrets.set('db_password', PASSWORD);
  world.docker.putContainer({ name: 'book-db' });
  world.docker.onExec('book-db', (call) => server.run(call));
  world.host.put('/etc/passwd', {
    content: `${world.host.text('/etc/passwd')}postgres:x:105:110::/var/lib/postgresql:/bin/bash\n`,
  });
  for (const program of ['psql', 'pg_isready']) world.host.program(program, (call) => server.run(call));
  prepare(server);
  return server;
}

const given = (prepare?: (server: FakePostgres) => void) => (world: World) => void serve(world, prepare);
const rolesOf = (world: World) => servers.get(world)?.roles() ?? {};
const target = 'book-db: role guestbook';

describeStepType(postgresRole, [
  {
    law: 'makes a role that may log in, with its password and no other rights',
    params: book,
    given: given(),
    changes: [{ action: 'create', target, after: { login: true }, secret: true }],
    afterwards: (world) => {
      expect(rolesOf(world).guestbook).toEqual({
        login: true,
        superuser: false,
        createdb: false,
        createrole: false,
        password: PASSWORD,
      });
      expect(world.docker.execs.flat().join(' ')).not.toContain('SCRAM');
    },
  },
  {
    law: 'makes a role with all that is asked for, on the host itself',
    params: {
      role: 'Admin-2.a',
      superuser: true,
      createdb: true,
      createrole: false,
      login: false,
      admin: 'postgres',
      user: 'postgres',
    },
    given: given(),
    changes: [{ action: 'create', target: 'role Admin-2.a' }],
    afterwards: (world) => {
      expect(rolesOf(world)['Admin-2.a']).toEqual({ login: false, superuser: true, createdb: true, createrole: false });
      expect(world.host.calls.some(([program]) => program === 'psql')).toBe(true);
    },
  },
  {
    law: 'leaves a role alone that is as wanted, with rights that are not mentioned',
    params: book,
    given: given((server) => server.put('guestbook', { login: true, createdb: true, password: PASSWORD })),
    changes: [],
  },
  {
    law: 'does not look at the password where none is given',
    params: { container: 'book-db', role: 'guestbook' },
    given: given((server) => server.put('guestbook', { login: true, password: 'old' })),
    changes: [],
  },
  {
    law: 'takes an MD5 of the password for the password',
    params: book,
    given: given((server) => {
      const md5 = createHash('md5').update(`${PASSWORD}guestbook`).digest('hex');
      server.put('guestbook', { login: true, password: `md5${md5}` });
    }),
    changes: [],
  },
  {
    law: 'changes a password that is another, and shows neither',
    params: book,
    given: given((server) => server.put('guestbook', { login: true, password: 'old' })),
    changes: [{ action: 'update', target, property: 'password', secret: true }],
    afterwards: (world) => {
      expect(rolesOf(world).guestbook?.password).toBe(PASSWORD);
      const sent = servers.get(world)?.statements.join('\n');
      expect(sent).toContain("PASSWORD 'SCRAM-SHA-256$4096:");
      expect(sent).not.toContain('S3cret');
    },
  },
  {
    law: 'changes the rights that differ, and nothing else',
    params: { ...book, createdb: false, createrole: true },
    given: given((server) => server.put('guestbook', { createdb: true, superuser: true, password: PASSWORD })),
    changes: [
      { action: 'update', target, property: 'login', before: false, after: true },
      { property: 'createdb', before: true, after: false },
      { property: 'createrole', before: false, after: true },
    ],
    afterwards: (world) =>
      expect(rolesOf(world).guestbook).toEqual({
        login: true,
        superuser: true,
        createdb: false,
        createrole: true,
        password: PASSWORD,
      }),
  },
  {
    law: 'counts a role as absent where an earlier step will make the container',
    params: book,
    given: (world) => void world.secrets.set('db_password', PASSWORD),
    changes: [{ action: 'create', target }],
    planOnly: true,
  },
  {
    law: 'counts a role as absent where an earlier step will install PostgreSQL on the host',
    params: { role: 'guestbook' },
    changes: [{ action: 'create', target: 'role guestbook' }],
    planOnly: true,
  },
  {
    law: 'forecasts for a server that only starts, without waiting',
    params: book,
    given: given((server) => {
      server.startingFor = 1000;
    }),
    context: { forecast: true },
    changes: [{ action: 'create', target }],
    planOnly: true,
  },
  { law: 'fails where the container is still missing', params: book, fails: 'postgres.unreachable' },
  {
    law: 'fails where PostgreSQL is still not installed on the host',
    params: { role: 'guestbook' },
    given: (world) => world.host.put('/etc/passwd', { content: 'postgres:x:105:110::/var/lib/postgresql:/bin/bash\n' }),
    fails: 'host.no-such-program',
  },
  {
    law: 'fails at once where the server lets nobody in as that role',
    params: { ...book, admin: 'nobody' },
    given: given(),
    fails: 'postgres.no-access',
  },
  {
    law: 'fails where the container has no psql',
    params: { ...book, container: 'web' },
    given: (world) => {
      world.secrets.set('db_password', PASSWORD);
      world.docker.putContainer({ name: 'web' });
    },
    fails: 'postgres.no-client',
  },
  {
    law: 'refuses an empty password, which would let nobody in',
    params: { ...book, password: '' },
    given: given(),
    fails: 'postgres.empty-password',
  },
  {
    law: 'drops a role that fairlead made',
    params: { ...book, ensure: 'absent' },
    given: (world) => {
      serve(world, (server) => server.put('guestbook', { login: true }));
      world.made.add(`postgres.role ${target}`);
    },
    changes: [{ action: 'delete', target }],
    afterwards: (world) => expect(Object.keys(rolesOf(world))).toEqual(['postgres']),
  },
  {
    law: 'keeps a role that was here before',
    params: { ...book, ensure: 'absent' },
    given: given((server) => server.put('guestbook', { login: true })),
    changes: [],
    afterwards: (world) => expect(rolesOf(world).guestbook).toBeDefined(),
  },
  {
    law: 'does not drop a role that owns something',
    params: { ...book, ensure: 'absent' },
    given: (world) => {
      serve(world, (server) => server.put('guestbook', { login: true, owns: 'table entries' }));
      world.made.add(`postgres.role ${target}`);
    },
    fails: 'postgres.role-in-use',
  },
  {
    law: 'takes a role for gone whose container is gone',
    params: { ...book, ensure: 'absent' },
    given: (world) => void world.made.add(`postgres.role ${target}`),
    changes: [],
  },
]);

describe('postgres.role', () => {
  it('waits in a run for a server that starts', async () => {
    const world = createWorld();
    serve(world).startingFor = 3;
    const waitedFor: string[] = [];
    const ctx = contextOf(world, postgresRole, { progress: (text) => waitedFor.push(text) });
    const { left } = await convergeStep(postgresRole, book, ctx);
    expect(left).toEqual([]);
    expect(rolesOf(world).guestbook?.password).toBe(PASSWORD);
    expect(waitedFor[0]).toContain('waiting for PostgreSQL in the container book-db');
  });

  it.each(['before', 'after'] as const)('is done once where the connection is lost %s the change', async (moment) => {
    const world = createWorld();
    const server = serve(world);
    server.loses = moment;
    const { left } = await convergeStep(postgresRole, book, contextOf(world, postgresRole));
    expect(left).toEqual([]);
    const made = server.statements.filter((statement) => statement.startsWith('CREATE ROLE'));
    expect(made).toHaveLength(moment === 'before' ? 2 : 1);
  });

  it('says after a while that the server does not come up, and that a retry may help', async () => {
    const world = createWorld();
    serve(world).startingFor = 1000;
    const answer = await askServer(book, contextOf(world, postgresRole), 'SELECT 1;\n', 300);
    expect(answer).toMatchObject({
      missing: false,
      failure: { failure: { code: 'postgres.unreachable', fault: 'environment', retryable: true, evidence: { exit: 2 } } },
    });
  });

  it('does not claim that a role is gone whose server does not answer', async () => {
    const world = createWorld();
    serve(world).startingFor = 1000;
    world.made.add(`postgres.role ${target}`);
    const plan = await planStep(postgresRole, { ...book, ensure: 'absent' }, contextOf(world, postgresRole, { forecast: true }));
    expect(plan).toEqual([{ action: 'delete', target }]);
  });

  it('shows no verifier in the evidence of a failure', async () => {
    const world = createWorld();
    serve(world);
    world.docker.onExec('book-db', async ({ argv, stdin }) => {
      if (argv[0] !== 'psql' || stdin.startsWith('SELECT')) return {};
      return { code: 3, stderr: `psql:<stdin>:3: FEHLER:  42501: keine Berechtigung\nLINE 1: ${stdin}` };
    });
    const failed = await convergeStep(postgresRole, book, contextOf(world, postgresRole)).catch((error) => error);
    expect(failed).toMatchObject({
      failure: { code: 'postgres.not-allowed', message: expect.stringContaining('keine Berechtigung') },
    });
    expect(JSON.stringify(failed.failure)).not.toContain('SCRAM');
  });

  it.each(['pg_monitor', '2fa', '-x', 'a b', `a'b`, 'a"b', '', 'x'.repeat(64)])('refuses %j as the name of a role', (role) => {
    const pattern = new RegExp((postgresRole.schema as { properties: { role: { pattern: string } } }).properties.role.pattern);
    expect(pattern.test(role)).toBe(false);
  });

  it('makes a verifier that fits the password and no other, with a salt of its own', async () => {
    const [one, two] = await Promise.all([scramVerifier(PASSWORD), scramVerifier(PASSWORD)]);
    expect(one).not.toBe(two);
    expect(await fitsPasswordVerifier(PASSWORD, one, '')).toBe(true);
    expect(await fitsPasswordVerifier(PASSWORD, two, '')).toBe(true);
    expect(await fitsPasswordVerifier(`${PASSWORD}x`, one, '')).toBe(false);
  });

  it('makes the verifier of RFC 7677', async () => {
    const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');
    expect(await scramVerifier('pencil', salt)).toBe(
      'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
    );
  });
});
