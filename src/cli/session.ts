import { createStateFolder, type StateFolder } from '../journal/state-folder.ts';
import { type Console, type OutputOptions, processConsole } from './output.ts';
import { takeEnvironment } from './own-environment.ts';
import { type Places, placesFor } from './places.ts';

/** What every command is given: where things are and where words go. */
export interface Session {
  readonly console: Console;
  readonly places: Places;
  readonly folder: StateFolder;
  /** As we were started with it; what may be a secret in it is no more in `process.env`. */
  readonly environment: NodeJS.ProcessEnv;
  /** The arguments as they were typed, for a restart under sudo. */
  readonly argv: readonly string[];
}

/** Options that every command takes. */
export interface CommonOptions extends OutputOptions {
  readonly stateDir?: string;
}

/** The session of this process. */
export function openSession(options: CommonOptions, argv: readonly string[]): Session {
  const environment = takeEnvironment(process.env);
  const places = placesFor(environment, process.getuid?.() ?? 0, options.stateDir);
  return {
    console: processConsole(options, environment),
    places,
    folder: createStateFolder(places.stateDir),
    environment,
    argv,
  };
}
