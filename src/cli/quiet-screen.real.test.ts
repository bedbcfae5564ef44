import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { KEYS } from '../testing/keys.ts';
import { makePipe, type Pipe } from '../testing/pipe.ts';
import { openFairlead, type Screen } from '../testing/pty-screen.ts';

/** Waits for a pipe, then prints as fast as it can, then waits for the pipe again. */
const RECIPE = `recipe: loud
version: 1.0.0
title: Much to read
inputs:
  folder: { type: path, title: Where the pipe lies }
steps:
  - id: print
    title: Print
    uses: host.command
    with:
      argv: [sh, -c, ': >"$FOLDER/begun"; cat "$FOLDER/pipe"; i=0; while [ $i -lt 60 ]; do i=$((i + 1)); yes "round $i of words that go on and on" | head -n 500; sleep 0.1; done; cat "$FOLDER/pipe"']
      env: { FOLDER: '\${{ inputs.folder }}' }
`;

let folder: string;
let pipe: Pipe;
let opened: Screen[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quiet-screen-'));
  pipe = await makePipe(join(folder, 'pipe'));
  opened = [];
  await mkdir(join(folder, 'recipe'));
  await writeFile(join(folder, 'recipe/recipe.yaml'), RECIPE);
});
afterEach(async () => {
  for (const screen of opened) await screen.close();
  await rm(folder, { recursive: true, force: true });
});

const at = (...args: readonly string[]): Screen => {
  const screen = openFairlead(args, {
    columns: 120,
    rows: 40,
    env: { FAIRLEAD_STATE_DIR: join(folder, 'state'), FAIRLEAD_CONFIG_DIR: join(folder, 'config') },
  });
  opened.push(screen);
  return screen;
};

it('a page on which nothing happens writes nothing', async () => {
  const screen = at();
  await screen.waitFor('Lighthouse');
  await screen.waitFor((shown) => !shown.includes('reading …'));
  // What it reads may come late, and is drawn; from then on nothing is.
  await expect.poll(() => screen.listen(3000)).toBe(0);
});

it('a run that waits writes its clock once a second; one that prints without end stays below 30 KB/s over any five seconds', async () => {
  const screen = at('run', join(folder, 'recipe'), '--input', `folder=${folder}`, '--yes');
  // The step waits twice; whatever happens here, nobody may be left waiting.
  let waits = 2;
  const letGo = async (): Promise<void> => {
    waits--;
    await pipe.open();
  };
  try {
    await screen.waitFor('at work');
    await screen.waitFor(/1\/1 Print/);
    // What else there is to draw may come late; from then on it is the clock alone.
    const clock = async (): Promise<boolean> => {
      const written = await screen.listen(4000);
      return written > 0 && written / 4 < 150;
    };
    await expect.poll(clock).toBe(true);
    await letGo();
    await screen.waitFor(/round \d+ of/);
    // A key is answered in the middle of it.
    screen.type('?');
    await screen.waitFor('asks what is to become');
    screen.type(KEYS.escape);
    await screen.waitFor('round 60 of');
    expect(screen.mostBytesWithin(5000)).toBeLessThan(150_000);
    const frames = screen.written.split('\u001b[?2026h').length - 1;
    const seconds = ((screen.portions.at(-1)?.at ?? 0) - (screen.portions[0]?.at ?? 0)) / 1000;
    expect(frames / seconds).toBeLessThanOrEqual(20);
  } finally {
    while (waits > 0) await letGo();
    await screen.waitFor('Done').catch(() => undefined);
    await screen.close();
  }
});
