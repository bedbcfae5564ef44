import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ChildrenRegister, ProgramEntry } from '../../model/children.ts';
import { fail } from '../../model/failure.ts';
import type { Host } from '../../model/ports.ts';
import { SecretText, secretText, type Text } from '../../model/secrets.ts';
import { KEPT_BYTES } from '../lib/bounded-output.ts';
import { LONGEST_LINE } from '../lib/line-cutter.ts';
import { hostContract } from './host-contract.ts';
import { createNodeHost } from './node-host.ts';
import { signalGroup } from './process-group.ts';

const isRoot = process.getuid?.() === 0;
/** A law for who is not root is none for root: it is not skipped there, it does not apply. */
const lawOfOthers = isRoot ? () => undefined : it;
const reveal = async (text: Text): Promise<string> => (text instanceof SecretText ? 'opened secret' : text);

for (const [name, listed] of [
  ['this machine', (): undefined => undefined],
  ['this machine, output by named pipes', listWithPipes],
] as const) {
  hostContract(name, isRoot, async () => {
    const dir = await mkdtemp(join(tmpdir(), 'fairlead-host-'));
    const pipes = await mkdtemp(join(tmpdir(), 'fairlead-pipes-'));
    const children = listed(pipes);
    return {
      host: await createNodeHost({ reveal, ...(children === undefined ? {} : { children }) }),
      dir,
      link: (target, path) => symlink(target, path),
      async cleanUp() {
        await rm(dir, { recursive: true, force: true });
        await rm(pipes, { recursive: true, force: true });
      },
    };
  });
}

/** A list of children that keeps none, and gives each its pipes. */
function listWithPipes(folder: string): ChildrenRegister {
  let count = 0;
  return {
    program() {
      count += 1;
      const pipes = { stdout: join(folder, `${count}.out`), stderr: join(folder, `${count}.err`) };
      execFileSync('/usr/bin/mkfifo', [pipes.stdout, pipes.stderr]);
      const ended = (): void => {
        for (const path of [pipes.stdout, pipes.stderr]) rmSync(path);
      };
      return { environment: {}, pipes, started: () => undefined, ended };
    },
    exec: (): never => expect.unreachable('nothing here runs in a container'),
  };
}

describe('this machine', () => {
  let host: Host;
  let dir: string;
  /** What the list of children was told, in order. */
  const told: (string | number)[] = [];
  const children = {
    program: ([program = '']: readonly string[]): ProgramEntry => {
      told.push(`about to start ${program}`);
      return {
        environment: { FAIRLEAD_MARK: 'mark' },
        started: (pid) => told.push('started', pid),
        ended: () => told.push('ended'),
      };
    },
    exec: (): never => expect.unreachable('nothing here runs in a container'),
  };
  const { signal } = new AbortController();
  const node = (script: string, ...args: string[]): string[] => [process.execPath, '-e', script, ...args];
  const sh = (script: string, ...args: string[]): string[] => ['/bin/sh', '-c', script, 'sh', ...args];

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'fairlead-exec-'));
    told.length = 0;
    host = await createNodeHost({ reveal, children });
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it('has an id that stays the same, and our own user id', async () => {
    expect(host.id).toMatch(/^[0-9a-f]{32}$/);
    expect((await createNodeHost({ reveal })).id).toBe(host.id);
    expect(host.uid).toBe(process.getuid?.());
  });

  it('passes arguments untouched: quotes, `$`, spaces, newlines, empty ones', async () => {
    const args = ["it's", '$HOME `id` $(id)', '"a  b"', 'line\nline', '', '\\', '*', 'grüße'];
    const { stdout } = await host.exec({ argv: node('console.log(JSON.stringify(process.argv.slice(1)))', ...args) }, { signal });
    expect(JSON.parse(stdout)).toEqual(args);
  });

  it('gives a program its input, revealed, and closes it', async () => {
    expect(await host.exec({ argv: ['cat'], stdin: secretText('a') }, { signal })).toMatchObject({
      code: 0,
      stdout: 'opened secret',
    });
    expect(await host.exec({ argv: ['cat'] }, { signal })).toMatchObject({ code: 0, stdout: '' });
  });

  it('survives a program that does not read its input', async () => {
    const command = { argv: ['true'], stdin: 'x'.repeat(4 * 1024 * 1024) };
    expect(await host.exec(command, { signal })).toMatchObject({ code: 0 });
  });

  it('gives a program our environment without UID and GID, then its own, revealed; `undefined` removes', async () => {
    vi.stubEnv('UID', '4242');
    vi.stubEnv('GID', '4242');
    vi.stubEnv('FAIRLEAD_TEST_KEPT', 'kept');
    vi.stubEnv('FAIRLEAD_TEST_GONE', 'gone');
    vi.stubEnv('LC_ALL', undefined);
    try {
      const env = { SECRET: secretText('a'), FAIRLEAD_TEST_GONE: undefined };
      const { stdout } = await host.exec({ argv: ['env', '-0'], env }, { signal });
      const seen = Object.fromEntries(stdout.split('\0').map((line) => line.split('=', 2)));
      expect(seen).toMatchObject({
        SECRET: 'opened secret',
        FAIRLEAD_TEST_KEPT: 'kept',
        FAIRLEAD_MARK: 'mark',
        LC_ALL: 'C.UTF-8',
        PATH: process.env.PATH,
      });
      for (const name of ['UID', 'GID', 'FAIRLEAD_TEST_GONE']) expect(seen).not.toHaveProperty(name);
      const own = await host.exec({ argv: sh('echo $UID $LC_ALL'), env: { UID: '7', LC_ALL: 'C' } }, { signal });
      expect(own.stdout).toBe('7 C\n');
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('runs a program in its folder', async () => {
    expect((await host.exec({ argv: ['pwd'], cwd: dir }, { signal })).stdout).toBe(`${dir}\n`);
  });

  it('tells how a program ended: by an exit code, or by a signal', async () => {
    expect(await host.exec({ argv: sh('echo out; echo err >&2; exit 7') }, { signal })).toEqual({
      code: 7,
      signal: null,
      stdout: 'out\n',
      stderr: 'err\n',
    });
    expect(await host.exec({ argv: sh('kill -9 $$') }, { signal })).toMatchObject({ code: null, signal: 'SIGKILL' });
  });

  it('gives out lines of both streams without their ends, also the last one and characters split over chunks', async () => {
    const lines: string[] = [];
    const script = `
      const bytes = Buffer.from('grü\\n');
      process.stdout.write(bytes.subarray(0, 3));
      setImmediate(() => { process.stdout.write(bytes.subarray(3)); process.stdout.write('two\\r\\n\\nlast'); });
      process.stderr.write('error\\n');`;
    await host.exec({ argv: node(script) }, { signal, onLine: (line) => lines.push(line) });
    expect(lines.filter((line) => line !== 'error')).toEqual(['grü', 'two', '', 'last']);
    expect(lines).toContain('error');
  });

  it('cuts a very long line, and says how much of it is left out', async () => {
    const lines: string[] = [];
    const script = `process.stdout.write('x'.repeat(${LONGEST_LINE * 2 + 5}) + '\\nnext\\n')`;
    await host.exec({ argv: node(script) }, { signal, onLine: (line) => lines.push(line) });
    const said = `[... ${LONGEST_LINE + 5} bytes of this line are left out ...]`;
    const inAll = `[... in all, ${LONGEST_LINE + 5} of ${LONGEST_LINE * 2 + 11} bytes are left out ...]`;
    expect(lines).toEqual(['x'.repeat(LONGEST_LINE), said, 'next', inAll]);
  });

  it('keeps the end of a big output, in bounded memory, from the beginning of a line on', async () => {
    const before = process.memoryUsage().rss;
    const command = { argv: sh("head -c 300000000 /dev/zero | tr '\\0' '\\n'; printf %s \"$1\"; echo small >&2", 'end') };
    const { stdout, stderr } = await host.exec(command, { signal });
    expect(Buffer.byteLength(stdout)).toBe(KEPT_BYTES);
    expect(stdout.endsWith('\n\n\nend')).toBe(true);
    expect(stderr).toBe('small\n');
    expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000);

    const wide = await host.exec({ argv: node(`process.stdout.write('ü\\n'.repeat(${KEPT_BYTES}) + 'x')`) }, { signal });
    expect(Buffer.byteLength(wide.stdout)).toBe(KEPT_BYTES);
    expect(wide.stdout).toMatch(/^(?:ü\n)+x$/);
  });

  it('starts each program in a session of its own, and says when it starts and ends', async () => {
    const { stdout } = await host.exec({ argv: sh('cut -d" " -f5,6 /proc/$$/stat; echo $$') }, { signal });
    const [group, session, pid] = stdout.split(/\s/).map(Number);
    expect([group, session]).toEqual([pid, pid]);
    expect(told).toEqual(['about to start /bin/sh', 'started', pid, 'ended']);
  });

  it('starts nothing that can not be listed, and takes off the list what could not be started', async () => {
    const file = join(dir, 'made');
    const full = (): never => {
      throw fail('state.not-writable', 'The disk is full.');
    };
    const unlisted = await createNodeHost({ reveal, children: { ...children, program: full } });
    await expect(unlisted.exec({ argv: ['touch', file] }, { signal })).rejects.toMatchObject({
      failure: { code: 'state.not-writable' },
    });
    expect(await host.files([{ op: 'stat', path: file }])).toEqual([undefined]);
    await expect(host.exec({ argv: ['/no/such/program'] }, { signal })).rejects.toMatchObject({
      failure: { code: 'host.no-such-program' },
    });
    await expect(host.exec({ argv: ['true', 'x'.repeat(300_000)] }, { signal })).rejects.toMatchObject({
      failure: { code: 'host.command-too-long' },
    });
    expect(told).toEqual(['about to start /no/such/program', 'ended', 'about to start true', 'ended']);
  });

  it('kills the whole group when it is aborted, and rejects with the reason once the group is gone', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const script = 'sleep 1000 & echo $!; echo $$; wait';
    const pids: number[] = [];
    const running = host.exec(
      { argv: sh(script) },
      {
        signal: controller.signal,
        onLine: (line) => {
          pids.push(Number(line));
          if (pids.length === 2) controller.abort(reason);
        },
      },
    );
    await expect(running).rejects.toBe(reason);
    expect(pids).toHaveLength(2);
    expect(pids.filter(isAlive)).toEqual([]);
    expect(told.slice(-3)).toEqual(['started', pids[1], 'ended']);
  });

  it('waits for a program that cleans up before it ends', async () => {
    const controller = new AbortController();
    const script = 'trap "echo clean > $1; exit 0" TERM; echo ready; while :; do sleep 0.02; done';
    const running = host.exec(
      { argv: sh(script, join(dir, 'cleaned')) },
      { signal: controller.signal, onLine: () => controller.abort() },
    );
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
    expect(await readFile(join(dir, 'cleaned'), 'utf8')).toBe('clean\n');
  });

  it('kills a program that ignores the first signal after 10 seconds', { timeout: 300_000 }, async () => {
    const controller = new AbortController();
    const started = Promise.withResolvers<number>();
    const running = host.exec(
      { argv: sh('trap "" TERM; echo $$; while :; do sleep 0.1; done') },
      {
        signal: controller.signal,
        onLine: (line) => {
          vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
          controller.abort();
          started.resolve(Number(line));
        },
      },
    );
    try {
      const pid = await started.promise;
      vi.advanceTimersByTime(9_999);
      expect(isAlive(pid)).toBe(true);
      vi.advanceTimersByTime(1);
      await expect(running).rejects.toMatchObject({ name: 'AbortError' });
      expect(isAlive(pid)).toBe(false);
    } finally {
      vi.useRealTimers();
    }
  });

  it('does not wait for a daemon that keeps the output open, and does not end it', async () => {
    const pidFile = join(dir, 'pid');
    const script = 'echo started; (trap "" HUP; echo more; exec sleep 1000) & echo $! > "$1"';
    const begin = performance.now();
    const { code, stdout } = await host.exec({ argv: sh(script, pidFile) }, { signal });
    const daemon = Number(readFileSync(pidFile, 'utf8'));
    try {
      expect(code).toBe(0);
      expect(stdout).toContain('started\n');
      expect(performance.now() - begin).toBeLessThan(60_000);
      expect(isAlive(daemon)).toBe(true);
    } finally {
      process.kill(daemon, 'SIGKILL');
    }
  });

  it('reads a big output by named pipes too, and does not wait for a daemon that keeps them open', async () => {
    const piped = await createNodeHost({ reveal, children: listWithPipes(dir) });
    const big = await piped.exec(
      { argv: sh("head -c 5000000 /dev/zero | tr '\\0' '\\n'; printf end; echo small >&2") },
      { signal },
    );
    expect(big.stdout).toHaveLength(KEPT_BYTES);
    expect(big.stdout.endsWith('\nend')).toBe(true);
    expect(big.stderr).toBe('small\n');

    const script = 'echo started; (exec sleep 1000) & echo $!';
    const begin = performance.now();
    const { stdout } = await piped.exec({ argv: sh(script) }, { signal });
    const [said, daemon] = stdout.split('\n');
    try {
      expect(said).toBe('started');
      expect(performance.now() - begin).toBeLessThan(60_000);
      expect(isAlive(Number(daemon))).toBe(true);
    } finally {
      process.kill(Number(daemon), 'SIGKILL');
    }
    const missing = piped.exec({ argv: ['/no/such/program'] }, { signal });
    await expect(missing).rejects.toMatchObject({ failure: { code: 'host.no-such-program' } });
    expect((await readdir(dir)).filter((name) => /^\d/.test(name))).toEqual([]);
  });

  describe('with a program that would read on for it', () => {
    /** The numbers of the processes that were started to read on. */
    const readers = (): string[] => readFileSync(join(dir, 'readers'), { encoding: 'utf8', flag: 'a+' }).split('\n').slice(0, -1);
    let piped: Host;

    beforeEach(async () => {
      const programs = join(dir, 'programs');
      await mkdir(programs);
      const cat = `#!/bin/sh\necho $$ >>'${dir}/readers'\nexec /bin/cat\n`;
      await writeFile(join(programs, 'cat'), cat, { mode: 0o755 });
      vi.stubEnv('PATH', `${programs}:${process.env.PATH}`);
      piped = await createNodeHost({ reveal, children: listWithPipes(dir) });
    });
    afterEach(() => vi.unstubAllEnvs());

    it('starts none for a program that ends with all that it started, however it ends', async () => {
      const lines: string[] = [];
      const options = { signal, onLine: (line: string) => lines.push(line) };
      await piped.exec({ argv: ['true'] }, options);
      await piped.exec({ argv: ['/no/such/program'] }, options).catch(() => undefined);
      await piped.exec({ argv: sh('head -c 5000000 /dev/zero; echo; echo end >&2; exit 7') }, options);
      await piped.exec({ argv: sh('echo a; kill -9 $$') }, options);
      await piped.exec({ argv: sh('(echo b) & wait; exec >&- 2>&-') }, options);
      const stop = new AbortController();
      const stopped = piped.exec({ argv: ['sleep', '1000'] }, { signal: stop.signal });
      stop.abort(new Error('stop'));
      await expect(stopped).rejects.toThrow('stop');
      expect(readers()).toEqual([]);
      expect(lines).toContain('end');
      expect(lines.join()).not.toContain('left something running');
    });

    it('starts one for each pipe that a daemon still has open, says so, and keeps no descriptor', async () => {
      const open = (): number => readdirSync('/proc/self/fd').length;
      await piped.exec({ argv: ['true'] }, { signal });
      const before = open();
      const lines: string[] = [];
      const script = 'echo $$; (trap "" HUP; exec sleep 1000) 2>&- &';
      const { stdout } = await piped.exec({ argv: sh(script) }, { signal, onLine: (line) => lines.push(line) });
      const group = Number(stdout);
      try {
        expect(lines).toEqual([`${group}`, '[it left something running that still writes here; give it a log file]']);
        await expect.poll(readers).toHaveLength(1);
        expect(isAlive(Number(readers()[0]))).toBe(true);
        await expect.poll(open).toBeLessThanOrEqual(before);
      } finally {
        process.kill(-group, 'SIGKILL');
      }
      await expect.poll(() => isAlive(Number(readers()[0]))).toBe(false);
    });

    it('reads on by itself where there is no such program: it does not break what the daemon writes to', async () => {
      vi.stubEnv('PATH', dir);
      const script = 'echo $$; (trap "" HUP; while test ! -e "$1"; do /bin/sleep 0.05; done; /usr/bin/seq 100000; echo >"$2") &';
      const [go, done] = [join(dir, 'go'), join(dir, 'done')];
      const quiet = await createNodeHost({ reveal, children: listWithPipes(dir) });
      const { stdout } = await quiet.exec({ argv: sh(script, go, done) }, { signal });
      try {
        await writeFile(go, '');
        await expect.poll(() => existsSync(done)).toBe(true);
      } finally {
        signalGroup(Number(stdout), 'SIGKILL');
      }
    });
  });

  it("rejects with a line listener's own error, and ends the program", async () => {
    const onLine = (): void => {
      throw new Error('listener');
    };
    await expect(host.exec({ argv: sh('echo x; sleep 1000') }, { signal, onLine })).rejects.toThrow('listener');
  });

  it('fails for a file that can not be executed, and for an empty command', async () => {
    const file = join(dir, 'program');
    await writeFile(file, '#!/bin/sh\necho ran\n', { mode: 0o644 });
    await expect(host.exec({ argv: [file] }, { signal })).rejects.toMatchObject({ failure: { code: 'host.not-executable' } });
    await chmod(file, 0o755);
    expect((await host.exec({ argv: [file] }, { signal })).stdout).toBe('ran\n');
    await expect(host.exec({ argv: [] }, { signal })).rejects.toMatchObject({ failure: { code: 'host.bad-command' } });
  });

  it('runs as our own user when that is asked for, with its home', async () => {
    const { username, homedir } = userInfo();
    const { stdout } = await host.exec({ argv: sh('id -un; echo $HOME $USER $LOGNAME; pwd'), user: username }, { signal });
    expect(stdout).toBe(`${username}\n${homedir} ${username} ${username}\n/\n`);
  });

  it.runIf(isRoot)('(as root) runs as another user, with its login group, home and name', async () => {
    const { stdout } = await host.exec({ argv: sh('id -un; id -G; echo $HOME $USER'), user: 'nobody' }, { signal });
    const entry =
      readFileSync('/etc/passwd', 'utf8')
        .split('\n')
        .find((line) => line.startsWith('nobody:'))
        ?.split(':') ?? [];
    expect(stdout).toBe(`nobody\n${entry[3]}\n${entry[5]} nobody\n`);
    const missing = host.exec({ argv: ['fairlead-no-such-program'], user: 'nobody' }, { signal });
    await expect(missing).rejects.toMatchObject({ failure: { code: 'host.no-such-program' } });
  });

  lawOfOthers('(not as root) refuses to run as another user', async () => {
    await expect(host.exec({ argv: ['id'], user: 'root' }, { signal })).rejects.toMatchObject({
      failure: { code: 'host.permission-denied' },
    });
  });

  it('does not wait for a writer where a named pipe lies, and does not read devices', async () => {
    const pipe = join(dir, 'pipe');
    await host.exec({ argv: ['mkfifo', pipe] }, { signal });
    for (const path of [pipe, '/dev/zero']) {
      await expect(host.files([{ op: 'read', path }])).rejects.toMatchObject({ failure: { code: 'host.not-a-file' } });
      expect(await host.files([{ op: 'stat', path }])).toMatchObject([{ kind: 'other' }]);
    }
  });

  it('reads files whose size the system does not know beforehand', async () => {
    const [status] = await host.files([{ op: 'read', path: '/proc/self/status' }]);
    expect(new TextDecoder().decode(status)).toContain('Name:');
  });
});

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
