import type { StateFolder } from '../journal/state-folder.ts';
import type { Catalogue } from '../model/catalogue.ts';
import { eventsOf, findRun } from './deployments.ts';
import { readStepOutput } from './step-output.ts';

/** What a run has left, for who looks at it or comes to it late. It needs no recipe and no step type, which would weigh more. */
export function runRecord(folder: StateFolder): Pick<Catalogue, 'record' | 'output'> {
  return {
    record: async (run) => eventsOf((await findRun(folder, run, 'any')).run),
    output: async (id, step, attempt) => readStepOutput((await findRun(folder, id, 'any')).run.paths.output, step, attempt),
  };
}
