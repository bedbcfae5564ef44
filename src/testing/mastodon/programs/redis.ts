import { connect } from 'node:net';
import { Aborted } from './environment.ts';

/** A Redis server as the settings name it. */
export interface RedisPlace {
  readonly host: string;
  readonly port: number;
  readonly password: string;
}

/** That of the environment, with the application's own defaults. */
export function redisOf(env: NodeJS.ProcessEnv = process.env): RedisPlace {
  return { host: env.REDIS_HOST || 'localhost', port: Number(env.REDIS_PORT || 6379), password: env.REDIS_PASSWORD ?? '' };
}

/** Sends commands to the real server, after the password if there is one; answers what came, as lines. Rejects in the client's words. */
export async function redis(place: RedisPlace, ...commands: readonly (readonly string[])[]): Promise<readonly string[]> {
  const all = [...(place.password === '' ? [] : [['AUTH', place.password]]), ...commands, ['PING']];
  const socket = connect(place.port, place.host);
  const answer = await new Promise<string>((resolve, reject) => {
    let text = '';
    socket
      .setTimeout(5000, () => socket.destroy(new Error('Connection timed out')))
      .on('data', (chunk: Buffer) => {
        text += chunk.toString();
        if (/^(\+PONG|-[^\r]*)\r\n$/m.test(text)) resolve(text);
      })
      .once('error', (error) => reject(unreachable(place, error)));
    socket.write(all.map(encoded).join(''));
  }).finally(() => socket.destroy());
  const [, refused] = /^-(.*)\r$/m.exec(answer) ?? [];
  if (refused !== undefined)
    throw new Aborted('RedisClient::AuthenticationError', `${refused} (redis://${place.host}:${place.port})`);
  return answer.split('\r\n').slice(0, -2);
}

const encoded = (words: readonly string[]): string =>
  `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;

function unreachable({ host, port }: RedisPlace, error: Error): Aborted {
  const code = 'code' in error ? error.code : '';
  const why =
    code === 'ECONNREFUSED'
      ? `Connection refused - connect(2) for ${host}:${port}`
      : code === 'ENOTFOUND' || code === 'EAI_AGAIN'
        ? 'getaddrinfo: Name or service not known'
        : error.message;
  return new Aborted('RedisClient::CannotConnectError', `${why} (redis://${host}:${port})`);
}
