import { Command, CommanderError, Option } from 'commander';
import type { StandingAnswers } from '../engine/policy.ts';
import type { RunOptions } from '../model/events.ts';
import { exitCodes, type FairleadError, fail, failureOf } from '../model/failure.ts';
import { nearest } from '../recipe/suggestion.ts';
import { reportCrash } from './crash.ts';
import { givenInputs } from './given-inputs.ts';
import { exitCodeOf, printFailure, processConsole } from './output.ts';
import type { RunRequest } from './run-request.ts';
import { type CommonOptions, openSession, type Session } from './session.ts';
import { version } from './version.ts';

/** Runs the command that `argv` (without node and script) asks for; its exit code. */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  let code: number = exitCodes.done;
  const program = buildProgram(argv, (ended) => {
    code = ended;
  });
  try {
    refuseUnknownCommand(argv[0], program);
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.done;
    const failure = error instanceof CommanderError ? usageFailure(error) : error;
    const json = asksForJson(argv);
    // Commander has said it already, where it may say it in its own words.
    if (json || failure === error) printFailure(processConsole({ json }, process.env), failure);
    return exitCodeOf(failureOf(failure));
  }
}

/** For what nobody has caught: says it, and answers the exit code. */
export function reportUncaught(error: unknown, argv: readonly string[]): number {
  return reportCrash(error, processConsole({ json: asksForJson(argv) }, process.env));
}

function asksForJson(argv: readonly string[]): boolean {
  const rest = argv.indexOf('--');
  // What stands behind is another program's.
  return (rest === -1 ? argv : argv.slice(0, rest)).includes('--json');
}

/** The program acts also without a command, so commander would take an unknown one for an argument too many. */
function refuseUnknownCommand(first: string | undefined, program: Command): void {
  const names = program.commands.map((command) => command.name());
  if (first === undefined || first.startsWith('-') || first === 'help' || names.includes(first)) return;
  const meant = nearest(first, names);
  throw fail('usage.unknown-command', `There is no command ${JSON.stringify(first)}.`, {
    hints: [
      ...(meant === undefined ? [] : [`Did you mean \`${meant}\`?`]),
      '`fairlead --help` lists the commands. Nothing was changed.',
    ],
  });
}

/** What commander found wrong, as a failure: `commander.unknownOption` is `usage.unknown-option`. */
function usageFailure(error: CommanderError): FairleadError {
  const name = error.code.replace(/^commander\./, '').replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const missing = name === 'help';
  const message = missing ? 'A command is missing.' : error.message.replace(/^error: /, '');
  return fail(`usage.${missing ? 'missing-command' : name}`, message, { hints: ['Every command has --help.'] });
}

type Action = (session: Session, args: readonly string[], options: Options) => Promise<number>;

interface Options extends CommonOptions {
  readonly input?: readonly string[];
  readonly inputs?: string;
  readonly inputFd?: readonly string[];
  readonly name?: string;
  readonly yes?: boolean;
  readonly ack?: readonly string[];
  readonly answer?: readonly string[];
  readonly onFailure?: RunOptions['onFailure'];
  readonly onDrift?: NonNullable<StandingAnswers['onDrift']>;
  readonly onSurvivors?: NonNullable<StandingAnswers['onSurvivors']>;
  readonly from?: string;
  readonly until?: string;
  readonly only?: readonly string[];
  readonly exitCode?: boolean;
  readonly abandon?: boolean;
  readonly reveal?: boolean;
  readonly previous?: boolean;
  readonly staged?: boolean;
  readonly fd?: string;
  readonly format?: string;
  readonly to?: string;
  readonly key?: string;
}

const EXEC_HELP = `
SERVICE is a compose service or the name of a container. Without a command it is the image's shell.

At a terminal the program has the terminal, as with \`docker exec -it\`: all keys are the program's, Ctrl-C too, and what
it writes reaches your terminal as it is, except for what would set the window's title or the clipboard. Without one its
input and output are passed on:

  echo 'select 1' | fairlead exec ente postgres -- psql

The exit code is the program's. It ends with fairlead. What is typed and shown is not recorded.`;

/** A command in the list of all of them: that each has options goes without saying, and its words need the room. */
function nameAndArguments(command: Command): string {
  const given = command.registeredArguments.map((argument) => {
    const name = argument.name() + (argument.variadic ? '...' : '');
    return argument.required ? `<${name}>` : `[${name}]`;
  });
  return [command.name(), ...given].join(' ');
}

/** Every command, its options and its help; `ended` hears the exit code. Shell completion walks it too. */
export function buildProgram(argv: readonly string[], ended: (code: number) => void): Command {
  const program = new Command('fairlead')
    .description('Installs self-hosted backends on your own Linux server, step by step, and looks after them afterwards.')
    .version(version, '-V, --version')
    .configureOutput(asksForJson(argv) ? { writeErr: () => undefined } : {})
    .helpCommand('help [command]', 'show the help of a command')
    .showHelpAfterError('Every command has --help.')
    .showSuggestionAfterError()
    .exitOverride()
    .enablePositionalOptions()
    .configureHelp({
      showGlobalOptions: true,
      minWidthToWrap: 20,
      visibleGlobalOptions: furtherOptions,
      subcommandTerm: nameAndArguments,
    });

  const command = (usage: string, summary: string, action: Action): Command =>
    common(program.command(usage).description(summary)).action(act(action));
  const act =
    (action: Action) =>
    async (...given: unknown[]): Promise<void> => {
      const cmd = given.at(-1) as Command;
      const options = optionsOf(cmd);
      ended(await action(openSession(options, argv), cmd.args, options));
    };

  command('list', 'show the recipes', async (session) => (await import('./catalogue-commands.ts')).listCatalogue(session));
  command('show <recipe>', 'show a recipe as a readable runbook', async (session, [recipe = '']) =>
    (await import('./catalogue-commands.ts')).showRecipe(recipe, session),
  );
  command('lint <path...>', 'check recipes', async (session, paths) =>
    (await import('./catalogue-commands.ts')).lintRecipes(paths, session),
  );
  recipeOptions(
    command(
      'plan <recipe>',
      'show what a run would change, with diffs; changes nothing',
      async (session, [recipe = ''], options) =>
        (await import('./plan-command.ts')).planRecipe(
          recipe,
          await requestWithInputs(options, session),
          options.exitCode === true,
          session,
        ),
    ),
  ).option('--exit-code', 'end with 5 where there are differences');
  answers(
    recipeOptions(
      command('run <recipe>', 'install or converge', async (session, [recipe = ''], options) =>
        (await import('./run-command.ts')).runRecipe(recipe, await requestWithInputs(options, session), session),
      ),
    ),
  );
  resumeOptions(
    command('resume [run]', 'go on with an unfinished run (a run id or a deployment)', async (session, [run], options) =>
      (await import('./run-command.ts')).resumeRun(
        run,
        await requestWithInputs(options, session),
        options.abandon === true,
        session,
      ),
    ),
  ).option('--abandon', 'give the run up instead: it is final, and what it did stays; a rotation goes back to the old value');
  linesWanted(
    command('attach [run]', 'watch a running run, answer it or stop it (a run id or a deployment)', async (session, [run]) =>
      (await import('./attach-command.ts')).attachRun(run, session),
    ),
  );
  answers(
    inputOptions(
      command(
        'task <deployment> [task]',
        'do a day-2 operation; without one: list those there are',
        async (session, [deployment = '', task], options) =>
          task === undefined
            ? (await import('./list-tasks.ts')).listTasks(deployment, session)
            : (await import('./run-command.ts')).runTask(deployment, await requestWithInputs(options, session, task), session),
      ),
    ),
  );
  command(
    'exec <deployment> <service> [command...]',
    'run a program in a container of a deployment: a shell, or what stands behind --',
    async (session, [deployment = '', service = '', ...argv]) =>
      (await import('./exec-command.ts')).execInService(deployment, service, argv, session),
  ).addHelpText('after', EXEC_HELP);
  command('status', 'show the deployments and how they stand', async (session) =>
    (await import('./record-commands.ts')).showStatus(session),
  );
  command('runs', 'show all runs', async (session) => (await import('./record-commands.ts')).listRuns(session));
  command(
    'drift <deployment>',
    'show what differs from the recipe; ends with 5 where something does',
    async (session, [deployment = ''], options) =>
      (await import('./plan-command.ts')).showDrift(deployment, requestOf(options), session),
  );
  command('export [run]', 'print the record of a run', async (session, [run], options) =>
    (await import('./record-commands.ts')).exportRun(run, options.format ?? 'ndjson', session),
  ).addOption(new Option('--format <format>', 'the form of the record').choices(['ndjson']).default('ndjson'));
  command('doctor', 'say whether this host is ready, and how to mend what is missing', async (session) =>
    (await import('./doctor.ts')).runDoctor(session),
  );
  command('completion <shell>', 'print shell completion for bash, zsh or fish', async (session, [shell = '']) =>
    (await import('./completion.ts')).printCompletion(shell, session),
  );

  program
    .command('complete', { hidden: true })
    .argument('[words...]')
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (words: readonly string[]) =>
      ended(await (await import('./completion.ts')).printCandidates(program, words, openSession({}, argv))),
    );

  // The process of a run that is begun at a terminal.
  program
    .command('engine', { hidden: true })
    .argument('[deployment]')
    .action(async () => ended(await (await import('./engine-command.ts')).runEngine()));

  const secrets = program.command('secrets').description('the vault of a deployment');
  common(secrets.command('list <deployment>').description('show what secrets it has and who uses them; never a value')).action(
    act(async (session, [deployment = '']) => (await import('./list-secrets.ts')).listSecrets(deployment, session)),
  );
  common(secrets.command('get <deployment> <name>').description('print a secret, at a terminal or with --reveal'))
    .option('--reveal', 'print it also where no terminal is')
    .option('--previous', 'the value before the one in force')
    .addOption(new Option('--staged', 'the value that a rotation left beside the one in force').conflicts('previous'))
    .action(
      act(async (session, [deployment = '', name = ''], options) =>
        (await import('./get-secret.ts')).getSecret(
          { deployment, name, reveal: options.reveal === true, which: whichValue(options) },
          session,
        ),
      ),
    );
  common(
    secrets
      .command('set <deployment> <name>')
      .description('give a secret another value: typed, without a terminal from standard input; the one before is kept'),
  )
    .option('--fd <fd>', 'read it from this file descriptor')
    .action(
      act(async (session, [deployment = '', name = ''], options) =>
        (await import('./set-secret.ts')).setSecret(deployment, name, options.fd, session),
      ),
    );
  answers(
    common(secrets.command('rotate <deployment> <name>').description('put a new value in force, everywhere where it is used')),
  ).action(
    act(async (session, [deployment = '', name = ''], options) =>
      (await import('./rotate-command.ts')).rotateSecret(deployment, name, requestOf(options), session),
    ),
  );
  common(secrets.command('key').description('show where the key to the vaults lies')).action(
    act(async (session) => (await import('./key-commands.ts')).showKey(session)),
  );
  common(secrets.command('keep-key <home>').description('move the key: file, passphrase (a file under one) or keyring')).action(
    act(async (session, [home = '']) => (await import('./key-commands.ts')).keepKey(home, session)),
  );
  common(secrets.command('export-key').description('print the key, at a terminal or with --reveal, or write it to a file'))
    .option('--to <file>', 'write it to a new file that only you can read')
    .option('--reveal', 'print it also where no terminal is')
    .action(
      act(async (session, _, { to, reveal = false }) =>
        (await import('./key-commands.ts')).exportKey({ ...(to === undefined ? {} : { to }), reveal }, session),
      ),
    );
  common(
    secrets.command('restore <deployment> <vault-file>').description('restore a saved vault, sealed to the key of this machine'),
  )
    .requiredOption('--key <file>', 'the key that opens it: an exported or saved key file')
    .action(
      act(async (session, [deployment = '', vault = ''], { key = '' }) =>
        (await import('./key-commands.ts')).restoreDeploymentVault(deployment, { vault, key }, session),
      ),
    );
  common(program).action(async () => {
    const session = openSession(optionsOf(program), argv);
    if (session.console.json)
      throw fail('usage.missing-command', 'A command is missing.', { hints: ['Every command has --help.'] });
    if (!session.console.attended) {
      if (process.stdin.isTTY !== true) process.stderr.write('fairlead: there is no terminal here; these are its commands.\n');
      program.outputHelp();
    } else if (session.console.app) ended(await (await import('./app.ts')).runApp(session));
    else ended(await (await import('./plain-app.ts')).runPlainApp(session));
  });
  return program;
}

/** The options of a command, and those before its name that were typed there: what has only its default says nothing. */
function optionsOf(command: Command): Options {
  const typed = command.parent === null ? {} : optionsOf(command.parent);
  const own = Object.entries(command.opts()).filter(
    ([name]) => command.getOptionValueSource(name) !== 'default' || !(name in typed),
  );
  return { ...typed, ...Object.fromEntries(own) };
}

/** The options of the commands above, but for those that the command has itself. */
function furtherOptions(command: Command): Option[] {
  const own = command.options.map(({ long }) => long);
  const above = (of: Command | null): Option[] => (of === null ? [] : [...of.options, ...above(of.parent)]);
  return above(command.parent).filter(({ long, hidden }) => !hidden && !own.includes(long));
}

function common(command: Command): Command {
  return command
    .option('--json', 'machine-readable output')
    .option('--state-dir <dir>', 'where the records are kept')
    .option('--passphrase-fd <n>', "read the key's passphrase from this file descriptor")
    .option('--no-color', 'no colours (also: NO_COLOR)')
    .option('--plain', 'linear output, for screen readers and dumb terminals');
}

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

function inputOptions(command: Command): Command {
  return command
    .option('--input <name=value>', 'the value of an input, not of a secret one; may be repeated', collect)
    .option('--inputs <file>', 'a YAML file with values of inputs; with a secret it must be yours alone (0600)')
    .option('--input-fd <name=fd>', 'the value of an input, read from a file descriptor; may be repeated', collect);
}

function recipeOptions(command: Command): Command {
  return inputOptions(selection(command)).option(
    '--name <deployment>',
    'the name of the deployment; default: that of the recipe',
  );
}

function selection(command: Command): Command {
  return command
    .option('--from <step>', 'begin at this step')
    .option('--until <step>', 'end with this step')
    .option('--only <step>', 'this step only; may be repeated', collect);
}

function linesWanted(command: Command): Command {
  return command.option('--no-tui', 'plain lines, also in a terminal');
}

function answers(command: Command): Command {
  return linesWanted(command)
    .option('--yes', 'approve the plan; nothing else')
    .option('--ack <step>', 'a manual step is done (or: all); may be repeated', collect)
    .option('--answer <step=value>', 'answer what a step asks (or secrets.NAME=adopt|rotate|wipe); may be repeated', collect)
    .addOption(new Option('--on-failure <what>', 'when a step fails').choices(['stop', 'skip', 'retry']).default('stop'))
    .addOption(
      new Option('--on-drift <what>', 'when a managed file was edited by hand; default: ask, or stop').choices([
        'stop',
        'overwrite',
        'keep',
      ]),
    )
    .addOption(
      new Option('--on-survivors <what>', 'programs that a dead process of the run left at work; default: wait').choices([
        'wait',
        'end',
      ]),
    );
}

function resumeOptions(command: Command): Command {
  return answers(command)
    .option('--input <name=value>', 'go on with another value of an input, not of a secret one; may be repeated', collect)
    .option('--inputs <file>', 'a YAML file with other values of inputs; with a secret it must be yours alone (0600)')
    .option('--input-fd <name=fd>', 'another value of an input, read from a file descriptor; may be repeated', collect)
    .option('--from <step>', 'look at this step and all after it again');
}

function requestOf(options: Options, task?: string): RunRequest {
  const standing: StandingAnswers = {
    approvePlan: options.yes === true,
    acknowledged: options.ack ?? [],
    answers: new Map((options.answer ?? []).map(answerPair)),
    ...(options.onDrift === undefined ? {} : { onDrift: options.onDrift }),
    ...(options.onSurvivors === undefined ? {} : { onSurvivors: options.onSurvivors }),
  };
  return {
    standing,
    inputs: {},
    ...(options.name === undefined ? {} : { name: options.name }),
    options: {
      only: options.only ?? [],
      onFailure: options.onFailure ?? 'stop',
      ...(options.from === undefined ? {} : { from: options.from }),
      ...(options.until === undefined ? {} : { until: options.until }),
      ...(task === undefined ? {} : { task }),
    },
  };
}

/** The request of a command that takes inputs. */
async function requestWithInputs(options: Options, { environment }: Session, task?: string): Promise<RunRequest> {
  const { inputs: file, input: pairs = [], inputFd: descriptors = [] } = options;
  return { ...requestOf(options, task), inputs: await givenInputs({ file, pairs, descriptors, environment }) };
}

function answerPair(pair: string): readonly [string, string] {
  const at = pair.indexOf('=');
  if (at < 1) {
    throw fail('usage.bad-answer', `--answer takes step=value, not ${JSON.stringify(pair)}.`, {
      hints: ['As in: --answer register=done'],
    });
  }
  return [pair.slice(0, at), pair.slice(at + 1)];
}

function whichValue({ previous, staged }: Options): 'current' | 'previous' | 'staged' {
  if (staged === true) return 'staged';
  return previous === true ? 'previous' : 'current';
}
