import { failureOf } from '../../model/failure.ts';

/** So long a run's process may take to end after its last word, in milliseconds. */
const PATIENCE_MS = 3000;
const AGAIN_MS = 100;

/** What needs the deployment of a run that has just stopped: its process lets go of it a moment after its last word. */
export async function onceLetGo<T>(work: () => Promise<T>): Promise<T> {
  for (let waited = 0; ; waited += AGAIN_MS) {
    try {
      return await work();
    } catch (error) {
      if (failureOf(error).code !== 'run.held' || waited >= PATIENCE_MS) throw error;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }
}
