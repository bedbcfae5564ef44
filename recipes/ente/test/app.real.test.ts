import { readdir } from 'node:fs/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { keysForForm } from '../../../src/testing/form-keys.ts';
import { KEYS } from '../../../src/testing/keys.ts';
import { openFairlead, type Screen } from '../../../src/testing/pty-screen.ts';
import { shippedRecipe } from '../../../src/testing/shipped-recipe.ts';
import { doTask, fillIn, goHome, openTask, type TaskInApp } from '../../../src/testing/tasks-in-app.ts';
import { createEnte, docker, type OwnedEnte, PASSWORD, removeEnte } from './owned-ente.ts';

let ente: OwnedEnte;
let screen: Screen;

beforeEach(async () => {
  // Of the days of the article: it says a token in two lines of its log, and nobody is an administrator by being the first.
  ente = await createEnte({ release: '2024-07-20', given: { first_account: 'sent' } });
});
afterEach(async () => {
  await screen?.close();
  await removeEnte(ente);
});

it('by hand in the app, with keys only: form, plan, run, a phone that registers while the countdown runs, the finished page; then its tasks, until it is removed', {
  timeout: 900_000,
}, async () => {
  const { inputs } = await shippedRecipe('ente');
  screen = openFairlead([], { env: { FAIRLEAD_STATE_DIR: ente.fairlead.stateDir } });
  await screen.waitFor('Ente, a cloud sync of your own');
  screen.type('ente');
  await screen.waitFor(/[›>] +ente/);
  screen.type(KEYS.enter);
  await screen.waitFor('Source: Slackware Cloud Server Series');
  screen.type(KEYS.enter);
  await screen.waitFor('ente › inputs');
  screen.type(`${KEYS.ctrl('u')}${ente.name}${KEYS.tab}`);
  await screen.waitFor(new RegExp(`Name of the deployment +${ente.name}`));
  for (const keys of keysForForm(inputs, ente.values)) screen.type(keys);
  await screen.waitFor(String(ente.values.source_url));
  screen.type(KEYS.ctrl('p'));
  await screen.waitFor(/to create/);
  expect(screen.written).not.toContain(PASSWORD);
  screen.type('y');
  await screen.waitFor('Two host names must lead to this host', 300_000);
  screen.type('d');

  await screen.waitFor('- New to Ente, as me@home.lan', 300_000);
  await screen.waitFor(/\] (1 h 00 m|5\d m \d\d s) left/);
  expect(screen.text()).toContain('https://ente.darkstar.lan');
  const phone = ente.phone();
  await phone.askForToken('Me@Home.lan');
  const said = /Type this token on the phone: (\d{6})/;
  await screen.waitFor(said, 300_000);
  const [, token = ''] = said.exec(screen.text()) ?? [];
  const id = await phone.register('me@home.lan', token, PASSWORD);

  await screen.waitFor('Ente runs.', 300_000);
  await screen.waitFor('Administrator: me@home.lan');
  screen.type(KEYS.escape);
  await screen.waitFor(new RegExp(`${ente.name} +installed, healthy`));

  // What only reads, logged in as it is.
  const users = await task('list-users');
  await doTask(users);
  await screen.waitFor(`ID: ${id}`);
  await goHome(users);

  // What asks for something.
  const limits = await task('limits');
  await screen.waitFor('Set how much a user may store, and until when, deployment');
  await fillIn(limits, ['me@home.lan', '20GB', '2040-12-31'].map((text) => `${text}${KEYS.tab}`).join(''));
  await doTask(limits);
  const statement = "SELECT storage || ' ' || expiry_time FROM subscriptions";
  const psql = ['psql', '-XAtq', '-U', 'entedbuser', '-d', 'ente_db', '-c', statement];
  expect((await docker('exec', `${ente.name}-postgres`, ...psql)).stdout.trim()).toBe(
    `${20 * 2 ** 30} ${Date.UTC(2040, 11, 31) * 1000}`,
  );
  await goHome(limits);

  const uninstall = await task('uninstall');
  await fillIn(uninstall, '');
  await screen.waitFor('You will be asked on the way: 1 danger.');
  screen.type('y');
  await screen.waitFor('Danger: Stop and remove the containers');
  screen.type(`${ente.name}${KEYS.enter}`);
  await screen.waitFor('Ente is removed.', 300_000);
  await goHome(uninstall, 'uninstalled');
  expect((await docker('ps', '--all', '--filter', `name=${ente.name}`, '--format', '{{.Names}}')).stdout).toBe('');
  expect(await readdir(ente.place)).toEqual(['data', 'repository']);

  screen.type(KEYS.ctrl('c'));
  await screen.waitFor('quit fairlead');
  screen.type('q');
  expect(await screen.end()).toBe(0);
  expect(screen.modes()).toEqual({ alternateScreen: false, bracketedPaste: false, mouse: false });
  expect(screen.written).not.toContain(PASSWORD);
});

/** A task of this Ente, found in the app's list of them. */
async function task(name: string): Promise<TaskInApp> {
  const at = { screen, deployment: ente.name, task: name };
  await openTask(at);
  return at;
}
