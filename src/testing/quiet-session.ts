import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keyHomesBeside } from '../adapters/vault/key-homes.ts';
import type { Session } from '../cli/session.ts';
import { createStateFolder } from '../journal/state-folder.ts';

/** A session in this process, without a terminal, with a state folder and recipes of its own. */
export interface QuietSession extends Session {
  /** All of it lies here. */
  readonly place: string;
  /** All that was printed so far. */
  readonly printed: string[];
  /** Writes a recipe of the operator's own, or one that came with the program; the folder that it lies in. */
  addRecipe(name: string, text: string, whose?: 'own' | 'shipped'): Promise<string>;
  cleanUp(): Promise<void>;
}

/** Makes one; nothing of the machine's own is read. */
export async function createQuietSession(): Promise<QuietSession> {
  const place = await mkdtemp(join(tmpdir(), 'fairlead-session-'));
  const stateDir = join(place, 'state');
  const folders = { own: join(place, 'config', 'recipes'), shipped: join(place, 'shipped') };
  const folder = createStateFolder(stateDir);
  const printed: string[] = [];
  const print = (text: string): void => void printed.push(text);
  const refuse = async (): Promise<never> => {
    throw new Error('nobody is there to be asked');
  };
  return {
    place,
    printed,
    console: {
      out: print,
      err: print,
      style: { colour: false, unicode: true },
      errorStyle: { colour: false, unicode: true },
      attended: false,
      app: false,
      overwrites: false,
      columns: () => undefined,
      json: false,
    },
    places: { stateDir, configDir: join(place, 'config'), recipeDirs: [folders.own, folders.shipped] },
    folder,
    environment: { HOME: place },
    passphrases: { ask: refuse, askAgain: refuse } as unknown as Session['passphrases'],
    keys: async () => keyHomesBeside(folder.identity, { ask: refuse, warn: print }),
    argv: [],
    async addRecipe(name, text, whose = 'shipped') {
      const path = join(folders[whose], name);
      await mkdir(path, { recursive: true });
      await writeFile(join(path, 'recipe.yaml'), text);
      return path;
    },
    cleanUp: () => rm(place, { recursive: true, force: true }),
  };
}
