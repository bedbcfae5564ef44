import { link, mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { fail } from '../../model/failure.ts';
import { errorCode, reasonOf, waysToWrite } from './system-error.ts';

/** The key to a vault. */
export interface Identity {
  /** `AGE-SECRET-KEY-1…`: never shown. */
  readonly secret: string;
  /** `age1…`: what is encrypted to. */
  readonly recipient: string;
}

/**
 * Reads the key file: age's own format, so that `age -d -i FILE` and `age-keygen -y FILE` take it too. Undefined
 * where there is none. Throws `vault.identity-exposed` where others may read it, `vault.identity-damaged` where no
 * key is in it, `vault.unreadable`.
 */
export async function readIdentity(file: string): Promise<Identity | undefined> {
  let text: string;
  try {
    const { mode } = await stat(file);
    if ((mode & 0o077) !== 0) {
      throw fail('vault.identity-exposed', `Others may read the key to the secrets, ${file}: its mode is ${octal(mode)}.`, {
        hints: [
          `Run \`chmod 600 ${file}\`, and think about who may have read it.`,
          'If somebody may have: rotate the secrets (`fairlead secrets rotate`).',
        ],
      });
    }
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if (errorCode(cause) === undefined) throw cause;
    if (errorCode(cause) === 'ENOENT') return undefined;
    throw fail('vault.unreadable', `The key to the secrets, ${file}, can't be read: ${reasonOf(cause)}.`, {
      hints: ['Run fairlead as the user that owns its state folder (root, for one under /var/lib).'],
      cause,
    });
  }
  const secret = text.split('\n').find((line) => line.trim() !== '' && !line.startsWith('#'));
  try {
    return { secret: secret?.trim() ?? '', recipient: await identityToRecipient(secret?.trim() ?? '') };
  } catch {
    // Without its cause: that could quote the key.
    throw fail('vault.identity-damaged', `No key can be read from ${file}.`, {
      hints: ['Put the file back from a backup: without it the secrets can not be read by anybody.'],
    });
  }
}

/** Makes a new key file (0600). One that is there, or appears meanwhile, is never replaced: then that one counts. */
export async function createIdentity(file: string): Promise<Identity> {
  const secret = await generateX25519Identity();
  const recipient = await identityToRecipient(secret);
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await rm(temporary, { force: true });
    {
      await using handle = await open(temporary, 'wx', 0o600);
      await handle.writeFile(
        `# The key to fairlead's vaults. Keep a copy where only you can read it: without it they stay closed.\n# public key: ${recipient}\n${secret}\n`,
      );
      await handle.sync();
    }
    await link(temporary, file);
    await using folder = await open(dirname(file), 'r');
    await folder.sync();
  } catch (cause) {
    if (errorCode(cause) !== 'EEXIST') {
      throw fail('vault.not-writable', `The key to the secrets, ${file}, can't be written: ${reasonOf(cause)}.`, {
        fault: 'environment',
        hints: waysToWrite(file, cause),
        cause,
      });
    }
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
  return (await readIdentity(file)) ?? { secret, recipient };
}

function octal(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, '0');
}
