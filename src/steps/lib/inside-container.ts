import type { Host } from '../../model/ports.ts';
import type { ReadContext } from '../../model/step.ts';

/** The container as a place to run programs, so that what serves the host's commands serves these too. */
export function insideOf(container: string, { host, docker }: Pick<ReadContext, 'host' | 'docker'>): Host {
  return {
    id: host.id,
    uid: host.uid,
    files: (ops) => host.files(ops),
    exec: (command, options) => docker.exec(container, command, options),
  };
}
