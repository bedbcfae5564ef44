import { basename } from 'node:path';
import { complain } from './environment.ts';
import { servePages } from './puma.ts';
import { work } from './sidekiq.ts';
import { runTasks } from './tasks.ts';
import { tootctl } from './tootctl.ts';

/** The programs of the application's image, told apart by the name that this one was called by. */
async function main([called = '', ...args]: readonly string[]): Promise<number | undefined> {
  const program = basename(called);
  switch (program) {
    case 'bundle':
      if (args[0] === 'exec') return main(args.slice(1));
      complain(`Could not find command "${args[0] ?? ''}".`);
      return 15;
    case 'rake':
    case 'rails':
      if (args[0] === 's' || args[0] === 'server') return servePages();
      return runTasks(program, args);
    case 'tootctl':
      return tootctl(args);
    case 'puma':
      return servePages();
    case 'sidekiq':
      return work();
    default:
      complain(`bundler: command not found: ${program}\nInstall missing gem executables with \`bundle install\``);
      return 127;
  }
}

main(process.argv.slice(1)).then(
  (code) => {
    if (code !== undefined) process.exitCode = code;
  },
  (error: unknown) => {
    complain(error instanceof Error ? (error.stack ?? error.message) : String(error));
    process.exitCode = 1;
  },
);
