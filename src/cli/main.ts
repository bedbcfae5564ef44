import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { version } from './version.ts';

// The two most common questions of scripts must not load the program.
if (process.argv.length === 3 && (process.argv[2] === '--version' || process.argv[2] === '-V')) {
  process.stdout.write(`${version}\n`);
} else {
  // V8's code of the bundle, kept beside it: where that can't be written, nothing is kept. The sources stay without litter.
  if (import.meta.filename.endsWith('.js')) enableCompileCache(join(import.meta.dirname, 'cache'));
  const { reportUncaught, runCommandLine } = await import('./command-line.ts');
  process.on('uncaughtException', (error) => process.exit(reportUncaught(error, process.argv.slice(2))));
  // The one file where the process is ended: open handles of a library must not keep it alive.
  process.exit(await runCommandLine(process.argv.slice(2)));
}
