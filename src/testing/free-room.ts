import { execFile } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { promisify } from 'node:util';

const exec = promisify(execFile);

/**
 * Networks that are made at the same time never meet in a subnet, however many there are: each process counts in steps of
 * `LANES`, and those of vitest, of which each has a number, begin at different ones.
 */
const LANES = 8;
let nextSubnet = randomInt(0, 256 / LANES) * LANES + (Number(process.env.VITEST_POOL_ID ?? 0) % LANES);

/**
 * A /24 that no Docker network has. From the block that RFC 2544 sets apart for tests of devices: no host is there, and Docker
 * takes none of it for a network that nobody gave a subnet, as it does of 172.16.0.0/12 and 192.168.0.0/16, by whole /16.
 */
export async function freeSubnet(): Promise<string> {
  const ids = (await exec('docker', ['network', 'ls', '-q'])).stdout.split('\n').filter((id) => id !== '');
  // A network that goes meanwhile makes it fail, after it has told about all others.
  const format = '{{range .IPAM.Config}}{{.Subnet}}{{end}}';
  const taken = await exec('docker', ['network', 'inspect', '--format', format, ...ids]).catch((error: { stdout?: string }) => ({
    stdout: error.stdout ?? '',
  }));
  while (true) {
    const subnet = `198.18.${nextSubnet % 256}.0/24`;
    nextSubnet += LANES;
    if (!taken.stdout.split('\n').includes(subnet)) return subnet;
  }
}

/** Below those that the system gives to whoever asks for any port, as each connection does: those come and go meanwhile. */
const [FIRST_PORT, LAST_PORT] = [10_000, 32_000];
let nextPort = lane(randomInt(FIRST_PORT, LAST_PORT));

/** A TCP port of 127.0.0.1 that nobody listens on, and that no other test is given. */
export async function freePort(): Promise<number> {
  while (true) {
    nextPort = nextPort + LANES > LAST_PORT ? lane(FIRST_PORT) : nextPort + LANES;
    if (await isFree(nextPort)) return nextPort;
  }
}

/** Several of them. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const ports: number[] = [];
  while (ports.length < count) ports.push(await freePort());
  return ports;
}

/** The next number of this process's own. */
function lane(from: number): number {
  return Math.ceil(from / LANES) * LANES + (Number(process.env.VITEST_POOL_ID ?? 0) % LANES);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().on('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
