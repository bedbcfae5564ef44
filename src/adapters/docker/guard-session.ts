import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import type Dockerode from 'dockerode';
import { type DockerConnection, paused } from './docker-connection.ts';

const BEGINS_WITHIN_MS = 5000;
const LOOK_EVERY_MS = 20;

/** In the environment of a program that is guarded: who is killed while it begins knows it by nothing else yet. */
const TOKEN_VARIABLE = 'FAIRLEAD_GUARDED';

/**
 * Hears of the number of the session's leader, and waits for a word that all is well. Where its writer dies without one, ends all
 * processes of that session that are in a container ($1): first as a terminal that is closed does, after a grace for good. Where
 * no number came, the leader is known by the token in its environment ($2), and may be about to begin.
 */
const GUARD = `leader=
while read -r word number; do
  [ "$word" = leader ] || exit 0
  leader=$number
done
container=$1 token=$2
session_of() {
  { read -r line < "/proc/$1/stat"; } 2>/dev/null || return 1
  set -- \${line##*) }
  [ "$1" != Z ] && echo "$4"
}
look=0
while [ -z "$leader" ] && [ $look -lt 5 ]; do
  for found in $(grep -lsF "$token" /proc/[0-9]*/environ); do
    found=\${found#/proc/}
    leader=$(session_of "\${found%/environ}") && break
  done
  look=$((look + 1))
  [ -n "$leader" ] || sleep 1
done
[ "\${leader:-0}" -gt 1 ] || exit 0
members() {
  for folder in /proc/[0-9]*; do
    { read -r line < "$folder/stat"; } 2>/dev/null || continue
    set -- \${line##*) }
    [ "$4" = "$leader" ] && [ "$1" != Z ] && grep -qs "$container" "$folder/cgroup" && echo "\${folder#/proc/}"
  done
}
for signal in HUP TERM KILL; do
  left=$(members)
  [ -n "$left" ] || exit 0
  for one in $left; do kill -s "$signal" "$one" 2>/dev/null; done
  [ "$signal" = TERM ] && sleep 2
done
`;

/** Somebody who stays when we are killed. */
export interface Guard {
  /** To be added to the program's environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** The engine knows the program, which has not begun. Resolves when somebody is on guard. */
  begin(exec: Dockerode.Exec): Promise<void>;
  /** The program has ended, never began, or may go on without us. */
  done(): void;
}

/**
 * A program in a container goes on when whoever runs it is killed (SIGKILL, no memory): the engine does not end it. So a shell,
 * in a session of its own, waits for our end and then ends the program's session. It can do that where we could: with an engine
 * of this machine, as root. Never throws.
 */
export function guardSession(connection: DockerConnection): Guard {
  const token = randomUUID();
  let over = false;
  let say = (_: string): void => undefined;

  /** The program's number is known a moment after it has begun. */
  const tellLeader = async (exec: Dockerode.Exec): Promise<void> => {
    const patience = AbortSignal.timeout(BEGINS_WITHIN_MS);
    while (!over) {
      const { Pid: pid } = await exec.inspect();
      if (pid > 1) return say(`leader ${pid}\n`);
      if (!(await paused(LOOK_EVERY_MS, patience))) return;
    }
  };

  return {
    environment: { [TOKEN_VARIABLE]: token },
    async begin(exec) {
      if (!connection.local) return;
      try {
        const { ContainerID: container } = await exec.inspect();
        const child = spawn('/bin/sh', ['-c', GUARD, 'sh', container, `${TOKEN_VARIABLE}=${token}`], {
          cwd: '/',
          env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
          detached: true,
          stdio: ['pipe', 'ignore', 'ignore'],
        });
        child.on('error', () => undefined);
        child.stdin.on('error', () => undefined);
        child.unref();
        say = (line) => void child.stdin.write(line);
        tellLeader(exec).catch(() => undefined);
      } catch {
        // Nobody is on guard: what matters more is that the program can be run.
      }
    },
    done() {
      if (over) return;
      over = true;
      say('done\n');
    },
  };
}
