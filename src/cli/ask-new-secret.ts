import { fail } from '../model/failure.ts';
import { askSecret } from './ask-secret.ts';
import type { Console } from './output.ts';

/**
 * Asks at the terminal for a value that is new, twice, until both are the same; nothing of it is shown. `fault` says
 * what is wrong with a value. Throws `run.interrupted` where the operator gives up.
 */
export async function askNewSecret(
  console: Pick<Console, 'out' | 'err' | 'json'>,
  what: string,
  fault: (value: string) => string | undefined,
): Promise<string> {
  while (true) {
    const first = await typed(console, `${what} (not shown): `);
    const wrong = fault(first);
    if (wrong !== undefined) {
      console.err(`It must be ${wrong}.\n`);
      continue;
    }
    if ((await typed(console, 'The same once more: ')) === first) return first;
    console.err('These were two different ones. Please type it anew.\n');
  }
}

async function typed(console: Pick<Console, 'out' | 'err' | 'json'>, prompt: string): Promise<string> {
  const text = await askSecret(console, prompt);
  if (text === undefined) throw fail('run.interrupted', 'Given up. Nothing was changed.');
  return text;
}
