import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scopeOf } from '../../../src/engine/scope.ts';
import type { Json } from '../../../src/model/json.ts';
import type { Recipe, RecipeStep, Scope, Task, Value } from '../../../src/model/recipe.ts';
import { enteInputs } from '../../../src/testing/generated-files.ts';
import { goldenPlan } from '../../../src/testing/golden.ts';

const OUTPUTS = {
  begin: { stamp: '20260101T000000Z' },
  version: { major: '15' },
  accounts: { number: '2', stdout: '2' },
  count: { number: '3' },
  chosen: { path: '/var/backups/ente/20260101T000000Z', users: 2, objects: 3 },
  database: { code: 0 },
  objects: { code: 0, stdout: 'mirrored\nobjects: 3' },
  museum: { code: 0 },
};
const ASKED = {
  user: 'Friend@Foo.org',
  backups: '/var/backups/ente',
  backup: 'newest',
  settings: false,
  remove_data: true,
  storage: '20GB',
  expires: '2040-12-31',
};

let recipe: Recipe;
let scope: (given?: Readonly<Record<string, Json>>) => Scope;

beforeAll(async () => {
  const plan = await goldenPlan('ente', 'with-docker', enteInputs);
  ({ recipe } = plan.program);
  const known = scopeOf(recipe, plan.state);
  scope = (given = {}) => ({ ...known, inputs: { ...known.inputs, ...ASKED, ...given }, steps: OUTPUTS });
});

const taskOf = (name: string): Task => {
  const task = recipe.tasks.find((each) => each.name === name);
  if (task === undefined) throw new Error(`ente has no task ${name}`);
  return task;
};
const stepOf = (steps: readonly RecipeStep[], id: string): RecipeStep => {
  const step = steps.find((each) => each.id === id);
  if (step === undefined) throw new Error(`there is no step ${id}`);
  return step;
};
const paramsOf = (task: string, id: string, given?: Readonly<Record<string, Json>>): Readonly<Record<string, Value>> =>
  stepOf(taskOf(task).steps, id).params.evaluate(scope(given));

it.each(['list-users', 'unlimited', 'limits', 'disable-2fa', 'disable-passkey', 'delete-user'])(
  '%s logs in first, unless ente-cli may administrate already: an old token ends with 0 and does nothing',
  (name) => {
    const [login, act] = taskOf(name).steps;
    expect(login?.params.evaluate(scope())).toMatchObject({
      argv: ['/ente-cli', 'account', 'add'],
      unless: { argv: ['sh', '-c', expect.stringContaining('admin list-users'), 'sh', 'me@home.lan'] },
    });
    const argv = act?.params.evaluate(scope()).argv;
    expect(argv).toEqual(expect.arrayContaining(['/ente-cli', 'admin', '-a', 'me@home.lan']));
    expect(JSON.stringify(act?.params.evaluate(scope()).failure)).toContain('[Oo]ld admin token');
  },
);

it.each(['login', 'list-users', 'unlimited', 'limits', 'disable-2fa', 'disable-passkey', 'delete-user'])(
  '%s says where there is no administrator yet, and what makes one',
  async (name) => {
    const { user, storage, expires } = ASKED;
    const own = taskOf(name).inputs.map((input) => input.name);
    const asked = Object.fromEntries(Object.entries({ user, storage, expires }).filter(([input]) => own.includes(input)));
    await expect(goldenPlan('ente', 'with-docker', { first_account: 'later', ...asked }, name)).rejects.toMatchObject({
      failure: {
        code: 'inputs.needed',
        message: expect.stringContaining('It needs the input admin_email (E-mail of the first account), which has no value'),
        hints: ['To give it: fairlead run ente --input first_account=predefined|sent|exists'],
      },
    });
  },
);

it('what can not be undone asks for a word: the e-mail, the deployment, the folder', () => {
  const word = (task: string, id: string): unknown => stepOf(taskOf(task).steps, id).danger?.evaluate(scope());
  expect(word('delete-user', 'delete')).toBe('friend@foo.org');
  expect(word('restore', 'stop')).toBe('ente');
  expect(word('uninstall', 'down')).toBe('ente');
  expect(word('uninstall', 'no_data')).toBe('/opt/dockerfiles/ente');
});

it('upgrade takes every image, and change-smtp all that mail needs', () => {
  const names = recipe.inputs.map(({ name }) => name);
  expect([...(taskOf('upgrade').changes ?? [])].sort()).toEqual(
    names.filter((name) => name.endsWith('_image') || name === 'cli_ref').sort(),
  );
  expect([...(taskOf('change-smtp').changes ?? [])].sort()).toEqual(
    names.filter((name) => name.startsWith('smtp_') || name === 'mail').sort(),
  );
});

it('what is said of a restored database does not wait for an account that is there already', () => {
  for (const name of ['restore', 'upgrade'])
    expect(taskOf(name).explain).toMatch(/first_account=later[\s\S]*first_account=exists/);
  const token = stepOf(recipe.steps, 'token');
  expect(token.when?.evaluate(scope({ first_account: 'exists' }))).toBe(false);
});

it('the manifest is JSON, whatever an image is called', () => {
  const text = String(paramsOf('backup', 'manifest', { server_image: 'a "b" \\ c' }).stdin);
  expect(JSON.parse(text)).toMatchObject({
    deployment: 'ente',
    postgres: 15,
    users: 2,
    objects: 3,
    images: { server: 'a "b" \\ c' },
  });
});

it('uninstall removes what the recipe made of virtual hosts, users and relays, also after a change of mind', () => {
  const named = (steps: readonly RecipeStep[], given: Readonly<Record<string, Json>>): readonly string[] =>
    steps
      .filter(({ uses }) => ['web.vhost', 'mail.relay', 'host.user', 'docker.network'].includes(uses))
      .filter(({ when }) => when === undefined || when.evaluate(scope(given)) === true)
      .map(({ uses, params }) => {
        const { server, name, account } = params.evaluate(scope(given));
        return JSON.stringify([uses, server, name, (account as { user?: string } | undefined)?.user]);
      });
  const gone = named(taskOf('uninstall').steps, { proxy: 'none', mail: 'none' });
  for (const proxy of ['apache', 'nginx']) {
    const made = named(recipe.steps, { proxy, mail: 'host' });
    expect(made.length).toBeGreaterThan(4);
    expect(gone).toEqual(expect.arrayContaining([...made]));
  }
  for (const { params, uses } of taskOf('uninstall').steps) {
    if (['web.vhost', 'mail.relay', 'host.user'].includes(uses)) expect(params.evaluate(scope()).ensure).toBe('absent');
  }
});

describe('the few lines of shell', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ente-tasks-'));
    await mkdir(join(folder, 'bin'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  /** Runs an argv of the recipe, with a docker that does as `docker` says. */
  const run = async (argv: unknown, docker = 'exit 9'): Promise<{ code: number; stdout: string; stderr: string }> => {
    const program = join(folder, 'bin/docker');
    await writeFile(program, `#!/bin/sh\n${docker}\n`);
    await chmod(program, 0o755);
    const [file = '', ...args] = argv as string[];
    const env = { ...process.env, PATH: `${join(folder, 'bin')}:${process.env.PATH}` };
    return new Promise((resolve) => {
      execFile(file, args, { env }, (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), stdout, stderr }));
    });
  };

  it.each([
    ['no database yet', undefined, 'exit 9', 0, /^$/],
    ['the same major version', '15', "echo 'postgres (PostgreSQL) 15.14 (Debian 15.14-1)'", 0, /^$/],
    [
      'another one',
      '14',
      "echo 'postgres (PostgreSQL) 15.14'",
      1,
      /made with PostgreSQL 14; 15 \(image postgres:15\) can't read it/,
    ],
    ['an image that is not there', '14', 'exit 125', 1, /no version \(image postgres:15\)/],
  ])('with %s, the recipe starts PostgreSQL only where it can read the database', async (_, there, docker, code, said) => {
    const data = await mkdtemp(join(folder, 'data-'));
    await mkdir(join(data, 'postgres-data'));
    if (there !== undefined) await writeFile(join(data, 'postgres-data/PG_VERSION'), `${there}\n`);
    const { argv } = stepOf(recipe.steps, 'same_major').params.evaluate(scope({ data }));
    const ran = await run(argv, docker);
    expect(ran).toMatchObject({ code });
    expect(ran.stderr).toMatch(said);
  });

  it.each([
    ['equal', 'ENTE_KEY_HASH=b', 0],
    ['different', 'ENTE_KEY_HASH=c', 1],
    ['missing', '', 1],
  ])('with %s keys a backup is put back only where its addresses can be read', async (_, line, code) => {
    const place = await mkdtemp(join(folder, 'keys-'));
    await mkdir(join(place, 'settings'));
    await writeFile(join(place, '.env'), 'ENTE_KEY_ENCRYPTION=a\nENTE_KEY_HASH=b\nENTE_JWT_SECRET=new\n');
    await writeFile(join(place, 'settings/.env'), `ENTE_KEY_ENCRYPTION=a\n${line}\nENTE_JWT_SECRET=old\n`);
    const [file, flag, script, name] = paramsOf('restore', 'keys').argv as string[];
    const ran = await run([file, flag, script, name, place, place]);
    expect(ran.code, ran.stderr).toBe(code);
    expect(ran.stderr.includes('ENTE_KEY_HASH differs')).toBe(code === 1);
    expect(ran.stderr).not.toContain('=b');
  });

  it.each([
    ['two accounts', String.raw`printf 'SET x;\nCOPY public.users (a) FROM stdin;\n1\n2\n\\.\nSELECT 1;\n'`, 0, '2\n'],
    ['none', String.raw`printf 'COPY public.users (a) FROM stdin;\n\\.\n'`, 0, '0\n'],
    ['a dump that can not be read', 'exit 1', 1, ''],
  ])('of %s in a dump the backup counts what is there', async (_, docker, code, printed) => {
    const dump = join(folder, 'dump');
    await writeFile(dump, '');
    const [file, flag, script, name] = paramsOf('backup', 'accounts').argv as string[];
    expect(await run([file, flag, script, name, dump, 'db'], docker)).toMatchObject({ code, stdout: printed });
  });

  it.each([
    ['all as it was', {}, 0, ''],
    ['fewer accounts', { accounts: { stdout: '1' } }, 1, 'Restored were 1 accounts; there should be 2.'],
    ['fewer objects', { objects: { code: 0, stdout: 'x\nobjects: 2' } }, 1, 'Restored were 2 objects; there should be 3.'],
    ['a Museum that does not answer', { museum: { code: 1 } }, 1, 'Museum did not answer'],
  ])('of %s the restore test judges rightly', async (_, outputs, code, said) => {
    const { argv } = stepOf(taskOf('test-restore').steps, 'verdict').params.evaluate({
      ...scope(),
      steps: { ...OUTPUTS, ...outputs },
    });
    const ran = await run(argv);
    expect(ran.code, ran.stderr).toBe(code);
    expect(ran.stderr).toContain(said);
  });
});
