import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stepTypes } from '../../steps/index.ts';
import { explore } from './explore.ts';
import { loadAllKinds } from './life.ts';
import { change, install, uninstall } from './scenarios.ts';

const server = createServer((_, response) => response.end('{"version":"1.2.3"}'));
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => void server.close());
const port = (): number => (server.address() as AddressInfo).port;

it('the recipe of all kinds has a step of every kind', async () => {
  const recipe = await loadAllKinds();
  const used = new Set(recipe.steps.map(({ uses }) => uses));
  expect([...stepTypes.keys()].filter((name) => !used.has(name))).toEqual([]);
});

it('x', async () => {
  const crashes = process.env.CR === undefined ? 0 : Number(process.env.CR);
  const show = (found: any, t: number) => {
  console.log(performance.now() - t, { ...found, end: undefined, wrong: found.wrong.length });
  console.log(found.wrong.slice(0, 30).join('\n').slice(0, 16000));
  console.log([...found.end.state.made].join(' '));
  console.log([...found.end.state.steps.values()].map((s: any) => `${s.id} ${s.status} ${s.failure?.message ?? ''} ${s.notes}`).join('\n'));
  };
  let t = performance.now();
  const { world, scenario } = await install(port());
  const found = await explore(world, scenario, { crashes: process.env.B ? 0 : crashes });
  if (!process.env.B) return show(found, t);
  t = performance.now();
  const two = await (process.env.B === 'c' ? change(found.end, port()) : uninstall(found.end));
  show(await explore(two.world, two.scenario, { crashes }), t);
}, 600_000);
