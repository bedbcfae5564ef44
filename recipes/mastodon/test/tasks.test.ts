import { execFile } from 'node:child_process';
import { Ajv } from 'ajv';
import { beforeAll, describe, expect, it } from 'vitest';
import { scopeOf } from '../../../src/engine/scope.ts';
import type { Json } from '../../../src/model/json.ts';
import type { Recipe, RecipeStep, Scope, Task, Value } from '../../../src/model/recipe.ts';
import { mastodonInputs } from '../../../src/testing/generated-files.ts';
import { goldenPlan } from '../../../src/testing/golden.ts';

const OUTPUTS = {
  begin: { stamp: '20260101T000000Z' },
  version: { major: '14' },
  accounts: { number: '2', stdout: '2' },
  count: { number: '3' },
  server: { major: '14' },
  chosen: { path: '/var/backups/mastodon/20260101T000000Z', users: 2, files: 3, mastodon: 'm:1' },
  database: { code: 0 },
  web: { code: 0 },
  files: { stdout: '3' },
};

let recipe: Recipe;
let scope: (given?: Readonly<Record<string, Json>>) => Scope;

beforeAll(async () => {
  const plan = await goldenPlan('mastodon', 'with-docker', mastodonInputs);
  ({ recipe } = plan.program);
  const known = scopeOf(recipe, plan.state);
  scope = (given = {}) => ({ ...known, inputs: { ...known.inputs, ...given }, steps: OUTPUTS });
});

const taskOf = (name: string): Task => {
  const task = recipe.tasks.find((each) => each.name === name);
  if (task === undefined) throw new Error(`mastodon has no task ${name}`);
  return task;
};
const paramsOf = (task: string, id: string, given?: Readonly<Record<string, Json>>): Readonly<Record<string, Value>> => {
  const step = taskOf(task).steps.find((each) => each.id === id);
  if (step === undefined) throw new Error(`there is no step ${id}`);
  return step.params.evaluate(scope(given));
};

describe('any command of tootctl', () => {
  it.each([
    ['accounts rotate --all', ['accounts', 'rotate', '--all']],
    ['  --version\n', ['--version']],
    ['accounts\nmodify\nfriend\n--role\nTwo words', ['accounts', 'modify', 'friend', '--role', 'Two words']],
    ["media usage; rm -rf '$(HOME)' `id`", ['media', 'usage;', 'rm', '-rf', "'$(HOME)'", '`id`']],
  ])('%j is words, and no shell reads them', (command, words) => {
    expect(paramsOf('tootctl', 'run', { command })).toMatchObject({ argv: ['bin/tootctl', ...words] });
  });

  it.each([
    ['accounts rotate --all', true],
    ['settings registrations close', true],
    ['accounts modify friend --reset-password', false],
    ['accounts\nmodify\nfriend\n--reset-password', false],
    ['accounts create friend --email a@b.org', false],
    ['accounts\ncreate\nfriend', false],
    ['self-destruct', false],
  ])('%j is taken: %s, since what prints a password or asks has a task of its own, or none', (command, taken) => {
    const input = taskOf('tootctl').inputs.find(({ name }) => name === 'command');
    expect(new Ajv({ strict: false }).validate(input?.schema ?? false, command)).toBe(taken);
  });
});

it('an account with a role and one without are made by words of their own', () => {
  const of = (role: string) => paramsOf('account-create', 'new_account', { name: 'friend', email: 'a@b.org', role }).argv;
  const both = ['bin/tootctl', 'accounts', 'create', 'friend', '--email', 'a@b.org', '--confirmed'];
  expect(of('none')).toEqual(both);
  expect(of('Moderator')).toEqual([...both, '--role', 'Moderator']);
  expect(paramsOf('account-role', 'act', { name: 'friend', role: 'none' }).argv).toEqual(
    expect.arrayContaining(['modify', 'friend', '--remove-role']),
  );
});

it('whatever prints a password is sensitive, and keeps it under a name of its own', () => {
  const printing = [...recipe.steps, ...recipe.tasks.flatMap(({ steps }) => steps)].filter((step) => {
    const argv = step.uses === 'container.exec' && step.id !== 'run' ? JSON.stringify(argvOf(step)) : '';
    return /"create"|--reset-password/.test(argv);
  });
  expect(printing.map(({ id }) => id as string).sort()).toEqual(['new_account', 'new_owner', 'new_password', 'owner']);
  for (const { sensitive, id } of printing) expect(sensitive, id).toBe(true);
});

it.each(['approve', 'delete', 'disable-2fa', 'lock', 'password', 'role', 'unlock'])(
  'account-%s says in words that there is no such account, also where nothing that was printed may be shown',
  (name) => {
    const id = name === 'password' ? 'new_password' : 'act';
    const { failure } = paramsOf(`account-${name}`, id, { name: 'nobody', role: 'none' }) as { failure: Record<string, string> };
    expect(failure['No user with such username']).toContain('no account nobody here');
  },
);

it.each([
  ['account.username', 'taken', 'There is an account friend already'],
  ['account.username', 'reserved', 'Mastodon reserves the name friend'],
  ['email', 'taken', 'has the address a@b.org already'],
  ['email', 'blocked', 'does not take the address a@b.org'],
])(
  'account-create says in words that %s is %s, and the password of one that is made means nothing of the kind',
  (field, fault, words) => {
    const given = { name: 'friend', email: 'a@b.org', role: 'none' };
    const { failure } = paramsOf('account-create', 'new_account', given) as { failure: Record<string, string> };
    const meant = (printed: string) => Object.entries(failure).find(([pattern]) => new RegExp(pattern, 'm').test(printed))?.[1];
    expect(meant(`Failure/Error: ${field}\n    ${fault}\n`)).toContain(words);
    expect(meant('OK\nNew password: 0123456789abcdef0123456789abcdef\n')).toBeUndefined();
  },
);

it('the account that is deleted is the one whose name was typed', () => {
  const [act] = taskOf('account-delete').steps;
  expect(act?.danger?.evaluate(scope({ name: 'friend' }))).toBe('friend');
});

it('upgrade takes every image, mail all that mail needs, sso all that single sign-on needs', () => {
  const names = recipe.inputs.map(({ name }) => name);
  const of = (task: string) => [...(taskOf(task).changes ?? [])].sort();
  expect(of('upgrade')).toEqual(names.filter((name) => name.endsWith('_image')).sort());
  expect(of('mail')).toEqual(names.filter((name) => name === 'mail' || name.startsWith('smtp_')).sort());
  expect(of('sso')).toEqual(names.filter((name) => name.startsWith('oidc')).sort());
  expect(of('full-text-search')).toEqual(['search']);
});

it('the manifest is JSON, whatever an image is called', () => {
  const text = String(paramsOf('backup', 'manifest', { mastodon_image: 'a "b" \\ c', backups: '/b' }).stdin);
  expect(JSON.parse(text)).toMatchObject({ deployment: 'mastodon', postgres: 14, users: 2, files: 3, mastodon: 'a "b" \\ c' });
});

it('uninstall removes what the recipe made of virtual hosts, users, relays and networks, also after a change of mind', () => {
  const named = (steps: readonly RecipeStep[], given: Readonly<Record<string, Json>>): readonly string[] =>
    steps
      .filter(({ uses }) => ['web.vhost', 'mail.relay', 'host.user', 'docker.network'].includes(uses))
      .filter(({ when }) => when === undefined || when.evaluate(scope(given)) === true)
      .map(({ uses, params }) => {
        const { server, name, account } = params.evaluate(scope(given));
        return JSON.stringify([uses, server, name, (account as { user?: string } | undefined)?.user]);
      });
  const gone = named(taskOf('uninstall').steps, { proxy: 'none', mail: 'none', remove_data: true });
  for (const proxy of ['apache', 'nginx']) {
    const made = named(recipe.steps, { proxy, mail: 'host' });
    expect(made.length).toBeGreaterThan(4);
    expect(gone).toEqual(expect.arrayContaining([...made]));
  }
});

it('uninstall leaves the data and the keys without which it can not be read, unless it is told to remove them', () => {
  const done = (remove_data: boolean) =>
    taskOf('uninstall')
      .steps.filter(({ when }) => when === undefined || when.evaluate(scope({ remove_data })) === true)
      .map(({ id }) => id);
  expect(done(false)).not.toEqual(expect.arrayContaining(['no_data']));
  expect(done(false)).not.toEqual(expect.arrayContaining(['no_settings']));
  expect(done(true)).toEqual(expect.arrayContaining(['no_settings', 'no_data']));
  expect(JSON.stringify(paramsOf('uninstall', 'no_files', { remove_data: false }))).not.toContain('.env.production');
});

it.each([
  ['all as it was', {}, 0, ''],
  ['a dump that can not be read', { database: { code: 1 } }, 1, 'PostgreSQL could not read the dump.'],
  ['fewer accounts', { accounts: { stdout: '1' } }, 1, 'Restored were 1 accounts; there should be 2.'],
  ['no files', { files: { stdout: '' } }, 1, 'Restored were no files; there should be 3.'],
  ['a Mastodon that does not answer', { web: { code: 1 } }, 1, 'Mastodon did not answer'],
])('of %s the restore test judges rightly', async (_, outputs, code, said) => {
  const verdict = taskOf('test-restore').steps.find(({ id }) => id === 'verdict');
  const { argv } = verdict?.params.evaluate({ ...scope(), steps: { ...OUTPUTS, ...outputs } }) ?? {};
  const [file = '', ...args] = argv as string[];
  const ran = await new Promise<{ code: number; stderr: string }>((resolve) => {
    execFile(file, args, (error, _stdout, stderr) => resolve({ code: Number(error?.code ?? 0), stderr }));
  });
  expect(ran.code, ran.stderr).toBe(code);
  expect(ran.stderr).toContain(said);
});

function argvOf(step: RecipeStep): Value | undefined {
  const asked = { name: 'x', email: 'a@b.org', role: 'none', days: 1, dry_run: false, what: 'accounts', registrations: 'close' };
  return step.params.evaluate(scope(asked)).argv;
}
