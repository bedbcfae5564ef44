import type { RunLink } from '../model/dispatch.ts';
import { createLineReader } from './ask-line.ts';
import { askSecret } from './ask-secret.ts';
import { viewFor } from './drive-run.ts';
import { findRunning } from './find-running.ts';
import { createLettingGo } from './letting-go.ts';
import { linkRun } from './link-run.ts';
import { type Console, printFailure } from './output.ts';
import type { Session } from './session.ts';
import { exitCodeOfLink, foldedFeed } from './watch-run.ts';

/**
 * `fairlead attach [RUN]`: watches a running run, and at a terminal answers it; its exit code. Without a terminal it looks on
 * only; with `--json` the journal's lines from the first.
 */
export async function attachRun(named: string | undefined, session: Session): Promise<number> {
  const { console } = session;
  const { deployment, run } = await findRunning(session.folder, named);
  const link = await linkRun(deployment, run, 'now', session);
  if (console.app) return (await import('./app.ts')).runApp(session, { first: { kind: 'follow', link } });
  if (console.attended) return attachTerminal(link, console);
  const folded = foldedFeed(link.feed);
  await viewFor(console, createLineReader(console), { joins: true })
    .follow(folded.feed, console.json ? undefined : link.control)
    .catch((error: unknown) => printFailure(console, error));
  return exitCodeOfLink(link, await folded.rest());
}

async function attachTerminal(link: RunLink, console: Console): Promise<number> {
  const lines = createLineReader(console);
  const folded = foldedFeed(link.feed);
  const leaving = createLettingGo(link, console, lines);
  const leave = (): void => link.control.request({ kind: 'leave' });
  const ask = (): void => void leaving.ask();
  process.on('SIGINT', ask).on('SIGTERM', leave).on('SIGHUP', leave);
  try {
    await viewFor(console, lines, {
      joins: true,
      giveUp: leaving.ask,
      onQuiet: leaving.heedQuiet,
      readLine: async (prompt, signal) => {
        await leaving.asked();
        return lines.read(prompt, signal);
      },
      readSecret: async (prompt, signal) => {
        await leaving.asked();
        return askSecret(console, prompt, signal);
      },
    })
      .follow(folded.feed, link.control)
      .catch((error: unknown) => printFailure(console, error));
    leaving.end();
    return await exitCodeOfLink(link, await folded.rest());
  } finally {
    leaving.end();
    process.off('SIGINT', ask).off('SIGTERM', leave).off('SIGHUP', leave);
  }
}
