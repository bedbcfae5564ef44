import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** What the real tests call, and the package of Debian and Ubuntu that brings it. */
const PROGRAMS: readonly (readonly [path: string, brought: string])[] = [
  ['apt-get', 'apt'],
  ['age', 'age'],
  ['/bin/busybox', 'busybox-static'],
  ['debootstrap', 'debootstrap'],
  ['git', 'git'],
  ['mkfs.ext4', 'e2fsprogs'],
  ['e2fsck', 'e2fsprogs'],
  ['ip', 'iproute2'],
  ['npm', 'npm'],
  ['shellcheck', 'shellcheck'],
  ['tmux', 'tmux'],
];

/** Where an installation must not be tried by the way, and a missing prerequisite is a failure. */
const onCi = (process.env.CI ?? '') !== '' && process.env.CI !== 'false';

const isThere = (program: string): boolean =>
  program.startsWith('/')
    ? existsSync(program)
    : (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)));

const run = (file: string, args: readonly string[]): Promise<{ readonly ok: boolean; readonly said: string }> =>
  new Promise((resolve) => {
    execFile(file, args, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve({ ok: error === null, said: `${stdout}${stderr}` });
    });
  });

const answers = async (): Promise<boolean> => (await run('docker', ['version'])).ok;

/** Brings up an engine with fairlead's own step, which is thereby the first thing that is tested. */
const bringUpEngine = async (): Promise<void> => {
  const state = await mkdtemp(join(tmpdir(), 'real-setup-'));
  try {
    process.stderr.write('real tests: no Docker Engine answers; fairlead installs and starts one\n');
    const { ok, said } = await run(here('../../bin/fairlead'), ['run', here('recipes/engine'), '--yes', '--state-dir', state]);
    if (!ok || !(await answers())) throw new Error(`fairlead did not bring up a Docker Engine:\n${said.slice(-6000)}`);
  } finally {
    await rm(state, { recursive: true, force: true });
  }
};

/**
 * Before the real tests: root, the programs that they call and a Docker Engine are there. On CI whatever is missing is an error;
 * elsewhere it is said, and the tests that need it fail: none is skipped.
 */
export async function setup(): Promise<void> {
  const missing = PROGRAMS.filter(([program]) => !isThere(program));
  const wrong = missing.map(([program, brought]) => `${program} is missing: apt-get install ${brought}`);
  if (process.getuid?.() !== 0) wrong.push('root is needed: they make users, install packages and start engines');
  if (wrong.length > 0) {
    const text = `real tests can't all pass here:\n  ${wrong.join('\n  ')}\n`;
    if (onCi) throw new Error(text);
    process.stderr.write(text);
  }
  if (process.getuid?.() === 0 && !(await answers())) await bringUpEngine();
}
