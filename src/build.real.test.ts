import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const SCREEN = `import { Box, renderToString, Text } from 'ink';
console.log(renderToString(<Box borderStyle="single" width={12}><Text>{process.env.NODE_ENV}</Text></Box>));
`;

/** Every character that is not far out, alone and with another that might join it: is it measured as by the package itself? */
const WIDTHS = `import quick from 'string-width';
import original from '../../node_modules/ink/node_modules/string-width/index.js';
const wrong: string[] = [];
for (let code = 0; code < 0x3100; code++) {
  for (const beside of ['', 'a', '\\u0301', '\\ufe0f', '\\u200d', '\\u20e3', '─']) {
    const text = \`\\u001b[31m\${String.fromCodePoint(code)}\${beside}\\u001b[39m\`;
    if (quick(text) !== original(text)) wrong.push(JSON.stringify(text));
  }
}
console.log(quick === original, quick('── ✓ ↑↓ … 漢字 👍'), wrong.join(' '));
`;

describe('the build', () => {
  const root = mkdtempSync(join(tmpdir(), 'build-'));
  const dist = join(root, 'dist');
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const node = (script: string, ...args: readonly string[]) => {
    const env = { ...process.env, DEV: 'true', NODE_ENV: 'development' };
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, script), ...args], { encoding: 'utf8', env });
    return { status, stdout, stderr };
  };
  const build = () => node('src/build.mjs');
  const chunks = (): string[] => readdirSync(dist).filter((name) => /^later-.*\.js$/.test(name));
  let first: ReturnType<typeof build>;

  beforeAll(() => {
    put('package.json', '{ "type": "module" }');
    put('package-lock.json', '{}');
    put(
      'src/cli/main.ts',
      "if (process.argv[2] === 'screen') await import('./screen.tsx');\nelse if (process.argv[2] === 'widths') await import('./widths.ts');\nelse (await import('./later.ts')).later('one');",
    );
    put('src/cli/screen.tsx', SCREEN);
    put('src/cli/widths.ts', WIDTHS);
    put(
      'src/cli/later.ts',
      "import Docker from 'dockerode';\nexport const later = (word: string): void => console.log(word, typeof Docker, __dirname === import.meta.dirname);",
    );
    put('src/steps/host-script/child.mjs', "console.log('a script');");
    put('src/adapters/vault/keyring-child.mjs', "console.log('another script');");
    put('src/testing/bench.ts', '');
    copyFileSync(here('build.mjs'), join(root, 'src/build.mjs'));
    symlinkSync(here('../node_modules'), join(root, 'node_modules'));
    first = build();
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  test('makes a program that runs, with packages that were never made for modules', () => {
    expect(first).toEqual({ status: 0, stdout: expect.stringMatching(/^built dist: \d+ files, .*\n$/), stderr: '' });
    expect(node('dist/main.js')).toMatchObject({ status: 0, stdout: 'one function true\n' });
    expect(node('dist/scripts/child.mjs').stdout).toBe('a script\n');
    expect(node('dist/scripts/keyring-child.mjs').stdout).toBe('another script\n');
  });

  test('draws with Ink and React as they are in production, wherever it is started from', () => {
    const drawn = '┌──────────┐\n│production│\n└──────────┘\n';
    expect(node('dist/main.js', 'screen')).toEqual({ status: 0, stdout: drawn, stderr: '' });
  });

  test('measures texts as Ink does, only sooner', () => {
    expect(node('dist/main.js', 'widths')).toEqual({ status: 0, stdout: 'false 17 \n', stderr: '' });
  });

  test('of the same sources does nothing but note when it looked', () => {
    const before = statSync(join(dist, 'main.js')).mtimeMs;
    utimesSync(join(dist, 'build.json'), 0, 0);
    put('src/testing/bench.ts', 'export const changed = 1;');
    put('src/cli/main.test.ts', 'export const changed = 1;');
    expect(build().stdout).toContain('up to date');
    expect(statSync(join(dist, 'main.js')).mtimeMs).toBe(before);
    expect(statSync(join(dist, 'build.json')).mtimeMs).toBeGreaterThan(0);
  });

  test('of changed sources leaves what a running program may still load', () => {
    const old = chunks();
    put('src/cli/later.ts', "export const later = (word: string): void => console.log(word, 'changed');");
    expect(build().status).toBe(0);
    expect(node('dist/main.js').stdout).toBe('one changed\n');
    expect(old).toHaveLength(1);
    expect(chunks()).toEqual(expect.arrayContaining(old));
  });

  test('sweeps what nobody can still be running', () => {
    const [gone] = chunks().filter((name) => !readFileSync(join(dist, 'main.js'), 'utf8').includes(name));
    if (gone === undefined) throw new Error('no old chunk is left to sweep');
    utimesSync(join(dist, gone), 0, 0);
    put('src/cli/later.ts', "export const later = (word: string): void => console.log(word, 'changed again');");
    expect(build().status).toBe(0);
    expect(existsSync(join(dist, gone))).toBe(false);
  });

  test('that fails says where and leaves the last one as it was', () => {
    put('src/cli/later.ts', 'export const later = (');
    const { status, stderr } = build();
    expect(status).toBe(1);
    expect(stderr).toContain('src/cli/later.ts:1:');
    expect(stderr).not.toContain('node:events');
    expect(node('dist/main.js').stdout).toBe('one changed again\n');
  });

  test('is done again where a file of it is gone', () => {
    put('src/cli/later.ts', "export const later = (word: string): void => console.log(word, 'changed again');");
    rmSync(join(dist, 'main.js'));
    expect(build().stdout).toContain('built dist');
    expect(node('dist/main.js').stdout).toBe('one changed again\n');
  });
});
