/**
 * Measures fairlead beside bash and, where it is installed, Ansible, its starts beside a bare Node, and its app beside the least
 * programs of Ink: `npm run bench`; --help says more. The workloads need root, since they make users. CONTRIBUTING.md says what is
 * measured, and how.
 */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fail, failureOf } from '../../model/failure.ts';
import { ansibleContender } from './ansible-contender.ts';
import { bashContender } from './bash-contender.ts';
import { type Comparison, comparisonTable } from './comparison.ts';
import type { Contender } from './contender.ts';
import { fairleadContender } from './fairlead-contender.ts';
import { rowsOf, type Sample, tableOf } from './report.ts';
import { goOnce, requireSameEnd } from './rounds.ts';
import { benchFirstFrame, benchLines } from './screen-bench.ts';
import { benchStarts } from './start-bench.ts';
import { removeTarget } from './target.ts';
import { makeWorkload, UNITS, type WorkloadName } from './workload.ts';

const HELP = `npm run bench -- [options]

  --part PART        only this one; may be repeated (default: all): steps (the workloads), start (help and version),
                     frame (the app's first), lines (many of them on the screen of the app)
  --workload W1|W2   only this one of steps; may be repeated (default: both)
  --rounds N         rounds of each (default: 5 of W1, 3 of W2, 40 starts, 15 frames, 3 times the lines)
  --scale F          shrink the workloads and the lines to this part of them, to try the benchmark itself
  --ansible          Ansible also for W2
  --no-ansible       without Ansible; else it takes part in the first round of W1, where it is installed
  --json             print rows and samples as JSON
`;

/** Where the rounds take place: /tmp may lie in memory, where flushing costs nothing. */
const PLACE = '/var/tmp';

const ROUNDS: Readonly<Record<WorkloadName | Exclude<Part, 'steps'>, number>> = { W1: 5, W2: 3, start: 40, frame: 15, lines: 3 };

const PARTS = ['steps', 'start', 'frame', 'lines'] as const;
type Part = (typeof PARTS)[number];

/** What a step prints, and how much of it at once, ten times a second. */
const LOAD = { lines: 10_000, portion: 200 };

interface Options {
  readonly parts: readonly Part[];
  readonly workloads: readonly WorkloadName[];
  readonly rounds: number | undefined;
  readonly scale: number;
  readonly ansible: 'never' | 'first-of-W1' | 'first-of-each';
  readonly json: boolean;
}

async function main(): Promise<number> {
  const options = optionsOf(process.argv.slice(2));
  if (options === 'help') {
    process.stdout.write(HELP);
    return 0;
  }
  if (options.parts.includes('steps') && process.getuid?.() !== 0) {
    throw fail('bench.root-needed', 'The workloads make users and groups.', {
      hints: ['Run it as root.', 'The other parts need no root: --part start --part frame --part lines'],
    });
  }
  const abort = new AbortController();
  const stop = (): void => abort.abort(fail('bench.interrupted', 'The benchmark was interrupted.'));
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, stop);

  const samples: Sample[] = [];
  if (options.parts.includes('steps')) {
    for (const name of options.workloads) samples.push(...(await measureWorkload(name, options, abort.signal)));
  }
  const comparisons = await compare(options, abort.signal);
  const rows = rowsOf(samples);
  if (options.json) process.stdout.write(`${JSON.stringify({ rows, samples, comparisons }, undefined, 2)}\n`);
  else {
    if (rows.length > 0) process.stdout.write(`\n${tableOf(rows)}\n`);
    if (comparisons.length > 0) process.stdout.write(`\n${comparisonTable(comparisons)}\n`);
  }
  return 0;
}

/** The parts in which one program is held against another, round by round. */
async function compare(options: Options, signal: AbortSignal): Promise<readonly Comparison[]> {
  const load = { ...LOAD, lines: Math.max(1, Math.round(LOAD.lines * options.scale)) };
  const measures: Readonly<Record<Exclude<Part, 'steps'>, (rounds: number) => Promise<readonly Comparison[]>>> = {
    start: (rounds) => benchStarts(rounds, signal),
    frame: (rounds) => benchFirstFrame(rounds, signal),
    lines: (rounds) => benchLines(rounds, load, signal),
  };
  const compared: Comparison[] = [];
  for (const part of options.parts) {
    if (part === 'steps') continue;
    const rounds = options.rounds ?? ROUNDS[part];
    say(options, `${part}, ${rounds} rounds`);
    compared.push(...(await measures[part](rounds)));
  }
  return compared;
}

/** All rounds of a workload: the contenders take turns, and each round begins with another one. */
async function measureWorkload(name: WorkloadName, options: Options, signal: AbortSignal): Promise<readonly Sample[]> {
  const folder = mkdtempSync(join(PLACE, `fairlead-bench-${process.pid}-`));
  chmodSync(folder, 0o755);
  const prefix = `flb-${process.pid}-${randomBytes(2).toString('hex')}`;
  const workload = { ...makeWorkload(name, join(folder, 'target'), prefix, options.scale), name };
  const samples: Sample[] = [];
  const ends: { readonly contender: Contender; readonly end: readonly string[] }[] = [];
  try {
    for (let round = 1; round <= (options.rounds ?? ROUNDS[name]); round++) {
      for (const contender of contendersOf(name, round, options)) {
        say(options, `${name} (${workload.tasks.length} steps), round ${round}: ${contender.name}`);
        const gone = await goOnce({ workload, contender, round, folder: join(folder, contender.name), signal });
        samples.push(...gone.samples);
        ends.push({ contender, end: gone.end });
        const [first] = ends;
        if (first !== undefined) requireSameEnd(first.contender, first.end, contender, gone.end);
      }
    }
    return samples;
  } finally {
    removeTarget(workload);
    rmSync(folder, { recursive: true, force: true });
  }
}

function contendersOf(name: WorkloadName, round: number, options: Options): readonly Contender[] {
  const both = round % 2 === 1 ? [bashContender, fairleadContender] : [fairleadContender, bashContender];
  const wanted = options.ansible === 'first-of-each' || (options.ansible === 'first-of-W1' && name === 'W1');
  return wanted && round === 1 && isInstalled('ansible-playbook') ? [...both, ansibleContender] : both;
}

function isInstalled(program: string): boolean {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
}

function say(options: Options, text: string): void {
  if (!options.json) process.stderr.write(`${text}\n`);
}

function optionsOf(argv: string[]): Options | 'help' {
  const { values } = parseArgs({
    args: argv,
    allowNegative: true,
    options: {
      part: { type: 'string', multiple: true },
      workload: { type: 'string', multiple: true },
      rounds: { type: 'string' },
      scale: { type: 'string' },
      ansible: { type: 'boolean' },
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) return 'help';
  return {
    // Who names a workload wants the workloads.
    parts: values.part?.map(partName) ?? (values.workload === undefined ? PARTS : ['steps']),
    workloads: values.workload === undefined ? ['W1', 'W2'] : values.workload.map(workloadName),
    rounds: values.rounds === undefined ? undefined : positive(values.rounds, 'rounds'),
    scale: values.scale === undefined ? 1 : positive(values.scale, 'scale'),
    ansible: values.ansible === undefined ? 'first-of-W1' : values.ansible ? 'first-of-each' : 'never',
    json: values.json === true,
  };
}

function workloadName(text: string): WorkloadName {
  if (Object.hasOwn(UNITS, text)) return text as WorkloadName;
  throw fail('usage.bad-workload', `There is no workload ${text}.`, {
    hints: [`There are ${Object.keys(UNITS).join(' and ')}.`],
  });
}

function partName(text: string): Part {
  const part = PARTS.find((name) => name === text);
  if (part !== undefined) return part;
  throw fail('usage.bad-part', `There is no part ${text}.`, { hints: [`There are ${PARTS.join(', ')}.`] });
}

function positive(text: string, name: string): number {
  const number = Number(text);
  if (number > 0 && (name !== 'rounds' || Number.isInteger(number))) return number;
  throw fail(`usage.bad-${name}`, `--${name} takes a number above 0, not ${text}.`);
}

try {
  process.exitCode = await main();
} catch (error) {
  const { code, message, hints, evidence } = failureOf(error);
  const lines = [`${code}: ${message}`, ...(evidence?.tail ?? []).map((line) => `  ${line}`), ...(hints ?? [])];
  process.stderr.write(`${lines.join('\n')}\n`);
  process.exitCode = 1;
}
