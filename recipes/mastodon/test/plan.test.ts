import { readFile } from 'node:fs/promises';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { planSchema } from '../../../src/cli/plan-document.ts';
import type { Json } from '../../../src/model/json.ts';
import { resolveInputs } from '../../../src/recipe/inputs.ts';
import { mastodonInputs } from '../../../src/testing/generated-files.ts';
import { type GoldenHost, goldenPlan, planJson, planText } from '../../../src/testing/golden.ts';
import { shippedRecipe } from '../../../src/testing/shipped-recipe.ts';

const plan = (given: Readonly<Record<string, Json>> = {}, on: GoldenHost = 'with-docker') =>
  goldenPlan('mastodon', on, { ...mastodonInputs, ...given });

const SEARCH = ['search_folder', 'map_count', 'map_count_now', 'index'];
const WIZARD = ['setup_container', 'wizard', 'wizard_keys', 'no_setup_container'];
const DIRECT = ['made_keys', 'schema', 'owner'];
const SSO = ['sso_client', 'sso_realm'];
const MAIL = ['postfix', 'mail_user', 'mail_relay'];
const APACHE = ['apache', 'apache_site', 'apache_runs'];
const NGINX = ['nginx', 'nginx_site', 'nginx_runs'];
const OUTSIDE = ['health_outside', 'streaming_outside'];

/** What is not done in the variant that `snapshots/plans` shows. */
const USUAL = [...SEARCH, ...DIRECT, ...SSO, ...MAIL, ...NGINX, 'proxy_by_hand'];
const without = (...ids: readonly string[]) => USUAL.filter((id) => !ids.includes(id));

const variants: readonly (readonly [string, Readonly<Record<string, Json>>, readonly string[]])[] = [
  ['the wizard, Apache, no mail', {}, USUAL],
  ['no dialog', { setup: 'direct' }, [...without(...DIRECT), ...WIZARD]],
  [
    'a Mastodon that is there already',
    { setup: 'exists', admin_email: null },
    [...USUAL, ...WIZARD, 'nothing_there', 'owner_approved'],
  ],
  ['nginx', { proxy: 'nginx' }, [...without(...NGINX), ...APACHE]],
  ['a web server of the operator’s own', { proxy: 'none' }, [...without('proxy_by_hand'), ...APACHE, ...OUTSIDE]],
  ['mail through this host', { mail: 'host', smtp_host: 'smtp.darkstar.lan' }, without(...MAIL)],
  [
    'mail through another',
    { mail: 'smtp', smtp_host: 'smtp.darkstar.lan', smtp_user: 'mastodon', smtp_password: 'mail-secret' },
    USUAL,
  ],
  ['Keycloak', { oidc: true, oidc_secret: 'mail-secret' }, without(...SSO)],
  ['full-text search', { search: true }, without(...SEARCH)],
];

it("mastodon's plan is the one in snapshots/plans (`npm run generate` writes it anew)", async () => {
  const golden = await readFile(new URL('../../../snapshots/plans/mastodon.with-docker.txt', import.meta.url), 'utf8');
  expect(planText(await plan())).toBe(golden);
});

describe.each(variants)("mastodon's plan with %s", (_, given, leftOut) => {
  it('has each step in its order, and leaves out just what does not belong to it', async () => {
    const { forecast, program } = await plan(given);
    expect(forecast.map(({ step }) => step)).toEqual(program.recipe.steps.map(({ id }) => id));
    expect(new Set(forecast.filter(({ skipped }) => skipped === true).map(({ step }) => step))).toEqual(new Set(leftOut));
  });

  it('knows everything before anything is done, but for what the wizard prints', async () => {
    const { forecast } = await plan(given);
    const waiting = forecast.flatMap(({ step, waitsFor }) => (waitsFor === undefined ? [] : [[step, waitsFor]]));
    expect(waiting).toEqual(leftOut.includes('wizard') ? [] : [['wizard_keys', 'wizard']]);
  });

  it('meets the published schema and has no secret in it', async () => {
    const document = planJson(await plan(given));
    const validate = new Ajv({ strict: false }).compile(planSchema());
    expect(validate(JSON.parse(document)), JSON.stringify(validate.errors)).toBe(true);
    expect(document).not.toContain('mail-secret');
  });
});

const needed: readonly (readonly [string, Readonly<Record<string, Json>>, readonly string[]])[] = [
  ['mail that goes nowhere', {}, []],
  ['mail through a server', { mail: 'smtp' }, ['smtp_host']],
  ['a server that wants a login', { mail: 'smtp', smtp_host: 'a.org', smtp_user: 'me' }, ['smtp_password']],
  ['mail through this host', { mail: 'host' }, ['smtp_host']],
  ['Keycloak', { oidc: true }, ['oidc_secret']],
  ['an owner', { admin_email: null }, ['admin_email']],
  ['a Mastodon that is there already', { admin_email: null, setup: 'exists' }, []],
];

it.each(needed)(
  'a mail server, a client of Keycloak and an owner are asked for where they matter, and nowhere else: with %s',
  async (_, given, missing) => {
    const values = Object.entries({ ...mastodonInputs, ...given }).filter(([, value]) => value !== null);
    const { problems } = resolveInputs(await shippedRecipe('mastodon'), Object.fromEntries(values));
    expect(problems.map(({ code, name }) => [code, name])).toEqual(missing.map((name) => ['input.missing', name]));
  },
);
