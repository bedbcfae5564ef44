import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { secretText } from '../../model/secrets.ts';
import { importBusyboxImage, removeBusyboxImage } from '../../testing/busybox-image.ts';
import { freePort } from '../../testing/free-room.ts';
import { createDockerodeEngine } from './dockerode-engine.ts';
import { describeEngine, type EngineBench } from './engine-contract.ts';

const run = promisify(execFile);
const suffix = randomBytes(4).toString('hex');
const reveal = async (text: unknown): Promise<string> => (typeof text === 'string' ? text : 'the secret');

async function openReal(): Promise<EngineBench> {
  const image = `fairlead-engine-${suffix}:1`;
  const engine = createDockerodeEngine({ reveal });
  const started = new Set<string>();
  let count = 0;
  await importBusyboxImage(image);
  return {
    engine,
    dead: createDockerodeEngine({ reveal, socket: `/run/no-such-${suffix}.sock` }),
    image,
    subnet: `10.213.${randomBytes(1)[0]}.0/24`,
    name: (what) => `fairlead-${what}-${suffix}-${++count}`,
    makeVolume: async (name) => {
      await run('docker', ['volume', 'create', name]);
    },
    async start(name, { network = 'bridge', tty = false, volume } = {}) {
      started.add(name);
      const options = ['--name', name, '--network', network, '--label', `com.docker.compose.project=${name}`];
      if (volume !== undefined) options.push('--volume', `${volume}:/data`);
      await run('docker', ['run', '--detach', ...(tty ? ['--tty'] : []), ...options, image]);
    },
    stop: async (name) => {
      await run('docker', ['stop', name]);
    },
    drop: async (name) => {
      await run('docker', ['rm', '--force', name]);
    },
    say: async (name, line) => {
      await run('docker', ['exec', name, 'sh', '-c', 'echo "$0" > /proc/1/fd/1', line]);
    },
    async close() {
      for (const name of started) await run('docker', ['rm', '--force', name]).catch(() => undefined);
      await removeBusyboxImage(image);
    },
  };
}

describeEngine('dockerode', openReal);

describe('dockerode against a real engine', () => {
  const image = `fairlead-dockerode-${suffix}:1`;
  const box = `fairlead-dockerode-${suffix}`;
  const engine = createDockerodeEngine({ reveal });
  const signal = (): AbortSignal => AbortSignal.timeout(600_000);

  beforeAll(async () => {
    await importBusyboxImage(image);
    await run('docker', ['run', '--detach', '--name', box, image]);
  });
  afterAll(async () => {
    await run('docker', ['rm', '--force', box]).catch(() => undefined);
    await removeBusyboxImage(image);
  });

  it('leaves nothing of an aborted program in the container, its children neither', async () => {
    const stop = new AbortController();
    const argv = ['sh', '-c', 'sleep 4711 & echo started; wait'];
    const running = engine.exec(box, { argv }, { signal: stop.signal, onLine: () => stop.abort() });
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
    const { stdout } = await engine.exec(box, { argv: ['ps'] }, { signal: signal() });
    expect(stdout).not.toContain('4711');
  });

  it('leaves nothing of an aborted program at a terminal, however little it heeds, nor of what it put into the background', async () => {
    const stop = new AbortController();
    const script = 'trap "" INT HUP TERM; set -m; sleep 4713 & echo started; while :; do sleep 4714; done';
    const options = { columns: 80, rows: 24, signal: stop.signal };
    const program = await engine.openTerminal(box, { argv: ['sh', '-c', script] }, options);
    let seen = '';
    const reading = (async () => {
      for await (const chunk of program.output) {
        seen += Buffer.from(chunk);
        if (seen.includes('started')) stop.abort();
      }
    })();
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
    const { stdout } = await engine.exec(box, { argv: ['ps'] }, { signal: signal() });
    expect(stdout).not.toContain('471');
  });

  it('reveals secrets to the program only', async () => {
    const command = { argv: ['sh', '-c', 'cat; echo "$PASS"'], env: { PASS: secretText('a') }, stdin: secretText('b') };
    expect((await engine.exec(box, command, { signal: signal() })).stdout).toBe('the secretthe secret\n');
    expect(JSON.stringify(command)).not.toContain('the secret');
  });

  it('keeps the last MiB of each stream, from where a line begins', async () => {
    let lines = 0;
    const argv = ['sh', '-c', 'seq 1 300000; echo end >&2'];
    const ended = await engine.exec(box, { argv }, { signal: signal(), onLine: () => lines++ });
    // Each line is `<six digits>\n`: less than one of them is missing.
    expect(1024 * 1024 - ended.stdout.length).toBeLessThan(7);
    expect(ended.stdout).toMatch(/^\d{6}\n/);
    expect(ended.stdout.endsWith('\n299999\n300000\n')).toBe(true);
    expect(ended.stderr).toBe('end\n');
    expect(lines).toBe(300_001);
  });

  it('reads a log of 100 MB without holding it, and lines above 16 KiB whole', async () => {
    const name = `fairlead-big-${suffix}`;
    const script = 'yes "$(printf %01000d 0)" | head -n 100000; printf "%030000d\\n" 7';
    await run('docker', ['run', '--detach', '--name', name, image, 'sh', '-c', script]);
    await run('docker', ['wait', name]);
    try {
      const before = process.memoryUsage().rss;
      let [count, most, last] = [0, 0, ''];
      for await (const line of engine.logs(name, { follow: false, signal: signal() })) {
        count += 1;
        last = line.text;
        if (count % 10_000 === 0) most = Math.max(most, process.memoryUsage().rss);
      }
      expect(count).toBe(100_001);
      expect(last).toMatch(/^0{29999}7$/);
      expect((most - before) / 2 ** 20).toBeLessThan(90);
      const tail: string[] = [];
      for await (const line of engine.logs(name, { tail: 1, follow: false, signal: signal() })) tail.push(line.text);
      expect(tail.at(-1)).toMatch(/7$/);
    } finally {
      await run('docker', ['rm', '--force', name]);
    }
  });

  it('tells a registry that can’t be reached from an image that isn’t there', async () => {
    const pull = engine.pull('127.0.0.1:1/none', { signal: signal(), onProgress: () => undefined });
    await expect(pull).rejects.toMatchObject({
      failure: { code: 'docker.registry-unreachable', fault: 'environment', retryable: true },
    });
  });

  it('names a taken port when a restart fails for it', async () => {
    const [one, two] = [`fairlead-port-a-${suffix}`, `fairlead-port-b-${suffix}`];
    try {
      const port = await freePort();
      await run('docker', ['run', '--detach', '--name', one, '--publish', `127.0.0.1:${port}:80`, image]);
      await run('docker', ['create', '--name', two, '--publish', `127.0.0.1:${port}:80`, image]);
      await expect(engine.restart(two)).rejects.toMatchObject({ failure: { code: 'docker.port-in-use' } });
    } finally {
      await run('docker', ['rm', '--force', one, two]);
    }
  });

  it('says who may not speak to the socket', async () => {
    const program = `
      import { createDockerodeEngine } from ${JSON.stringify(new URL('./dockerode-engine.ts', import.meta.url).href)};
      const engine = createDockerodeEngine({ reveal: async () => '' });
      engine.info().catch((error) => process.stdout.write(error.failure.code));`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { uid: 65_534, gid: 65_534, cwd: '/' });
    let said = '';
    child.stdout.on('data', (data) => {
      said += data;
    });
    await new Promise((resolve) => child.on('close', resolve));
    expect(said).toBe('docker.permission-denied');
  });
});
