import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fail } from '../../model/failure.ts';
import type { Text } from '../../model/secrets.ts';
import { type RunContext, runStreamed, type Streamed } from './run-streamed.ts';

/** A zx script to run. */
export interface ZxScript {
  /** Absolute; ends in `.mjs`. */
  readonly script: string;
  /** The script's values: they arrive as `process.env`, never in its argv or its text. */
  readonly env?: Readonly<Record<string, Text | undefined>>;
  /** Absolute. */
  readonly cwd?: string;
}

/**
 * Runs a zx script on this host as a child of its own, under the Node that runs us, and gives out its lines. An exit
 * code other than 0 is a result; a script that can't be started is a `host.*` failure.
 */
export async function runZxScript(ctx: RunContext, { script, env, cwd }: ZxScript): Promise<Streamed> {
  return runStreamed(ctx, {
    argv: [process.execPath, zxCli(), script],
    // zx reads settings from ZX_*: what the operator has there for other work must not change ours.
    env: { ZX_VERBOSE: undefined, ZX_SHELL: undefined, ZX_PREFIX: undefined, ZX_POSTFIX: undefined, ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
}

/**
 * Where zx's command line lies. Looked up by Node's own rules from this module, which holds both in the source tree
 * and bundled into `dist/`, as `node_modules` lies above either.
 */
function zxCli(): string {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('zx/package.json')), 'build', 'cli.js');
  } catch (cause) {
    throw fail('script.no-zx', 'zx, which runs scripts, is not installed beside fairlead.', {
      fault: 'environment',
      hints: ['Install fairlead again with its dependencies (`npm ci`).'],
      cause,
    });
  }
}
