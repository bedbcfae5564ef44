import { RootCommand, script } from '@bomb.sh/tab';
import type { Command } from 'commander';
import { keyHomes } from '../adapters/vault/identity-store.ts';
import { exitCodes, fail } from '../model/failure.ts';
import { listRecipes } from '../recipe/find-recipe.ts';
import type { Session } from './session.ts';

const SHELLS = ['bash', 'zsh', 'fish'];

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
  const deployments = await session.folder.deployments().catch(() => []);
  const recipes = (await listRecipes(session.places.recipeDirs)).map((folder) => folder.split('/').at(-1) ?? '');
  const root = new RootCommand();
  for (const command of leaves(program)) {
    const words = pathOf(command);
    const known = root.command(words, command.description());
    for (const option of command.options) {
      known.option((option.long ?? '').replace(/^--/, ''), option.description, (complete) => {
        for (const choice of option.argChoices ?? []) complete(choice, '');
      });
    }
    for (const argument of command.registeredArguments) {
      const values =
        argument.name() === 'recipe'
          ? recipes
          : argument.name() === 'deployment'
            ? deployments
            : argument.name() === 'shell'
              ? SHELLS
              : argument.name() === 'home'
                ? keyHomes
                : [];
      known.argument(
        argument.name(),
        (complete) => {
          for (const value of values) complete(value, '');
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
