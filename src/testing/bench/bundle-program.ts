import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** A program of this folder, bundled. */
export interface BundledProgram {
  /** What Node starts. */
  readonly main: string;
  remove(): void;
}

/**
 * Bundles `programs/<name>.tsx` as one would who has just read esbuild's manual: for production and minified, as fairlead is, but
 * without what `src/build.mjs` does to Ink and its parts.
 */
export async function bundleProgram(name: 'hello' | 'ring'): Promise<BundledProgram> {
  const folder = mkdtempSync(join(tmpdir(), `fairlead-bench-${name}-`));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(folder, 'no-devtools.js'), 'export default {};');
    symlinkSync(here('../../../node_modules'), join(folder, 'node_modules'));
    const main = join(folder, 'main.js');
    await build({
      entryPoints: [here(`programs/${name}.tsx`)],
      outfile: main,
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node22.12',
      minify: true,
      jsx: 'automatic',
      legalComments: 'none',
      alias: { 'react-devtools-core': join(folder, 'no-devtools.js') },
      define: { 'process.env.NODE_ENV': '"production"', 'process.env.DEV': '"false"' },
      banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
      logLevel: 'error',
    });
    return { main, remove };
  } catch (error) {
    remove();
    throw error;
  }
}
