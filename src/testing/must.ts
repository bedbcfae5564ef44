import { execFile } from 'node:child_process';

const LARGE = { maxBuffer: 64 * 1024 * 1024 };

/** Runs a program of this machine and answers its standard output; anything but 0 is an error that shows the end of what it said. */
export function must(file: string, args: readonly string[], cwd?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(file, args, { ...LARGE, ...(cwd === undefined ? {} : { cwd }) }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${file} ${args.slice(0, 3).join(' ')}: ${error.code}\n${`${stdout}${stderr}`.slice(-2000)}`));
    });
  });
}
