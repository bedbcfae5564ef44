import type { Failure } from '../model/failure.ts';

/** The failure that a process with `--json` leaves: the last line on its standard error. */
export function failureLine(stderr: string): Failure {
  return JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? '') as Failure;
}
