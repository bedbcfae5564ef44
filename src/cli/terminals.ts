import { createDockerodeEngine } from '../adapters/docker/dockerode-engine.ts';
import type { Command, DockerEngine } from '../model/ports.ts';
import type { Terminals } from '../model/terminals.ts';
import { deployedContainers } from './deployed-containers.ts';
import { needInstalled, runsOf } from './deployments.ts';
import type { Session } from './session.ts';

/** The shell that an image has: bash where it is there, else sh. */
export const IMAGE_SHELL: readonly string[] = ['sh', '-c', 'command -v bash >/dev/null 2>&1 && exec bash; exec sh'];

/** Terminals that every image's programs know; others get what most of them are like. */
const KNOWN_INSIDE = /^(xterm|screen|tmux|rxvt|linux|vt100|vt102|vt220)(-256color)?$/;

/** What the app draws a program with is like this one. */
const DRAWN_AS = 'xterm-256color';

/** The environment of a program at a terminal that calls itself so; of the app's own without. */
export function terminalEnvironment(term: string = DRAWN_AS): NonNullable<Command['env']> {
  return { TERM: KNOWN_INSIDE.test(term) ? term : DRAWN_AS };
}

/** An engine whose programs at terminals end with us, also where we are killed. */
export function guardedEngine(): DockerEngine {
  return createDockerodeEngine({ reveal: async (text) => String(text), guarded: true });
}

/** Terminals in the containers of the deployments here. */
export function createTerminals({ folder }: Pick<Session, 'folder'>, docker: DockerEngine = guardedEngine()): Terminals {
  return {
    async containers(deployment) {
      await needInstalled(folder, deployment);
      return deployedContainers(await runsOf(folder, deployment), docker);
    },
    openShell: (container, options) => docker.openTerminal(container, { argv: IMAGE_SHELL, env: terminalEnvironment() }, options),
  };
}
