import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFairlead, type Fairlead } from '../testing/fairlead-process.ts';
import { fixtureRecipe } from '../testing/fixtures/recipes/fixture-recipe.ts';
import { makePipe, type Pipe } from '../testing/pipe.ts';
import { KEYS, openFairlead, type Screen } from '../testing/pty-screen.ts';

let fairlead: Fairlead;
let folder: string;
let pipe: Pipe;
const screens: Screen[] = [];

beforeEach(async () => {
  fairlead = await createFairlead();
  folder = await mkdtemp(join(tmpdir(), 'app-bytes-'));
  pipe = await makePipe(join(folder, 'pipe'));
});
afterEach(async () => {
  for (const screen of screens.splice(0)) await screen.close();
  await fairlead.cleanUp();
  await pipe.release();
  await rm(folder, { recursive: true, force: true, maxRetries: 10 });
});

function open(...args: readonly string[]): Screen {
  const screen = openFairlead(args, { env: { FAIRLEAD_STATE_DIR: fairlead.stateDir } });
  screens.push(screen);
  return screen;
}

describe('what the app writes to the terminal', () => {
  it('is nothing while no run and no countdown is on the page', async () => {
    const screen = open();
    await screen.waitFor('lighthouse');
    await screen.waitFor('? keys');
    // What was asked for at the start has come, and is drawn.
    expect(await screen.listen(1500)).toBeLessThan(2000);
    expect(await screen.listen(3000)).toBe(0);
  });

  it('is one group of cells a second while a clock runs, and nothing else', async () => {
    const screen = open('run', fixtureRecipe('waiting'), '--input', `folder=${folder}`, '--yes');
    await screen.waitFor(/Write a line and (w|…)/);
    await screen.waitFor(/ 3s/);
    const written = await screen.listen(5000);
    expect(written).toBeGreaterThan(0);
    // The cells that changed and the rest of their row, with what moves the cursor there and back: no second row has room in it.
    expect(written).toBeLessThan(6 * 160);
  });

  it('stays below 30 KB a second over any five seconds, and answers keys, while a step floods', async () => {
    const screen = open('run', fixtureRecipe('flood'), '--yes');
    await screen.waitFor('a line of output');
    // The key is answered in the flood: the list of keys stands there.
    screen.type('?');
    await screen.waitFor('Ctrl-C', 2000);
    screen.type(KEYS.escape);
    await screen.waitFor('Done in', 60_000);
    expect(screen.mostBytesWithin(5000)).toBeLessThan(150_000);
  }, 120_000);
});
