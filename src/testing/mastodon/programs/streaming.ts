import { createServer } from 'node:http';
import { oneValue, placeOf } from './database.ts';
import { readDotenv } from './environment.ts';
import { redis, redisOf } from './redis.ts';

/** Stands in for the streaming server: it starts whatever its settings are, and says that it is well; who comes with a token is looked up. */
const log = (level: 'info' | 'error', msg: string): void =>
  void process.stdout.write(
    `${JSON.stringify({ level, time: Date.now(), pid: process.pid, hostname: process.env.HOSTNAME ?? '', msg })}\n`,
  );

readDotenv();
redis(redisOf()).catch((error: unknown) => log('error', `Redis Client Error! ${String(error)}`));
const server = createServer(({ url = '', headers }, response) => {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const end = (status: number, type: string, text: string): void => {
    response.writeHead(status, { 'content-type': type }).end(text);
  };
  const refuse = (status: number, error: string): void => end(status, 'application/json', JSON.stringify({ error }));
  if (pathname === '/api/v1/streaming/health') return end(200, 'text/plain', 'OK');
  if (!pathname.startsWith('/api/v1/streaming')) return refuse(404, 'Not found');
  const token = headers.authorization?.replace(/^Bearer /, '') ?? searchParams.get('access_token');
  if (token === null || token === '') return refuse(401, 'Missing access token');
  try {
    // Nobody is given a token by the stand-ins; what counts is that the database is asked.
    oneValue('SELECT count(*) FROM users', {}, placeOf());
    refuse(401, 'Invalid access token');
  } catch (error) {
    log('error', String(error));
    refuse(500, 'An unexpected error occurred');
  }
});
const port = Number(process.env.PORT || 4000);
server.listen(port, '0.0.0.0', () => log('info', `Streaming API now listening on 0.0.0.0:${port}`));
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    server.close();
    server.closeAllConnections();
  });
}
