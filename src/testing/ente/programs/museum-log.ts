/** The log of the stand-in for museum, in the layout and the colours of the original. */

type Level = 'INFO' | 'WARN' | 'ERRO' | 'FATA';

/** Fields of a line; they are written in the order of their names. */
export type Fields = Readonly<Record<string, string | number>>;

const COLOURS: Readonly<Record<Level, number>> = { INFO: 36, WARN: 33, ERRO: 31, FATA: 31 };
const began = Date.now();

function write(level: Level, place: string, message: string, fields: Fields = {}): void {
  const colour = (text: string): string => `\u001b[${COLOURS[level]}m${text}\u001b[0m`;
  const seconds = String(Math.floor((Date.now() - began) / 1000)).padStart(4, '0');
  const named = Object.keys(fields)
    .sort()
    .map((name) => ` ${colour(name)}=${fields[name]}`);
  process.stderr.write(`${colour(level)}[${seconds}]${place} ${message.padEnd(44)} ${named.join('')}\n`);
}

/** `place` is the file, line and function that the original names, as `userauth.go:131 SendEmailOTT`. */
export const log = {
  info: (place: string, message: string, fields?: Fields): void => write('INFO', place, message, fields),
  warn: (place: string, message: string, fields?: Fields): void => write('WARN', place, message, fields),
  error: (place: string, message: string, fields?: Fields): void => write('ERRO', place, message, fields),
  /** Ends the program with 1. */
  fatal(place: string, message: string): never {
    write('FATA', place, message);
    process.exit(1);
  },
};

/** A Go program's panic: its words, where it was, and end with 2. */
export function panic(message: string): never {
  process.stderr.write(`panic: ${message}\n\ngoroutine 1 [running]:\nmain.main()\n\t/etc/ente/cmd/museum/main.go:131 +0x5c8\n`);
  process.exit(2);
}
