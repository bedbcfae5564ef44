import { expect, it } from 'vitest';
import { stepTypes } from '../../steps/index.ts';
import { type End, explore } from './explore.ts';
import { loadAllKinds } from './life.ts';
import { change, flawedInstall, install } from './scenarios.ts';
import { serveVersion } from './serve-version.ts';

const port = serveVersion();

/** How an undisturbed first run ends. */
async function installed(): Promise<End> {
  const { world, scenario } = await install(port());
  return (await explore(world, scenario, { crashes: 0 })).end;
}

it('the recipe of all kinds has a step of every kind', async () => {
  const used = new Set((await loadAllKinds()).steps.map(({ uses }) => uses));
  expect([...stepTypes.keys()].filter((name) => !used.has(name))).toEqual([]);
});

it('undisturbed, it installs everything, and then nothing is left to do', async () => {
  const { world, scenario } = await install(port());
  const { end, wrong } = await explore(world, scenario, { crashes: 0 });
  expect(wrong).toEqual([]);
  const statuses = Object.fromEntries([...end.state.steps].map(([id, { status }]) => [id, status]));
  expect(statuses).toEqual({
    ...Object.fromEntries(scenario.program.steps.map(({ id }) => [id, 'changed'])),
    ...{ never: 'skipped', ping: 'ok', port: 'ok', last_backup: 'ok', token: 'ok', account: 'ok' },
  });
  expect(world.vault.names()).toEqual(['db_password', 'session_key', 'token.code']);
  expect([...end.world.ledger].sort()).toEqual([
    ['enroll', 1],
    ['migrate', 1],
    ['register', 1],
    ['restart app-web-1', 1],
    ['sign_in', 1],
  ]);
});

it('with other inputs just what they change is done, with what comes after it', async () => {
  const { world, scenario } = await change(await installed(), port());
  const { end, wrong } = await explore(world, scenario, { crashes: 0 });
  expect(wrong).toEqual([]);
  expect([...end.state.steps.values()].flatMap(({ id, status }) => (status === 'changed' ? [id] : []))).toEqual(
    ['dockerfile', 'image', 'main_conf', 'up', 'flags', 'migrate', 'unit', 'backup', 'restart'], // biome-ignore format: one line reads best
  );
  expect(end.world.ledger.get('restart app-web-1')).toBe(2);
});

it('what fails at first is tried again, and comes to the same end', async () => {
  const { world, scenario } = await flawedInstall(port());
  const { end, wrong } = await explore(world, scenario, { crashes: 0 });
  expect(wrong).toEqual([]);
  const failed = end.events.flatMap((event) =>
    event.type === 'step.finished' && event.outcome === 'failed' ? [event.step] : [],
  );
  expect(failed).toEqual(['tools', 'docker', 'up', 'enroll', 'index', 'backup']);
  expect([...end.world.ledger].sort()).toEqual([...(await installed()).world.ledger].sort());
});

it('a sample of moments: ended there, another process comes to the same end', { timeout: 300_000 }, async () => {
  const { world, scenario } = await install(port());
  const found = await explore(world, scenario, { crashes: 1, every: 7 });
  expect(found.wrong).toEqual([]);
  expect(found.resumed).toBeGreaterThan(20);
});
