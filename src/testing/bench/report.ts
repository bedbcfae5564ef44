import { type ContenderName, PHASES, type Phase } from './contender.ts';
import type { Measured } from './measure.ts';
import type { WorkloadName } from './workload.ts';

/** One start of a contender. */
export interface Sample extends Measured {
  readonly workload: WorkloadName;
  readonly contender: ContenderName;
  readonly phase: Phase;
  /** Counted from 1. */
  readonly round: number;
}

/** fairlead's goals: at most so many times the seconds of bash. */
export const GOALS: Readonly<Record<WorkloadName, Partial<Readonly<Record<Phase, number>>>>> = {
  W1: { plan: 1, cold: 1, again: 1.5 },
  W2: { cold: 0.5, again: 0.5 },
};

/** A row of the table: a contender in a phase of a workload, over all rounds. */
export interface Row {
  readonly workload: WorkloadName;
  readonly phase: Phase;
  readonly contender: ContenderName;
  readonly rounds: number;
  /** Medians. */
  readonly seconds: number;
  readonly peakMegabytes: number;
  /** The quickest and the slowest round: how noisy the machine was. */
  readonly range: readonly [number, number];
  /** Of the medians, to that of bash. */
  readonly ratio: number;
  /** At most this ratio, and whether it is. */
  readonly goal?: { readonly ratio: number; readonly met: boolean };
}

/** The middle one; the mean of the two in the middle of an even number. NaN for none. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The rows of all workloads, phases and contenders that were measured, in the order in which contenders first came. */
export function rowsOf(samples: readonly Sample[]): readonly Row[] {
  const workloads = [...new Set(samples.map(({ workload }) => workload))];
  const contenders = [...new Set(samples.toSorted((a, b) => a.round - b.round).map(({ contender }) => contender))];
  return workloads.flatMap((workload) =>
    PHASES.flatMap((phase) => {
      const of = (name: ContenderName): readonly Sample[] =>
        samples.filter((sample) => sample.workload === workload && sample.phase === phase && sample.contender === name);
      const bash = median(of('bash').map(({ seconds }) => seconds));
      return contenders.filter((name) => of(name).length > 0).map((name) => rowOf(workload, phase, name, of(name), bash));
    }),
  );
}

function rowOf(workload: WorkloadName, phase: Phase, contender: ContenderName, samples: readonly Sample[], bash: number): Row {
  const all = samples.map((sample) => sample.seconds);
  const seconds = median(all);
  const ratio = seconds / bash;
  const goal = contender === 'fairlead' ? GOALS[workload][phase] : undefined;
  return {
    workload,
    phase,
    contender,
    rounds: samples.length,
    seconds,
    peakMegabytes: median(samples.map(({ peakMegabytes }) => peakMegabytes)),
    range: [Math.min(...all), Math.max(...all)],
    ratio,
    ...(goal === undefined ? {} : { goal: { ratio: goal, met: ratio <= goal } }),
  };
}

const HEADER = ['', '', '', 'seconds', 'from', 'to', '/bash', 'MB', 'rounds', 'goal'];

/** The rows as a table for people. */
export function tableOf(rows: readonly Row[]): string {
  const cells = rows.map((row, index) => {
    const before = rows[index - 1];
    const sameWorkload = before?.workload === row.workload;
    return [
      sameWorkload ? '' : row.workload,
      sameWorkload && before.phase === row.phase ? '' : row.phase,
      row.contender,
      row.seconds.toFixed(3),
      row.range[0].toFixed(3),
      row.range[1].toFixed(3),
      row.ratio.toFixed(2),
      row.peakMegabytes.toFixed(0),
      String(row.rounds),
      row.goal === undefined ? '' : `<= ${row.goal.ratio} ${row.goal.met ? 'met' : 'MISSED'}`,
    ];
  });
  const widths = HEADER.map((title, column) => Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)));
  const isNumber = (column: number): boolean => column > 2 && column < HEADER.length - 1;
  const lineOf = (row: readonly string[]): string =>
    row
      .map((cell, column) => (isNumber(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  return [HEADER, ...cells].map(lineOf).join('\n');
}
