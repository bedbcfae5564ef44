import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * What a step printed in one attempt, as the run's folder keeps it: redacted, head and tail where it was long. None where
 * nothing was kept. `folder`: the run's `output` folder.
 */
export async function readStepOutput(folder: string, step: string, attempt: number): Promise<readonly string[]> {
  try {
    const text = await readFile(join(folder, `${step}-${attempt}.log`), 'utf8');
    return text.replace(/\n$/, '').split('\n');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
