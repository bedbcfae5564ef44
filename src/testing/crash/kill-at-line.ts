/**
 * Loaded into a fairlead before its own code (NODE_OPTIONS=--import=…): it kills the process, with SIGKILL, in the very
 * moment in which it has written a certain line to its journal, or is about to. From outside nobody could meet the
 * fraction of a millisecond between two lines; and on a busy machine who acts upon a line that was told comes too late.
 *
 * FAIRLEAD_KILL_AT is a part of that line; `before ` in front of it means: before the line is written. `typing ` in front of a
 * text means: before that is typed to a program in a container. FAIRLEAD_KILL_WITH is another signal, and is sent once;
 * FAIRLEAD_KILL_WHOM=front sends it to whoever has started this process.
 */
import fs from 'node:fs';
import { open } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { Socket } from 'node:net';

const wanted = process.env.FAIRLEAD_KILL_AT ?? '';
const signal = (process.env.FAIRLEAD_KILL_WITH ?? 'SIGKILL') as NodeJS.Signals;
const [, when = '', part = ''] = /^(before |typing )?(.*)$/s.exec(wanted) ?? [];
const before = when === 'before ';
let sent = false;

const textOf = (data: unknown): string =>
  typeof data === 'string' ? data : data instanceof Uint8Array ? new TextDecoder().decode(data) : '';

/** Is this the line? Whatever kind of data a write is given. */
function isTheLine(data: unknown): boolean {
  if (part === '' || when === 'typing ') return false;
  const text = textOf(data);
  return text.includes(part) && text.startsWith('{"v":');
}

function die(): void {
  if (sent) return;
  sent = true;
  process.kill(process.env.FAIRLEAD_KILL_WHOM === 'front' ? process.ppid : process.pid, signal);
}

const handle = await open(process.execPath, 'r');
const prototype = Object.getPrototypeOf(handle) as { write(...args: unknown[]): Promise<unknown> };
await handle.close();

const write = prototype.write;
prototype.write = async function (this: unknown, ...args) {
  const found = isTheLine(args[0]);
  if (found && before) die();
  const written = await write.apply(this, args);
  if (found) die();
  return written;
};

const writeSync = fs.writeSync as (...args: unknown[]) => number;
fs.writeSync = ((...args: unknown[]) => {
  const found = isTheLine(args[1]);
  if (found && before) die();
  const written = writeSync(...args);
  if (found) die();
  return written;
}) as typeof fs.writeSync;
syncBuiltinESMExports();

if (when === 'typing ' && part !== '') {
  const type = Socket.prototype.write as (...args: unknown[]) => boolean;
  Socket.prototype.write = function (this: Socket, ...args: unknown[]) {
    if (textOf(args[0]).trim() === part) die();
    return type.apply(this, args);
  } as typeof Socket.prototype.write;
}
