import { createHash } from 'node:crypto';
import type { FileOp, Host } from '../model/ports.ts';
import type { Text } from '../model/secrets.ts';

/** Longer contents are not remembered: hashing them would take longer than a backup is worth. */
const MOST_BYTES = 1024 * 1024;

/** A host that remembers what this process wrote. */
export interface OwnWrites {
  readonly host: Host;
  /** Is that what this process wrote to that path last? Then nothing of the operator's is in it that no backup has. */
  has(path: string, bytes: Uint8Array): boolean;
}

/** Remembers the SHA-256 of what is written through a host, by path. A write that failed counts as none. */
export function rememberWrites(host: Host, reveal: (text: Text) => Promise<string>): OwnWrites {
  const digests = new Map<string, string>();
  const revealed = async (op: FileOp): Promise<FileOp> =>
    op.op === 'write' && !(op.data instanceof Uint8Array) ? { ...op, data: Buffer.from(await reveal(op.data)) } : op;
  const remember = (op: FileOp): void => {
    if (op.op === 'write' && op.data instanceof Uint8Array && op.data.length <= MOST_BYTES) {
      digests.set(op.path, sha256(op.data));
    }
  };
  const files = async (ops: readonly FileOp[]): Promise<unknown> => {
    if (!ops.some(({ op }) => op === 'write')) return host.files(ops);
    const plain = await Promise.all(ops.map(revealed));
    for (const op of plain) if (op.op === 'write') digests.delete(op.path);
    const results = await host.files(plain);
    for (const op of plain) remember(op);
    return results;
  };
  return {
    host: { ...host, files: files as Host['files'] },
    has: (path, bytes) => bytes.length <= MOST_BYTES && digests.get(path) === sha256(bytes),
  };
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
