import type { RunLink } from '../model/dispatch.ts';
import { exitCodes, FairleadError } from '../model/failure.ts';
import { type FeedItem, isLive, type RunFeed } from '../model/feed.ts';
import { emptyRun, fold, type RunState } from '../model/run-state.ts';
import { createLineReader } from './ask-line.ts';
import { exitCodeOfRun, listenForSignals, viewFor } from './drive-run.ts';
import { type Console, printFailure } from './output.ts';

/** Shows a run in a process of its own and asks what it asks, until it ends or is let go; its exit code. */
export async function watchRun(link: RunLink, console: Console): Promise<number> {
  const lines = createLineReader(console);
  const folded = foldedFeed(link.feed);
  const release = listenForSignals(link.control, console, lines);
  try {
    await viewFor(console, lines)
      .follow(folded.feed, link.control)
      .catch((error: unknown) => printFailure(console, error));
    return await exitCodeOfLink(link, await folded.rest());
  } finally {
    release();
  }
}

/** The exit code of what a line showed to its end; one that was let go is none of our business any more. */
export async function exitCodeOfLink(link: RunLink, state: RunState): Promise<number> {
  const failure = await link.ended;
  if (failure !== undefined) throw new FairleadError(failure);
  return state.status === 'running' ? exitCodes.done : exitCodeOfRun(state);
}

/** A feed whose state is known when it was read, also where its reader died. */
export function foldedFeed(feed: RunFeed): { readonly feed: RunFeed; state(): RunState; rest(): Promise<RunState> } {
  const place = feed.items[Symbol.asyncIterator]();
  let state = emptyRun;
  const next = async (): Promise<IteratorResult<FeedItem>> => {
    const read = await place.next();
    if (read.done !== true && !isLive(read.value)) state = fold(state, read.value);
    return read;
  };
  return {
    // Without `return`: who leaves early does not end it.
    feed: { items: { [Symbol.asyncIterator]: () => ({ next }) } },
    state: () => state,
    async rest() {
      while ((await next()).done !== true);
      return state;
    },
  };
}
