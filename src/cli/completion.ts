import { RootCommand, script } from '@bomb.sh/tab';
import type { Command } from 'commander';
import { exitCodes, fail } from '../model/failure.ts';
import { candidatesFor, SHELLS } from './candidates.ts';
import type { Session } from './session.ts';

/** A minimal server has no bash-completion package, from which the library's script takes one function. */
const WITHOUT_BASH_COMPLETION = `if ! declare -F _get_comp_words_by_ref > /dev/null; then
    _get_comp_words_by_ref() {
        words=("\${COMP_WORDS[@]}")
        cword=$COMP_CWORD
        cur=\${COMP_WORDS[COMP_CWORD]}
        prev=\${COMP_WORDS[COMP_CWORD - 1]}
    }
fi
`;

/** `fairlead completion SHELL`: the script that the shell sources; it calls `fairlead complete -- WORDS…`. */
export async function printCompletion(shell: string, session: Session): Promise<number> {
  if (!SHELLS.includes(shell)) {
    throw fail('completion.unknown-shell', `There is no completion for ${shell}.`, { hints: [`Shells: ${SHELLS.join(', ')}.`] });
  }
  if (shell === 'bash') session.console.out(WITHOUT_BASH_COMPLETION);
  // The library prints by console.log; the words are the session's to write.
  for (const line of captured(() => script(shell, 'fairlead', 'fairlead'))) session.console.out(`${line}\n`);
  return exitCodes.done;
}

/** `fairlead complete -- WORDS…`: the candidates for the last word, one a line. */
export async function printCandidates(program: Command, words: readonly string[], session: Session): Promise<number> {
  // The script asks at each TAB: only what the command that is typed takes is looked for.
  const typed = leaves(program).filter((command) => words.join(' ').startsWith(`${pathOf(command)} `));
  const root = new RootCommand();
  for (const command of leaves(program)) {
    const known = root.command(pathOf(command), command.description());
    for (const option of command.options) {
      known.option((option.long ?? '').replace(/^--/, ''), option.description, (complete) => {
        for (const choice of option.argChoices ?? []) complete(choice, '');
      });
    }
    for (const argument of command.registeredArguments) {
      const values = typed.includes(command) ? await candidatesFor(argument.name(), words.slice(0, -1), session) : [];
      known.argument(
        argument.name(),
        (complete) => {
          for (const [word, meaning] of values) complete(word, meaning);
        },
        argument.variadic,
      );
    }
  }
  for (const line of captured(() => root.parse([...words]))) session.console.out(`${line}\n`);
  return exitCodes.done;
}

function leaves(command: Command): Command[] {
  return command.commands.flatMap((child) => [child, ...leaves(child)]);
}

function pathOf(command: Command): string {
  const above = command.parent;
  return above === null || above.parent === null ? command.name() : `${pathOf(above)} ${command.name()}`;
}

function captured(run: () => void): readonly string[] {
  const lines: string[] = [];
  const { log } = globalThis.console;
  globalThis.console.log = (...words: unknown[]) => void lines.push(words.join(' '));
  try {
    run();
  } finally {
    globalThis.console.log = log;
  }
  return lines;
}
