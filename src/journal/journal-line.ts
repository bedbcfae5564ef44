import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { type EventBody, eventFields, type JournalEvent } from '../model/events.ts';
import { type FairleadError, fail } from '../model/failure.ts';
import type { JsonObject } from '../model/json.ts';
import { JOURNAL_VERSION, upcast } from './upcast.ts';

/** What the first line of a journal has for `prev`. */
export const FIRST_PREV = '0'.repeat(64);

/** Where a line stands, for messages. Lines are counted from 1. */
export interface LinePlace {
  readonly file: string;
  readonly line: number;
}

/** A line ready to be written. */
export interface EncodedLine {
  /** Without its newline. `JSON.stringify(event)` is the same text. */
  readonly text: string;
  /** What a reader of the line gets. */
  readonly event: JournalEvent;
}

const TAIL = /,"prev":"([0-9a-f]{64})"(,"sum":"([0-9a-f]{64})")\}$/;
/** Strict, and a byte order mark is kept: so equal text means equal bytes. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Writes an event as a line: `{"v":1,"seq":…,"at":…,"type":…, …fields, "prev":"…","sum":"…"}`.
 *
 * `prev` is the `sum` of the line before (64 zeros on the first). `sum` is the SHA-256, as lower-case hex, of the
 * UTF-8 bytes of `prev`'s 64 characters followed by this line as it would be without its last field, that is, up
 * to and including the quote that closes `prev`, then `}`. In a shell, for one line in `$line`:
 * `printf %s%s "$prev" "${line%,\"sum\":*}}" | sha256sum`.
 */
export function encodeLine(
  body: EventBody,
  place: { readonly seq: number; readonly at: string; readonly prev: string },
): EncodedLine {
  const { type, ...fields } = body;
  const frame = { v: JOURNAL_VERSION, seq: place.seq, at: place.at, type };
  for (const name of [...Object.keys(frame), 'prev', 'sum']) {
    if (name in fields) throw fail('bug.reserved-field', `An event may not have a field named ${name}.`, { fault: 'bug' });
  }
  // Parsed and written again: what JSON can't hold is gone, and integer-like keys stand where a reader puts them.
  const hashed = JSON.stringify(JSON.parse(JSON.stringify({ ...frame, ...fields, prev: place.prev })));
  const text = `${hashed.slice(0, -1)},"sum":"${sumOf(place.prev, hashed)}"}`;
  return { text, event: JSON.parse(text) as JournalEvent };
}

/**
 * Reads one line and proves that it is as it was written; whether it follows the line before is for
 * `checkFollows`. Throws `journal.newer-version` or `journal.corrupt`.
 */
export function decodeLine(bytes: Uint8Array, place: LinePlace): JournalEvent {
  const { text, line } = parse(bytes, place);
  if (typeof line.v === 'number' && Number.isInteger(line.v) && line.v > JOURNAL_VERSION) {
    throw newerVersion(place, `it has version ${line.v}, and this fairlead knows versions up to ${JOURNAL_VERSION}`);
  }
  const tail = TAIL.exec(text);
  if (tail === null) throw corrupt(place, 'it does not end with `prev` and `sum`');
  const [whole, prev, sumField, sum] = tail as unknown as [string, string, string, string];
  const hashed = `${text.slice(0, -whole.length)}${whole.slice(0, -sumField.length - 1)}}`;
  if (sumOf(prev, hashed) !== sum) throw corrupt(place, 'its checksum does not fit its text: the line was changed or damaged');
  if (JSON.stringify(line) !== text) throw corrupt(place, 'it is not written as fairlead writes lines');
  if (!Number.isInteger(line.v) || Number(line.v) < 1) throw corrupt(place, 'it has no version');
  const event = upcast(line);
  if (typeof event.type !== 'string' || !Object.hasOwn(eventFields, event.type)) {
    throw newerVersion(place, `it holds an event that this fairlead does not know: ${String(event.type)}`);
  }
  return event as unknown as JournalEvent;
}

/** Throws `journal.corrupt` unless `event` is the one that comes right after `before` (undefined: is the first). */
export function checkFollows(event: JournalEvent, before: JournalEvent | undefined, place: LinePlace): void {
  const seq = (before?.seq ?? 0) + 1;
  if (event.seq !== seq)
    throw corrupt(place, `it has number ${event.seq} where ${seq} was expected: lines are missing or doubled`);
  if (event.prev !== (before?.sum ?? FIRST_PREV)) throw corrupt(place, 'it does not continue the line before it');
}

function parse(bytes: Uint8Array, place: LinePlace): { text: string; line: JsonObject } {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch (cause) {
    throw corrupt(place, 'it is not valid UTF-8', cause);
  }
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch (cause) {
    throw corrupt(place, 'it is not JSON', cause);
  }
  if (typeof line !== 'object' || line === null || Array.isArray(line)) throw corrupt(place, 'it is not a JSON object');
  return { text, line: line as JsonObject };
}

function sumOf(prev: string, hashed: string): string {
  return createHash('sha256').update(prev).update(hashed).digest('hex');
}

function corrupt({ file, line }: LinePlace, what: string, cause?: unknown): FairleadError {
  return corruptJournal(file, `Line ${line} of the journal ${file} is bad: ${what}.`, line - 1, cause);
}

/** The failure for a journal that can't be trusted any more after its first `sound` lines: `journal.corrupt`. */
export function corruptJournal(file: string, message: string, sound: number, cause?: unknown): FairleadError {
  const folder = dirname(file);
  return fail('journal.corrupt', message, {
    fault: 'environment',
    hints: [
      'Put the file back from a backup of the state folder, if you have one: then nothing is lost.',
      sound > 0
        ? `What was done up to there is sound, and can be read: head -n ${sound} ${file}`
        : 'Nothing of this run can be trusted.',
      `Without a backup: move the run's folder aside (mv ${folder} ${folder}.damaged), then run the recipe again.`,
      'Mind that then steps which converge look at what is there, but a step that acts once (makes an account, migrates data) ' +
        'is done AGAIN if only this run has done it; and what this run made counts as having been there before.',
    ],
    cause,
  });
}

function newerVersion({ file, line }: LinePlace, what: string): FairleadError {
  return fail('journal.newer-version', `Line ${line} of the journal ${file} was written by a newer fairlead: ${what}.`, {
    hints: ['Install the fairlead that made this run, or a newer one.', 'If you never had a newer one, the file is damaged.'],
  });
}
