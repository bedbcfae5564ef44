import { existsSync } from 'node:fs';
import { fail } from '../model/failure.ts';
import type { Session } from './session.ts';

/** One key opens all vaults of a state folder: where it is gone, a new one would hide that the others are lost. */
export async function refuseLostKey({ folder, keys }: Pick<Session, 'folder' | 'keys'>): Promise<void> {
  const homes = await keys();
  if ((await homes.inUse()).length > 0) return;
  const orphan = (await folder.deployments()).find((name) => existsSync(folder.deployment(name).vault));
  if (orphan === undefined) return;
  throw fail('vault.identity-missing', `The key file ${homes.place} is gone, and the vault of ${orphan} needs it.`, {
    hints: ['Bring the key file back from a backup. Nothing was changed.'],
  });
}
