import { type Evidence, type FairleadError, fail } from '../../model/failure.ts';

/** As the docker program and both generations of compose say it. */
const FULL = /no space left on device|disk quota exceeded/i;
const AWAY =
  /cannot connect to the docker daemon|error during connect|couldn't connect to docker daemon|is the docker daemon running|^(error: |error response from daemon: )?(unexpected )?EOF$|RemoteDisconnected|\('Connection aborted\.'|error reading from server: EOF/i;

/**
 * What to say where the last lines of a program that spoke to the engine tell of the engine's own trouble: its disk is full
 * (`docker.no-space`), or it went away (`docker.unreachable`). Undefined where they tell of something else.
 */
export function engineTrouble(act: string, tail: readonly string[], evidence: Evidence): FairleadError | undefined {
  const full = tail.findLast((line) => FULL.test(line));
  if (full !== undefined) {
    return fail('docker.no-space', `Docker could not ${act}, a disk is full: ${full.trim()}`, {
      fault: 'environment',
      hints: [
        'See what fills it: `docker system df`, and `df -h` of the folder that `docker info` calls Docker Root Dir.',
        'Make room there (`docker image prune`, `docker builder prune`, or a larger disk), then resume.',
      ],
      retryable: true,
      evidence,
    });
  }
  const away = tail.findLast((line) => AWAY.test(line));
  if (away === undefined) return undefined;
  return fail('docker.unreachable', `Docker could not ${act}: the Docker Engine does not answer, or went away meanwhile.`, {
    fault: 'environment',
    hints: [
      'See whether Docker runs: `systemctl status docker`, or `/etc/init.d/docker status` without systemd.',
      'Start it, then resume: what is there already is kept.',
    ],
    retryable: true,
    evidence,
  });
}
