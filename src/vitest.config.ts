import { defineConfig } from 'vitest/config';
import { LongestFirst } from './testing/longest-first.ts';
import { createNoSkipsReporter } from './testing/no-skips.ts';

/** Tests that measure seconds, and such as only wait, to keep them company. */
const QUIET = [
  'src/testing/fresh-machine.real.test.ts',
  'src/testing/bench/bench.real.test.ts',
  'src/steps/docker-engine/docker-engine.real.test.ts',
  'src/steps/host-package/host-package.real.test.ts',
];

/** The program as it is made, started and used: real processes and terminals, and records of their own. */
const PROGRAM = [
  'src/cli/**/*.real.test.ts',
  'src/adapters/vault/*.real.test.ts',
  'src/build.real.test.ts',
  'src/testing/launcher.real.test.ts',
  'src/views/**/*.real.test.ts',
];

/**
 * Four projects, one after the other: `fast` needs nothing but Node; `program` is the program as its user starts it, with records
 * of its own; `real` meets a real host and a real Docker Engine; so does `quiet`, which the others would disturb. Several files
 * run at once, on one host and one engine: each has names, ports and subnets of its own, and what only one may do at a time it
 * does in its turn (`testing/turn-of-packages.ts`).
 */
const env = { FORCE_COLOR: '0', NO_COLOR: '1' };

/**
 * How long what is awaited may take, and a test in all: a busy machine is slow and stands still for seconds, a wrong program is
 * wrong for ever. Nobody waits so long where all is well.
 */
const patience = {
  expect: { poll: { timeout: 60_000 } },
  setupFiles: [new URL('testing/patience.ts', import.meta.url).pathname],
};

/** What all kinds of real tests have in common. */
const real = {
  ...patience,
  env,
  root: new URL('..', import.meta.url).pathname,
  exclude: ['**/node_modules/**', 'dist/**'],
  globalSetup: [new URL('testing/real-setup.ts', import.meta.url).pathname],
  testTimeout: 300_000,
  hookTimeout: 600_000,
};

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    sequence: { sequencer: LongestFirst },
    reporters: ['default', createNoSkipsReporter(Boolean(process.env.CI))],
    projects: [
      {
        extends: false,
        test: {
          name: 'fast',
          // Many tests wait for a child process: a worker more than cores keeps both busy.
          maxWorkers: 3,
          // No test leaves anything behind in its modules; to load them anew for each file took a third of the time.
          isolate: false,
          ...patience,
          // None takes long; on a busy machine all take longer.
          testTimeout: 90_000,
          hookTimeout: 90_000,
          sequence: { groupOrder: 0 },
          env,
          root: new URL('..', import.meta.url).pathname,
          include: ['src/**/*.test.ts', 'src/**/*.test.tsx', 'recipes/*/test/**/*.test.ts'],
          exclude: ['**/*.real.test.ts', '**/*.exhaustive.test.ts', '**/node_modules/**', 'dist/**'],
        },
      },
      {
        extends: false,
        test: {
          name: 'program',
          // They wait for processes and terminals most of the time.
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
          ...real,
          include: [...PROGRAM, 'src/**/*.exhaustive.test.ts'],
        },
      },
      {
        extends: false,
        test: {
          name: 'real',
          // They wait for containers, health checks and downloads, a third of the time; with four they are in each other's way.
          maxWorkers: 3,
          sequence: { groupOrder: 2 },
          ...real,
          include: ['src/**/*.real.test.ts', 'recipes/*/test/**/*.real.test.ts'],
          exclude: [...real.exclude, ...PROGRAM, ...QUIET],
        },
      },
      {
        extends: false,
        test: {
          name: 'quiet',
          maxWorkers: 2,
          sequence: { groupOrder: 3 },
          ...real,
          include: QUIET,
        },
      },
    ],
  },
});
