import { readFileSync, writeSync } from 'node:fs';

// What scripts ask most must not load the program: the build wrote the answers down.
const ANSWERS: Readonly<Record<string, string>> = {
  '--version': 'version.txt',
  '-V': 'version.txt',
  '--help': 'help.txt',
  '-h': 'help.txt',
  help: 'help.txt',
};
const argv = process.argv.slice(2);

if (!answered()) {
  const { start } = await import('./start.ts');
  // The one file where the process is ended: open handles of a library must not keep it alive.
  process.exit(await start(argv));
}

/** Gives the written answer, where there is one; false: the program has to. */
function answered(): boolean {
  const name = argv.length === 1 ? ANSWERS[argv[0] ?? ''] : undefined;
  if (name === undefined) return false;
  try {
    const answer = readFileSync(`${import.meta.dirname}/${name}`);
    const columns = name === 'help.txt' && process.stdout.isTTY ? process.stdout.columns : 80;
    // The help was written for 80 columns; a narrower terminal gets its own.
    if (columns < 80) return false;
    print(answer);
    return true;
  } catch (error) {
    // A reader that went away has read enough; the sources themselves have no answers beside them.
    return (error as NodeJS.ErrnoException).code === 'EPIPE';
  }
}

/** Written at once: making a stream of standard output takes longer than all else here. */
function print(text: Buffer): void {
  let at = 0;
  try {
    while (at < text.length) at += writeSync(1, text, at);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    // A pipe that is full, and that its other user made one that does not wait.
    process.stdout.write(text.subarray(at));
  }
}
