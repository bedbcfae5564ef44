import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where fairlead keeps and finds things on this machine. */
export interface Places {
  /** Journals, vaults, backups. */
  readonly stateDir: string;
  /** The vault's identity and the operator's own recipes. */
  readonly configDir: string;
  /** Folders that hold recipes, the operator's own first. */
  readonly recipeDirs: readonly string[];
}

/** The places for this user: root's are the machine's, anybody else's are in the home folder. */
export function placesFor(environment: NodeJS.ProcessEnv, uid: number, stateDirOption: string | undefined): Places {
  const home = environment.HOME ?? homedir();
  const root = uid === 0;
  const configDir =
    environment.FAIRLEAD_CONFIG_DIR ??
    (root ? '/etc/fairlead' : join(environment.XDG_CONFIG_HOME ?? join(home, '.config'), 'fairlead'));
  const stateDir =
    stateDirOption ??
    environment.FAIRLEAD_STATE_DIR ??
    (root ? '/var/lib/fairlead' : join(environment.XDG_STATE_HOME ?? join(home, '.local', 'state'), 'fairlead'));
  return {
    stateDir: resolve(stateDir),
    configDir: resolve(configDir),
    recipeDirs: [join(resolve(configDir), 'recipes'), join(programFolder(), 'recipes')],
  };
}

/** The folder that fairlead is installed in: the nearest one above this code with a package.json. */
export function programFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const above = dirname(folder);
    if (above === folder) return folder;
    folder = above;
  }
  return folder;
}
