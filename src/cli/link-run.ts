import { readFile } from 'node:fs/promises';
import { connectRun } from '../adapters/run-socket/connect-run.ts';
import { readJournal } from '../journal/read-journal.ts';
import type { RunPaths } from '../journal/state-folder.ts';
import type { RunLink } from '../model/dispatch.ts';
import { EVIDENCE_LINES, type Failure } from '../model/failure.ts';
import type { WatchFrom } from '../model/feed.ts';
import type { Session } from './session.ts';

/** A line to the process of a run. Throws `run.no-line` where there is none. */
export async function linkRun(
  deployment: string,
  run: string,
  watch: WatchFrom,
  { folder }: Pick<Session, 'folder'>,
): Promise<RunLink> {
  const paths = folder.runFolder(deployment, run);
  const line = await connectRun({
    path: paths.socket,
    watch,
    recordAfter: async (seq) => (await readJournal(paths.journal)).events.slice(seq),
  });
  const ended = line.ended.then((failure) => (failure?.code === 'run.engine-gone' ? explained(failure, run, paths) : failure));
  return { run, deployment, feed: line.feed, control: line.control, ended };
}

/** With the way on, and with what the process said at its end. */
async function explained(failure: Failure, run: string, { log }: RunPaths): Promise<Failure> {
  const said = await readFile(log, 'utf8').catch(() => '');
  const tail = said
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-EVIDENCE_LINES);
  const hints = [
    `\`fairlead resume ${run}\` goes on with it; what it left at work is waited for.`,
    ...(tail.length === 0 ? [] : [`All that it said is in ${log}.`]),
  ];
  return { ...failure, hints, ...(tail.length === 0 ? {} : { evidence: { tail } }) };
}
