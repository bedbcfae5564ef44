import { lockHolder } from '../journal/lock.ts';
import { lockDeployment } from './lock-deployment.ts';
import type { Session } from './session.ts';

/** Throws `run.held`, naming the holder, where another process runs this deployment. */
export async function refuseIfHeld(deployment: string, session: Session): Promise<void> {
  const { lock } = session.folder.deployment(deployment);
  // Taking and giving back says who holds it in the same words as a real attempt.
  if ((await lockHolder(lock)) !== undefined) await (await lockDeployment(deployment, 'look', session)).release();
}
