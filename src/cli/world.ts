import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createDockerodeEngine } from '../adapters/docker/dockerode-engine.ts';
import { createLeftExecs } from '../adapters/docker/left-execs.ts';
import { createNodeHost } from '../adapters/host/node-host.ts';
import { openAgeVault } from '../adapters/vault/age-vault.ts';
import { generateSecret } from '../adapters/vault/generate.ts';
import { createMemoryVault } from '../adapters/vault/memory-vault.ts';
import { createOverlayVault } from '../adapters/vault/overlay-vault.ts';
import { createSecretAccess } from '../adapters/vault/secret-access.ts';
import type { JournalPort, Looking, Outside } from '../engine/outside.ts';
import { type ChildrenList, createChildrenList } from '../journal/children-list.ts';
import { createLingeringLock, type LingeringLock } from '../journal/lingering-lock.ts';
import { createOutputLog } from '../journal/output-log.ts';
import { replaceFile } from '../journal/replace-file.ts';
import type { RunPaths, StateFolder } from '../journal/state-folder.ts';
import type { Host, Vault } from '../model/ports.ts';
import { createParamsCheck } from '../recipe/compile-params.ts';
import { stepTypes } from '../steps/index.ts';
import { type OwnWrites, rememberWrites } from './own-writes.ts';
import { refuseLostKey } from './refuse-lost-key.ts';
import { rememberSecretsOf } from './remembered-secrets.ts';
import type { Session } from './session.ts';
import { awaitLeftBehind, findSurvivors } from './survivors.ts';

/** The outside world of one deployment, for looking and for acting. */
export interface World extends Looking {
  readonly local: Host;
  /** What this process wrote to a path needs no backup; where nobody remembers, all is backed up. */
  readonly wroteItself?: OwnWrites['has'];
  /** What steps start is listed here; undefined where no run is given. */
  readonly children?: ChildrenList;
}

/**
 * Opens the world. To `plan`, what would be written to the vault stays in memory; to `start`, a vault is made where
 * there is none; to `resume`, it has to be there. What is started is listed in the folder of the `run`.
 */
export async function openWorld(
  session: Pick<Session, 'folder' | 'keys'>,
  deployment: string,
  options: { readonly purpose: 'plan' | 'start' | 'resume'; readonly run?: string },
): Promise<World> {
  const { folder } = session;
  const paths = folder.deployment(deployment);
  if (options.purpose === 'start') await refuseLostKey(session);
  const kept: Vault =
    options.purpose !== 'plan' || existsSync(paths.vault)
      ? await openAgeVault({ file: paths.vault, key: await session.keys(), create: options.purpose === 'start' })
      : createMemoryVault();
  const vault = options.purpose === 'plan' ? createOverlayVault(kept) : kept;
  rememberSecretsOf(vault);
  const secrets = createSecretAccess(vault);
  const reveal = (text: Parameters<typeof secrets.reveal>[0]): Promise<string> => secrets.reveal(text);
  const children =
    options.run === undefined ? undefined : createChildrenList(folder.runFolder(deployment, options.run).children, options.run);
  const listed = children === undefined ? {} : { children };
  const { host: local, has: wroteItself } = rememberWrites(await createNodeHost({ reveal, ...listed }), reveal);
  return {
    local,
    wroteItself,
    ...listed,
    hosts: new Map([['local', local]]),
    docker: createDockerodeEngine({ reveal, ...listed }),
    vault,
    secrets,
    checkParams: createParamsCheck(stepTypes),
  };
}

/** The host's lock names the run that has it. */
const LOCKED_FOR = 'run ';

/** The world with what a run needs besides: its journal, its output files, its backups. */
export function outsideOf(world: World, journal: JournalPort, paths: RunPaths, folder: StateFolder): Outside {
  const execs = createLeftExecs();
  const locks = new Map<string, LingeringLock>();
  const lockOf = (hostId: string): LingeringLock => {
    const lock = locks.get(hostId) ?? createLingeringLock(folder.hostLock(hostId));
    locks.set(hostId, lock);
    return lock;
  };
  return {
    ...world,
    journal: noted(journal, world.children),
    generateSecret,
    outputLog: (step, attempt) => createOutputLog(join(paths.output, `${step}-${attempt}.log`)),
    async lockHost(hostId, { signal, onHeld }) {
      const lock = await lockOf(hostId).take({
        what: `${LOCKED_FOR}${basename(paths.dir)}`,
        signal,
        onHeld: (holder) => onHeld(`${holder.what} (process ${holder.pid} of ${holder.user})`),
      });
      try {
        const { takenOver } = lock;
        if (takenOver?.what.startsWith(LOCKED_FOR)) {
          await awaitLeftBehind(takenOver.what.slice(LOCKED_FOR.length), folder, execs, signal, onHeld);
        }
        return lock;
      } catch (error) {
        await lock.release();
        throw error;
      }
    },
    survivors: () => findSurvivors(paths.children, execs),
    async keepBackup(step, attempt, path, bytes) {
      if (world.wroteItself?.(path, bytes) === true) return;
      const name = `${step}-${attempt}-${encodeURIComponent(path)}.age`.slice(-200);
      await replaceFile(join(paths.backups, name), await world.vault.encrypt(bytes));
    },
  };
}

/** What is started is listed with the step and the sequence number that it is due to. */
function noted(journal: JournalPort, children: ChildrenList | undefined): JournalPort {
  if (children === undefined) return journal;
  return {
    async append(event, options) {
      // Before its last line: nobody comes after it who would tidy up what a kill left.
      if (event.type === 'run.stopped' || event.type === 'run.finished') children.tidy();
      const written = await journal.append(event, options);
      children.note(written);
      return written;
    },
  };
}
