import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { KEYS } from '../../../testing/keys.ts';
import { openScreen, type Screen } from '../../../testing/pty-screen.ts';

const program = fileURLToPath(new URL('../../../testing/fixtures/terminal-program.ts', import.meta.url));

let folder: string;
let opened: Screen[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'terminal-'));
  opened = [];
});
afterEach(async () => {
  for (const screen of opened) await screen.close();
  await rm(folder, { recursive: true, force: true });
});

/** Drawn, and listening: that paste is asked for is the last thing that Ink does. */
const isReady = (screen: Screen): Promise<void> =>
  screen.waitFor((shown) => shown.startsWith('ready.') && screen.modes().alternateScreen && screen.modes().bracketedPaste);

/** The program under a shell, which says afterwards how it ended and what it left of the line's modes. */
const open = async (lend: readonly string[] = []): Promise<Screen> => {
  const screen = openScreen(
    [
      'sh',
      '-c',
      'echo before; "$@"; echo "ended with $?"; stty -a; read -r typed; echo "typed $typed"',
      'sh',
      process.execPath,
      program,
    ],
    { cwd: folder, env: { LEND: JSON.stringify(lend) } },
  );
  opened.push(screen);
  await isReady(screen);
  return screen;
};
/** The process of the program, not of its shell. */
const pidOf = async (screen: Screen): Promise<number> =>
  Number((await readFile(`/proc/${screen.pid}/task/${screen.pid}/children`, 'utf8')).trim());

const expectGivenBack = async (screen: Screen, code: number): Promise<void> => {
  await screen.waitFor(`ended with ${code}\n`);
  // The last word of `stty -a`.
  await screen.waitFor(/-?extproc/);
  expect(screen.modes()).toEqual({ alternateScreen: false, bracketedPaste: false, mouse: false });
  expect(screen.text()).toMatch(/^(before|end|before\ncrashed on purpose)\nended with/m);
  expect(screen.text()).toMatch(/[^-]icanon/);
  expect(screen.text()).toMatch(/[^-]echo\b/);
  // The last word on the cursor is that it shows.
  expect(screen.written.lastIndexOf('\u001b[?25h')).toBeGreaterThan(screen.written.lastIndexOf('\u001b[?25l'));
  screen.type(`words${KEYS.enter}`);
  await screen.waitFor('typed words');
};

describe('the terminal is given back as it was found', () => {
  it('at a regular end', async () => {
    const screen = await open();
    screen.type('m');
    await screen.waitFor('mouse:true');
    screen.type('q');
    await expectGivenBack(screen, 0);
  });

  it.each([
    { how: 'after a crash', key: 'x', code: 70 },
    { how: 'after an exit that nobody was told of', key: 'e', code: 5 },
  ])('$how, with the mouse on', async ({ key, code }) => {
    const screen = await open();
    screen.type('m');
    await screen.waitFor('mouse:true');
    expect(screen.modes().mouse).toBe(true);
    screen.type(key);
    await expectGivenBack(screen, code);
  });

  it.each([
    { signal: 'SIGTERM', code: 143 },
    { signal: 'SIGHUP', code: 129 },
    { signal: 'SIGINT', code: 130 },
  ] as const)('after $signal, with the mouse on', async ({ signal, code }) => {
    const screen = await open();
    screen.type('m');
    await screen.waitFor('mouse:true');
    process.kill(await pidOf(screen), signal);
    await expectGivenBack(screen, code);
  });
});

it('a terminal that goes away ends the program, and is no crash', async () => {
  const screen = openScreen([process.execPath, program], { cwd: folder });
  opened.push(screen);
  await isReady(screen);
  expect(await screen.hangUp()).toBe(129);
});

it('the mouse is off until it is turned on, and then reports come beside the keys', async () => {
  const screen = await open();
  const wheel = '\u001b[<64;3;4M';
  screen.type(`a${wheel}b`);
  await screen.waitFor('key:a key:b');
  expect(screen.text()).not.toContain('wheel');
  screen.type('m');
  await screen.waitFor('mouse:true');
  screen.type(`c${wheel}d`);
  await screen.waitFor('"direction":"up"');
  await screen.waitFor(/key:c(.|\n)*key:d/);
});

describe('a terminal that is lent', () => {
  const READER =
    'stty -a | grep -c "[^-]icanon" >modes; echo yours; while read -r line; do echo "$line" >>lines; [ "$line" != end ] || break; done';

  it('gets all that is typed, and the app is drawn again, with paste and the mouse as before', async () => {
    const screen = await open(['sh', '-c', READER]);
    screen.type('m');
    await screen.waitFor('mouse:true');
    screen.type('s');
    await screen.waitFor('yours');
    expect(screen.modes()).toEqual({ alternateScreen: false, bracketedPaste: false, mouse: false });
    const lines = Array.from({ length: 50 }, (_, index) => `line ${index}`);
    // Each by itself, as fingers do: what is stolen is stolen in pieces.
    for (const [index, line] of lines.entries()) {
      screen.type(`${line}${KEYS.enter}`);
      await vi.waitFor(async () => expect((await readFile(join(folder, 'lines'), 'utf8')).split('\n')).toHaveLength(index + 2), {
        interval: 5,
      });
    }
    screen.type(`end${KEYS.enter}`);
    await screen.waitFor('back:0');
    expect(await readFile(join(folder, 'lines'), 'utf8')).toBe(`${[...lines, 'end'].join('\n')}\n`);
    expect(await readFile(join(folder, 'modes'), 'utf8')).toBe('1\n');
    await screen.waitFor(() => Object.values(screen.modes()).every((mode) => mode));
    screen.type('\u001b[200~two words\u001b[201~');
    await screen.waitFor('pasted:two words');
    screen.type('\u001b[<65;1;1M');
    await screen.waitFor('"direction":"down"');
    screen.type('q');
    await expectGivenBack(screen, 0);
  });

  it('keeps Ctrl-C to itself: it ends the child, not the app', async () => {
    const screen = await open(['sh', '-c', 'echo yours; exec sleep 600']);
    screen.type('s');
    await screen.waitFor('yours');
    screen.type(KEYS.ctrl('c'));
    await screen.waitFor('back:SIGINT');
    screen.type('k');
    await screen.waitFor('key:k');
  });

  it('is put right where the child left it in disorder', async () => {
    const mess = "printf '\\033[?1000h\\033[?25l\\033[31m\\033[?2004h'; stty raw -echo; kill -KILL $$";
    const screen = await open(['sh', '-c', mess]);
    screen.type('s');
    await screen.waitFor('back:SIGKILL');
    expect(screen.modes()).toMatchObject({ alternateScreen: true, mouse: false });
    screen.type('q');
    await expectGivenBack(screen, 0);
  });

  it('for a program that is not there, comes back and says so', async () => {
    const screen = await open(['/nowhere/to/be/found']);
    screen.type('s');
    await screen.waitFor('back:ENOENT');
  });

  it('is taken back also from a shell that made other jobs the foreground', async () => {
    const screen = await open(['bash', '--norc', '--noprofile', '-i']);
    screen.type('s');
    await screen.waitFor(/bash-.*[#$]/);
    screen.type(`sh -c 'echo beg""un; exec sleep 600'${KEYS.enter}`);
    await screen.waitFor('begun');
    screen.type(KEYS.ctrl('c'));
    await screen.waitFor(/\^C\n+bash-.*[#$]$/);
    screen.type(`exit 4${KEYS.enter}`);
    await screen.waitFor('back:4');
    screen.type('k');
    await screen.waitFor('key:k');
  });
});
