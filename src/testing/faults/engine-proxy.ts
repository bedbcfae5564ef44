import { createConnection, createServer, type Socket } from 'node:net';

/** A socket before an engine's, which sees what is asked of it and how much it answers. */
export interface EngineProxy {
  /** For `DOCKER_HOST`. */
  readonly address: string;
  /** `GET /containers/…/logs?…`, in order. */
  readonly asked: readonly string[];
  /** Bytes that the engine has answered. */
  answered(): number;
  close(): Promise<void>;
}

/** Listens at `path`, and passes all on to the engine at `socket`. */
export async function createEngineProxy(path: string, socket: string): Promise<EngineProxy> {
  const asked: string[] = [];
  const open = new Set<Socket>();
  let bytes = 0;
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
    client.on('data', (chunk: Buffer) => {
      for (const [request] of chunk.toString('latin1').matchAll(/^(?:GET|POST|PUT|DELETE|HEAD) \S+/gm)) asked.push(request);
    });
    engine.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    client.pipe(engine);
    engine.pipe(client);
  });
  await new Promise<void>((resolve, reject) => server.on('error', reject).listen(path, resolve));
  return {
    address: `unix://${path}`,
    asked,
    answered: () => bytes,
    close: () =>
      new Promise((resolve) => {
        for (const end of open) end.destroy();
        server.close(() => resolve());
      }),
  };
}
