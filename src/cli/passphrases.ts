import { readSync } from 'node:fs';
import { fail } from '../model/failure.ts';
import { askSecret } from './ask-secret.ts';
import type { Console } from './output.ts';

/** Whose passphrase is asked for: that of our own key, or of a key file that was given. */
type Whose = 'own' | 'given';

/** Where passphrases come from. */
export interface Passphrases {
  /** For a file; a `fresh` one is typed twice. Throws `vault.passphrase-needed` where none is to be had. */
  ask(question: { readonly file: string; readonly fresh: boolean; readonly whose?: Whose }): Promise<string>;
  /** After a wrong one: only who types can give another. */
  askAgain(question: { readonly file: string; readonly whose?: Whose }): Promise<string | undefined>;
  /** The last one that was given for our own key: a process that we start has nobody to ask. */
  used(): string | undefined;
}

const VARIABLE: Readonly<Record<Whose, string>> = { own: 'FAIRLEAD_PASSPHRASE', given: 'FAIRLEAD_KEY_PASSPHRASE' };
/** Longer than any passphrase; what goes on is the wrong file. */
const LONGEST_LINE = 4096;
const TRIES = 3;

/**
 * Passphrases from the file descriptor that was named (a line for each question), from the environment, or from the
 * terminal. The environment loses them here: nothing that a step starts may inherit them.
 */
export function createPassphrases(
  console: Pick<Console, 'out' | 'err' | 'json'>,
  environment: NodeJS.ProcessEnv,
  descriptor: string | undefined,
): Passphrases {
  let used: string | undefined;
  const taken = { own: environment[VARIABLE.own], given: environment[VARIABLE.given] };
  for (const variable of Object.values(VARIABLE)) delete environment[variable];

  const atTerminal = async (file: string, fresh: boolean): Promise<string | undefined> => {
    if (!fresh) return askSecret(console, `Passphrase for ${file} (not shown): `);
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const first = await askSecret(console, `New passphrase for ${file} (not shown): `);
      if (first === undefined) return undefined;
      if (first === '') {
        console.err('It must not be empty.\n');
        continue;
      }
      const second = await askSecret(console, 'The same once more: ');
      if (second === undefined || second === first) return second;
      console.err('These were two different ones. Please type it anew.\n');
    }
    return undefined;
  };

  return {
    async askAgain({ file, whose = 'own' }) {
      if (descriptor !== undefined || taken[whose] !== undefined) return undefined;
      console.err('That was not it. ');
      const passphrase = await atTerminal(file, false);
      if (whose === 'own') used = passphrase;
      return passphrase;
    },
    async ask({ file, fresh, whose = 'own' }) {
      const passphrase =
        descriptor === undefined ? (taken[whose] ?? (await atTerminal(file, fresh))) : readLine(descriptorOf(descriptor));
      if (passphrase === undefined || passphrase === '') throw needed(file, whose, fresh);
      if (whose === 'own') used = passphrase;
      return passphrase;
    },
    used: () => used,
  };
}

function descriptorOf(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw fail('usage.bad-descriptor', `--passphrase-fd takes the number of an open file, not ${JSON.stringify(text)}.`, {
    hints: ['As in: fairlead status --passphrase-fd 3 3<FILE'],
  });
}

/** Byte by byte: what comes after the line is the next question's answer. Undefined at the end of the file. */
function readLine(descriptor: number): string | undefined {
  const bytes: number[] = [];
  const byte = Buffer.alloc(1);
  try {
    while (bytes.length <= LONGEST_LINE) {
      if (readSync(descriptor, byte) === 0) return bytes.length === 0 ? undefined : Buffer.from(bytes).toString('utf8');
      if (byte[0] === 10) return Buffer.from(bytes).toString('utf8').replace(/\r$/, '');
      bytes.push(byte[0] as number);
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw fail('usage.bad-descriptor', `The passphrase can't be read from file descriptor ${descriptor} (${code}).`, {
      hints: ['Open it for reading: fairlead … --passphrase-fd 3 3<FILE. Nothing was changed.'],
    });
  }
  throw fail('usage.bad-descriptor', `The line on file descriptor ${descriptor} is too long for a passphrase.`, {
    hints: [`A passphrase has at most ${LONGEST_LINE} bytes. Nothing was changed.`],
  });
}

function needed(file: string, whose: Whose, fresh: boolean): Error {
  const wanted = fresh ? 'A new passphrase is needed' : 'The passphrase is needed';
  return fail('vault.passphrase-needed', `${wanted} for the key to the secrets, ${file}, and none was given.`, {
    hints: [
      `Start fairlead at a terminal, which asks for it; or give it in ${VARIABLE[whose]}, or on a file descriptor: --passphrase-fd 3 3<FILE.`,
      'Nothing was changed.',
    ],
  });
}
