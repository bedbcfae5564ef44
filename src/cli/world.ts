import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createDockerodeEngine } from '../adapters/docker/dockerode-engine.ts';
import { createNodeHost } from '../adapters/host/node-host.ts';
import { openAgeVault } from '../adapters/vault/age-vault.ts';
import { generateSecret } from '../adapters/vault/generate.ts';
import { createMemoryVault } from '../adapters/vault/memory-vault.ts';
import { createOverlayVault } from '../adapters/vault/overlay-vault.ts';
import { createSecretAccess } from '../adapters/vault/secret-access.ts';
import type { JournalPort, Looking, Outside } from '../engine/outside.ts';
import { createOutputLog } from '../journal/output-log.ts';
import { replaceFile } from '../journal/replace-file.ts';
import type { RunPaths, StateFolder } from '../journal/state-folder.ts';
import { fail } from '../model/failure.ts';
import type { Host, Vault } from '../model/ports.ts';
import { createParamsCheck } from '../recipe/compile-params.ts';
import { stepTypes } from '../steps/index.ts';

/** The outside world of one deployment, for looking and for acting. */
export interface World extends Looking {
  readonly local: Host;
}

/**
 * Opens the world. To `plan`, what would be written to the vault stays in memory; to `start`, a vault is made where
 * there is none; to `resume`, it has to be there.
 */
export async function openWorld(
  folder: StateFolder,
  deployment: string,
  options: { readonly purpose: 'plan' | 'start' | 'resume'; readonly environment?: Readonly<Record<string, string>> },
): Promise<World> {
  const paths = folder.deployment(deployment);
  if (options.purpose === 'start') await refuseLostIdentity(folder);
  const kept: Vault =
    options.purpose !== 'plan' || existsSync(paths.vault)
      ? await openAgeVault({ file: paths.vault, identityFile: folder.identity, create: options.purpose === 'start' })
      : createMemoryVault();
  const vault = options.purpose === 'plan' ? createOverlayVault(kept) : kept;
  const secrets = createSecretAccess(vault);
  const reveal = (text: Parameters<typeof secrets.reveal>[0]): Promise<string> => secrets.reveal(text);
  const local = await createNodeHost({
    reveal,
    ...(options.environment === undefined ? {} : { environment: options.environment }),
  });
  return {
    local,
    hosts: new Map([['local', local]]),
    docker: createDockerodeEngine({ reveal }),
    vault,
    secrets,
    checkParams: createParamsCheck(stepTypes),
  };
}

/** One identity opens all vaults of a state folder: where it is gone, a new one would hide that the others are lost. */
async function refuseLostIdentity(folder: StateFolder): Promise<void> {
  if (existsSync(folder.identity)) return;
  const orphan = (await folder.deployments()).find((name) => existsSync(folder.deployment(name).vault));
  if (orphan === undefined) return;
  throw fail('vault.identity-missing', `The key file ${folder.identity} is gone, and the vault of ${orphan} needs it.`, {
    hints: ['Bring the key file back from a backup. Nothing was changed.'],
  });
}

/** The world with what a run needs besides: its journal, its output files, its backups. */
export function outsideOf(world: World, journal: JournalPort, paths: RunPaths): Outside {
  return {
    ...world,
    journal,
    generateSecret,
    outputLog: (step, attempt) => createOutputLog(join(paths.output, `${step}-${attempt}.log`)),
    async keepBackup(step, attempt, path, bytes) {
      const name = `${step}-${attempt}-${encodeURIComponent(path)}.age`.slice(-200);
      await replaceFile(join(paths.backups, name), await world.vault.encrypt(bytes));
    },
  };
}
