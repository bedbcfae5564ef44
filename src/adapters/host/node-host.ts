import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import type { ChildrenRegister } from '../../model/children.ts';
import type { Host } from '../../model/ports.ts';
import type { Text } from '../../model/secrets.ts';
import { execOnNode } from './node-exec.ts';
import { performFiles } from './node-files.ts';

/** What the host takes from outside. */
export interface NodeHostOptions {
  /** The value of a text that may hold secrets: for environments, standard input and files' content. */
  reveal(text: Text): Promise<string>;
  /** Lists each program while it runs; it leads a process group and session of its own. */
  readonly children?: ChildrenRegister;
}

/** This machine as a host: native files and programs. */
export async function createNodeHost(options: NodeHostOptions): Promise<Host> {
  return {
    id: await machineId(),
    uid: process.getuid?.() ?? 0,
    exec: (command, execOptions) => execOnNode(command, execOptions, options),
    files: (ops) => performFiles(ops, options.reveal),
  };
}

/** machine-id(5), or a digest of the host's name where there is none (in a container, say): both survive a reboot. */
async function machineId(): Promise<string> {
  const id = (await readFile('/etc/machine-id', 'utf8').catch(() => '')).trim();
  if (/^[0-9a-f]{32}$/.test(id)) return id;
  return createHash('sha256').update(`fairlead host ${hostname()}`).digest('hex').slice(0, 32);
}
