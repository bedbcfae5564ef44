/**
 * Loaded into a fairlead before its own code (NODE_OPTIONS=--import=…): it kills the process, with SIGKILL, in the very
 * moment in which it has written a certain line to its journal, or is about to. From outside nobody could meet the
 * fraction of a millisecond between two lines.
 *
 * FAIRLEAD_KILL_AT is a part of that line; `before ` in front of it means: before the line is written.
 */
import fs from 'node:fs';
import { open } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

const wanted = process.env.FAIRLEAD_KILL_AT ?? '';
const before = wanted.startsWith('before ');
const part = before ? wanted.slice('before '.length) : wanted;

/** Is this the line? Whatever kind of data a write is given. */
function isTheLine(data: unknown): boolean {
  if (part === '') return false;
  const text = typeof data === 'string' ? data : data instanceof Uint8Array ? new TextDecoder().decode(data) : '';
  return text.includes(part) && text.startsWith('{"v":');
}

function die(): void {
  process.kill(process.pid, 'SIGKILL');
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
