import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { KEYS } from '../testing/keys.ts';
import { openScreen, type Screen } from '../testing/pty-screen.ts';
import { copyForNobody, type Unprivileged } from '../testing/unprivileged.ts';

const RECIPE = `recipe: safe
version: 1.0.0
title: A safe
inputs:
  sign: { type: string, title: What the sign says }
  pin: { type: secret, title: The number of the safe }
steps:
  - id: lock
    title: Lock it
    uses: host.command
    with: { argv: ['true'], root: true, env: { SIGN: '\${{ inputs.sign }}', PIN: '\${{ inputs.pin }}' } }
`;

/** As sudo does: first it asks who that is, then it runs what it is given with the variables that it is told; all else is gone. */
const SUDO = `#!/bin/sh
if [ "$1" = -v ]; then
  printf '[sudo] password for nobody: '
  read -r typed
  # It lets who guesses wait.
  [ "$typed" = letmein ] || { sleep 1; echo 'sudo: 1 incorrect password attempt'; exit 1; }
  exit 0
fi
echo "$@" >"$LOG"
env | grep ^FAIRLEAD_INPUT_ | sort >>"$LOG"
echo 'Here is the program as root.'
read -r _
exit 7
`;

let folder: string;
let copy: Unprivileged;
let screen: Screen;

beforeEach(async () => {
  copy = await copyForNobody();
  folder = await mkdtemp(join(tmpdir(), 'as-root-'));
  await chmod(folder, 0o755);
  await mkdir(join(copy.folder, 'recipes', 'safe'));
  await writeFile(join(copy.folder, 'recipes', 'safe', 'recipe.yaml'), RECIPE);
  await writeFile(join(folder, 'sudo'), SUDO, { mode: 0o755 });
  for (const name of ['home', 'log']) {
    await mkdir(join(folder, name));
    await chown(join(folder, name), 65534, 65534);
  }
  screen = openScreen([...copy.command], {
    env: {
      PATH: `${folder}:${process.env.PATH}`,
      HOME: join(folder, 'home'),
      FAIRLEAD_STATE_DIR: join(folder, 'home', 'state'),
      LOG: join(folder, 'log', 'sudo'),
    },
  });
});
afterEach(async () => {
  await screen?.close();
  await copy?.cleanUp();
  await rm(folder, { recursive: true, force: true });
});

it('what was typed goes on under sudo, seen by nobody; refused there, it is still in the form', async () => {
  await screen.waitFor('A safe');
  screen.type(KEYS.enter);
  await screen.waitFor('Enter install');
  screen.type(KEYS.enter);
  await screen.waitFor('safe › inputs');
  screen.type(KEYS.down);
  await screen.waitFor(/› What the sign says/);
  screen.type('back soon');
  await screen.waitFor('back soon');
  screen.type(KEYS.down);
  await screen.waitFor(/› The number of the safe/);
  screen.type('geheim-77');
  screen.type(KEYS.ctrl('p'));
  await screen.waitFor('No plan could be made.');
  expect(screen.text()).toContain('begin again under sudo, with what you typed');
  screen.type('s');
  await screen.waitFor('password for nobody:');
  screen.type('wrong\r');
  await screen.waitFor('sudo did not let you in');
  screen.type(KEYS.escape);
  await screen.waitFor('No plan could be made.');
  screen.type('s');
  await screen.waitFor((shown) => shown.trimEnd().endsWith('password for nobody:'));
  screen.type('letmein\r');
  await screen.waitFor('Here is the program as root.');
  const [said = '', ...environment] = (await readFile(join(folder, 'log', 'sudo'), 'utf8')).trimEnd().split('\n');
  expect(said).toMatch(/^--preserve-env=FAIRLEAD_INPUT_SIGN,FAIRLEAD_INPUT_PIN -- \S+ \S+ run safe --name safe$/);
  expect(environment).toEqual(['FAIRLEAD_INPUT_PIN=geheim-77', 'FAIRLEAD_INPUT_SIGN=back soon']);
  screen.type('\r');
  expect(await screen.end()).toBe(7);
  expect(screen.modes()).toMatchObject({ alternateScreen: false, bracketedPaste: false });
  expect(screen.written).not.toContain('geheim-77');
  expect(await readdir(join(folder, 'home'))).toEqual([]);
});
