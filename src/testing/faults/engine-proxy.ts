import { createConnection, createServer, type Socket } from 'node:net';

/** A socket before an engine's, which sees what is asked of it and how much it answers. */
export interface EngineProxy {
  /** For `DOCKER_HOST`. */
  readonly address: string;
  /** `GET /containers/…/logs?…`, in order. */
  readonly asked: readonly string[];
  /** Bytes that the engine has answered: in all, or to requests that hold a text. */
  answered(request?: string): number;
  close(): Promise<void>;
}

/** Listens at `path`, and passes all on to the engine at `socket`. */
export async function createEngineProxy(path: string, socket: string): Promise<EngineProxy> {
  const asked: string[] = [];
  const open = new Set<Socket>();
  const bytes = new Map<string, number>();
  const server = createServer((client) => {
    const engine = createConnection(socket);
    for (const [end, other] of [
      [client, engine],
      [engine, client],
    ] as const) {
      open.add(end);
      end.on('error', () => other.destroy());
      end.on('close', () => open.delete(end));
    }
    // A line asks one thing at a time.
    let last = '';
    client.on('data', (chunk: Buffer) => {
      for (const [request] of chunk.toString('latin1').matchAll(/^(?:GET|POST|PUT|DELETE|HEAD) \S+/gm)) {
        asked.push(request);
        last = request;
      }
    });
    engine.on('data', (chunk: Buffer) => {
      bytes.set(last, (bytes.get(last) ?? 0) + chunk.length);
    });
    client.pipe(engine);
    engine.pipe(client);
  });
  await new Promise<void>((resolve, reject) => server.on('error', reject).listen(path, resolve));
  return {
    address: `unix://${path}`,
    asked,
    answered: (request = '') => [...bytes].reduce((sum, [asked, count]) => (asked.includes(request) ? sum + count : sum), 0),
    close: () =>
      new Promise((resolve) => {
        for (const end of open) end.destroy();
        server.close(() => resolve());
      }),
  };
}
