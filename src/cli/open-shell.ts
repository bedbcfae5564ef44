import { spawn } from 'node:child_process';
import { fail } from '../model/failure.ts';

/** Lends the terminal to the operator's shell until that ends. Its Ctrl-C is not ours. Throws `shell.not-started`. */
export async function openShell(): Promise<void> {
  const shell = process.env.SHELL || '/bin/sh';
  const deaf = (): void => undefined;
  process.stdout.write(`This is a shell (${shell}); type exit to come back.\n`);
  process.on('SIGINT', deaf);
  process.stdin.pause();
  try {
    await new Promise<void>((resolve, reject) => {
      const child = spawn(shell, [], { stdio: 'inherit' });
      child.on('close', () => resolve());
      child.on('error', (cause) =>
        reject(
          fail('shell.not-started', `The shell ${shell} could not be started.`, {
            hints: ['Set SHELL to one that is there.'],
            cause,
          }),
        ),
      );
    });
  } finally {
    process.off('SIGINT', deaf);
  }
  process.stdout.write('Back in fairlead.\n');
}
