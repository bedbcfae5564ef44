import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { importBusyboxImage, removeBusyboxImage } from '../busybox-image.ts';
import { createFaultBench, type FaultBench } from './fault-bench.ts';
import { createOwnDaemon } from './own-daemon.ts';

const MEBIBYTE = 1024 * 1024;
/** A bare start of the program has about 90; what is printed must not add to it without end. */
const MOST_MIB = 300;
const SECRETS = 'secrets:\n  key: { generate: hex, bytes: 32, title: A key }\n';

let bench: FaultBench;
let daemon: Awaited<ReturnType<typeof createOwnDaemon>> | undefined;
beforeEach(async () => {
  bench = await createFaultBench();
});
afterEach(async () => {
  await bench.cleanUp();
  await daemon?.cleanUp();
  daemon = undefined;
});

/** 64 MiB of numbered lines of 64 bytes. */
async function block(): Promise<string> {
  const path = join(bench.folder, 'block');
  const lines = Array.from({ length: 16_384 }, (_, index) => `${String(index).padEnd(20)}${'.'.repeat(43)}\n`).join('');
  await writeFile(path, Buffer.from(lines.repeat(64)));
  return path;
}
const secretOf = async (): Promise<string> =>
  (await bench.fairlead.run('secrets', 'get', bench.name, 'key', '--reveal')).stdout.trim();

/** Bytes that the last line of an output says were left out, and of how many. */
function leftOut(output: string): { readonly missing: number; readonly total: number } {
  const said = /\[\.\.\. in all, (\d+) of (\d+) bytes are left out \.\.\.\]/.exec(output);
  return { missing: Number(said?.[1]), total: Number(said?.[2]) };
}

describe('a command that prints very much', () => {
  it('10 GiB of lines on the host: memory and record stay small, head and tail are kept, the secret in them is not', async () => {
    const path = await block();
    const script = [
      'echo "first $KEY"',
      'printf %.20s "$KEY"; sleep 0.1; echo "${KEY#????????????????????}"',
      `for i in 0 1 2 3 4 5 6 7; do cat ${`${path} `.repeat(20)}; done`,
      'echo "last $KEY"; echo code=4711',
    ].join('; ');
    const env = '{ KEY: "${{ secrets.key }}" }';
    const command = `{ argv: [sh, -c, '${script}'], env: ${env}, output: { code: 'code=(\\d+)' } }`;
    const next = `{ argv: [echo, 'saw \${{ steps.flood.code }}'] }`;
    const steps = `  - { id: flood, title: Print, uses: host.command, with: ${command} }\n`;
    await bench.recipe(`${steps}  - { id: after, title: Use it, uses: host.command, with: ${next} }\n`, SECRETS);
    const ran = await bench.run();
    expect(ran.code, ran.stderr).toBe(0);
    expect(ran.outcomes).toEqual(['flood changed', 'after changed']);
    expect(await bench.output('after')).toBe('saw 4711\n');
    expect(ran.peakMiB).toBeLessThan(MOST_MIB);

    const output = await bench.output('flood');
    expect(output.length).toBeLessThan(2.1 * MEBIBYTE);
    const lines = output.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^first \S+$/);
    expect(lines.slice(-3, -1)).toEqual([lines[0]?.replace('first', 'last'), 'code=4711']);
    expect(lines.some((line) => /^\[\.\.\. \d+ bytes cut here \.\.\.\]$/.test(line))).toBe(true);
    const { missing, total } = leftOut(output);
    expect(total).toBeGreaterThan(10 * 1024 * MEBIBYTE);
    expect(missing).toBeGreaterThan(total * 0.9);
    const key = await secretOf();
    expect(key).toHaveLength(64);
    const record = await bench.record();
    for (let start = 0; start + 16 <= key.length; start += 8) expect(record).not.toContain(key.slice(start, start + 16));
  });

  it('one endless line of 1 GiB on the host, with a secret where it is cut: neither fills memory nor shows half a secret', async () => {
    const script = [
      'head -c 65516 /dev/zero | tr "\\\\0" x; printf %s "$KEY"',
      'head -c 1G /dev/zero | tr "\\\\0" x; printf %s "$KEY"',
      'head -c 2M /dev/zero | tr "\\\\0" x; echo code=4711',
    ].join('; ');
    const env = '{ KEY: "${{ secrets.key }}" }';
    const command = `{ argv: [sh, -c, '${script}'], env: ${env}, output: { code: 'code=(\\d+)' } }`;
    await bench.recipe(`  - { id: flood, title: Print, uses: host.command, with: ${command} }\n`, SECRETS);
    const ran = await bench.run();
    expect(ran.code, ran.stderr).toBe(0);
    expect(ran.peakMiB).toBeLessThan(MOST_MIB);
    const output = await bench.output('flood');
    expect(output).toMatch(/^x{65516}\n\[\.\.\. \d+ bytes of (this line|output) are left out/);
    expect(leftOut(output).total).toBeGreaterThan(1024 * MEBIBYTE);
    const key = await secretOf();
    expect(key).toHaveLength(64);
    const record = await bench.record();
    for (let start = 0; start + 8 <= key.length; start += 4) expect(record).not.toContain(key.slice(start, start + 8));
  });

  it('1 GiB in a container: memory stays small, head and tail are kept', async () => {
    const image = `${bench.name}:1`;
    daemon = await createOwnDaemon();
    await importBusyboxImage(image, daemon.socket);
    await daemon.docker('run', '--detach', '--network', 'none', '--name', bench.name, image);
    await daemon.docker('cp', await block(), `${bench.name}:/block`);
    const own = await createFaultBench({ DOCKER_HOST: daemon.address });
    try {
      const script = `echo first; cat ${'/block '.repeat(16)}; echo code=4711`;
      const command = `{ container: ${bench.name}, argv: [sh, -c, '${script}'], output: { code: 'code=(\\d+)' } }`;
      await own.recipe(`  - { id: flood, title: Print, uses: container.exec, with: ${command} }\n`);
      const ran = await own.run();
      expect(ran.code, ran.stderr).toBe(0);
      expect(ran.peakMiB).toBeLessThan(MOST_MIB);
      const output = await own.output('flood');
      expect(output.length).toBeLessThan(2.1 * MEBIBYTE);
      const lines = output.trimEnd().split('\n');
      expect([lines[0], lines[2]?.trimEnd().slice(0, 2), lines.at(-2)]).toEqual(['first', '1 ', 'code=4711']);
      expect(leftOut(output).total).toBeGreaterThan(1024 * MEBIBYTE);
    } finally {
      await own.cleanUp();
      await removeBusyboxImage(image).catch(() => undefined);
    }
  });

  it('what is shown while it runs is a sample, and says so', async () => {
    const path = await block();
    const script = `cat ${`${path} `.repeat(4)}; echo the end`;
    await bench.recipe(`  - { id: flood, title: Print, uses: host.command, with: { argv: [sh, -c, '${script}'] } }\n`);
    const ran = await bench.fairlead.run('run', join(bench.folder, 'recipe', bench.name), '--yes');
    expect(ran.code, ran.stderr).toBe(0);
    expect(ran.stdout.length).toBeLessThan(2 * MEBIBYTE);
    expect(ran.stdout).toMatch(/\[\.\.\. \d+ lines are not shown here/);
    expect(ran.stdout).toContain('the end');
  });
});
