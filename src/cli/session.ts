import type { KeyHomes } from '../adapters/vault/key-homes.ts';
import { createStateFolder, type StateFolder } from '../journal/state-folder.ts';
import { type Console, type OutputOptions, processConsole } from './output.ts';
import { takeEnvironment } from './own-environment.ts';
import { createPassphrases, type Passphrases } from './passphrases.ts';
import { type Places, placesFor } from './places.ts';

/** What every command is given: where things are and where words go. */
export interface Session {
  readonly console: Console;
  readonly places: Places;
  readonly folder: StateFolder;
  /** As we were started with it; what may be a secret in it is no more in `process.env`. */
  readonly environment: NodeJS.ProcessEnv;
  readonly passphrases: Passphrases;
  /** Where the key to the vaults lies. A passphrase is asked for once in this process. */
  readonly keys: () => Promise<KeyHomes>;
  /** The arguments as they were typed, for a restart under sudo. */
  readonly argv: readonly string[];
}

/** Options that every command takes. */
export interface CommonOptions extends OutputOptions {
  readonly stateDir?: string;
  readonly passphraseFd?: string;
}

/** The session of this process. */
export function openSession(options: CommonOptions, argv: readonly string[]): Session {
  const environment = takeEnvironment(process.env);
  return sessionWith(options, argv, environment, processConsole(options, environment));
}

/** A session with an environment and a console of its own. */
export function sessionWith(
  options: CommonOptions,
  argv: readonly string[],
  environment: NodeJS.ProcessEnv,
  console: Console,
): Session {
  const places = placesFor(environment, process.getuid?.() ?? 0, options.stateDir);
  const folder = createStateFolder(places.stateDir);
  const passphrases = createPassphrases(console, environment, options.passphraseFd);
  return { console, places, folder, environment, passphrases, keys: keysOnce(folder, passphrases, console), argv };
}

/** The same session with another console, and passphrases that are asked for by way of `aside`. */
export function sessionAside(session: Session, console: Console, aside: Aside): Session {
  const passphrases: Passphrases = {
    ...session.passphrases,
    ask: (question) => aside(() => session.passphrases.ask(question)),
    askAgain: (question) => aside(() => session.passphrases.askAgain(question)),
  };
  return { ...session, console, passphrases, keys: keysOnce(session.folder, passphrases, console) };
}

/** Makes room for something to be asked in plain lines, and takes it back. */
export type Aside = <Result>(use: () => Promise<Result>) => Promise<Result>;

/** Most commands need no key, and what handles keys takes its time to load. */
function keysOnce(folder: StateFolder, passphrases: Passphrases, console: Console): Session['keys'] {
  let keys: Promise<KeyHomes> | undefined;
  return () => {
    keys ??= openKeys(folder, passphrases, (text) => console.err(`fairlead: ${text}\n`));
    return keys;
  };
}

async function openKeys(folder: StateFolder, passphrases: Passphrases, warn: (text: string) => void): Promise<KeyHomes> {
  const { keyHomesBeside } = await import('../adapters/vault/key-homes.ts');
  const { ask, askAgain } = passphrases;
  return keyHomesBeside(folder.identity, { ask: (asked) => (asked.again ? askAgain(asked) : ask(asked)), warn });
}
