import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * The absolute path of a script that ships with a step type. In the source tree it lies beside the module
 * (`importMetaUrl`); in the built program modules are bundled, and scripts lie in `scripts/` of the same folder
 * or, for a chunk, of the folder above.
 */
export function shippedScript(name: string, importMetaUrl: string): string {
  const [beside = '', ...others] = [name, `scripts/${name}`, `../scripts/${name}`].map((path) =>
    fileURLToPath(new URL(path, importMetaUrl)),
  );
  return [beside, ...others].find((path) => existsSync(path)) ?? beside;
}
