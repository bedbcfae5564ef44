import { spawnSync } from 'node:child_process';
import { connect, type Socket } from 'node:net';
import { connectionOf, type Settings } from './settings.ts';

/** Runs statements in a service's database, the real server, as its connection string says; answers lines. Throws psql's words. */
export function query(connection: string, statements: string, values: Readonly<Record<string, string>> = {}): readonly string[] {
  const { server = '', port = '', database = '', 'user id': user = '', password = '' } = connectionOf(connection);
  const set = Object.entries(values).flatMap(([name, value]) => ['-v', `${name}=${value}`]);
  const { status, stdout, stderr, error } = spawnSync('psql', ['-XqAtw', '-v', 'ON_ERROR_STOP=1', ...set], {
    input: statements,
    encoding: 'utf8',
    env: { ...process.env, PGHOST: server, PGPORT: port, PGDATABASE: database, PGUSER: user, PGPASSWORD: password },
  });
  // Where it is not let in it may end before it has read the statements: that they could not be written is not why.
  if (status !== 0) throw stderr ? new Error(stderr.trim()) : (error ?? new Error(`psql ended with ${status}`));
  return stdout.split('\n').filter((line) => line !== '');
}

/** Logs in to Redis with `host:port,password=…`; rejects where that does not answer PONG. */
export async function pingRedis(configuration: string): Promise<void> {
  const [address = '', ...options] = configuration.split(',');
  const password = options.find((option) => option.startsWith('password='))?.slice('password='.length) ?? '';
  const [host = '', port = '6379'] = address.split(':');
  const socket = connect(Number(port), host);
  try {
    socket.write(`AUTH ${password}\r\nPING\r\n`);
    const answer = await untilMatches(socket, /PONG|-\w+ /);
    if (!answer.includes('PONG')) throw new Error(`It was not possible to connect to the redis server(s). ${answer.trim()}`);
  } finally {
    socket.destroy();
  }
}

/** Logs in to RabbitMQ (AMQP 0-9-1, PLAIN); tries until its time is up. */
export async function reachBus({ Host, User, Password, StartTimeoutSeconds = 10 }: Settings['MassTransit']): Promise<void> {
  const until = Date.now() + StartTimeoutSeconds * 1000;
  for (;;) {
    try {
      return await logIn(Host, User, Password);
    } catch (error) {
      if (Date.now() > until) throw new Error(`Connection failed: rabbitmq://${Host}/: ${String(error)}`);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

/** A word as AMQP writes short ones: its length in front. */
const word = (text: string): Buffer => Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]);
const table = (...entries: readonly Buffer[]): Buffer => {
  const all = Buffer.concat(entries);
  return Buffer.concat([uint32(all.length), all]);
};
/** Says that it can be told why it is not let in, as the originals' client does. */
const PROPERTIES = table(
  word('capabilities'),
  Buffer.from('F'),
  table(word('authentication_failure_close'), Buffer.from('t'), Buffer.from([1])),
);

async function logIn(host: string, user: string, password: string): Promise<void> {
  const socket = connect(5672, host);
  try {
    socket.write(Buffer.from('AMQP\0\0\x09\x01', 'latin1'));
    await untilFrame(socket, 10);
    const response = Buffer.from(`\0${user}\0${password}`);
    const payload = Buffer.concat([
      Buffer.from([0, 10, 0, 11]),
      PROPERTIES,
      Buffer.from('\x05PLAIN', 'latin1'),
      uint32(response.length),
      response,
      Buffer.from('\x05en_US', 'latin1'),
    ]);
    socket.write(Buffer.concat([Buffer.from([1, 0, 0]), uint32(payload.length), payload, Buffer.from([0xce])]));
    await untilFrame(socket, 30);
  } finally {
    socket.destroy();
  }
}

function uint32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32BE(value);
  return buffer;
}

/** Waits for a method of the connection class: its number stands in the tenth byte of the frame. */
async function untilFrame(socket: Socket, method: number): Promise<void> {
  const first = await new Promise<Buffer>((resolve, reject) => {
    socket
      .once('data', resolve)
      .once('error', reject)
      .once('close', () => reject(new Error('the connection was closed')));
  });
  // `close`: its text stands behind the code, with its length in front.
  if (first[10] === 50) throw new Error(first.subarray(14, 14 + (first[13] ?? 0)).toString());
  if (first[10] !== method) throw new Error(`unexpected method ${first[10]}`);
}

function untilMatches(socket: Socket, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (pattern.test(text)) resolve(text);
    });
    socket.once('error', reject).once('close', () => reject(new Error('the connection was closed')));
  });
}
