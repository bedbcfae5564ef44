import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { KEYS } from '../keys.ts';
import { openScreen, type Screen } from '../pty-screen.ts';
import { type BundledProgram, bundleProgram } from './bundle-program.ts';
import type { Comparison } from './comparison.ts';

const main = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));

/** Lines that the step prints; how many at once; how often a second. */
export interface LineLoad {
  readonly lines: number;
  readonly portion: number;
}

/** From the start of the process until a terminal of 80 by 24 shows something of the app, and of the least program of Ink. */
export async function benchFirstFrame(rounds: number, signal: AbortSignal): Promise<readonly Comparison[]> {
  const hello = await bundleProgram('hello');
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-bench-frame-'));
  const [bare, ours]: [number[], number[]] = [[], []];
  const env = environment(folder);
  try {
    for (let round = 0; round <= rounds; round++) {
      signal.throwIfAborted();
      const one = await firstFrame([process.execPath, hello.main], 'hello', env);
      const other = await firstFrame([process.execPath, main], 'fairlead', env);
      // The first start of each only warms caches.
      if (round === 0) continue;
      bare.push(one);
      ours.push(other);
    }
  } finally {
    hello.remove();
    rmSync(folder, { recursive: true, force: true });
  }
  return [
    { what: 'first frame', contender: 'Ink hello', unit: 'ms', samples: bare },
    { what: 'first frame', contender: 'fairlead', unit: 'ms', samples: ours, against: bare, goal: { ratio: 1.3 } },
  ];
}

async function firstFrame(argv: readonly string[], text: string, env: Readonly<Record<string, string>>): Promise<number> {
  const began = performance.now();
  const screen = openScreen(argv, { env });
  try {
    await screen.waitFor(text);
    return performance.now() - began;
  } finally {
    await screen.close();
  }
}

/**
 * The memory of the app while it watches a run whose step prints many lines, next to the least program of Ink that keeps the last
 * 10,000; and how long a key takes until the screen shows what it does, while the lines come.
 */
export async function benchLines(rounds: number, load: LineLoad, signal: AbortSignal): Promise<readonly Comparison[]> {
  const ring = await bundleProgram('ring');
  const ringSaw: Seen[] = [];
  const oursSaw: Seen[] = [];
  try {
    for (let round = 0; round < rounds; round++) {
      signal.throwIfAborted();
      const turns = [
        async () => void ringSaw.push(await watchRing(ring, load)),
        async () => void oursSaw.push(await watchRun(load)),
      ];
      for (const turn of round % 2 === 0 ? turns : turns.reverse()) await turn();
    }
  } finally {
    ring.remove();
  }
  const what = `${load.lines} lines`;
  const against = ringSaw.map(({ megabytes }) => megabytes);
  return [
    { what: `${what}: memory`, contender: 'Ink ring', unit: 'MB', samples: against },
    {
      what: `${what}: memory`,
      contender: 'fairlead',
      unit: 'MB',
      samples: oursSaw.map(({ megabytes }) => megabytes),
      against,
      goal: { ratio: 1.3 },
    },
    { what: `${what}: a key`, contender: 'Ink ring', unit: 'ms', samples: ringSaw.flatMap(({ keys }) => keys) },
    {
      what: `${what}: a key`,
      contender: 'fairlead',
      unit: 'ms',
      samples: oursSaw.flatMap(({ keys }) => keys),
      goal: { most: 100 },
    },
  ];
}

/** What was seen of a program while lines came. */
interface Seen {
  readonly megabytes: number;
  readonly keys: readonly number[];
}

/** A shell that prints the lines when it is let, and ends when it is let. */
interface Printer {
  readonly argv: readonly string[];
  /** Waits until it was started. */
  there(): Promise<void>;
  /** Lets it begin as soon as it is there. */
  begin(): void;
  /** Lets it begin and end, as soon as it has come so far. */
  end(): void;
  /** Forgets about it, where it is gone. */
  forget(): void;
}

function makePrinter(folder: string, { lines, portion }: LineLoad): Printer {
  const [first, last] = [join(folder, 'begin'), join(folder, 'end')];
  execFileSync('mkfifo', [first, last]);
  const script = `: >"$1.there"; cat "$1"; i=0
while [ $i -lt ${lines} ]; do
  i=$((i + 1)); echo "line $i of what a container says while it starts, with some words more"
  [ $((i % ${portion})) -ne 0 ] || sleep 0.1
done
cat "$2"`;
  // Who opens one end of a pipe waits for who opens the other.
  const openers: ChildProcess[] = [];
  const open = (pipe: string): void => void openers.push(spawn('sh', ['-c', ': >"$1"', 'sh', pipe], { stdio: 'ignore' }));
  let begun = false;
  const begin = (): void => {
    if (!begun) open(first);
    begun = true;
  };
  return {
    argv: ['sh', '-c', script, 'sh', first, last],
    async there() {
      while (!existsSync(`${first}.there`)) await new Promise((resolve) => setTimeout(resolve, 20));
    },
    begin,
    end() {
      begin();
      open(last);
    },
    forget() {
      for (const opener of openers) opener.kill();
    },
  };
}

async function watchRing(ring: BundledProgram, load: LineLoad): Promise<Seen> {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-bench-ring-'));
  const printer = makePrinter(folder, load);
  const screen = openScreen([process.execPath, ring.main, ...printer.argv], { env: environment(folder) });
  try {
    await screen.waitFor('0 lines');
    printer.begin();
    return await watchLines(screen, load, KEYS.enter);
  } finally {
    await screen.close();
    printer.forget();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function watchRun(load: LineLoad): Promise<Seen> {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-bench-run-'));
  const printer = makePrinter(folder, load);
  const env = environment(folder);
  mkdirSync(join(folder, 'recipe'));
  writeFileSync(join(folder, 'recipe/recipe.yaml'), recipeOf(printer));
  const fairlead = (...args: readonly string[]): readonly string[] => [process.execPath, main, ...args];
  const starter = openScreen(fairlead('run', join(folder, 'recipe'), '--yes'), { env });
  let watcher: Screen | undefined;
  try {
    await starter.waitFor('Print many lines');
    await printer.there();
    // The run has a process of its own: who only looks on begins here.
    await starter.hangUp();
    watcher = openScreen(fairlead('attach', 'bench'), { env });
    await watcher.waitFor('Print many lines');
    printer.begin();
    return await watchLines(watcher, load, KEYS.escape);
  } finally {
    printer.end();
    await watcher?.close();
    await starter.close();
    await untilOver(env);
    printer.forget();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Presses keys while lines come, until the last one is seen. `back`: the key that shows the lines again. */
async function watchLines(screen: Screen, { lines }: LineLoad, back: string): Promise<Seen> {
  const keys: number[] = [];
  const isOver = (): boolean => screen.text().includes(`line ${lines} of`);
  await screen.waitFor(/line \d+ of/);
  do {
    const began = performance.now();
    screen.type('?');
    await screen.waitFor('Keys');
    keys.push(performance.now() - began);
    screen.type(back);
    await screen.waitFor((shown) => /line \d+ of/.test(shown) && !shown.includes('Keys'));
    const before = screen.text();
    // Lines go on, or have come to their end.
    await screen.waitFor((shown) => shown !== before || isOver());
  } while (!isOver());
  const status = readFileSync(`/proc/${screen.pid}/status`, 'utf8');
  return { megabytes: Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN) / 1024, keys };
}

function recipeOf({ argv }: Printer): string {
  return stringify({
    recipe: 'bench',
    version: '1.0.0',
    title: 'Many lines',
    steps: [{ id: 'print', title: 'Print many lines', uses: 'host.command', with: { argv } }],
  });
}

function environment(folder: string): Readonly<Record<string, string>> {
  return { FAIRLEAD_STATE_DIR: join(folder, 'state'), FAIRLEAD_CONFIG_DIR: join(folder, 'config') };
}

/** Waits until the run's process is gone: it writes in the folder that is to be removed. */
async function untilOver(env: Readonly<Record<string, string>>): Promise<void> {
  const screen = openScreen([process.execPath, main, 'attach', 'bench', '--plain'], { env });
  try {
    await screen.end();
  } finally {
    await screen.close();
  }
}
