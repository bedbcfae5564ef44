/**
 * Bundles the program: `node src/build.mjs` makes `dist/main.js` and what it loads later.
 *
 * A start at the same moment never sees half a build: chunks carry a hash of their content in the name and are added beside the
 * old ones, then each entry is renamed over the old one, and `dist/build.json` is written last. A running program still finds
 * the chunks which it was built with, so old ones stay for a day.
 *
 * `build.json` says which sources it was built from (a digest of their content); its time is when the build began, so that a
 * file changed since then is newer (the launcher looks at that). Where only times changed, nothing is built.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = resolve(fileURLToPath(new URL('..', import.meta.url)));
const DIST = join(ROOT, 'dist');
const STAMP = join(DIST, 'build.json');
const ENTRIES = ['src/cli/main.ts'];
const CHUNK = /^[^/]+-[0-9A-Z]{8}\.js$/;
const DAY = 24 * 60 * 60 * 1000;

/** CommonJS packages in the bundle look for these three; every chunk is a module, which has none of them. */
const BANNER = `import { createRequire as bannerCreateRequire } from 'node:module';
const require = bannerCreateRequire(import.meta.url);
const __filename = import.meta.filename;
const __dirname = import.meta.dirname;`;

/** Most have no CommonJS in them, and making `require` takes its time at each start. */
const USES_BANNER = /\b(require|__filename|__dirname)\b/;

/** What scripts ask most, and the arguments whose output answers it; `cli/main.ts` has the text itself printed. */
const ANSWERS = [
  // Asked in another way than people do, or an answer of the build before would be given.
  { name: 'help.txt', args: ['--help', '--help'] },
  { name: 'version.txt', args: ['--version', '--version'] },
];

/** What the bundle depends on, by path from the root: sources without tests, and the versions of the packages. */
const inputs = () => {
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true })
    .filter((name) => /\.(ts|tsx|mjs)$/.test(name) && !/\.test\.tsx?$/.test(name) && !name.startsWith('testing/'))
    .map((name) => `src/${name}`);
  return [...sources, 'package.json', 'package-lock.json'].sort();
};

const digestOf = (paths) => {
  const hash = createHash('sha256').update(process.versions.modules);
  for (const path of paths) {
    const content = readFileSync(join(ROOT, path));
    hash.update(`${path}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
};

/** What the last build left behind, or undefined when it left nothing that is whole. */
const lastBuild = () => {
  try {
    const build = JSON.parse(readFileSync(STAMP, 'utf8'));
    return build.files.every((file) => existsSync(join(DIST, file))) ? build : undefined;
  } catch {
    return undefined;
  }
};

/** Whether a chunk is there already; after a power cut a file may be there and empty. */
const isThere = ({ name, content }) => statSync(join(DIST, name), { throwIfNoEntry: false })?.size === content.length;

const put = (name, content) => {
  const path = join(DIST, name);
  mkdirSync(dirname(path), { recursive: true });
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}`);
  writeFileSync(temporary, content);
  renameSync(temporary, path);
};

/** The programs that steps and adapters run in a Node of their own; they are started by path, so they stay files. */
const scripts = () =>
  ['src/steps', 'src/adapters'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true })
      .filter((name) => /^[^/]+\/[^/]+\.mjs$/.test(name))
      .map((name) => ({ name: `scripts/${basename(name)}`, content: readFileSync(join(ROOT, folder, name)) })),
  );

/**
 * An `import` of these built-in modules loads all that they can do, fetch and WebSocket too (some 30 ms at each start);
 * `require` gives the same module and loads what is used.
 */
const LAZY_BUILTINS = {
  name: 'lazy-builtins',
  setup(build) {
    build.onResolve({ filter: /^(node:)?https?$/ }, ({ path, kind }) =>
      kind === 'require-call' ? undefined : { path: path.replace(/^(node:)?/, 'node:'), namespace: 'lazy-builtin' },
    );
    build.onLoad({ filter: /.*/, namespace: 'lazy-builtin' }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)});`,
      loader: 'js',
    }));
  },
};

/** Ink loads React's development tools where DEV says so; they are not installed, and the program must not look for them. */
const NO_DEVTOOLS = {
  name: 'no-devtools',
  setup(build) {
    build.onResolve({ filter: /^react-devtools-core$/ }, ({ path }) => ({ path, namespace: 'no-devtools' }));
    build.onLoad({ filter: /.*/, namespace: 'no-devtools' }, () => ({ contents: 'export default {};', loader: 'js' }));
  },
};

/** The layout engine would fetch its own code from a text in itself, for which Node loads all of fetch: 25 ms of the first frame. */
const LAYOUT_WITHOUT_FETCH = {
  name: 'layout-without-fetch',
  setup(build) {
    build.onLoad({ filter: /yoga-wasm-base64-esm\.js$/ }, ({ path }) => ({
      contents: `const fetch = undefined;\n${readFileSync(path, 'utf8')}`,
      loader: 'js',
    }));
  },
};

/**
 * Ink and its parts measure each text with a package of which four copies lie about; each makes a table of all emoji when it
 * first meets a text that is not ASCII: 20 ms of the first frame. One copy, which is asked only where it matters: of letters,
 * lines, blocks and arrows each takes one column.
 */
const QUICK_WIDTH = {
  name: 'quick-width',
  setup(build) {
    build.onResolve({ filter: /^string-width$/ }, async ({ pluginData, ...asked }) => {
      if (pluginData?.original === true) return undefined;
      const { path } = await build.resolve(asked.path, {
        resolveDir: join(ROOT, 'node_modules/ink'),
        kind: asked.kind,
        pluginData: { original: true },
      });
      return { path, namespace: 'quick-width' };
    });
    build.onLoad({ filter: /.*/, namespace: 'quick-width' }, ({ path }) => ({
      contents: `import measure from ${JSON.stringify(path)};
const PAINT = /\\u001b\\[[\\d;]*m/g;
const PLAIN = /^[ -~\\u00a1-\\u00ac\\u00ae-\\u02ff\\u2010-\\u2027\\u2190-\\u21ff\\u2500-\\u259f\\u25cb-\\u25cf\\u2713\\u2717]*$/;
export default (text, options) => {
  if (typeof text !== 'string' || options !== undefined) return measure(text, options);
  const plain = text.includes('\\u001b') ? text.replace(PAINT, '') : text;
  return PLAIN.test(plain) ? plain.length : measure(text);
};`,
      loader: 'js',
      resolveDir: ROOT,
    }));
  },
};

const bundle = async () => {
  // Loaded here: where nothing is to be built, the check costs no more than reading the sources.
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: ENTRIES,
    outdir: DIST,
    write: false,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22.12',
    minify: true,
    jsx: 'automatic',
    legalComments: 'none',
    // Chunks lie beside the entries, so that `import.meta.url` is in the same folder wherever a module ends up.
    chunkNames: '[name]-[hash]',
    // Its CommonJS file hides its own imports from a bundler.
    alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
    external: ['zx', 'keytar', 'node-pty', 'cpu-features', '*.node'],
    define: { 'process.env.NODE_ENV': '"production"', 'process.env.DEV': '"false"' },
    plugins: [LAZY_BUILTINS, NO_DEVTOOLS, LAYOUT_WITHOUT_FETCH, QUICK_WIDTH],
    banner: { js: BANNER },
    logLevel: 'warning',
  });
  return outputFiles.map(({ path, contents, text }) => ({
    name: path.slice(DIST.length + 1),
    content: USES_BANNER.test(text.replace(BANNER, '')) ? contents : Buffer.from(text.replace(BANNER, '').trimStart()),
  }));
};

/** The files of the answers, as the program that was just built gives them without a terminal. */
const answers = () =>
  ANSWERS.map(({ name, args }) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(DIST, 'main.js'), ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    if (status !== 0) throw new Error(`dist/main.js ${args.join(' ')} ended with ${status}:\n${stderr}`);
    return { name, content: stdout };
  });

/** Removes what neither this build nor a program that may still be running needs. */
const sweep = (kept, now) => {
  for (const name of readdirSync(DIST, { recursive: true })) {
    const path = join(DIST, name);
    const isOurs = CHUNK.test(name) || /^(scripts|cache)\/|(^|\/)\.[^/]+\.\d+$/.test(name);
    if (!isOurs || kept.has(name)) continue;
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isFile() && now - found.mtimeMs > DAY) rmSync(path, { force: true });
  }
};

const main = async () => {
  const began = new Date();
  const seconds = () => ((Date.now() - began.getTime()) / 1000).toFixed(1);
  mkdirSync(DIST, { recursive: true });
  const last = lastBuild();
  const digest = digestOf(inputs());
  if (last?.digest === digest) {
    utimesSync(STAMP, began, began);
    return `dist is up to date (${seconds()} s)`;
  }
  const made = [...scripts(), ...(await bundle())];
  // Whatever is named by its content first, whatever loads it by name last.
  const isChunk = ({ name }) => CHUNK.test(name);
  for (const file of made.filter(isChunk)) if (!isThere(file)) put(file.name, file.content);
  for (const file of made.filter((file) => !isChunk(file))) put(file.name, file.content);
  const given = answers();
  for (const { name, content } of given) put(name, content);
  const files = [...made, ...given].map(({ name }) => name);
  put('build.json', `${JSON.stringify({ digest, files })}\n`);
  utimesSync(STAMP, began, began);
  sweep(new Set([...files, ...(last?.files ?? [])]), began.getTime());
  const bytes = made.reduce((sum, { content }) => sum + content.length, 0);
  return `built dist: ${made.length} files, ${(bytes / 1e6).toFixed(1)} MB, in ${seconds()} s`;
};

try {
  process.stdout.write(`${await main()}\n`);
} catch (error) {
  // esbuild has already said what is wrong in which file; its stack would bury that.
  if (error?.errors === undefined) throw error;
  process.exitCode = 1;
}
