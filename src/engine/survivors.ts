import type { Survivor } from '../model/children.ts';
import type { Outside } from './outside.ts';
import type { StandingAnswers } from './policy.ts';
import type { Publisher } from './publish.ts';
import { pause } from './time-limit.ts';

/** Between two looks whether a survivor is still there. */
const LOOK_EVERY_MS = 100;

/** What sits at a terminal that nobody types at any more may be at work all the same: so many looks it is given to end by itself. */
const LOOKS_AT_DESERTED = 30;

/**
 * A dead engine is not a dead child: waits for the programs that the run's last process left at work, or ends them
 * where that was asked for, before anybody looks at the world. Returns early when `enough` says so.
 */
export async function awaitSurvivors(
  outside: Outside,
  publisher: Publisher,
  standing: StandingAnswers,
  signal: AbortSignal,
  enough: () => boolean,
): Promise<void> {
  let left = await outside.survivors();
  if (left.length > 0 && standing.onSurvivors === 'end') {
    show(publisher, `Ending what the run left at work: ${namesOf(left)}.`);
    await Promise.all(left.map((survivor) => survivor.end()));
    left = await living(left);
  }
  for (let looks = 0; left.length > 0 && !signal.aborted && !enough(); looks++) {
    const deserted = looks < LOOKS_AT_DESERTED ? [] : left.filter((survivor) => survivor.deserted);
    if (deserted.length > 0) {
      show(publisher, `Ending what waits for answers that nobody can give any more: ${namesOf(deserted)}.`);
      await Promise.all(deserted.map((survivor) => survivor.end()));
      left = await living(left);
      continue;
    }
    show(publisher, `Waiting for what the run left at work: ${namesOf(left)}`);
    await pause(LOOK_EVERY_MS, signal);
    left = await living(left);
  }
}

async function living(survivors: readonly Survivor[]): Promise<readonly Survivor[]> {
  const alive = await Promise.all(survivors.map((survivor) => survivor.isAlive()));
  return survivors.filter((_, index) => alive[index]);
}

function show(publisher: Publisher, text: string): void {
  publisher.show({ type: 'run.waiting', text: publisher.redactor().redact(text) });
}

function namesOf(survivors: readonly Survivor[]): string {
  return survivors.map(({ what, step }) => (step === undefined ? what : `${what} of step ${step}`)).join(', ');
}
