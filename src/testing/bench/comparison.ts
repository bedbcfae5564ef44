import { median } from './report.ts';

/** What a program is measured at, next to the one that it is held against. */
export interface Comparison {
  /** `--version`, `first frame`, … */
  readonly what: string;
  readonly unit: 'ms' | 'MB';
  readonly contender: string;
  /** One for each round, or for each key. */
  readonly samples: readonly number[];
  /** Of the program that it is held against, in the same rounds; absent: it is one. */
  readonly against?: readonly number[];
  /**
   * At most this: times what it is held against (the median counts), or in the unit for 19 of 20 samples: the one left over is that of
   * a machine which did something else.
   */
  readonly goal?: { readonly ratio: number } | { readonly most: number };
}

/**
 * The median of the ratios of each round: both went side by side, so whatever else the machine did in that minute weighs on both.
 * undefined where it is held against nothing.
 */
export function ratioOf({ samples, against }: Comparison): number | undefined {
  return against === undefined ? undefined : median(samples.map((sample, round) => sample / (against[round] ?? Number.NaN)));
}

/** Is the goal met? undefined where there is none. */
export function isMet(comparison: Comparison): boolean | undefined {
  const { goal, samples } = comparison;
  if (goal === undefined) return undefined;
  if ('most' in goal) return samples.filter((sample) => sample > goal.most).length <= samples.length / 20;
  return (ratioOf(comparison) ?? Number.NaN) <= goal.ratio;
}

const HEADER = ['', '', '', 'median', 'from', 'to', 'ratio', 'samples', 'goal'];

/** The comparisons as a table for people. */
export function comparisonTable(comparisons: readonly Comparison[]): string {
  const cells = comparisons.map((comparison, index) => {
    const { what, unit, contender, samples, goal } = comparison;
    return [
      comparisons[index - 1]?.what === what ? '' : what,
      contender,
      unit,
      median(samples).toFixed(1),
      Math.min(...samples).toFixed(1),
      Math.max(...samples).toFixed(1),
      ratioOf(comparison)?.toFixed(2) ?? '',
      String(samples.length),
      goal === undefined
        ? ''
        : `${'most' in goal ? `95 % <= ${goal.most} ${unit}` : `<= ${goal.ratio}`} ${isMet(comparison) === true ? 'met' : 'MISSED'}`,
    ];
  });
  const widths = HEADER.map((title, column) => Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)));
  const isNumber = (column: number): boolean => column > 2 && column < HEADER.length - 1;
  return [HEADER, ...cells]
    .map((row) =>
      row
        .map((cell, column) => (isNumber(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
