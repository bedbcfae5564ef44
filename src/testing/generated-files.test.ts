import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { generatedFiles } from './generated-files.ts';

it.each(generatedFiles)('$path is fresh: `npm run generate` changes nothing', async ({ path, make }) => {
  const now = await readFile(new URL(`../../${path}`, import.meta.url), 'utf8');
  expect(now).toBe(await make(now));
});
