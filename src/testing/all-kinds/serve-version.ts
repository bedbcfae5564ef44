import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll } from 'vitest';

/** What the recipe's checks ask, for the length of a test file: its port, once tests run. */
export function serveVersion(): () => number {
  const server = createServer((_, response) => response.end('{"version":"1.2.3"}'));
  beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
  afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return () => (server.address() as AddressInfo).port;
}
