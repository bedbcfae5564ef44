import { type LentPicture, maskPicture } from '../../model/lent-picture.ts';
import type { TerminalProgram } from '../../model/ports.ts';
import type { LentTerminal } from '../../model/step.ts';
import type { DialogScreen } from './dialog-screen.ts';

/** What a dialog lends, and what it has to tell of it. */
export interface Lent extends LentTerminal {
  /** Something was drawn. */
  changed(): void;
  /** The program has ended. */
  ended(): void;
}

/** Whose terminal is lent, and who hears of it. */
export interface Owner {
  readonly program: TerminalProgram;
  readonly screen: DialogScreen;
  /** As large as it is while nobody has it. */
  readonly size: { readonly columns: number; readonly rows: number };
  /** Takes out of lines what must not be seen; as many come back. */
  mask(lines: readonly string[]): readonly string[];
  /** Somebody types now: before the program has it. */
  typing(): void;
  /** He had it, and has given it back. */
  returned(): void;
}

/** So many lines above the screen are read with it: a secret may have begun there. */
const READ_WITH = 10;

/** Lends the terminal of a dialog. */
export function lendDialog({ program, screen, size, mask, typing, returned }: Owner): Lent {
  const followers = new Set<() => void>();
  const over = Promise.withResolvers<void>();
  const changed = (): void => {
    for (const follower of followers) follower();
  };
  // The program draws itself anew when it is told, so the screen is first.
  const resize = (columns: number, rows: number): void => {
    void screen.resize(columns, rows).then(() => {
      void program.resize(columns, rows);
      changed();
    });
  };
  return {
    picture(): LentPicture {
      const above = screen.above(READ_WITH);
      return maskPicture(screen.picture(), (lines) => {
        // The end of what was written counts, not that of the screen.
        const used = lines.findLastIndex((line) => line.trim() !== '') + 1;
        return [...mask([...above, ...lines.slice(0, used)]).slice(above.length), ...lines.slice(used)];
      });
    },
    follow(follower) {
      followers.add(follower);
      return () => followers.delete(follower);
    },
    take: resize,
    type(keys) {
      typing();
      program.type(keys);
    },
    giveBack() {
      resize(size.columns, size.rows);
      returned();
    },
    over: over.promise,
    changed,
    ended: () => over.resolve(),
  };
}
