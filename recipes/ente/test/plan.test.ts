import { readFile } from 'node:fs/promises';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { planSchema } from '../../../src/cli/plan-document.ts';
import type { Json } from '../../../src/model/json.ts';
import { resolveInputs } from '../../../src/recipe/inputs.ts';
import { enteInputs } from '../../../src/testing/generated-files.ts';
import { type GoldenHost, goldenPlan, planJson, planText } from '../../../src/testing/golden.ts';
import { shippedRecipe } from '../../../src/testing/shipped-recipe.ts';

const plan = (given: Readonly<Record<string, Json>> = {}, on: GoldenHost = 'with-docker') =>
  goldenPlan('ente', on, { ...enteInputs, ...given });

/** A mail server, as far as it has no default. */
const SMTP = { mail: 'smtp', smtp_host: 'smtp.darkstar.lan', smtp_from: 'ente@darkstar.lan' };
const MAIL = ['postfix', 'mail_user', 'mail_relay'];
const NGINX = ['nginx', 'nginx_api', 'nginx_web', 'nginx_runs'];
const TOKEN = ['accounts_before', 'token'];
const AGAIN = ['login_age', 'login_again'];
const APACHE = ['apache', 'apache_api', 'apache_web', 'apache_runs'];
/** What is not done in the variant that `snapshots/plans` shows. */
const LEFT_OUT = [...MAIL, ...NGINX, 'proxy_by_hand', 'registration'];

const variants: readonly (readonly [string, Readonly<Record<string, Json>>, readonly string[]])[] = [
  ['Apache, a predefined token, no mail', {}, LEFT_OUT],
  ['nginx', { proxy: 'nginx' }, [...MAIL, ...APACHE, 'proxy_by_hand', 'registration']],
  [
    'a web server of the operator’s own',
    { proxy: 'none' },
    [...MAIL, ...APACHE, ...NGINX, 'ping_outside', 'web_outside', 'registration'],
  ],
  ['a token that Museum makes', { first_account: 'sent' }, LEFT_OUT],
  [
    'a token that comes by mail',
    { first_account: 'sent', ...SMTP, smtp_user: 'verification', smtp_password: 'mail-secret' },
    [...MAIL, ...NGINX, 'proxy_by_hand', ...TOKEN, 'registration'],
  ],
  [
    'an account that is there already',
    { first_account: 'exists' },
    [...MAIL, ...NGINX, 'proxy_by_hand', ...TOKEN, 'registration'],
  ],
  [
    'no account yet',
    { first_account: 'later', admin_email: null, account_password: null },
    [...MAIL, ...NGINX, 'proxy_by_hand', ...TOKEN, 'account', 'login', 'account_id', 'admin', ...AGAIN, 'users'],
  ],
  ['mail through this host', { ...SMTP, mail: 'host' }, [...NGINX, 'proxy_by_hand', 'registration']],
];

it("ente's plan is the one in snapshots/plans (`npm run generate` writes it anew)", async () => {
  const golden = await readFile(new URL('../../../snapshots/plans/ente.with-docker.txt', import.meta.url), 'utf8');
  expect(planText(await plan())).toBe(golden);
});

describe.each(variants)("ente's plan with %s", (_, given, leftOut) => {
  it('has each step in its order, and leaves out just what does not belong to it', async () => {
    const { forecast, program } = await plan(given);
    expect(forecast.map(({ step }) => step)).toEqual(program.recipe.steps.map(({ id }) => id));
    const unasked = given.proxy === 'none' ? ['two_names', 'certificate'] : ['two_names'];
    expect(forecast.filter(({ skipped }) => skipped === true).map(({ step }) => step)).toEqual([...unasked, ...leftOut]);
  });

  it('knows all but the first account before anything is done: whether there is one, its number, and how old its login is', async () => {
    const { forecast } = await plan(given);
    const waiting = forecast.flatMap(({ step, waitsFor }) => (waitsFor === undefined ? [] : [[step, waitsFor]]));
    expect(waiting).toEqual([
      ...(leftOut.includes('token')
        ? []
        : [
            ['token', 'accounts_before'],
            ['account', 'accounts_before'],
          ]),
      ...(leftOut.includes('admin')
        ? []
        : [
            ['admin', 'account_id'],
            ['login_again', 'login_age'],
          ]),
    ]);
  });

  it('meets the published schema and has no secret in it', async () => {
    const document = planJson(await plan(given));
    const validate = new Ajv({ strict: false }).compile(planSchema());
    expect(validate(JSON.parse(document)), JSON.stringify(validate.errors)).toBe(true);
    expect(document).not.toContain(enteInputs.account_password);
    expect(document).not.toContain('mail-secret');
  });
});

it('on a bare host what must ask the engine waits for the step that brings it', async () => {
  const { forecast } = await plan({}, 'bare-host');
  const waiting = forecast.flatMap(({ step, waitsFor }) => (waitsFor === 'docker' ? [step] : []));
  expect(waiting).toEqual(['network', 'cli_image', 'up', 'login']);
});

const needed: readonly (readonly [string, Readonly<Record<string, Json>>, readonly string[]])[] = [
  ['mail that goes nowhere', {}, []],
  ['mail through a server', { mail: 'smtp' }, ['smtp_host', 'smtp_from']],
  ['a server that wants a login', { ...SMTP, smtp_user: 'ente' }, ['smtp_password']],
  ['mail through this host', { mail: 'host' }, ['smtp_host', 'smtp_from']],
  ['an account', { admin_email: null, account_password: null }, ['admin_email', 'account_password']],
  ['no account', { admin_email: null, account_password: null, first_account: 'later' }, []],
];

it.each(needed)(
  'a mail server, a certificate and an account are asked for where they matter, and nowhere else: with %s',
  async (_, given, missing) => {
    const values = Object.entries({ ...enteInputs, ...given }).filter(([, value]) => value !== null);
    const { problems } = resolveInputs(await shippedRecipe('ente'), Object.fromEntries(values));
    expect(problems.map(({ code, name }) => [code, name])).toEqual(missing.map((name) => ['input.missing', name]));
  },
);
