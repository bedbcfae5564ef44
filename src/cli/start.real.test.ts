import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createFairlead, type Fairlead } from '../testing/fairlead-process.ts';
import { KEYS } from '../testing/keys.ts';
import { openFairlead, type Screen, type ScreenOptions } from '../testing/pty-screen.ts';

let fairlead: Fairlead;
let folder: string;
let opened: Screen[];
beforeEach(async () => {
  fairlead = await createFairlead();
  folder = await mkdtemp(join(tmpdir(), 'start-'));
  opened = [];
});
afterEach(async () => {
  for (const screen of opened) await screen.close();
  await fairlead.cleanUp();
  await rm(folder, { recursive: true, force: true });
});

const at = (args: readonly string[], { env = {}, ...options }: ScreenOptions = {}): Screen => {
  const screen = openFairlead(args, {
    env: { FAIRLEAD_STATE_DIR: fairlead.stateDir, FAIRLEAD_CONFIG_DIR: folder, ...env },
    ...options,
  });
  opened.push(screen);
  return screen;
};

describe('what the build wrote down', () => {
  it.each(['--help', '-h', 'help'])('as the answer to %s is what the program says', async (word) => {
    const written = await fairlead.run(word);
    expect(written).toEqual(await fairlead.run('--help', '--help'));
    expect(written).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('Usage: fairlead') });
  });

  it.each(['--version', '-V'])('as the answer to %s is what the program says', async (word) => {
    const written = await fairlead.run(word);
    expect(written).toEqual(await fairlead.run('--version', '--version'));
    expect(written).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });

  it('is shown at a terminal that is wide enough; a narrower one gets lines of its own width', async () => {
    const wide = at(['--help'], { columns: 100, rows: 80 });
    expect(await wide.end()).toBe(0);
    expect(wide.text()).toBe((await fairlead.run('--help')).stdout.trimEnd());
    const narrow = at(['--help'], { columns: 70, rows: 120 });
    expect(await narrow.end()).toBe(0);
    expect(narrow.text()).not.toBe(wide.text());
    expect(Math.max(...narrow.written.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(70);
  });
});

describe('fairlead alone', () => {
  it.each([{ args: [] }, { args: ['--no-color'] }, { args: ['--state-dir', '/nowhere/yet'] }])(
    'at a terminal, with $args, opens the app on the second screen, and gives the terminal back',
    async ({ args }) => {
      const screen = at(args);
      await screen.waitFor('Lighthouse');
      expect(screen.modes().alternateScreen).toBe(true);
      screen.type(KEYS.ctrl('c'));
      await screen.waitFor('quit fairlead');
      screen.type('q');
      expect(await screen.end()).toBe(0);
      expect(screen.modes()).toEqual({ alternateScreen: false, bracketedPaste: false, mouse: false });
    },
  );

  it('says what is wrong with an option that it does not know, and opens nothing', async () => {
    const screen = at(['--no-colour']);
    expect(await screen.end()).toBe(2);
    expect(screen.text()).toContain('--no-colour');
    expect(screen.written).not.toContain('\u001b[?1049h');
  });
});

it('in a folder that was removed meanwhile it works as from /, and says so', async () => {
  const launcher = fileURLToPath(new URL('../../bin/fairlead', import.meta.url));
  const gone = `mkdir '${folder}/gone' && cd '${folder}/gone' && rmdir '${folder}/gone' && exec '${launcher}' "$@"`;
  const there = await createFairlead({}, ['/bin/sh', '-c', gone, 'sh']);
  onTestFinished(() => there.cleanUp());
  const { code, stderr } = await there.run('plan', './nowhere');
  expect(stderr).toContain('/ stands in its place');
  expect(stderr).toContain('(recipe.');
  expect(code).toBe(2);
});
