import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DockerEngine, LogLine, TerminalProgram } from '../../model/ports.ts';

/** What the contract needs beside the engine: a world that the port itself can't make. */
export interface EngineBench {
  readonly engine: DockerEngine;
  /** The same kind of engine where none answers. */
  readonly dead: DockerEngine;
  /** An image that is there. */
  readonly image: string;
  /** A name that nobody else uses. */
  name(what: string): string;
  /** A /24 that nobody else uses. */
  readonly subnet: string;
  /**
   * Starts a container that idles, knows `cat`, `env`, `false`, `sleep` and `SIZES`, and has the label
   * `com.docker.compose.project=<its name>`.
   */
  start(name: string, options?: { readonly network?: string; readonly tty?: boolean; readonly volume?: string }): Promise<void>;
  /** Makes an empty volume. */
  makeVolume(name: string): Promise<void>;
  stop(name: string): Promise<void>;
  drop(name: string): Promise<void>;
  /** Makes its main program print a line. */
  say(name: string, line: string): Promise<void>;
  close(): Promise<void>;
}

/** Tells its terminal's rows and columns after each of two lines that are typed unseen, and ends with 3. */
export const SIZES = ['sh', '-c', 'busybox stty -echo; for i in 1 2; do read x; busybox stty size; done; exit 3'];

/** What every implementation of the port does, the fake and the real one alike. */
export function describeEngine(kind: string, open: () => Promise<EngineBench>): void {
  describe(`${kind} as a DockerEngine`, () => {
    let bench: EngineBench;
    beforeAll(async () => {
      bench = await open();
    });
    afterAll(() => bench?.close());

    const failure = (code: string) => ({ failure: { code } });
    const signal = (): AbortSignal => AbortSignal.timeout(30_000);

    it('tells its version', async () => {
      expect(await bench.engine.info()).toMatchObject({ version: expect.stringMatching(/^\d+\./) });
    });

    it('has no account of itself where no engine answers, and every other call waits for one', async () => {
      expect(await bench.dead.info()).toBeUndefined();
      const unreachable = { missing: 'docker', failure: { code: 'docker.unreachable' } };
      await expect(bench.dead.networks()).rejects.toMatchObject(unreachable);
      await expect(bench.dead.container('x')).rejects.toMatchObject(unreachable);
      await expect(bench.dead.exec('x', { argv: ['true'] }, { signal: signal() })).rejects.toMatchObject(unreachable);
      await expect(bench.dead.pull('x', { signal: signal(), onProgress: () => undefined })).rejects.toMatchObject(unreachable);
      await expect(collect(bench.dead.logs('x', { follow: false, signal: signal() }))).rejects.toMatchObject(unreachable);
    });

    it('makes a network as it was asked for, once, and removes it', async () => {
      const name = bench.name('net');
      const base = bench.subnet.replace(/\.0\/24$/, '');
      const spec = { name, driver: 'bridge', internal: true, subnet: bench.subnet, gateway: `${base}.1`, labels: { a: 'b' } };
      await bench.engine.createNetwork({ ...spec, ipRange: `${base}.128/25` });
      try {
        expect((await bench.engine.networks()).find((network) => network.name === name)).toMatchObject({
          driver: 'bridge',
          internal: true,
          pools: [{ subnet: bench.subnet, gateway: `${base}.1`, ipRange: `${base}.128/25` }],
          labels: { a: 'b' },
          containers: [],
        });
        await expect(bench.engine.createNetwork(spec)).rejects.toMatchObject(failure('docker.name-conflict'));
        await expect(bench.engine.createNetwork({ ...spec, name: bench.name('other') })).rejects.toMatchObject(
          failure('docker.subnet-in-use'),
        );
      } finally {
        await bench.engine.removeNetwork(name);
      }
      await expect(bench.engine.removeNetwork(name)).rejects.toMatchObject(failure('docker.no-such-network'));
    });

    it('keeps a network that a container uses, and names the container', async () => {
      const [name, container] = [bench.name('net'), bench.name('user')];
      await bench.engine.createNetwork({ name, driver: 'bridge', internal: false, labels: {} });
      try {
        await bench.start(container, { network: name });
        const containers = async () => (await bench.engine.networks()).find((network) => network.name === name)?.containers;
        expect(await containers()).toEqual([container]);
        await expect(bench.engine.removeNetwork(name)).rejects.toMatchObject(failure('docker.network-in-use'));
        await bench.stop(container);
        expect(await containers(), 'a stopped container needs its network too').toEqual([container]);
      } finally {
        await bench.drop(container);
        await bench.engine.removeNetwork(name);
      }
    });

    it('removes a volume that nobody uses; keeps one that a container has, and names the container', async () => {
      const [name, container] = [bench.name('volume'), bench.name('user')];
      await bench.makeVolume(name);
      await bench.start(container, { volume: name });
      try {
        expect(await bench.engine.volumes({})).toContain(name);
        for (const stop of [false, true]) {
          if (stop) await bench.stop(container);
          await expect(bench.engine.removeVolume(name)).rejects.toMatchObject({
            failure: { code: 'docker.volume-in-use', message: expect.stringContaining(container) },
          });
        }
        expect(await bench.engine.volumes({})).toContain(name);
      } finally {
        await bench.drop(container);
        await bench.engine.removeVolume(name);
      }
      expect(await bench.engine.volumes({})).not.toContain(name);
      await expect(bench.engine.removeVolume(name)).rejects.toMatchObject(failure('docker.no-such-volume'));
      await expect(bench.dead.removeVolume(name)).rejects.toMatchObject({ missing: 'docker' });
    });

    it('finds an image by its tag, and knows which it has not', async () => {
      expect(await bench.engine.image(bench.image)).toMatchObject({ tags: expect.arrayContaining([bench.image]) });
      expect(await bench.engine.image(`${bench.name('none')}:1`)).toBeUndefined();
      await expect(bench.engine.removeImage(`${bench.name('none')}:1`)).rejects.toMatchObject(failure('docker.image-not-found'));
    });

    it('keeps an image that a container was made from', async () => {
      const container = bench.name('user');
      await bench.start(container);
      try {
        await expect(bench.engine.removeImage(bench.image)).rejects.toMatchObject(failure('docker.image-in-use'));
      } finally {
        await bench.drop(container);
      }
    });

    it('sees a container come, restart and go', async () => {
      const name = bench.name('box');
      expect(await bench.engine.container(name)).toBeUndefined();
      await expect(bench.engine.restart(name)).rejects.toMatchObject(failure('docker.no-such-container'));
      await bench.start(name);
      try {
        const before = await bench.engine.container(name);
        expect(before).toMatchObject({ name, state: 'running', restartPolicy: 'no', error: '' });
        const listed = await bench.engine.containers({ project: name });
        expect(listed).toEqual([expect.objectContaining({ id: before?.id, name, state: 'running' })]);
        expect(await bench.engine.containers({ project: bench.name('none') })).toEqual([]);
        await bench.engine.restart(name);
        const after = await bench.engine.container(name);
        expect(Date.parse(after?.startedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(before?.startedAt ?? ''));
        expect(after?.startedAt).not.toBe(before?.startedAt);
        await bench.stop(name);
        expect((await bench.engine.container(name))?.state).toBe('exited');
      } finally {
        await bench.drop(name);
      }
    });

    it('runs programs in a container with environment and input, and gives their exit codes', async () => {
      const name = bench.name('box');
      await expect(bench.engine.exec(name, { argv: ['cat'] }, { signal: signal() })).rejects.toMatchObject(
        failure('docker.no-such-container'),
      );
      await bench.start(name);
      try {
        const lines: string[] = [];
        const options = { signal: signal(), onLine: (line: string) => lines.push(line) };
        const stdin = 'one\ntwo $HOME "three"\n';
        expect(await bench.engine.exec(name, { argv: ['cat'], stdin }, options)).toMatchObject({ code: 0, stdout: stdin });
        expect(lines).toEqual(['one', 'two $HOME "three"']);
        const printed = await bench.engine.exec(name, { argv: ['env'], env: { NAME: 'a b', NOT: undefined } }, options);

        expect(printed.stdout.split('\n')).toContain('NAME=a b');
        expect(printed.stdout).not.toContain('NOT');
        expect(await bench.engine.exec(name, { argv: ['false'] }, options)).toMatchObject({ code: 1 });
        expect((await bench.engine.exec(name, { argv: ['no-such-program'] }, options)).code).toBeOneOf([126, 127]);
        await bench.stop(name);
        await expect(bench.engine.exec(name, { argv: ['cat'] }, options)).rejects.toMatchObject(
          failure('docker.container-not-running'),
        );
      } finally {
        await bench.drop(name);
      }
    });

    it('ends a program when it is aborted', async () => {
      const name = bench.name('box');
      await bench.start(name);
      try {
        await expect(
          bench.engine.exec(name, { argv: ['sleep', '600'] }, { signal: AbortSignal.timeout(200) }),
        ).rejects.toMatchObject({ name: 'TimeoutError' });
      } finally {
        await bench.drop(name);
      }
    });

    it('gives a program a terminal, at which one can type, and its exit code', async () => {
      const name = bench.name('box');
      const size = { columns: 200, rows: 50 };
      const command = { argv: ['cat'] };
      await expect(bench.dead.openTerminal('x', command, { ...size, signal: signal() })).rejects.toMatchObject({
        missing: 'docker',
      });
      await expect(bench.engine.openTerminal(name, command, { ...size, signal: signal() })).rejects.toMatchObject(
        failure('docker.no-such-container'),
      );
      await bench.start(name);
      try {
        const echoing = await bench.engine.openTerminal(name, command, { ...size, signal: signal() });
        echoing.type('two w');
        echoing.type(Buffer.from('örds\r'));
        expect(await shown(echoing, (text) => text === 'two wörds\r\ntwo wörds\r\n' && echoing.type('\u0004'))).toContain(
          'wörds',
        );
        expect(await echoing.ended()).toBe(0);
        echoing.type('nobody reads this');

        const sizes = await bench.engine.openTerminal(name, { argv: SIZES }, { ...size, signal: signal() });
        sizes.type('\r');
        let first = true;
        const seen = await shown(sizes, (text) => {
          if (!text.includes('50 200') || !first) return;
          first = false;
          void Promise.all([sizes.resize(90, 30), sizes.resize(100, 40)]).then(() => sizes.type('\r'));
        });
        expect(seen).toContain('40 100');
        expect(await sizes.ended()).toBe(3);

        const missing = await bench.engine.openTerminal(name, { argv: ['no-such-program'] }, { ...size, signal: signal() });
        await shown(missing);
        expect(await missing.ended()).toBeOneOf([126, 127]);
        await bench.stop(name);
        await expect(bench.engine.openTerminal(name, command, { ...size, signal: signal() })).rejects.toMatchObject(
          failure('docker.container-not-running'),
        );
      } finally {
        await bench.drop(name);
      }
    });

    it('ends a program at a terminal when it is aborted, whether anybody reads it or not', async () => {
      const name = bench.name('box');
      await bench.start(name);
      try {
        for (const reads of [true, false]) {
          const stop = new AbortController();
          const options = { columns: 80, rows: 24, signal: stop.signal };
          const program = await bench.engine.openTerminal(name, { argv: ['sleep', '600'] }, options);
          const reading = reads ? expect(shown(program)).rejects.toMatchObject({ name: 'AbortError' }) : undefined;
          stop.abort();
          await reading;
          await expect(program.ended()).rejects.toMatchObject({ name: 'AbortError' });
        }
      } finally {
        await bench.drop(name);
      }
    });

    it.each([{ tty: false }, { tty: true }])(
      'gives a log by tail and by time, with the program’s own bytes ($tty)',
      async (options) => {
        const name = bench.name('box');
        await bench.start(name, options);
        try {
          const said = ['first', '\u001b[31mred\u001b[0m', '', '  last é'];
          for (const line of said) await bench.say(name, line);
          const all = await collect(bench.engine.logs(name, { follow: false, signal: signal() }));
          expect(texts(all)).toEqual(said);
          expect(all.every((line) => /^\d{4}-\d\d-\d\dT[\d:]+\.\d{9}Z$/.test(line.at))).toBe(true);
          expect(texts(await collect(bench.engine.logs(name, { tail: 2, follow: false, signal: signal() })))).toEqual(
            said.slice(2),
          );
          const since = all[1]?.at ?? '';
          expect(texts(await collect(bench.engine.logs(name, { since, follow: false, signal: signal() })))).toEqual(
            said.slice(1),
          );
        } finally {
          await bench.drop(name);
        }
      },
    );

    it('follows a log over a restart, each line once, until the container is gone', async () => {
      const name = bench.name('box');
      await bench.start(name);
      const seen: string[] = [];
      const following = (async () => {
        for await (const line of bench.engine.logs(name, { follow: true, signal: signal() })) seen.push(line.text);
      })();
      try {
        await bench.say(name, 'one');
        await expect.poll(() => seen, { interval: 20 }).toEqual(['one']);
        await bench.engine.restart(name);
        await bench.say(name, 'two');
        await bench.say(name, 'three');
        await expect.poll(() => seen, { interval: 20 }).toEqual(['one', 'two', 'three']);
      } finally {
        await bench.drop(name);
      }
      await following;
      expect(seen).toEqual(['one', 'two', 'three']);
    });

    it('stops following when it is aborted', async () => {
      const name = bench.name('box');
      await bench.start(name);
      try {
        const stop = new AbortController();
        const following = collect(bench.engine.logs(name, { follow: true, signal: stop.signal }), () => stop.abort());
        await bench.say(name, 'enough');
        expect(texts(await following)).toEqual(['enough']);
        await expect(collect(bench.engine.logs(bench.name('none'), { follow: true, signal: signal() }))).rejects.toMatchObject(
          failure('docker.no-such-container'),
        );
      } finally {
        await bench.drop(name);
      }
    });
  });
}

/** All that a terminal showed; `onShown` sees it grow. */
async function shown(program: TerminalProgram, onShown?: (text: string) => unknown): Promise<string> {
  const bytes: Uint8Array[] = [];
  const text = (): string => Buffer.concat(bytes).toString();
  for await (const chunk of program.output) {
    bytes.push(chunk);
    onShown?.(text());
  }
  return text();
}

async function collect(lines: AsyncIterable<LogLine>, onLine?: () => void): Promise<LogLine[]> {
  const all: LogLine[] = [];
  for await (const line of lines) {
    all.push(line);
    onLine?.();
  }
  return all;
}

function texts(lines: readonly LogLine[]): string[] {
  return lines.map((line) => line.text);
}
