import { defineConfig } from 'vitest/config';
import { LongestFirst } from './testing/longest-first.ts';
import { createNoSkipsReporter } from './testing/no-skips.ts';

/**
 * Three projects: `fast` needs nothing but Node; `program` is the program as its user starts it, with records of its own, two
 * files at once; `real` meets a real host and a real Docker Engine, one file after the other.
 */
const env = { FORCE_COLOR: '0', NO_COLOR: '1' };

/** What both kinds of real tests have in common. */
const real = {
  env,
  root: new URL('..', import.meta.url).pathname,
  exclude: ['**/node_modules/**', 'dist/**'],
  globalSetup: [new URL('testing/real-setup.ts', import.meta.url).pathname],
  testTimeout: 120_000,
  hookTimeout: 300_000,
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
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          ...real,
          include: ['src/cli/**/*.real.test.ts', 'src/adapters/vault/*.real.test.ts', 'src/**/*.exhaustive.test.ts'],
        },
      },
      {
        extends: false,
        test: {
          name: 'real',
          fileParallelism: false,
          sequence: { groupOrder: 2 },
          ...real,
          include: ['src/**/*.real.test.ts', 'recipes/*/test/**/*.real.test.ts'],
          exclude: [...real.exclude, 'src/cli/**', 'src/adapters/vault/**'],
        },
      },
    ],
  },
});
