import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { keysForForm } from '../../../src/testing/form-keys.ts';
import { KEYS } from '../../../src/testing/keys.ts';
import { type OwnCertificate, ownCertificate } from '../../../src/testing/mml/own-certificates.ts';
import { openFairlead, type Screen } from '../../../src/testing/pty-screen.ts';
import { shippedRecipe } from '../../../src/testing/shipped-recipe.ts';
import { doTask, fillIn, goHome, openTask, type TaskInApp } from '../../../src/testing/tasks-in-app.ts';
import { ask, clientsOf, leftOf, secretOf, sql } from './look-at-mml.ts';
import { createMml, DOMAIN, type OwnedMml, PASSWORD, removeMml } from './owned-mml.ts';

let mml: OwnedMml;
let certificate: OwnCertificate;
let screen: Screen;

beforeEach(async () => {
  mml = await createMml(async (place) => {
    certificate = await ownCertificate(join(place, 'theirs'), DOMAIN);
    return { certificate: 'import-pfx', tls_pfx: certificate.pfx, tls_pfx_secret: certificate.password };
  });
});
afterEach(async () => {
  await screen?.close();
  await removeMml(mml);
});

it('by hand in the app, with keys only: form, plan, run with its dialog, the finished page with the client id; then its tasks, until it is removed', {
  timeout: 900_000,
}, async () => {
  const { inputs } = await shippedRecipe('mml');
  screen = openFairlead([], { env: { FAIRLEAD_STATE_DIR: mml.fairlead.stateDir } });
  await screen.waitFor('My Media Lib');
  screen.type('mml');
  await screen.waitFor(/[›>] +mml/);
  screen.type(KEYS.enter);
  await screen.waitFor('Source: My Media Lib');
  screen.type(KEYS.enter);
  await screen.waitFor('mml › inputs');
  screen.type(`${KEYS.ctrl('u')}${mml.name}${KEYS.tab}`);
  await screen.waitFor(new RegExp(`Name of the deployment +${mml.name}`));
  for (const keys of keysForForm(inputs, mml.values)) screen.type(keys);
  await screen.waitFor(String(mml.values.media_image).slice(0, 30));
  screen.type(KEYS.ctrl('p'));
  await screen.waitFor(/to create/);
  screen.type('y');
  await screen.waitFor('My Media Lib runs at', 300_000);
  await screen.waitFor('Client id of the admin app:');
  const clients = await clientsOf(mml);
  expect(clients).toHaveLength(1);
  for (const client of clients) await screen.waitFor(client);
  screen.type(KEYS.escape);
  await screen.waitFor(new RegExp(`${mml.name} +installed, healthy`));
  const key = { 'App-Key': await secretOf(mml, 'admin_app_key') };
  expect((await ask(mml, '/.well-known/openid-configuration', key, certificate.authority)).status).toBe(200);

  // What only reads.
  const list = await task('admin-list');
  await screen.waitFor('1 step only reads');
  await doTask(list);
  await screen.waitFor(String(clients[0]));
  await screen.waitFor('Nothing had to be changed.');
  await goHome(list);

  // What asks for nothing.
  const create = await task('admin-create');
  await doTask(create);
  await screen.waitFor('The new client id is');
  const made = (await clientsOf(mml)).filter((client) => !clients.includes(client));
  expect(made).toHaveLength(1);
  await screen.waitFor(String(made[0]));
  await goHome(create);

  // What asks for something, a secret among it.
  const user = await task('admin-user');
  await screen.waitFor('Make another admin, deployment');
  await fillIn(user, `jane${KEYS.tab}${PASSWORD} 2${KEYS.tab}`);
  await doTask(user);
  await screen.waitFor('jane is an admin.');
  expect(await sql(mml, 'identity', `SELECT password FROM users WHERE name = 'jane'`)).toBe(`${PASSWORD} 2`);
  await goHome(user);

  // What can't be undone asks for a word of its own each time.
  const uninstall = await task('uninstall');
  await fillIn(uninstall, KEYS.right);
  await screen.waitFor('You will be asked on the way: 2 dangers.');
  screen.type('y');
  await screen.waitFor('Danger: Stop and remove the containers');
  screen.type(`${mml.name}${KEYS.enter}`);
  await screen.waitFor('Danger: Remove the databases and the records', 300_000);
  screen.type(`${mml.name}${KEYS.enter}`);
  await screen.waitFor('That is not the word.');
  expect(await readdir(mml.place)).toContain(basename(mml.folder));
  screen.type(`${KEYS.ctrl('u')}${mml.folder}${KEYS.enter}`);
  await screen.waitFor('My Media Lib is removed.', 300_000);
  await goHome(uninstall, 'uninstalled');
  expect(await leftOf(mml.name)).toEqual([]);
  expect(await readdir(mml.place)).toEqual(['theirs']);

  screen.type(KEYS.ctrl('c'));
  await screen.waitFor('quit fairlead');
  screen.type('q');
  expect(await screen.end()).toBe(0);
  expect(screen.modes()).toEqual({ alternateScreen: false, bracketedPaste: false, mouse: false });
  for (const secret of [PASSWORD, certificate.password]) expect(screen.written).not.toContain(secret);
});

/** A task of this library, found in the app's list of them. */
async function task(name: string): Promise<TaskInApp> {
  const at = { screen, deployment: mml.name, task: name };
  await openTask(at);
  return at;
}
