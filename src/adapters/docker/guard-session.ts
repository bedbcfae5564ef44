import { spawn } from 'node:child_process';
import type Dockerode from 'dockerode';
import { type DockerConnection, paused } from './docker-connection.ts';

const BEGINS_WITHIN_MS = 5000;
const LOOK_EVERY_MS = 20;

/**
 * Waits for a word. Where its writer dies without one, ends all processes of a session ($1: its leader's number) that are in a
 * container ($2): first as a terminal that is closed does, after a grace for good.
 */
const GUARD = `read -r word && exit 0
leader=$1 container=$2
members() {
  for folder in /proc/[0-9]*; do
    line=$(cat "$folder/stat" 2>/dev/null) || continue
    set -- \${line##*) }
    [ "$4" = "$leader" ] && [ "$1" != Z ] && grep -q "$container" "$folder/cgroup" 2>/dev/null && echo "\${folder#/proc/}"
  done
}
for signal in HUP TERM KILL; do
  left=$(members)
  [ -z "$left" ] && exit 0
  for one in $left; do kill -s "$signal" "$one" 2>/dev/null; done
  [ "$signal" = TERM ] && sleep 2
done
`;

/** Somebody who stays when we are killed. */
export interface Guard {
  /** The program has ended, or may go on without us. */
  done(): void;
}

/**
 * A program in a container goes on when whoever runs it is killed (SIGKILL, no memory): the engine does not end it. So a shell,
 * in a session of its own, waits for our end and then ends the program's session. It can do that where we could: with an engine
 * of this machine, as root. Never throws.
 */
export function guardSession(connection: DockerConnection, exec: Dockerode.Exec): Guard {
  let over = false;
  let tell = (): void => undefined;
  const begin = async (): Promise<void> => {
    const patience = AbortSignal.timeout(BEGINS_WITHIN_MS);
    let seen = await exec.inspect();
    // A program that has only just begun has no process id in the engine's books yet.
    while (!over && seen.Pid === 0 && (seen.Running || seen.ExitCode === null) && (await paused(LOOK_EVERY_MS, patience))) {
      seen = await exec.inspect();
    }
    if (over || !seen.Running || seen.Pid <= 1) return;
    const child = spawn('/bin/sh', ['-c', GUARD, 'sh', String(seen.Pid), seen.ContainerID], {
      cwd: '/',
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    child.on('error', () => undefined);
    child.stdin.on('error', () => undefined);
    child.unref();
    tell = () => void child.stdin.end('done\n');
    if (over) tell();
  };
  if (connection.local) begin().catch(() => undefined);
  return {
    done() {
      if (over) return;
      over = true;
      tell();
    },
  };
}
