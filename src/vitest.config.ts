import { defineConfig } from 'vitest/config';
import { createNoSkipsReporter } from './testing/no-skips.ts';

/** Two projects: `fast` needs nothing but Node; `real` meets a real host and a real Docker Engine. */
const env = { FORCE_COLOR: '0', NO_COLOR: '1' };

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
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
          name: 'real',
          sequence: { groupOrder: 1 },
          env,
          root: new URL('..', import.meta.url).pathname,
          include: ['src/**/*.real.test.ts', 'src/**/*.exhaustive.test.ts', 'recipes/*/test/**/*.real.test.ts'],
          exclude: ['**/node_modules/**', 'dist/**'],
          globalSetup: [new URL('testing/real-setup.ts', import.meta.url).pathname],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
