import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { keysForForm } from '../../../src/testing/form-keys.ts';
import { KEYS } from '../../../src/testing/keys.ts';
import { type OwnCertificate, ownCertificate } from '../../../src/testing/mml/own-certificates.ts';
import { openFairlead, type Screen } from '../../../src/testing/pty-screen.ts';
import { shippedRecipe } from '../../../src/testing/shipped-recipe.ts';
import { ask, clientsOf, secretOf } from './look-at-mml.ts';
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

it('by hand in the app, with keys only: form, plan, run with its dialog, the finished page with the client id', {
  timeout: 240_000,
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
  await screen.waitFor('My Media Lib runs at', 180_000);
  await screen.waitFor('Client id of the admin app:');
  const clients = await clientsOf(mml);
  expect(clients).toHaveLength(1);
  for (const client of clients) await screen.waitFor(client);
  screen.type(KEYS.escape);
  await screen.waitFor(new RegExp(`${mml.name} +installed, healthy`));
  screen.type(KEYS.ctrl('c'));
  await screen.waitFor('quit fairlead');
  screen.type('q');
  expect(await screen.end()).toBe(0);
  expect(screen.modes()).toEqual({ alternateScreen: false, bracketedPaste: false, mouse: false });
  for (const secret of [PASSWORD, certificate.password]) expect(screen.written).not.toContain(secret);
  const key = { 'App-Key': await secretOf(mml, 'admin_app_key') };
  expect((await ask(mml, '/.well-known/openid-configuration', key, certificate.authority)).status).toBe(200);
});
