import { join } from 'node:path';
import { readJournal } from '../../journal/read-journal.ts';
import type { JournalEvent } from '../../model/events.ts';
import { foldAll, type RunState } from '../../model/run-state.ts';
import { runsIn } from './journal-watch.ts';

/** A run that was kept: its journal has a whole line. */
export interface KeptRun {
  readonly id: string;
  readonly file: string;
  readonly events: readonly JournalEvent[];
  readonly state: RunState;
}

/** A run in a deployment's `runs` folder; undefined where none was kept. Throws where its journal is damaged. */
export async function keptRun(runs: string, which: 'newest' | 'oldest' = 'newest'): Promise<KeptRun | undefined> {
  const id = runsIn(runs).at(which === 'newest' ? -1 : 0);
  if (id === undefined) return undefined;
  const file = join(runs, id, 'journal.ndjson');
  const events = await readJournal(file).then(
    (journal) => journal.events,
    (error: unknown) => {
      if ((error as { failure?: { code?: string } }).failure?.code === 'journal.missing') return [];
      throw error;
    },
  );
  return events.length === 0 ? undefined : { id, file, events, state: foldAll(events) };
}

/** Where a run stands, for a table of where kills fell: the step and what it was at, or what comes before and after steps. */
export function whereItStands(state: RunState | undefined): string {
  if (state === undefined) return '(before the journal)';
  if (state.status === 'ok') return '(after the end)';
  const steps = [...state.steps.values()];
  const under = steps.find((step) => step.status === 'intended' || step.status === 'running' || step.status === 'in-doubt');
  if (under !== undefined) return `${under.id}: ${under.status === 'intended' ? 'acting' : 'looking'}`;
  const last = steps.findLast((step) => step.status === 'ok' || step.status === 'changed');
  return last === undefined ? '(planning)' : `${last.id}: done`;
}
