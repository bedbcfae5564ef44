import type { Host } from '../model/ports.ts';
import type { Outside } from './outside.ts';
import type { TimeLimit } from './time-limit.ts';

/** A host that no other run may act on while it is held: one apply at a time. */
export interface HostHold {
  /** Takes it; true where somebody else had it first, so that the world may look otherwise by now. */
  take(): Promise<boolean>;
  /** Gives it up; nothing where it is not held. */
  giveUp(): Promise<void>;
  /** Does something that takes a person's time: others are not kept from the host meanwhile, nor is it the step's time. */
  without<T>(work: () => Promise<T>): Promise<T>;
}

/** `onHeld` hears who has it, while it is waited for. */
export function createHostHold(
  host: () => Host,
  outside: Outside,
  { signal, waiting }: { readonly signal: AbortSignal; readonly waiting: { forHost: boolean } },
  limit: Pick<TimeLimit, 'without'>,
  onHeld: (who: string) => void,
): HostHold {
  let held: { release(): Promise<void> } | undefined;
  const hold: HostHold = {
    async take() {
      let waited = false;
      const lock = (): ReturnType<Outside['lockHost']> =>
        outside.lockHost(host().id, {
          signal,
          onHeld: (who) => {
            waited = true;
            waiting.forHost = true;
            onHeld(who);
          },
        });
      held ??= await limit.without(lock).finally(() => {
        waiting.forHost = false;
      });
      return waited;
    },
    async giveUp() {
      const lock = held;
      held = undefined;
      await lock?.release();
    },
    async without(work) {
      const had = held !== undefined;
      await hold.giveUp();
      const result = await limit.without(work);
      if (had) await hold.take();
      return result;
    },
  };
  return hold;
}
