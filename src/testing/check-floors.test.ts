import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const PROGRAM = fileURLToPath(new URL('check-floors.mjs', import.meta.url));

/** A small house in which every import is allowed. */
const CLEAN = {
  'model/words.ts': "import type { Event } from './event.ts';\nexport type Words = Event;",
  'model/event.ts': 'export type Event = string;',
  'model/event.test.ts':
    "import test from 'node:test';\nimport type { Event } from './event.ts';\nexport const e: Event = String(test);",
  'recipe/parse.ts':
    "import { readFileSync } from 'node:fs';\nimport run from 'runs';\nimport type { Words } from '../model/words.ts';\nexport const w: Words = String(readFileSync) + run;",
  'steps/index.ts': "export { file } from './host-file/host-file.ts';",
  'steps/lib/shared.ts': 'export const shared = 1;',
  'steps/host-file/host-file.ts': "import { shared } from '../lib/shared.ts';\nexport const file = shared;",
  'steps/host-file/host-file.test.ts':
    "import { bench } from '../../testing/bench.ts';\nimport { file } from './host-file.ts';\nbench(file);",
  'adapters/host/local-host.ts': 'export const host = 1;',
  'adapters/host/host-contract.ts': "import tool from 'tool';\nexport const contract = tool;",
  'engine/run.ts':
    "import '../recipe/parse.ts';\nexport async function run() {\n  using held = { [Symbol.dispose]() {} };\n  return held;\n}",
  'views/tui/app.tsx': 'export const app = <T,>(x: T) => <b>{String(x)}</b>;',
  'cli/main.ts':
    "import { file } from '../steps/index.ts';\nimport '../engine/run.ts';\nimport '../adapters/host/local-host.ts';\nexport const m = [file, import('../views/tui/app.tsx')];",
  'testing/bench.ts':
    "import { host } from '../adapters/host/local-host.ts';\nimport '../cli/main.ts';\nexport const bench = (x: unknown) => [x, host];",
};

/** Forbidden imports: the file that holds one, what it imports, and the rules that must refuse it. */
const PLANTED: readonly (readonly [law: string, file: string, text: string, refusal: string])[] = [
  [
    'upward',
    'recipe/up.ts',
    "import { run } from '../engine/run.ts';\nrun();",
    'src/recipe/up.ts → src/engine/run.ts\n    floor-of-recipe',
  ],
  [
    'upward into the steps',
    'engine/down.ts',
    "export * from '../steps/index.ts';",
    'src/engine/down.ts → src/steps/index.ts\n    floor-of-engine',
  ],
  [
    'upward by import()',
    'journal/late.ts',
    "export const late = () => import('../cli/main.ts');",
    'src/journal/late.ts → src/cli/main.ts\n    floor-of-journal',
  ],
  [
    'sideways',
    'steps/side.ts',
    "import { host } from '../adapters/host/local-host.ts';\nexport const h = host;",
    'src/steps/side.ts → src/adapters/host/local-host.ts\n    floor-of-steps',
  ],
  [
    'from a view to the engine',
    'views/text/text.ts',
    "import '../../engine/run.ts';",
    'src/views/text/text.ts → src/engine/run.ts\n    floor-of-views',
  ],
  [
    'type-only upward',
    'model/type.ts',
    "import type { run } from '../engine/run.ts';\nexport type R = typeof run;",
    'src/model/type.ts → src/engine/run.ts\n    floor-of-model',
  ],
  [
    'type-only upward, written inline',
    'recipe/inline.ts',
    "export type I = readonly import('../cli/main.ts').M[];",
    'src/recipe/inline.ts → src/cli/main.ts\n    floor-of-recipe',
  ],
  [
    'node: in model',
    'model/core.ts',
    "import { readFileSync } from 'node:fs';\nexport const r = readFileSync;",
    'src/model/core.ts → fs\n    model-is-pure',
  ],
  [
    'npm in model',
    'model/package.ts',
    "import type run from 'runs';\nexport type P = typeof run;",
    'src/model/package.ts → node_modules/runs/index.js\n    model-is-pure',
  ],
  [
    'between step types',
    'steps/host-line/host-line.ts',
    "import '../host-file/host-file.ts';",
    'src/steps/host-line/host-line.ts → src/steps/host-file/host-file.ts\n    folders-of-steps-stay-apart',
  ],
  [
    'from lib to a step type',
    'steps/lib/knows.ts',
    "import '../host-file/host-file.ts';",
    'src/steps/lib/knows.ts → src/steps/host-file/host-file.ts\n    folders-of-steps-stay-apart',
  ],
  [
    'between adapters',
    'adapters/docker/engine.ts',
    "import '../host/local-host.ts';",
    'src/adapters/docker/engine.ts → src/adapters/host/local-host.ts\n    folders-of-adapters-stay-apart',
  ],
  [
    'between views',
    'views/text/knows.ts',
    "import type { app } from '../tui/app.tsx';\nexport type A = typeof app;",
    'src/views/text/knows.ts → src/views/tui/app.tsx\n    folders-of-views-stay-apart',
  ],
  [
    'of testing by the program',
    'cli/bench.ts',
    "import '../testing/bench.ts';",
    'src/cli/bench.ts → src/testing/bench.ts\n    only-tests-import-testing',
  ],
  [
    'of a tool by the program',
    'cli/tool.ts',
    "import tool from 'tool';\nexport const t = tool;",
    'src/cli/tool.ts → node_modules/tool/index.js\n    no-tools-at-run-time',
  ],
  ['of nothing', 'cli/nothing.ts', "import './gone.ts';", 'src/cli/nothing.ts → ./gone.ts\n    imports-resolve'],
];

const CIRCLE = {
  'recipe/egg.ts': "import type { Hen } from './hen.ts';\nexport type Egg = Hen;",
  'recipe/hen.ts': "import type { Egg } from './egg.ts';\nexport type Hen = Egg;",
};

const made: string[] = [];

const plant = (files: Record<string, string>): string => {
  const root = mkdtempSync(join(tmpdir(), 'floors-'));
  made.push(root);
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), `${text}\n`);
  };
  write('package.json', JSON.stringify({ type: 'module', dependencies: { runs: '1.0.0' }, devDependencies: { tool: '1.0.0' } }));
  for (const name of ['runs', 'tool']) {
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', exports: './index.js' }));
    write(`node_modules/${name}/index.js`, 'export default 1;');
  }
  for (const [path, text] of Object.entries(files)) write(`src/${path}`, text);
  return root;
};

const check = (root: string) => spawnSync(process.execPath, [PROGRAM, root], { encoding: 'utf8' });

afterAll(() => {
  for (const root of made) rmSync(root, { recursive: true, force: true });
});

describe('the floors', () => {
  let refusals: string;
  beforeAll(() => {
    const planted = Object.fromEntries(PLANTED.map(([, file, text]) => [file, text]));
    refusals = check(plant({ ...CLEAN, ...CIRCLE, ...planted })).stderr;
  });

  test('a clean house passes and every module is counted', () => {
    const { status, stdout, stderr } = check(plant(CLEAN));
    expect(stderr).toBe('');
    expect(stdout).toContain(`${Object.keys(CLEAN).length} modules`);
    expect(status).toBe(0);
  });

  test.each(PLANTED)('an import %s is refused by name', (_law, _file, _text, refusal) => {
    expect(refusals).toContain(refusal);
  });

  test('a circle is refused and shown, even of types', () => {
    expect(refusals).toMatch(/no-circles.*\n {4}round: src\/recipe\/(egg|hen)\.ts → src\/recipe\/(egg|hen)\.ts → /);
  });

  test('nothing else is refused than what was planted', () => {
    const refused = refusals.split('\n').filter((line) => line.startsWith('src/') || line.startsWith('node_modules/'));
    const innocent = refused.filter(
      (line) => !PLANTED.some(([, file]) => line.startsWith(`src/${file}`)) && !/egg|hen/.test(line),
    );
    expect(innocent).toEqual([]);
  });

  test('one planted import is enough to fail', () => {
    expect(check(plant({ ...CLEAN, 'recipe/up.ts': "import '../engine/run.ts';" })).status).toBe(1);
  });

  test('a house of which a module was not seen fails', () => {
    const root = plant(CLEAN);
    // dependency-cruiser looks away from node_modules, as it would from all of `src` if it had no parser for TypeScript.
    renameSync(join(root, 'src/cli'), join(root, 'src/node_modules'));
    const { status, stderr } = check(root);
    expect(stderr).toContain('were not seen');
    expect(status).toBe(1);
  });

  test('a folder that is on no floor is refused', () => {
    const { status, stderr } = check(plant({ ...CLEAN, 'extra/new.ts': 'export const extra = 1;' }));
    expect(stderr).toContain('src/extra is on no floor');
    expect(status).toBe(1);
  });

  test('a folder without sources fails instead of finding nothing wrong', () => {
    const root = mkdtempSync(join(tmpdir(), 'floors-'));
    made.push(root);
    mkdirSync(join(root, 'src'));
    expect(check(root).status).toBe(1);
  });
});
