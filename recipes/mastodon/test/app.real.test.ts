import { afterEach, beforeEach, expect, it } from 'vitest';
import { keysForForm } from '../../../src/testing/form-keys.ts';
import { KEYS } from '../../../src/testing/keys.ts';
import { openFairlead, type Screen } from '../../../src/testing/pty-screen.ts';
import { shippedRecipe } from '../../../src/testing/shipped-recipe.ts';
import { createMastodon, type OwnedMastodon, removeMastodon } from './owned-mastodon.ts';

let mastodon: OwnedMastodon;
let screen: Screen;

beforeEach(async () => {
  mastodon = await createMastodon();
});
afterEach(async () => {
  await screen?.close();
  await removeMastodon(mastodon);
});

it('by hand in the app, with keys only: form, plan, run, the wizard of Mastodon answered, the finished page, the login', {
  timeout: 240_000,
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
  await screen.waitFor('By hand: Let your web server pass requests on', 150_000);
  await screen.waitFor('it is done: go on');
  screen.type('d');
  await screen.waitFor(`Mastodon runs: https://${mastodon.values.domain}`, 60_000);
  screen.type(KEYS.escape);
  await screen.waitFor(new RegExp(`${mastodon.name} +installed, healthy`));
  screen.type(KEYS.ctrl('c'));
  await screen.waitFor('quit fairlead');
  screen.type('q');
  expect(await screen.end()).toBe(0);
  expect(screen.modes()).toEqual({ alternateScreen: false, bracketedPaste: false, mouse: false });

  const secret = async (name: string) =>
    (await mastodon.fairlead.run('secrets', 'get', mastodon.name, name, '--reveal')).stdout.trim();
  const password = await secret('wizard.admin_password');
  expect(await mastodon.signIn('captain@darkstar.lan', password)).toBe(302);
  for (const value of [password, await secret('db_password'), await secret('wizard.secret_key_base')]) {
    expect(value.length).toBeGreaterThan(20);
    expect(screen.written).not.toContain(value);
  }
});
