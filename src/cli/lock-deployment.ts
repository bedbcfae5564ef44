import { acquireLock, type Lock } from '../journal/lock.ts';
import { FairleadError } from '../model/failure.ts';
import type { Session } from './session.ts';

/** Takes a deployment's lock for `what`, a command. Throws `run.held`, naming the holder and how to watch what it does. */
export async function lockDeployment(deployment: string, what: string, { folder }: Pick<Session, 'folder'>): Promise<Lock> {
  try {
    return await acquireLock(folder.deployment(deployment).lock, { what: `fairlead ${what} ${deployment}` });
  } catch (error) {
    if (!(error instanceof FairleadError) || error.failure.code !== 'run.held') throw error;
    const { failure } = error;
    const hints = [`Watch it, answer it or stop it: fairlead attach ${deployment}`, ...failure.hints];
    throw new FairleadError({ ...failure, hints }, { cause: error });
  }
}
