import { rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { Failure } from '../../model/failure.ts';
import type { RunControl, RunFeed, TerminalRequest, WatchFrom } from '../../model/feed.ts';
import { shortSocketName } from './socket-name.ts';
import { createLineCutter, type Ended, type Greeting, LONGEST_REQUEST, lineOf, PROTOCOL, requestOf, watchOf } from './wire.ts';

/** A run that others may watch and speak to. */
export interface ServedRun extends RunControl {
  feed(from: WatchFrom): RunFeed;
}

/** What is served, and where. */
export interface ServeOptions {
  /** The socket's file, in a folder that is the owner's alone. */
  readonly path: string;
  readonly run: ServedRun;
  readonly greeting: Omit<Greeting, 'type' | 'v' | 'pid'>;
}

/** A run that is being served. */
export interface Serving {
  /** Somebody has begun to watch. */
  readonly watched: Promise<void>;
  /** Nobody new may come: takes the socket away, as long as nobody else may serve the run. Who watches goes on. */
  refuse(): void;
  /**
   * Tells all who watch how it ended, after all that there was to see. Nobody new may come then. Who does not read on is left
   * behind after a moment: the facts are in the journal. Never rejects.
   */
  end(failure?: Failure): Promise<void>;
  /** The process dies this moment: says why, as far as a line can still be written. */
  crash(failure: Failure): void;
}

/** So long a client that does not read keeps the process, in milliseconds. */
const PATIENCE_MS = 500;

interface Client {
  readonly socket: Socket;
  /** Resolves when all was written that there is to see; never rejects. */
  readonly done: Promise<void>;
}

/**
 * Listens for views of a run, on a Unix socket that only its owner may connect to. The file of a dead process is replaced: who
 * serves a run holds its deployment's lock. A client that stalls, sends nonsense or dies is no concern of the run. Rejects where
 * the socket can't be made.
 */
export async function serveRun({ path, run, greeting }: ServeOptions): Promise<Serving> {
  const clients = new Set<Client>();
  const watched = Promise.withResolvers<void>();
  const hello: Greeting = { type: 'engine.greeting', v: PROTOCOL, pid: process.pid, ...greeting };
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.write(lineOf(hello));
    const begun = Promise.withResolvers<WatchFrom | undefined>();
    const client: Client = {
      socket,
      done: begun.promise.then((from) => (from === undefined ? undefined : show(run, from, socket))),
    };
    clients.add(client);
    socket.on('close', () => {
      begun.resolve(undefined);
      clients.delete(client);
    });
    listen(socket, run, (from) => {
      begun.resolve(from);
      watched.resolve();
    });
  });
  const name = shortSocketName(path);
  try {
    rmSync(path, { force: true });
    await listenAlone(server, name.name);
  } catch (error) {
    name.release();
    throw error;
  }
  // One that fails later has lost its views, not the run.
  server.on('error', () => undefined);

  const tell = ({ socket }: Client, failure: Failure | undefined): void => {
    const ended: Ended = { type: 'engine.ended', ...(failure === undefined ? {} : { failure }) };
    if (!socket.destroyed) socket.end(lineOf(ended));
  };
  const refuse = (): void => {
    if (server.listening) server.close();
    name.release();
  };
  return {
    watched: watched.promise,
    refuse,
    async end(failure) {
      refuse();
      await Promise.all(
        [...clients].map(async (client) => {
          const closed = new Promise((resolve) => client.socket.once('close', resolve));
          const patience = setTimeout(() => client.socket.destroy(), PATIENCE_MS);
          await Promise.race([client.done, closed]);
          tell(client, failure);
          if (!client.socket.destroyed) await closed;
          clearTimeout(patience);
        }),
      );
    },
    crash(failure) {
      for (const client of clients) tell(client, failure);
    },
  };
}

/** Nobody else may connect, not even within the moment in which the file appears. */
function listenAlone(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    const before = process.umask(0o177);
    try {
      server.listen(path, () => {
        server.off('error', reject);
        resolve();
      });
    } finally {
      process.umask(before);
    }
  });
}

/** Heeds what a client says: first from where it watches, then requests. */
function listen(socket: Socket, run: ServedRun, begin: (from: WatchFrom) => void): void {
  let begun = false;
  /** What it asked last of a terminal. */
  let hand: TerminalRequest | undefined;
  const heed = (line: string): void => {
    if (!begun) {
      const from = watchOf(line);
      if (from === undefined) return;
      begun = true;
      begin(from);
      return;
    }
    const request = requestOf(line);
    if (request?.kind === 'terminal') hand = request;
    if (request?.kind === 'leave') socket.destroy();
    else if (request !== undefined) run.request(request);
  };
  // A terminal that somebody had who is not there any more would be in nobody's hand.
  socket.on('close', () => {
    if (hand === undefined) return;
    const { kind, question, by } = hand;
    run.request({ kind, question, by, act: 'give-back', gone: true });
  });
  const lines = createLineCutter(heed, LONGEST_REQUEST);
  socket.on('data', (chunk) => {
    if (!lines.take(chunk)) socket.destroy();
  });
}

/** Writes what there is to see as fast as the client reads. What it does not read waits in its feed, which drops what passes by. */
async function show(run: ServedRun, from: WatchFrom, socket: Socket): Promise<void> {
  for await (const item of run.feed(from).items) {
    if (socket.destroyed) return;
    if (!socket.write(lineOf(item))) await drained(socket);
  }
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      socket.off('drain', end).off('close', end);
      resolve();
    };
    if (socket.destroyed) resolve();
    else socket.on('drain', end).on('close', end);
  });
}
