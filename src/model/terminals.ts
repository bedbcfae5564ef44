import type { TerminalOptions, TerminalProgram } from './ports.ts';

/** A container of a deployment, in which programs can be run. */
export interface DeployedContainer {
  /** What `exec` takes: the compose service, or the container's own name where it has none or several have the same. */
  readonly name: string;
  /** The container's own name. */
  readonly container: string;
  readonly image: string;
  /** Is it running? Else nothing can be run in it. */
  readonly running: boolean;
  /** The engine's word for how it is: `running`, `exited`. */
  readonly state: string;
}

/** Programs at terminals in a deployment's containers. Looking is no run: nothing of it is journalled. */
export interface Terminals {
  /** Those that run first, then by name. Throws `deployment.*`, and `NotYet` where no engine answers. */
  containers(deployment: string): Promise<readonly DeployedContainer[]>;
  /** Opens the image's shell. It ends with us, whatever becomes of us. Throws `docker.*`. */
  openShell(container: string, options: TerminalOptions): Promise<TerminalProgram>;
}
