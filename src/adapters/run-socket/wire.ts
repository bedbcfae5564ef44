import { StringDecoder } from 'node:string_decoder';
import type { Failure } from '../../model/failure.ts';
import type { FeedItem, Request, TerminalRequest, WatchFrom } from '../../model/feed.ts';

/** The form of the lines; another one is another program's. */
export const PROTOCOL = 1;

/** No request is as long: who sends more is no view of ours. */
export const LONGEST_REQUEST = 1_000_000;

/** The first line that a client sees: whose line it is. */
export interface Greeting {
  readonly type: 'engine.greeting';
  readonly v: number;
  readonly fairlead: string;
  readonly run: string;
  readonly deployment: string;
  /** The process of the run. */
  readonly pid: number;
}

/** The last line: how the process of the run came to its end. */
export interface Ended {
  readonly type: 'engine.ended';
  /** It threw what is no fact of the run. */
  readonly failure?: Failure;
}

/** What a client sees, one a line. */
export type Told = Greeting | FeedItem | Ended;

/** One line of JSON. */
export function lineOf(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}

/** Cuts what comes in into lines. What has no newline at its end is not handed on. */
export interface LineCutter {
  /** False where a line is longer than it may be: nothing of it was handed on. */
  take(chunk: Uint8Array): boolean;
}

/** `most`: so many characters a line may have; default: any number. */
export function createLineCutter(onLine: (line: string) => void, most = Number.POSITIVE_INFINITY): LineCutter {
  const decoder = new StringDecoder('utf8');
  let parts: string[] = [];
  let length = 0;
  return {
    take(chunk) {
      const [first = '', ...rest] = decoder.write(Buffer.from(chunk)).split('\n');
      parts.push(first);
      length += first.length;
      if (length > most) return false;
      for (const next of rest) {
        const line = parts.join('');
        parts = [next];
        length = next.length;
        onLine(line);
        if (length > most) return false;
      }
      return true;
    },
  };
}

/** An object in JSON; undefined for anything else. */
export function parsedObject(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** A client's first line, `{"watch":"begin"}` or `{"watch":"now"}`; undefined for any other. */
export function watchOf(line: string): WatchFrom | undefined {
  const watch = parsedObject(line)?.watch;
  return watch === 'begin' || watch === 'now' ? watch : undefined;
}

/** A request; undefined for what is none that we know. */
export function requestOf(line: string): Request | undefined {
  const { kind, when, id, answer, ...rest } = parsedObject(line) ?? {};
  if (kind === 'terminal') return terminalRequestOf(rest);
  if (kind === 'leave') return { kind };
  if (kind === 'stop' && (when === 'after-step' || when === 'now')) return { kind, when };
  if (kind !== 'answer' || typeof id !== 'string' || answer === undefined) return undefined;
  return { kind, id, answer: answer as Extract<Request, { kind: 'answer' }>['answer'] };
}

function terminalRequestOf({
  question,
  by,
  act,
  columns,
  rows,
  keys,
}: Readonly<Record<string, unknown>>): TerminalRequest | undefined {
  if (typeof question !== 'string' || typeof by !== 'string') return undefined;
  const whose = { kind: 'terminal', question, by } as const;
  if (act === 'give-back') return { ...whose, act };
  if (act === 'type') return typeof keys === 'string' ? { ...whose, act, keys } : undefined;
  if ((act !== 'take' && act !== 'resize') || !isCells(columns) || !isCells(rows)) return undefined;
  return { ...whose, act, columns, rows };
}

function isCells(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0;
}
