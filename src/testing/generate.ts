import { readFile, writeFile } from 'node:fs/promises';
import { generatedFiles } from './generated-files.ts';

// Writes the files that are made from the code: schemas, and the step reference.
const root = new URL('../../', import.meta.url);
for (const { path, make } of generatedFiles) {
  const url = new URL(path, root);
  const before = await readFile(url, 'utf8').catch(() => '');
  const after = make(before);
  if (after === before) continue;
  await writeFile(url, after);
  process.stdout.write(`wrote ${path}\n`);
}
