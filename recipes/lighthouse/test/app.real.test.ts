import { afterEach, beforeEach, expect, it } from 'vitest';
import { holdHost } from '../../../src/testing/held-host.ts';
import { KEYS } from '../../../src/testing/keys.ts';
import { openFairlead, type Screen } from '../../../src/testing/pty-screen.ts';
import { createLighthouse, type Lighthouse, ledgerOf, removeLighthouse } from './owned-lighthouse.ts';

let lighthouse: Lighthouse;
const screens: Screen[] = [];

beforeEach(async () => {
  lighthouse = await createLighthouse({ bare: true });
});
afterEach(async () => {
  for (const screen of screens.splice(0)) await screen.close();
  await removeLighthouse(lighthouse);
});

/** fairlead at a terminal of 80 by 24 cells, with this lighthouse's records. */
function open(...args: string[]): Screen {
  const screen = openFairlead(args, { env: { FAIRLEAD_STATE_DIR: lighthouse.fairlead.stateDir } });
  screens.push(screen);
  return screen;
}

/** Types a value in the place of what stands in the field, and goes to the next one. */
function fill(screen: Screen, value: string): void {
  screen.type(`\u0015${value}${KEYS.tab}`);
}

/** From the first page to the run, with keys only. */
async function install(screen: Screen): Promise<void> {
  const { name, values } = lighthouse;
  await screen.waitFor('Lighthouse, a small service');
  screen.type('lighthouse');
  await screen.waitFor(/[›>] +lighthouse/);
  screen.type(KEYS.enter);
  await screen.waitFor('Source: fairlead');
  screen.type(KEYS.enter);
  await screen.waitFor('lighthouse › inputs');
  fill(screen, name);
  await screen.waitFor(new RegExp(`Name of the deployment +${name}`));
  fill(screen, values.admin_email);
  fill(screen, String(values.port));
  fill(screen, values.folder);
  fill(screen, values.subnet);
  await screen.waitFor(values.subnet);
  // Ctrl-P: the plan.
  screen.type('\u0010');
  await screen.waitFor(/to create/);
  screen.type('y');
}

it('a newcomer comes from `fairlead` through form, plan and run to the finished page, with keys only', {
  timeout: 900_000,
}, async () => {
  const { name, values } = lighthouse;
  const screen = open();
  await install(screen);
  await screen.waitFor('The lighthouse shines at', 300_000);
  screen.type(KEYS.escape);
  await screen.waitFor(new RegExp(`${name} +installed, healthy`));
  screen.type(KEYS.ctrl('c'));
  await screen.waitFor('quit fairlead');
  screen.type('q');
  expect(await screen.end()).toBe(0);
  // What is left on the terminal is what is needed next.
  expect(screen.text()).toContain(`http://127.0.0.1:${values.port}/ping`);
  expect(screen.modes()).toEqual({ alternateScreen: false, bracketedPaste: false, mouse: false });
  expect(await ledgerOf(lighthouse)).toHaveLength(1);
});

it('a lost terminal does not touch the run: `fairlead` again shows it going on, and comes back to it', {
  timeout: 900_000,
}, async () => {
  const { name, fairlead } = lighthouse;
  // It is in its middle until the host is free, however long each look takes.
  const held = await holdHost(fairlead.stateDir);
  const first = open();
  await install(first);
  await first.waitFor(/the host is busy|Install the one pro/);
  await first.hangUp();
  const again = open();
  await again.waitFor(new RegExp(`${name} +running now`));
  again.type(name);
  await again.waitFor(new RegExp(`[›>] .* +${name}`));
  again.type(KEYS.enter);
  await again.waitFor('running for');
  await held.release();
  await again.waitFor('The lighthouse shines at', 300_000);
  expect(await ledgerOf(lighthouse)).toHaveLength(1);
});

it('a resize in the middle of a run is drawn anew at once, and a window that is too small says so', {
  timeout: 900_000,
}, async () => {
  // It is at its beginning until the host is free, however long each look takes.
  const held = await holdHost(lighthouse.fairlead.stateDir);
  const screen = open();
  await install(screen);
  await screen.waitFor('Make its group');
  screen.resize(120, 40);
  await screen.waitFor((shown) => shown.split('\n').length > 30 && shown.includes('Prove over HTTP that the account'));
  await held.release();
  screen.resize(60, 20);
  await screen.waitFor('fairlead needs 80 x 24');
  screen.resize(80, 24);
  // The frame is a whole one: its title on the first row, its keys on the last that is used, nothing left of others.
  const isWhole = (rows: readonly string[]): boolean => rows.length === 23 && /^fairlead/.test(rows[0] ?? '');
  await screen.waitFor((shown) => shown.includes('The lighthouse shines at') && isWhole(shown.split('\n')), 300_000);
});
