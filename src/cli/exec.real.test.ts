import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { importBusyboxImage, removeBusyboxImage } from '../testing/busybox-image.ts';
import { createFairlead, type Fairlead } from '../testing/fairlead-process.ts';
import { KEYS } from '../testing/keys.ts';
import { openFairlead, type Screen, type ScreenOptions } from '../testing/pty-screen.ts';

const run = promisify(execFile);
const launcher = fileURLToPath(new URL('../../bin/fairlead', import.meta.url));
const suffix = randomBytes(4).toString('hex');
const image = `fairlead-exec-${suffix}:1`;
const box = `fairlead-exec-${suffix}`;
const CHORD = KEYS.ctrl(']');

/** The deployment is a step in a container that is there: what is tried here does not depend on who made it. */
const RECIPE = `recipe: boxed
version: 1.0.0
title: A box
source: nowhere
steps:
  - { id: look, title: Look at it, uses: container.exec, with: { container: ${box}, argv: ['true'] } }
`;

let fairlead: Fairlead;
let folder: string;
let opened: Screen[] = [];

beforeAll(async () => {
  await importBusyboxImage(image);
  await run('docker', ['run', '--detach', '--name', box, '--label', 'com.docker.compose.service=web', image]);
  folder = await mkdtemp(join(tmpdir(), 'exec-'));
  await mkdir(join(folder, 'boxed'));
  await writeFile(join(folder, 'boxed/recipe.yaml'), RECIPE);
  fairlead = await createFairlead();
  const { code, stderr } = await fairlead.run('run', join(folder, 'boxed'), '--yes', '--json');
  expect(stderr).toBe('');
  expect(code).toBe(0);
});
afterEach(async () => {
  for (const screen of opened) await screen.close();
  opened = [];
});
afterAll(async () => {
  await run('docker', ['rm', '--force', box]).catch(() => undefined);
  await removeBusyboxImage(image);
  await fairlead.cleanUp();
  await rm(folder, { recursive: true, force: true });
});

function open(args: readonly string[], options: ScreenOptions = {}): Screen {
  const screen = openFairlead(args, { ...options, env: { FAIRLEAD_STATE_DIR: fairlead.stateDir, ...options.env } });
  opened.push(screen);
  return screen;
}

/** A shell on the page of the app, from its first page on. */
async function openPage(): Promise<Screen> {
  const screen = open([]);
  await screen.waitFor('boxed');
  screen.type(KEYS.ctrl('x'));
  await screen.waitFor(/› ● web +running/);
  screen.type(KEYS.enter);
  await screen.waitFor('/ #');
  return screen;
}

/** What runs in the box besides its first process. */
async function left(): Promise<readonly string[]> {
  const { stdout } = await run('docker', ['top', box, '-o', 'pid,args']);
  return stdout
    .split('\n')
    .slice(1)
    .map((line) => line.trim().replace(/^\d+ +/, ''))
    .filter((line) => line !== '' && !line.startsWith('sh -c trap') && line !== 'sleep 3600');
}

const nothingIsLeft = (): Promise<void> => vi.waitFor(async () => expect(await left()).toEqual([]), { interval: 100 });

const inBox = async (...argv: readonly string[]): Promise<string> => (await run('docker', ['exec', box, ...argv])).stdout;

it('the services are offered at TAB', async () => {
  const { stdout } = await fairlead.run('complete', '--', 'exec', 'boxed', '');
  expect(stdout.split('\n')[0]).toBe(`web\t${image}`);
});

describe('the terminal inside the app', () => {
  it('vi: typed, resized in the middle, saved and left; the file is there, and no process', async () => {
    const screen = await openPage();
    screen.type('busybox vi /tmp/note\r');
    await screen.waitFor('- /tmp/note');
    screen.type('ione line');
    await screen.waitFor('one line');
    screen.resize(100, 30);
    // Its status line is where the larger screen has its last row: below it come the key bar and the row that stays free.
    await screen.waitFor((shown) => /^I \/tmp\/note/.test(shown.split('\n')[27] ?? ''));
    screen.type('\rand another, grüße');
    screen.type(KEYS.escape);
    await screen.waitFor(/^- \/tmp\/note/m);
    screen.type(`k${KEYS.up}${KEYS.end}`);
    screen.type('xa!');
    await screen.waitFor('one lin!');
    // Escape and a key within 50 ms are one unknown key to busybox's vi, which drops both: it has to be out of insert mode first.
    screen.type(KEYS.escape);
    await screen.waitFor(/^- \/tmp\/note/m);
    screen.type(':wq\r');
    await screen.waitFor((shown) => shown.includes('/ #') && !shown.includes('and another'));
    expect(await inBox('cat', '/tmp/note')).toBe('one lin!\nand another, grüße\n');
    screen.type('exit\r');
    await screen.waitFor('The program in web has ended.');
    await nothingIsLeft();
    // What is pressed at once was meant for the shell: it is not heeded.
    await vi.waitFor(() => {
      screen.type(KEYS.enter);
      // Longer than it takes to draw that page: on it the key would open another shell.
      return screen.waitFor('Containers of boxed', 5000);
    });
    screen.type(KEYS.ctrl('c'));
    await screen.waitFor('quit fairlead');
    screen.type('q');
    expect(await screen.end()).toBe(0);
    expect(screen.modes()).toEqual({ alternateScreen: false, bracketedPaste: false, mouse: false });
  });

  it('less and top work, Ctrl-C reaches a program, a flood of output keeps the pace, and full screen is there and back', async () => {
    const screen = await openPage();
    screen.type('seq 300 | busybox less\r');
    await screen.waitFor(/^19$/m);
    screen.type(' ');
    await screen.waitFor(/^38$/m);
    screen.type('q');
    screen.type('busybox top\r');
    await screen.waitFor(/PID +PPID +USER/);
    screen.type('q');
    await screen.waitFor(/^\/ #$/m);
    screen.type('yes | cat -n\r');
    await screen.waitFor(/\d{4,} +y/);
    const began = performance.now();
    const written = await screen.listen(1500);
    expect(written / (performance.now() - began)).toBeLessThan(100);
    screen.type(KEYS.ctrl('c'));
    await screen.waitFor(/^\/ #$/m);
    screen.type('busybox clear; echo "in $((40 + 2))"\r');
    await screen.waitFor('in 42');
    screen.type(`${CHORD}f`);
    await screen.waitFor((shown) => shown.includes('in 42') && !shown.includes('fairlead'));
    // The program hears of its new size a moment later.
    const isOf = (rows: number): string =>
      `until busybox test "$(busybox stty size)" = "${rows} 80"; do sleep 0.1; done; echo "has $((${rows})) rows"\r`;
    screen.type(isOf(24));
    await screen.waitFor('has 24 rows');
    screen.type(CHORD);
    await screen.waitFor(/fairlead ›[\s\S]*has 24 rows/);
    screen.type(isOf(20));
    await screen.waitFor('has 20 rows');
    screen.type(`${CHORD}l`);
    await screen.waitFor('The program in web was ended.');
    await nothingIsLeft();
  });

  it.each([
    ['the chord', (screen: Screen) => screen.type(`${CHORD}l`)],
    ['a hang-up', (screen: Screen) => void screen.hangUp()],
    ['kill -9', (screen: Screen) => void process.kill(screen.pid, 'SIGKILL')],
  ])('leaving by %s in the middle of vi leaves no process', async (_, leave) => {
    const screen = await openPage();
    screen.type('busybox vi /tmp/unsaved\r');
    await screen.waitFor('- /tmp/unsaved');
    screen.type('inever saved');
    await screen.waitFor('never saved');
    leave(screen);
    await nothingIsLeft();
    await expect(inBox('cat', '/tmp/unsaved')).rejects.toThrow();
  });
});

describe('exec at a terminal', () => {
  it('hands the terminal to the program: sizes, Ctrl-C, its modes; and passes its exit code on', async () => {
    const screen = open(['exec', 'boxed', 'web']);
    await screen.waitFor('/ #');
    screen.type('busybox vi /tmp/mine\r');
    await screen.waitFor('- /tmp/mine');
    screen.resize(90, 33);
    await screen.waitFor((shown) => /^- \/tmp\/mine/.test(shown.split('\n')[32] ?? ''));
    screen.type(':q!\r');
    await screen.waitFor((shown) => shown.endsWith('/ #'));
    // In one process group: between two programs Ctrl-C would be nobody's.
    screen.type("sh -c 'busybox stty size; exec sleep 600'\r");
    await screen.waitFor('33 90');
    screen.type(KEYS.ctrl('c'));
    await screen.waitFor(/\^C\s+\/ #$/);
    screen.type("printf '\\033]0;title\\007\\033[?2004h\\033[31mred\\033[m\\n'; exit 7\r");
    expect(await screen.end()).toBe(7);
    expect(screen.modes()).toEqual({ alternateScreen: false, bracketedPaste: false, mouse: false });
    expect(screen.written).toContain('\u001b[31mred');
    expect(screen.written).not.toContain('\u001b]0;title');
    await nothingIsLeft();
  });

  it.each([
    ['a hang-up', (screen: Screen) => void screen.hangUp()],
    ['kill -9', (screen: Screen) => void process.kill(screen.pid, 'SIGKILL')],
  ])('%s leaves no process', async (_, leave) => {
    const screen = open(['exec', 'boxed', 'web', '--', 'sh', '-c', 'busybox vi /tmp/gone']);
    await screen.waitFor('- /tmp/gone');
    leave(screen);
    await nothingIsLeft();
  });

  it('ended by a signal, it ends the program and gives the terminal back', async () => {
    const screen = open(['exec', 'boxed', 'web', '--', 'busybox', 'vi', '/tmp/gone']);
    await screen.waitFor('- /tmp/gone');
    expect(screen.modes().alternateScreen).toBe(true);
    process.kill(screen.pid, 'SIGTERM');
    expect(await screen.end()).toBe(143);
    expect(screen.modes().alternateScreen).toBe(false);
    await nothingIsLeft();
  });
});

describe('exec without a terminal', () => {
  /** Runs it with an input; its exit code and its output. */
  const piped = async (args: readonly string[], input: Uint8Array = Buffer.alloc(0)) => {
    const child: ChildProcess = spawn(launcher, ['exec', 'boxed', ...args], {
      env: { ...process.env, FAIRLEAD_STATE_DIR: fairlead.stateDir },
      stdio: 'pipe',
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => err.push(chunk));
    child.stdin?.end(input);
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    return { code, stdout: Buffer.concat(out), stderr: Buffer.concat(err).toString() };
  };

  it('passes input, output and exit code on, byte for byte', async () => {
    const bytes = randomBytes(300_000);
    const copied = await piped(['web', '--', 'cat'], bytes);
    expect(copied.code).toBe(0);
    expect(copied.stdout.equals(bytes)).toBe(true);
    const failed = await piped([box, '--', 'sh', '-c', 'echo out; echo err >&2; exit 9', '--json']);
    expect(failed).toMatchObject({ code: 9, stderr: 'err\n' });
    expect(failed.stdout.toString()).toBe('out\n');
    await nothingIsLeft();
  });

  it('names what there is where a service is unknown, and nothing is recorded', async () => {
    const unknown = await piped(['wep']);
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toContain('Did you mean `web`?');
    expect(unknown.stderr).toContain('There are: web.');
    expect((await fairlead.run('runs', '--json')).stdout.match(/"deployment": "boxed"/g)).toHaveLength(1);
  });

  it('is ended, and ends the program, when its reader goes away', async () => {
    const { stdout } = await run(
      'bash',
      ['-c', '"$0" exec boxed web -- yes </dev/null | head -1; echo "${PIPESTATUS[0]}"', launcher],
      {
        env: { ...process.env, FAIRLEAD_STATE_DIR: fairlead.stateDir },
      },
    );
    expect(stdout).toBe('y\n141\n');
    await nothingIsLeft();
  });
});
