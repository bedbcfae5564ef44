import { expect, it } from 'vitest';
import { describeEngine, type EngineBench, SIZES } from './engine-contract.ts';
import { createFakeEngine } from './fake-engine.ts';

async function openFake(): Promise<EngineBench> {
  const engine = createFakeEngine();
  const dead = createFakeEngine();
  dead.up = false;
  const image = 'busybox:1';
  engine.images.set(image, { id: 'sha256:bb', tags: [image], labels: {}, size: 1 });
  let count = 0;
  return {
    engine,
    dead,
    image,
    subnet: '10.99.1.0/24',
    name: (what) => `${what}-${++count}`,
    makeVolume: async (name) => void engine.volumeProjects.set(name, undefined),
    async start(name, { network, volume } = {}) {
      if (volume !== undefined) engine.mounts.set(name, [volume]);
      const networks = [network ?? 'bridge'];
      const labels = { 'com.docker.compose.project': name };
      engine.putContainer({ name, image, imageId: 'sha256:bb', networks, labels });
      engine.onExec(name, async ({ argv, env, stdin, signal }) => {
        if (argv[0] === 'cat') return { stdout: stdin };
        if (argv[0] === 'env')
          return {
            stdout: Object.entries(env)
              .map(([key, value]) => `${key}=${value}\n`)
              .join(''),
          };
        if (argv[0] === 'sleep') await new Promise((resolve) => signal.addEventListener('abort', resolve));
        return { code: argv[0] === 'false' ? 1 : 126 };
      });
      engine.onTerminal(name, async ({ argv, size, print, line, keys }) => {
        if (argv[0] === 'sleep') await line();
        if (argv === SIZES) {
          for (const _ of [1, 2]) {
            await line('hidden');
            print(`${size().rows} ${size().columns}\r\n`);
          }
          return 3;
        }
        let text = '';
        while (argv[0] === 'cat') {
          text += await keys();
          if (text === '\u0004') return 0;
          if (!text.endsWith('\r')) continue;
          print(`${text}\n${text}\n`);
          text = '';
        }
        return 127;
      });
    },
    stop: async (name) => engine.putContainer({ name, state: 'exited' }),
    drop: async (name) => engine.dropContainer(name),
    say: async (name, line) => engine.log(name, line),
    close: async () => undefined,
  };
}

describeEngine('the fake', openFake);

it('pulls what its registry has, and nothing else', async () => {
  const engine = createFakeEngine();
  engine.pullable.set('redis', { id: 'sha256:r', tags: [], labels: {}, size: 100 });
  const told: unknown[] = [];
  const options = { signal: AbortSignal.timeout(60_000), onProgress: (progress: unknown) => told.push(progress) };
  await engine.pull('redis', options);
  expect(await engine.image('redis:latest')).toMatchObject({ id: 'sha256:r', tags: ['redis:latest'] });
  expect(told.at(-1)).toMatchObject({ done: 100, of: 100 });
  await expect(engine.pull('nosuch', options)).rejects.toMatchObject({ failure: { code: 'docker.image-not-found' } });
});

it('is put back as it was, by itself and by another', async () => {
  let clock = 0;
  const engine = createFakeEngine({ now: () => new Date(clock++).toISOString() });
  engine.putContainer({ name: 'app' });
  engine.log('app', 'one');
  engine.onExec('app', () => ({ stdout: 'known' }));
  const then = engine.snapshot();
  const before = await engine.container('app');
  await engine.restart('app');
  engine.log('app', 'two');
  engine.putContainer({ name: 'more' });
  await engine.createNetwork({ name: 'net', driver: 'bridge', internal: false, labels: {} });
  engine.images.set('redis:7', { id: 'sha256:r', tags: [], labels: {}, size: 1 });
  engine.up = false;
  const other = createFakeEngine();
  for (const each of [engine, other]) {
    each.restore(then);
    expect(each.up).toBe(true);
    expect(await each.containers({})).toHaveLength(1);
    expect(await each.container('app')).toEqual(before);
    expect([...each.networksByName.keys()]).toEqual(['bridge', 'host', 'none']);
    expect(each.images.size).toBe(0);
    const lines: string[] = [];
    for await (const { text } of each.logs('app', { follow: false, signal: AbortSignal.timeout(60_000) })) lines.push(text);
    expect(lines).toEqual(['one']);
    expect(await each.exec('app', { argv: ['x'] }, { signal: AbortSignal.timeout(60_000) })).toMatchObject({ stdout: 'known' });
  }
});
