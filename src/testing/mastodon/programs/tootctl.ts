import { accountCommands } from './accounts-commands.ts';
import { type Command, failWith } from './command.ts';
import { oneValue } from './database.ts';
import { Aborted, checkSecrets, complain, PlainAbort, readDotenv, say } from './environment.ts';
import { readFlags } from './flags.ts';
import { otherCommands } from './other-commands.ts';
import { version } from './release.ts';

const COMMANDS: Readonly<Record<string, Command>> = { ...accountCommands, ...otherCommands };

/** The command line for administrators, as far as its commands are among those above; answers the exit code. */
export async function tootctl(args: readonly string[]): Promise<number> {
  readDotenv();
  try {
    checkSecrets();
    if (args[0] === '--version' || args[0] === 'version') {
      say(version);
      return 0;
    }
    const length = [3, 2, 1].find((count) => COMMANDS[nameOf(args, count)] !== undefined);
    const command = length === undefined ? undefined : COMMANDS[nameOf(args, length)];
    if (length === undefined || command === undefined) return help(args);
    const flags = readFlags(args.slice(length), command.flags ?? {});
    if (flags.words.length < (command.words ?? []).length) {
      const name = nameOf(args, length);
      const usage = `Usage: "tootctl ${name} ${command.words?.join(' ')}"`;
      throw failWith(`ERROR: "tootctl ${name}" was called with no arguments\n${usage}`);
    }
    // The classes of records ask the database about their columns before anything else is done.
    oneValue('SELECT count(*) FROM users');
    await command.run(flags);
    return 0;
  } catch (error) {
    if (error instanceof PlainAbort) complain(error.message);
    else if (error instanceof Aborted)
      complain(error.kind === 'Thor::Error' ? error.message : `${error.message} (${error.kind})`);
    else throw error;
    return 1;
  }
}

const nameOf = (args: readonly string[], count: number): string => args.slice(0, count).join(' ').replaceAll('_', '-');

function help(args: readonly string[]): number {
  const within = Object.keys(COMMANDS).filter(
    (name) => args.length === 0 || args[0] === 'help' || name.startsWith(`${args[0]} `),
  );
  if (args.length > 1 || within.length === 0) {
    complain(`Could not find command "${args.at(within.length === 0 ? 0 : 1)?.replaceAll('-', '_')}".`);
    return 1;
  }
  say('Commands:');
  for (const name of within) say(`  tootctl ${[name, ...(COMMANDS[name]?.words ?? [])].join(' ')}`);
  return 0;
}
