import { spawn } from 'node:child_process';
import { exitCodes } from '../model/failure.ts';
import { createLineReader } from './ask-line.ts';
import { type GivenInputs, variableOf } from './input-rules.ts';
import type { Session } from './session.ts';

/** Offers to begin again as root, with the inputs that were given; undefined where the operator declines. */
export async function restartUnderSudo(given: GivenInputs, session: Session): Promise<number | undefined> {
  session.console.out('A step of this run needs root, and nothing was written yet.\n');
  const typed = await createLineReader(session.console).read('Begin again under sudo? [y/n] ');
  if (typed === undefined || !/^y/i.test(typed)) return undefined;
  return beginUnderSudo(given, session.argv);
}

/** This program once more, as root, with these arguments and inputs; its exit code. Ctrl-C is for that one. */
export async function beginUnderSudo(given: GivenInputs, typed: readonly string[]): Promise<number> {
  const { argv, environment } = underSudo([process.execPath, process.argv[1] ?? ''], typed, given);
  const deaf = (): void => undefined;
  process.on('SIGINT', deaf);
  try {
    return await new Promise((resolve, reject) => {
      const child = spawn('sudo', argv, { stdio: 'inherit', env: { ...process.env, ...environment } });
      child.on('error', reject);
      child.on('exit', (code) => resolve(code ?? exitCodes.failed));
    });
  } finally {
    process.off('SIGINT', deaf);
  }
}

/**
 * What `sudo` is given. Of what was typed, read from a descriptor or found in the environment it would hand on nothing:
 * all that goes by the environment, whose names sudo is told. Pure.
 */
export function underSudo(
  program: readonly string[],
  argv: readonly string[],
  given: GivenInputs,
): { readonly argv: readonly string[]; readonly environment: Readonly<Record<string, string>> } {
  const handed = Object.entries(given).filter(([, { source }]) => source.kind !== 'argument' && source.kind !== 'file');
  const environment = Object.fromEntries(handed.map(([name, { value }]) => [variableOf(name), String(value)]));
  const names = Object.keys(environment);
  const rest = argv.filter((word, at) => !/^--input-fd(=|$)/.test(word) && argv[at - 1] !== '--input-fd');
  return {
    argv: [...(names.length === 0 ? [] : [`--preserve-env=${names.join(',')}`]), '--', ...program, ...rest],
    environment,
  };
}
