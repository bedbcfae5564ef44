import { closeSync, openSync } from 'node:fs';
import { basename, dirname } from 'node:path';

/** A socket's file under a name that is short enough to bind and to connect to. */
export interface SocketName {
  readonly name: string;
  /** The name means nothing any more. */
  release(): void;
}

/** The kernel takes 107 bytes of a socket's path, and a state folder may lie deeper: so its open folder stands for it. */
export function shortSocketName(path: string): SocketName {
  const folder = openSync(dirname(path), 'r');
  let open = true;
  return {
    name: `/proc/self/fd/${folder}/${basename(path)}`,
    release() {
      if (open) closeSync(folder);
      open = false;
    },
  };
}
