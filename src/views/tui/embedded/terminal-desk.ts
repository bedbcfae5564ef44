import { failureOf } from '../../../model/failure.ts';
import type { Terminals } from '../../../model/terminals.ts';
import type { Intent } from '../intent.ts';
import { type Loaded, ready } from '../loaded.ts';
import type { Message } from '../message.ts';
import { beginSession, type HandedTerminal, type ProgramSession } from './program-session.ts';

/** What pages want of programs inside the app. */
export type TerminalIntent = Extract<
  Intent,
  { readonly kind: 'load-containers' | 'open-shell' | 'type-keys' | 'full-screen' | 'end-program' }
>;

/** What the desk works with. */
export interface TerminalDeskSetUp {
  readonly terminals: Terminals;
  send(message: Message): void;
  /** Says that something is under way, until it is done. */
  during(what: string, work: () => Promise<void>): void;
  /** Steps aside while `use` has the operator's terminal. */
  lend(use: (terminal: HandedTerminal) => Promise<void>): Promise<void>;
}

/** Runs the program on the page; one at a time. */
export interface TerminalDesk {
  perform(intent: TerminalIntent): void;
  /** The room for a program is another one now. */
  resize(columns: number, rows: number): void;
  /** Ends the program; resolves when it is gone. */
  close(): Promise<void>;
}

/** A desk over the port; failures are told on the page, or as trouble. */
export function createTerminalDesk({ terminals, send, during, lend }: TerminalDeskSetUp): TerminalDesk {
  let session: ProgramSession | undefined;
  /** The room on the page, which the program has again when it comes back from the full screen. */
  let room: { readonly columns: number; readonly rows: number } | undefined;
  let isLent = false;

  const close = async (): Promise<void> => {
    session?.end();
    await session?.over;
  };

  const fullScreen = async (): Promise<void> => {
    const mine = session;
    if (mine === undefined || isLent) return;
    isLent = true;
    try {
      await lend((terminal) => mine.handOver(terminal));
    } catch (error) {
      send({ kind: 'trouble', failure: failureOf(error) });
    } finally {
      isLent = false;
      if (room !== undefined) mine.resize(room.columns, room.rows);
    }
  };

  return {
    perform(intent) {
      switch (intent.kind) {
        case 'load-containers': {
          const { deployment } = intent;
          void loaded(terminals.containers(deployment)).then((containers) =>
            send({ kind: 'news', news: { kind: 'containers', deployment, containers } }),
          );
          return;
        }
        case 'open-shell': {
          const { container, id, columns, rows } = intent;
          void close();
          room = { columns, rows };
          session = beginSession({
            columns,
            rows,
            open: (options) => terminals.openShell(container, options),
            tell: (now) => send({ kind: 'news', news: { kind: 'program', id, now } }),
          });
          return;
        }
        case 'type-keys':
          session?.type(intent.keys);
          return;
        case 'full-screen':
          void fullScreen();
          return;
        case 'end-program':
          during('ending the program', close);
      }
    },
    resize(columns, rows) {
      room = { columns, rows };
      if (!isLent) session?.resize(columns, rows);
    },
    close,
  };
}

async function loaded<T>(work: Promise<T>): Promise<Loaded<T>> {
  try {
    return ready(await work);
  } catch (error) {
    return { status: 'failed', failure: failureOf(error) };
  }
}
