import { readFileSync } from 'node:fs';
import type { EventOf, JournalEvent, LiveEvent } from '../model/events.ts';
import type { FeedItem } from '../model/feed.ts';
import type { StepId } from '../model/step-id.ts';
import { type RunPicture, type RunWatch, watchRun } from '../views/tui/run/run-picture.ts';

const FOLDER = new URL('../../snapshots/journals/v1/', import.meta.url);

/** The golden journals of runs. */
export type GoldenRun = 'given-up' | 'interrupted' | 'lighthouse' | 'rotated' | 'rotation-given-up';

/** The events of a golden journal, up to the one with this number; all of them without one. */
export function goldenEvents(name: GoldenRun, upTo = Number.POSITIVE_INFINITY): readonly JournalEvent[] {
  const lines = readFileSync(new URL(`${name}.ndjson`, FOLDER), 'utf8')
    .trimEnd()
    .split('\n');
  return lines.map((line) => JSON.parse(line) as JournalEvent).filter(({ seq }) => seq <= upTo);
}

/** How a golden run is watched. */
export interface GoldenWatch {
  readonly upTo?: number;
  /** A record, with nobody at work. */
  readonly past?: boolean;
  /** So many of its events happened before the line was there. */
  readonly before?: number;
  /** What passes by after the last event. */
  readonly live?: readonly FeedItem[];
}

/** A watch over a golden journal that is cut at an event, and what passed by since. */
export function watchGolden(name: GoldenRun, { upTo, past = false, before = 0, live = [] }: GoldenWatch = {}): RunWatch {
  const events = goldenEvents(name, upTo);
  const header = events[0] as EventOf<'run.started'>;
  const watch = watchRun(header.run, header.deployment, past);
  for (const event of events.filter(({ seq }) => seq <= before)) watch.take(event);
  if (!past) watch.take({ type: 'feed.caught-up' });
  for (const event of events.filter(({ seq }) => seq > before)) watch.take(event);
  for (const item of live) watch.take(item);
  return watch;
}

/** What a golden run looks like from outside. */
export function goldenPicture(name: GoldenRun, options: GoldenWatch = {}): RunPicture {
  return watchGolden(name, options).picture();
}

/** Lines that a step prints. */
export function printed(step: string, lines: readonly string[]): readonly LiveEvent[] {
  return lines.map((text) => ({ type: 'step.output', step: step as StepId, text }));
}
