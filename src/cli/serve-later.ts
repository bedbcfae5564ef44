import { rmSync } from 'node:fs';
import type { Serving } from '../adapters/run-socket/serve-run.ts';
import type { Failure } from '../model/failure.ts';
import type { OpenedRun } from './open-run.ts';

/** A run that takes less is over before anybody could watch it, and need not pay for being served, in milliseconds. */
const SERVE_AFTER_MS = 100;

/** A run that may be served by now. */
export interface ServedLater {
  /** As of `Serving`. */
  refuse(): Promise<void>;
  /** As of `Serving`. */
  end(failure?: Failure): Promise<void>;
}

/** Lets others watch a run as soon as it takes its time; where no socket can be made, it is not watched. */
export function serveLater(opened: OpenedRun): ServedLater {
  removeLeft(opened.paths.socket);
  let serving: Promise<Serving | undefined> | undefined;
  const timer = setTimeout(() => {
    serving = import('./serve-opened.ts').then(({ serveOpened }) => serveOpened(opened)).catch(() => undefined);
  }, SERVE_AFTER_MS);
  return {
    async refuse() {
      clearTimeout(timer);
      (await serving)?.refuse();
    },
    async end(failure) {
      clearTimeout(timer);
      await (await serving)?.end(failure);
    },
  };
}

/** Of a dead process of the run: a socket that nobody listens on. */
function removeLeft(socket: string): void {
  try {
    rmSync(socket, { force: true });
  } catch {
    // What stands in the way of a socket is no concern of the run.
  }
}
