import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { Comparison } from './comparison.ts';
import type { Row, Sample } from './report.ts';

const program = fileURLToPath(new URL('bench.ts', import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function bench(args: readonly string[], onText?: (text: string, child: ChildProcess) => void): Promise<Ended & { pid: number }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
      onText?.(stderr, child);
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr, pid: child.pid ?? 0 }));
  });
}

/** Folders and accounts of a benchmark with this process id: the names of both hold it. */
function leftBy(pid: number): readonly string[] {
  const accounts = ['/etc/passwd', '/etc/group'].flatMap((file) => readFileSync(file, 'utf8').split('\n'));
  return [
    ...accounts.filter((line) => line.startsWith(`flb-${pid}-`)),
    ...readdirSync('/var/tmp').filter((name) => name.startsWith(`fairlead-bench-${pid}-`)),
  ];
}

it('measures all contenders at a small workload, finds that they left the same behind, and leaves nothing itself', async () => {
  const { code, stdout, stderr, pid } = await bench([
    '--workload',
    'W1',
    '--scale',
    '0.05',
    '--rounds',
    '2',
    '--no-ansible',
    '--json',
  ]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { rows, samples } = JSON.parse(stdout) as { rows: readonly Row[]; samples: readonly Sample[] };
  expect(rows.map(({ phase, contender }) => `${phase} ${contender}`)).toEqual(
    ['plan', 'cold', 'again'].flatMap((phase) => [`${phase} bash`, `${phase} fairlead`]),
  );
  expect(samples).toHaveLength(2 * 2 * 3);
  for (const { seconds, peakMegabytes } of samples) {
    expect(seconds).toBeGreaterThan(0);
    expect(peakMegabytes).toBeGreaterThan(1);
  }
  expect(leftBy(pid)).toEqual([]);
});

it('an interrupted benchmark leaves no account and no folder behind', async () => {
  let interrupted = false;
  const { code, stderr, pid } = await bench(['--workload', 'W1', '--rounds', '1', '--no-ansible'], (text, child) => {
    if (interrupted || !text.includes('round 1: bash')) return;
    interrupted = true;
    child.kill('SIGINT');
  });
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('bench.interrupted') });
  expect(leftBy(pid)).toEqual([]);
});

it('holds starts, first frames and many lines against the least programs that do the same, and leaves nothing behind', async () => {
  const folders = (): readonly string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('fairlead-bench-'));
  const before = folders();
  const parts = ['start', 'frame', 'lines'].flatMap((part) => ['--part', part]);
  const { code, stdout, stderr } = await bench([...parts, '--rounds', '1', '--scale', '0.1', '--json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { comparisons } = JSON.parse(stdout) as { comparisons: readonly Comparison[] };
  expect(comparisons.map(({ what, contender, unit }) => `${what} ${contender} ${unit}`)).toEqual([
    'start bare Node ms',
    '--version fairlead ms',
    '--help fairlead ms',
    '--version by bin/fairlead ms',
    'first frame Ink hello ms',
    'first frame fairlead ms',
    '1000 lines: memory Ink ring MB',
    '1000 lines: memory fairlead MB',
    '1000 lines: a key Ink ring ms',
    '1000 lines: a key fairlead ms',
  ]);
  for (const { samples } of comparisons) {
    expect(samples.length).toBeGreaterThan(0);
    for (const sample of samples) expect(sample).toBeGreaterThan(0);
  }
  expect(folders()).toEqual(before);
});
