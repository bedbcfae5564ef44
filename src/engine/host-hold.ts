import type { Host } from '../model/ports.ts';
import type { Outside } from './outside.ts';

/** A host that no other run may act on while it is held: one apply at a time. */
export interface HostHold {
  /** Takes it; true where somebody else had it first, so that the world may look otherwise by now. */
  take(): Promise<boolean>;
  /** Gives it up; nothing where it is not held. */
  giveUp(): Promise<void>;
  /** Does something that may take a person's time without keeping others from the host. */
  without<T>(work: () => Promise<T>): Promise<T>;
}

/** `onHeld` hears who has it, while it is waited for. */
export function createHostHold(host: () => Host, outside: Outside, signal: AbortSignal, onHeld: (who: string) => void): HostHold {
  let held: { release(): Promise<void> } | undefined;
  const hold: HostHold = {
    async take() {
      let waited = false;
      held ??= await outside.lockHost(host().id, {
        signal,
        onHeld: (who) => {
          waited = true;
          onHeld(who);
        },
      });
      return waited;
    },
    async giveUp() {
      const lock = held;
      held = undefined;
      await lock?.release();
    },
    async without(work) {
      if (held === undefined) return work();
      await hold.giveUp();
      const result = await work();
      await hold.take();
      return result;
    },
  };
  return hold;
}
