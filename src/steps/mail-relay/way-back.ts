import type { ApplyContext } from '../../model/step.ts';
import { takePassword } from './account.ts';
import { type Attempt, digestOf, filesNow, keepRecord, putBack } from './record.ts';
import { leaveAsBefore, leaveGroup } from './sasl.ts';

/** How long the way back may take, also where the run was stopped: nothing half done stays behind. */
const BACK_WITHIN_MS = 30_000;

/** Puts all that an attempt changed back as it was. Postfix itself is not told. */
export async function goBack(attempt: Attempt, ctx: ApplyContext): Promise<void> {
  const back = { ...ctx, signal: AbortSignal.timeout(BACK_WITHIN_MS) };
  await putBack(attempt.files, ctx);
  if (attempt.joins) await leaveGroup(back);
  if (attempt.saslauthd !== undefined) await leaveAsBefore(attempt.saslauthd, back);
  if (attempt.login !== undefined) await takePassword(attempt.login.user, attempt.login.stored, back);
  await keepRecord(attempt.record, ctx);
}

/**
 * Puts back what an attempt left that was cut off. Somebody may have mended it by hand meanwhile: what stands there is kept as a
 * backup first. Answers the paths of which there is one now.
 */
export async function takeBack(attempt: Attempt, ctx: ApplyContext): Promise<ReadonlySet<string>> {
  const now = await filesNow(Object.keys(attempt.files), ctx);
  const kept = Object.entries(now).flatMap(([path, file]) =>
    file === null || digestOf(file) === digestOf(attempt.files[path]) ? [] : [[path, file] as const],
  );
  for (const [path, { base64 }] of kept) {
    await ctx.backUp(path, Buffer.from(base64, 'base64'));
    ctx.output(`${path} is as it was before an attempt that was cut off; what stood there is among the backups of this run`);
  }
  await goBack(attempt, ctx);
  return new Set(kept.map(([path]) => path));
}

/** Stopped, or failed, before Postfix is told: then nothing unchecked stays behind. */
export async function orGoBack(attempt: Attempt, ctx: ApplyContext, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    await goBack(attempt, ctx);
    throw error;
  }
}
