import { fileURLToPath } from 'node:url';
import { build, type Metafile } from 'esbuild';
import { beforeAll, expect, it } from 'vitest';

/** What takes longer to load than a first frame may take. */
const HEAVY = [
  'commander',
  'ajv',
  'ajv-formats',
  'yaml',
  'dockerode',
  'docker-modem',
  'zx',
  'age-encryption',
  'typebox',
  '@xterm/headless',
  'node-pty',
];

let outputs: Metafile['outputs'];

beforeAll(async () => {
  const { metafile } = await build({
    absWorkingDir: fileURLToPath(new URL('../..', import.meta.url)),
    entryPoints: ['src/cli/main.ts'],
    outdir: 'dist',
    write: false,
    bundle: true,
    splitting: true,
    metafile: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    logLevel: 'error',
  });
  outputs = metafile.outputs;
}, 300_000);

/** The packages and sources that are loaded as soon as a source of ours is. */
const loadedWith = (source: string): readonly string[] => {
  const start = Object.entries(outputs).find(([, { entryPoint }]) => entryPoint === source)?.[0];
  if (start === undefined) throw new Error(`${source} is not loaded by itself`);
  const loaded = new Set<string>();
  const load = (output: string): void => {
    if (loaded.has(output)) return;
    loaded.add(output);
    for (const { path, kind } of outputs[output]?.imports ?? []) if (kind === 'import-statement') load(path);
  };
  load(start);
  return [...loaded].flatMap((name) => [name, ...Object.keys(outputs[name]?.inputs ?? {})]);
};

it('help and version load nothing but main.ts', () => {
  expect(loadedWith('src/cli/main.ts')).toEqual(['dist/main.js', 'src/cli/main.ts', 'node:fs']);
});

it('the app loads what draws the first frame, and what is heavy after it', () => {
  const loaded = loadedWith('src/cli/open-bare.ts');
  expect(loaded).toContain('ink');
  expect(loaded.filter((name) => HEAVY.some((heavy) => name === heavy || name.startsWith(`${heavy}/`)))).toEqual([]);
  expect(loaded.filter((name) => name.startsWith('src/steps/') || name.startsWith('src/recipe/'))).toEqual([]);
});
