import { isLive, type RunControl, type RunFeed, type View } from '../../model/feed.ts';

/** Writes the journal's lines as they are appended, byte for byte, and nothing else. */
export function createNdjsonView(write: (text: string) => void): View {
  return {
    async follow(feed: RunFeed, control?: RunControl) {
      let showing = control === undefined;
      for await (const item of feed.items) {
        if (item.type === 'feed.caught-up') showing = true;
        if (showing && !isLive(item)) write(`${JSON.stringify(item)}\n`);
      }
    },
  };
}
