import { exitCodes, fail } from '../model/failure.ts';
import { endMeaningSecret } from './meant-secret.ts';
import { printJson } from './output.ts';
import type { Session } from './session.ts';
import { openVaultOf } from './vault-of.ts';

/** Which value is to be printed. */
export interface WantedSecret {
  readonly deployment: string;
  readonly name: string;
  /** Print it also where no terminal is. */
  readonly reveal: boolean;
  /** The one in force, the one before it, or the one that a rotation left beside it. */
  readonly which: 'current' | 'previous' | 'staged';
}

/** `fairlead secrets get DEPLOYMENT NAME`: the value, at a terminal or where `--reveal` asks for it. */
export async function getSecret({ deployment, name, reveal, which }: WantedSecret, session: Session): Promise<number> {
  const vault = await openVaultOf(deployment, session);
  const values = { current: vault.value, previous: vault.previous, staged: vault.staged };
  const value = values[which](name);
  if (value === undefined) {
    if (which === 'staged' && vault.value(name) !== undefined) {
      throw fail('secret.none-staged', `The vault of ${deployment} holds no value of ${name} beside the one in force.`, {
        hints: ['A rotation that is under way has one, or one that could not go back everywhere.'],
      });
    }
    if (which === 'previous' && vault.value(name) !== undefined) {
      throw fail('secret.no-previous', `The vault of ${deployment} holds no value of ${name} before the one in force.`, {
        hints: ['One is kept when `fairlead secrets set` or a rotation puts another in its place.'],
      });
    }
    throw fail('secret.unknown', `The vault of ${deployment} holds no ${name}${endMeaningSecret(name, vault.names())}`, {
      hints: [`It holds: ${vault.names().join(', ') || 'nothing'}.`],
    });
  }
  if (!reveal && process.stdout.isTTY !== true) {
    throw fail('secret.not-revealed', 'A secret is printed at a terminal only.', {
      hints: ['Add --reveal to print it here all the same.'],
    });
  }
  if (session.console.json) printJson(session.console, { name, value });
  else session.console.out(`${value}\n`);
  return exitCodes.done;
}
