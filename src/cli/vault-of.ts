import { existsSync } from 'node:fs';
import { openAgeVault } from '../adapters/vault/age-vault.ts';
import { fail } from '../model/failure.ts';
import type { Vault } from '../model/ports.ts';
import { rememberSecretsOf } from './remembered-secrets.ts';
import type { Session } from './session.ts';

/** The vault of a deployment that has one. */
export async function openVaultOf(deployment: string, session: Session): Promise<Vault> {
  const { vault } = session.folder.deployment(deployment);
  if (!existsSync(vault)) {
    const known = await session.folder.deployments();
    throw fail('deployment.unknown', `There is no vault of a deployment ${deployment}.`, {
      hints: [`Deployments: ${known.join(', ') || 'none'}.`],
    });
  }
  const opened = await openAgeVault({ file: vault, key: await session.keys(), create: false });
  rememberSecretsOf(opened);
  return opened;
}
