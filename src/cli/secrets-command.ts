import { existsSync } from 'node:fs';
import { openAgeVault } from '../adapters/vault/age-vault.ts';
import { exitCodes, fail } from '../model/failure.ts';
import type { Vault } from '../model/ports.ts';
import { MASK } from '../model/secrets.ts';
import { printJson } from './output.ts';
import type { Session } from './session.ts';

/** `fairlead secrets list DEPLOYMENT`: the names in the vault, never a value. */
export async function listSecrets(deployment: string, session: Session): Promise<number> {
  const vault = await vaultOf(deployment, session);
  if (session.console.json) printJson(session.console, vault.names());
  else for (const name of vault.names()) session.console.out(`${name}  ${MASK}\n`);
  return exitCodes.done;
}

/** `fairlead secrets get DEPLOYMENT NAME`: the value, at a terminal or where `--reveal` asks for it. */
export async function getSecret(deployment: string, name: string, reveal: boolean, session: Session): Promise<number> {
  const vault = await vaultOf(deployment, session);
  const value = vault.value(name);
  if (value === undefined) {
    throw fail('secret.unknown', `The vault of ${deployment} holds no ${name}.`, {
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

async function vaultOf(deployment: string, session: Session): Promise<Vault> {
  const { vault } = session.folder.deployment(deployment);
  if (!existsSync(vault)) {
    const known = await session.folder.deployments();
    throw fail('deployment.unknown', `There is no vault of a deployment ${deployment}.`, {
      hints: [`Deployments: ${known.join(', ') || 'none'}.`],
    });
  }
  return openAgeVault({ file: vault, identityFile: session.folder.identity, create: false });
}
