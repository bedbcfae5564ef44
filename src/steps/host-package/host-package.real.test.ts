import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { createNodeHost } from '../../adapters/host/node-host.ts';
import type { Host } from '../../model/ports.ts';
import type { ApplyContext } from '../../model/step.ts';
import { contextOf, convergeStep, createWorld, planStep } from '../../testing/step-bench.ts';
import { turnOfPackages } from '../../testing/turn-of-packages.ts';
import { hostPackage } from './host-package.ts';

const run = promisify(execFile);
/** Tiny, and nothing depends on it. */
const NAME = 'hello';
const params = { names: [NAME] };

/** Holds dpkg's lock as another apt does, until its input ends. */
const HOLD_LOCK = [
  '-e',
  'use Fcntl; open(my $f, "+<", "/var/lib/dpkg/lock-frontend") or die "no file: $!";' +
    'my $lock = pack("s! s! l! l! i", F_WRLCK, 0, 0, 0, 0); fcntl($f, F_SETLKW, $lock) or die "no lock: $!";' +
    '$| = 1; print "held\\n"; <STDIN>;',
];

let host: Host;
let holder: ChildProcess | undefined;
let turn: Awaited<ReturnType<typeof turnOfPackages>> | undefined;

beforeAll(async () => {
  turn = await turnOfPackages();
  host = await createNodeHost({ reveal: async (text) => String(text) });
  const { code } = await host.exec({ argv: [NAME] }, { signal: AbortSignal.timeout(5000) }).catch(() => ({ code: null }));
  expect(code, `${NAME} is installed already, and these tests would remove it`).toBe(null);
});

afterAll(() => turn?.release());

afterEach(async () => {
  holder?.kill();
  holder = undefined;
  await run('apt-get', ['-y', '-qq', '-o', 'DPkg::Lock::Timeout=60', 'remove', NAME]);
});

function contextOnThisHost(overrides: Partial<ApplyContext> = {}): ApplyContext {
  return { ...contextOf(createWorld(), hostPackage), host, signal: AbortSignal.timeout(600_000), ...overrides };
}

it('installs a package and removes it again, and changes nothing the second time', async () => {
  const ctx = contextOnThisHost();
  expect(await convergeStep(hostPackage, params, ctx)).toMatchObject({ changes: [{ action: 'create', target: NAME }], left: [] });
  expect((await run(NAME, [])).stdout).toContain('Hello');
  expect(await planStep(hostPackage, params, ctx)).toEqual([]);

  const absent = { ...params, ensure: 'absent' as const };
  expect(await planStep(hostPackage, absent, ctx), 'not made by fairlead').toEqual([]);
  const made = contextOnThisHost({ made: (target) => target === NAME });
  expect(await convergeStep(hostPackage, absent, made)).toMatchObject({
    changes: [{ action: 'delete', target: NAME }],
    left: [],
  });
  expect(await planStep(hostPackage, absent, made)).toEqual([]);
});

it('says that no archive has a package', async () => {
  const ctx = contextOnThisHost();
  await expect(convergeStep(hostPackage, { names: ['fairlead-no-such-package'], update: 'never' }, ctx)).rejects.toMatchObject({
    failure: { code: 'package.not-found' },
  });
});

it("waits visibly for dpkg's lock, and installs when it is free", async () => {
  const child = spawn('perl', HOLD_LOCK, { stdio: ['pipe', 'pipe', 'inherit'] });
  holder = child;
  await once(child.stdout, 'data');
  let waited: string | undefined;
  const ctx = contextOnThisHost({
    progress: (text) => {
      if (!text.startsWith('Waiting')) return;
      waited ??= text;
      child.stdin.end();
    },
  });
  expect((await convergeStep(hostPackage, params, ctx)).left).toEqual([]);
  expect(waited).toBe(`Waiting for perl (process ${child.pid}), which holds /var/lib/dpkg/lock-frontend`);
});
