import type { CommonOptions } from './session.ts';

/**
 * The options of `fairlead` without a command, where the app may be what is wanted; undefined where a command is asked for, or
 * anything that the app does not answer: then the command line is read as a whole, and says what is wrong with it.
 */
export function bareOptions(argv: readonly string[]): CommonOptions | undefined {
  let options: CommonOptions = {};
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? '';
    const given = /^--state-dir(?:=(.+))?$/.exec(word);
    if (word === '--no-color') options = { ...options, color: false };
    else if (given !== null) {
      const folder = given[1] ?? argv[++at];
      if (folder === undefined || folder.startsWith('-')) return undefined;
      options = { ...options, stateDir: folder };
    } else return undefined;
  }
  return options;
}
