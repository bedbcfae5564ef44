import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { KEYS } from './keys.ts';
import { mostWithin, openScreen, type Screen, type ScreenOptions } from './pty-screen.ts';

let folder: string;
let opened: Screen[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pty-screen-'));
  opened = [];
});
afterEach(async () => {
  for (const screen of opened) await screen.close();
  await rm(folder, { recursive: true, force: true });
});

const sh = (script: string, options?: ScreenOptions): Screen => {
  const screen = openScreen(['sh', '-c', script], { cwd: folder, ...options });
  opened.push(screen);
  return screen;
};
/** A dead process whose parent has not looked yet is dead all the same. */
const isAlive = (pid: number): boolean => {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

describe('a screen', () => {
  it('shows what a terminal would, not what was written', async () => {
    const screen = sh("printf 'one\\rT\\n\\033[3;5Hhere\\033[1;10H'; read -r _");
    await screen.waitFor('here');
    expect(screen.text()).toBe('Tne\n\n    here');
    expect(screen.cursor()).toEqual({ column: 9, row: 0 });
    expect(screen.written).toContain('\u001b[3;5H');
  });

  it('hands over what is typed, and waits for an expression or a predicate', async () => {
    const screen = sh('read -r name; echo "hello $name"; read -r other; echo "and $other"');
    screen.type('ann\r');
    await screen.waitFor(/hello \w+/);
    screen.type(`bob${KEYS.backspace}${KEYS.enter}`);
    await screen.waitFor((shown) => shown.endsWith('and bo'));
    expect(await screen.end()).toBe(0);
  });

  it('has the size that it was given, and tells of another one', async () => {
    const screen = sh("trap 'stty size' WINCH; stty size; while :; do read -r _; done", { columns: 100, rows: 30 });
    await screen.waitFor('30 100');
    screen.resize(60, 15);
    await screen.waitFor('15 60');
    expect(screen.text().split('\n').length).toBeLessThanOrEqual(15);
  });

  it('answers a program that asks where the cursor stands', async () => {
    const screen = sh("stty raw -echo; printf 'abc\\033[6n'; dd bs=1 count=6 2>/dev/null | od -An -c; stty sane");
    await screen.waitFor('033');
    expect(screen.text()).toContain('1   ;   4   R');
  });

  it('knows the modes that a program has set', async () => {
    const screen = sh(
      "printf '\\033[?1049h\\033[?2004h\\033[?1000hin'; read -r _; printf '\\033[?1000l\\033[?2004l\\033[?1049lout'",
    );
    await screen.waitFor('in');
    expect(screen.modes()).toEqual({ alternateScreen: true, bracketedPaste: true, mouse: true });
    screen.type(KEYS.enter);
    expect(await screen.end()).toBe(0);
    expect(screen.text()).toBe('out');
    expect(screen.modes()).toEqual({ alternateScreen: false, bracketedPaste: false, mouse: false });
  });

  it('tells the exit code as a shell does: 128 and the number of a signal', async () => {
    expect(await sh('exit 7').end()).toBe(7);
    expect(await sh('kill -TERM $$').end()).toBe(143);
  });

  it('says what it shows when something is awaited in vain, at once when the program has ended', async () => {
    const screen = sh('echo something else; read -r _');
    await screen.waitFor('else');
    await expect(screen.waitFor('this', 50)).rejects.toThrow(/this was not seen in 50 ms; .*\nsomething else/);
    await expect(screen.end(50)).rejects.toThrow(/did not end/);
    screen.type(KEYS.enter);
    await expect(screen.waitFor('this')).rejects.toThrow(/before the program ended with 0/);
  });
});

describe('the bytes of a screen', () => {
  it('are counted, with all that came within any stretch of time', async () => {
    const screen = sh('printf 0123456789; read -r _; printf abc');
    await screen.waitFor('0123456789');
    expect(screen.portions.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(10);
    expect(await screen.listen(20)).toBe(0);
    screen.type(KEYS.enter);
    await screen.end();
    expect(screen.mostBytesWithin(60_000)).toBe(Buffer.byteLength(screen.written));
  });

  it('the fullest stretch is found wherever it lies', () => {
    const portions = [0, 900, 1000, 1100, 5000].map((at, index) => ({ at, bytes: [5, 10, 20, 30, 40][index] ?? 0 }));
    expect(mostWithin(portions, 1000)).toBe(60);
    expect(mostWithin(portions, 1001)).toBe(60);
    expect(mostWithin(portions, 1200)).toBe(65);
    expect(mostWithin(portions, 10)).toBe(40);
    expect(mostWithin([], 10)).toBe(0);
  });
});

describe('a terminal that goes away', () => {
  it('hangs up on the program', async () => {
    const screen = sh("trap 'echo hung up >told; exit 3' HUP; echo ready; while :; do read -r _ || :; done");
    await screen.waitFor('ready');
    expect(await screen.hangUp()).toBe(3);
    expect(await readFile(join(folder, 'told'), 'utf8')).toBe('hung up\n');
  });

  it('closed at the end of a test, takes along whatever does not care', async () => {
    const screen = sh("trap '' HUP; sh -c 'echo $$ >child; exec sleep 600' & echo ready; while :; do sleep 600; done");
    await screen.waitFor('ready');
    const child = await vi.waitFor(async () => {
      const pid = Number(await readFile(join(folder, 'child'), 'utf8'));
      expect(pid).toBeGreaterThan(0);
      return pid;
    });
    await screen.close();
    await screen.close();
    expect(isAlive(screen.pid)).toBe(false);
    await vi.waitFor(() => expect(isAlive(child)).toBe(false));
  });
});
