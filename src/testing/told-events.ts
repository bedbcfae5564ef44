import type { EventOf, JournalEvent } from '../model/events.ts';

/** The events of a standard output of `--json`; a last line that a kill tore is left out, and no other: that would be a fault. */
export function eventsIn(ndjson: string): JournalEvent[] {
  const lines = ndjson.split('\n').filter((line) => line !== '');
  const whole = lines.at(-1)?.endsWith('}') === false ? lines.slice(0, -1) : lines;
  return whole.map((line) => JSON.parse(line) as JournalEvent);
}

/** Tells the events of a kind that are about a step. */
export function isOf<T extends JournalEvent['type']>(type: T, step: string) {
  return (event: JournalEvent): event is EventOf<T> => event.type === type && 'step' in event && event.step === step;
}
