import type { EventOf, JournalEvent } from '../model/events.ts';

/** The events of a standard output of `--json`; a last line that a kill tore is left out. */
export function eventsIn(ndjson: string): JournalEvent[] {
  return ndjson.split('\n').flatMap((line) => (line.endsWith('}') ? [JSON.parse(line) as JournalEvent] : []));
}

/** Tells the events of a kind that are about a step. */
export function isOf<T extends JournalEvent['type']>(type: T, step: string) {
  return (event: JournalEvent): event is EventOf<T> => event.type === type && 'step' in event && event.step === step;
}
