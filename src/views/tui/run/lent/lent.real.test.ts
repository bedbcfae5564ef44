import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { importBusyboxImage, removeBusyboxImage } from '../../../../testing/busybox-image.ts';
import { endEngines } from '../../../../testing/fairlead-process.ts';
import { KEYS } from '../../../../testing/keys.ts';
import { openFairlead, type Screen } from '../../../../testing/pty-screen.ts';

const run = promisify(execFile);
const suffix = randomBytes(4).toString('hex');
const image = `fairlead-lent-${suffix}:1`;
const box = `fairlead-lent-${suffix}`;
const TYPED = `unseen-Pass-${suffix}`;
const CHORD = KEYS.ctrl(']');

/** Wants a passphrase that its script does not know, heeds Ctrl-C by a word, and asks on. */
const PROGRAM = `
for each in test printf stty; do busybox test -x /bin/$each || busybox ln -sf busybox /bin/$each; done
trap 'echo "not so fast"' INT
printf 'Name: '; read -r name
printf 'Passphrase of the old server: '; stty -echo
passphrase=; while test -z "$passphrase"; do read -r passphrase; done
stty echo; echo
test "$passphrase" = "$WANTED" && echo "That is right, $name." || echo 'That is wrong.'
printf 'Colour: '; read -r colour
printf 'Mail: '; read -r mail
echo "All set: $mail, $colour, $(stty size)"
`;

const RECIPE = `recipe: asks
version: 1.0.0
title: A program that asks
steps:
  - id: setup
    title: Set it up
    uses: container.dialog
    with:
      container: ${box}
      argv: [sh, /tmp/setup.sh]
      script:
        - { expect: 'Name: ', answer: bob }
        - { expect: 'Colour: ', answer: blue }
        - { expect: 'Mail: ', answer: bob@x.lan }
      success: ^All set
      silence: 2s
`;

let folder: string;
let screen: Screen | undefined;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lent-'));
  await mkdir(join(folder, 'recipe'));
  await writeFile(join(folder, 'recipe/recipe.yaml'), RECIPE);
  await importBusyboxImage(image);
  await writeFile(join(folder, 'setup.sh'), PROGRAM);
  await run('docker', ['run', '--detach', '--name', box, '--env', `WANTED=${TYPED}`, image]);
  await run('docker', ['cp', join(folder, 'setup.sh'), `${box}:/tmp/setup.sh`]);
});
afterAll(async () => {
  await screen?.close();
  await endEngines(join(folder, 'state'));
  await run('docker', ['rm', '--force', box]).catch(() => undefined);
  await removeBusyboxImage(image);
  await rm(folder, { recursive: true, force: true });
});

/** All that was kept of it, by the name of the file. */
async function kept(): Promise<Readonly<Record<string, string>>> {
  const names = await readdir(join(folder, 'state'), { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(await Promise.all(files.map(async (file) => [file, await readFile(file, 'latin1')] as const)));
}

it('an unknown prompt is answered at the program’s own terminal in the page: Ctrl-C is its, nothing of a passphrase is kept, the script goes on', async () => {
  screen = openFairlead(['run', join(folder, 'recipe'), '--yes'], {
    env: { FAIRLEAD_STATE_DIR: join(folder, 'state'), FAIRLEAD_CONFIG_DIR: join(folder, 'config') },
  });
  await screen.waitFor('Enter take the terminal');
  await screen.waitFor('Passphrase of the old server:');
  screen.type(KEYS.enter);
  await screen.waitFor('Every key goes to the program');
  screen.type(KEYS.ctrl('c'));
  await screen.waitFor('not so fast');
  screen.type(`${TYPED}\r`);
  await screen.waitFor('That is right, bob.');
  await screen.waitFor(/Colour: *\n/);
  // A prompt of the script, answered by hand: the script must not wait for it.
  for (const key of 'green\r') screen.type(key);
  await screen.waitFor(/Mail: *\n/);
  screen.type(CHORD);
  await screen.waitFor('Esc back to the program');
  screen.type('g');
  await screen.waitFor('1 changed.');
  screen.type(KEYS.ctrl('c'));
  await screen.waitFor('quit fairlead');
  screen.type('q');
  expect(await screen.end()).toBe(0);

  const files = await kept();
  const journal = Object.entries(files).find(([name]) => name.endsWith('.ndjson'))?.[1] ?? '';
  expect(journal).toMatch(/"type":"question.answered".*"terminal":"given-back"/);
  expect(journal).toContain('"outcome":"ok"');
  const output = Object.entries(files).find(([name]) => name.includes('/output/'))?.[1] ?? '';
  expect(output).toContain('That is right, bob.');
  expect(output).toContain('All set: bob@x.lan, green, 50 200');
  expect(Object.keys(files).filter((name) => files[name]?.includes(TYPED.slice(0, 8)))).toEqual([]);
  expect(screen.written.includes(TYPED)).toBe(false);
  const { stdout } = await run('docker', ['exec', box, 'ps']);
  expect(stdout).not.toContain('setup.sh');
});
