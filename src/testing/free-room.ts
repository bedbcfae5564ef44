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

/** A /24 that no Docker network has. */
export async function freeSubnet(): Promise<string> {
  const ids = (await exec('docker', ['network', 'ls', '-q'])).stdout.split('\n').filter((id) => id !== '');
  // A network that goes meanwhile makes it fail, after it has told about all others.
  const format = '{{range .IPAM.Config}}{{.Subnet}}{{end}}';
  const taken = await exec('docker', ['network', 'inspect', '--format', format, ...ids]).catch((error: { stdout?: string }) => ({
    stdout: error.stdout ?? '',
  }));
  while (true) {
    const subnet = `172.30.${nextSubnet % 256}.0/24`;
    nextSubnet += LANES;
    if (!taken.stdout.split('\n').includes(subnet)) return subnet;
  }
}

/** A TCP port of 127.0.0.1 that nobody listens on just now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
