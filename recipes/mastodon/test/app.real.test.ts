import { readdir } from 'node:fs/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { keysForForm } from '../../../src/testing/form-keys.ts';
import { KEYS } from '../../../src/testing/keys.ts';
import { openFairlead, type Screen } from '../../../src/testing/pty-screen.ts';
import { shippedRecipe } from '../../../src/testing/shipped-recipe.ts';
import { doTask, fillIn, goHome, openTask, type TaskInApp } from '../../../src/testing/tasks-in-app.ts';
import { createMastodon, docker, type OwnedMastodon, removeMastodon } from './owned-mastodon.ts';

let mastodon: OwnedMastodon;
let screen: Screen;

beforeEach(async () => {
  mastodon = await createMastodon();
});
afterEach(async () => {
  await screen?.close();
  await removeMastodon(mastodon);
});

it('by hand in the app, with keys only: form, plan, run, the wizard of Mastodon answered, the finished page, the login; then its tasks, until it is removed', {
  timeout: 900_000,
}, async () => {
  const { inputs } = await shippedRecipe('mastodon');
  screen = openFairlead([], { env: { FAIRLEAD_STATE_DIR: mastodon.fairlead.stateDir } });
  await screen.waitFor('Mastodon, a server of your own');
  screen.type('mastodon');
  await screen.waitFor(/[›>] +mastodon/);
  screen.type(KEYS.enter);
  await screen.waitFor('Source: Slackware Cloud Server Series');
  screen.type(KEYS.enter);
  await screen.waitFor('mastodon › inputs');
  screen.type(`${KEYS.ctrl('u')}${mastodon.name}${KEYS.tab}`);
  await screen.waitFor(new RegExp(`Name of the deployment +${mastodon.name}`));
  for (const keys of keysForForm(inputs, mastodon.values)) screen.type(keys);
  await screen.waitFor(mastodon.images.redis.slice(-11));
  screen.type(KEYS.ctrl('p'));
  await screen.waitFor(/to create/);
  screen.type('y');
  await screen.waitFor('By hand: Let your web server pass requests on', 300_000);
  await screen.waitFor('it is done: go on');
  screen.type('d');
  await screen.waitFor(`Mastodon runs: https://${mastodon.values.domain}`, 300_000);
  screen.type(KEYS.escape);
  await screen.waitFor(new RegExp(`${mastodon.name} +installed, healthy`));
  const secret = async (name: string) =>
    (await mastodon.fairlead.run('secrets', 'get', mastodon.name, name, '--reveal')).stdout.trim();
  const password = await secret('wizard.admin_password');
  expect(await mastodon.signIn('captain@darkstar.lan', password)).toBe(302);

  // What only reads.
  const usage = await task('media-usage');
  await screen.waitFor('1 step only reads');
  await doTask(usage);
  await screen.waitFor(/^.*Attachments: +0 Bytes.*\n.*Custom emoji: +0 Bytes/m);
  await screen.waitFor('Nothing had to be changed.');
  await goHome(usage);

  // What asks for something.
  const create = await task('account-create');
  await screen.waitFor('Make an account, deployment');
  await fillIn(create, `friend${KEYS.tab}friend@foo.org${KEYS.tab}`);
  await doTask(create);
  await screen.waitFor('friend can log in at');
  const theirs = await secret('new_account.password');
  expect(await mastodon.signIn('friend@foo.org', theirs)).toBe(302);
  await goHome(create);

  // The recipe with another value of an input.
  const registrations = await task('registrations');
  await screen.waitFor(/Who may register +close +last run/);
  screen.type(KEYS.ctrl('p'));
  await screen.waitFor('Nothing is changed yet');
  await fillIn(registrations, `${KEYS.tab}${KEYS.right}`);
  await screen.waitFor('Another value than before: registrations.');
  await doTask(registrations);
  await screen.waitFor(`Mastodon runs: https://${mastodon.values.domain}`);
  expect(await mastodon.sql("SELECT value FROM settings WHERE var = 'registrations_mode'")).toBe('approved');
  await goHome(registrations);

  const uninstall = await task('uninstall');
  await fillIn(uninstall, '');
  await screen.waitFor('You will be asked on the way: 1 danger.');
  screen.type('y');
  await screen.waitFor('Danger: Stop and remove the containers');
  await screen.waitFor('type this word');
  screen.type(`${mastodon.name}${KEYS.enter}`);
  await screen.waitFor('Mastodon is removed.', 300_000);
  await goHome(uninstall, 'uninstalled');
  const names = ['--filter', `name=${mastodon.name}`, '--format', '{{.Names}}'];
  expect((await docker('ps', '--all', ...names)).stdout).toBe('');
  expect(await readdir(mastodon.folder)).toEqual(['.env.production']);

  screen.type(KEYS.ctrl('c'));
  await screen.waitFor('quit fairlead');
  screen.type('q');
  expect(await screen.end()).toBe(0);
  expect(screen.modes()).toEqual({ alternateScreen: false, bracketedPaste: false, mouse: false });
  for (const value of [password, theirs, await secret('db_password'), await secret('wizard.secret_key_base')]) {
    expect(value.length).toBeGreaterThan(20);
    expect(screen.written).not.toContain(value);
  }
});

/** A task of this Mastodon, found in the app's list of them. */
async function task(name: string): Promise<TaskInApp> {
  const at = { screen, deployment: mastodon.name, task: name };
  await openTask(at);
  return at;
}
