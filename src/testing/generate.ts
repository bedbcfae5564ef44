import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { generatedFiles } from './generated-files.ts';

// Writes the files that are made from the code: schemas, golden plans, and the step reference. Golden
// journals are not among them: they are what earlier versions wrote, and nothing writes them again.
const root = new URL('../../', import.meta.url);
for (const { path, make } of generatedFiles) {
  const url = new URL(path, root);
  const before = await readFile(url, 'utf8').catch(() => '');
  const after = await make(before);
  if (after === before) continue;
  await mkdir(new URL('.', url), { recursive: true });
  await writeFile(url, after);
  process.stdout.write(`wrote ${path}\n`);
}
