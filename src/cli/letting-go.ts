import type { RunLink } from '../model/dispatch.ts';
import type { LineReader } from './ask-line.ts';
import type { Console } from './output.ts';

/** What Ctrl-C means to who watches a run that goes on without him: he is asked. */
export interface LettingGo {
  /** Asks, or joins who asks already. True: go on watching, all stays as it is. */
  readonly ask: () => Promise<boolean>;
  /** Resolves when nothing is asked. */
  asked(): Promise<void>;
  /** How to hold back what passes by. */
  readonly heedQuiet: (quiet: (on: boolean) => void) => void;
  /** There is nothing to let go of any more. */
  end(): void;
}

const CHOICES = ['leave', 'stop', 'now', 'back'] as const;

/** Asks on this console. Ctrl-C once more lets go: two of them never stop anything. */
export function createLettingGo(link: RunLink, console: Console, lines: LineReader): LettingGo {
  const over = new AbortController();
  let quiet = (_: boolean): void => undefined;
  let asking: Promise<boolean> | undefined;

  const choose = async (): Promise<(typeof CHOICES)[number] | undefined> => {
    while (true) {
      const typed = await lines.read(`[${CHOICES.join('/')}] (Ctrl-C: leave) `, over.signal);
      if (over.signal.aborted) return undefined;
      const word = typed?.trim().toLowerCase();
      const choice = word === undefined ? 'leave' : CHOICES.find((candidate) => word !== '' && candidate.startsWith(word));
      if (choice !== undefined) return choice;
      console.out(`Please type ${CHOICES.join(', ')}; the first letter is enough.\n`);
    }
  };
  const act = async (): Promise<boolean> => {
    quiet(true);
    console.out(`\nRun ${link.run} goes on without you.\n${WAYS}\n`);
    const choice = await choose().finally(() => quiet(false));
    if (choice === 'leave') {
      link.control.request({ kind: 'leave' });
      console.out(`Run ${link.run} goes on. Come back to it: fairlead attach ${link.deployment}\n`);
    }
    if (choice === 'stop') {
      link.control.request({ kind: 'stop', when: 'after-step' });
      console.out('Stopping after this step.\n');
    }
    if (choice === 'now') {
      link.control.request({ kind: 'stop', when: 'now' });
      console.out('Stopping now.\n');
    }
    return choice === 'back';
  };

  return {
    // A terminal that has gone has nobody to ask.
    ask: () => {
      asking ??= act()
        .catch(() => {
          link.control.request({ kind: 'leave' });
          return false;
        })
        .finally(() => {
          asking = undefined;
        });
      return asking;
    },
    asked: async () => void (await asking),
    heedQuiet: (how) => {
      quiet = how;
    },
    end: () => over.abort(),
  };
}

const WAYS = `    leave  let go of it; it goes on
    stop   stop it after this step; it can be resumed
    now    stop it now; it can be resumed
    back   go on watching`;
