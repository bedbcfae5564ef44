import type { Workload } from './workload.ts';

/** What a contender is measured at: a forecast with diffs, from nothing, and with nothing to do. */
export const PHASES = ['plan', 'cold', 'again'] as const;

/** One of them. */
export type Phase = (typeof PHASES)[number];

/** The name of a contender; bash is what the others are held against. */
export type ContenderName = 'bash' | 'fairlead' | 'ansible';

/** Somebody who can do a workload. */
export interface Contender {
  readonly name: ContenderName;
  /** What it needs to be told (path in its own folder → text). Pure. */
  files(workload: Workload): ReadonlyMap<string, string>;
  /** The program to start for a phase; `folder` holds its files, and it may write there. */
  argv(phase: Phase, folder: string): readonly string[];
  /** Added to its environment. */
  environment(folder: string): Readonly<Record<string, string>>;
}
