import type { ReadContext } from '../../model/step.ts';

/** TCP ports that some program listens on: proc(5), state 0A. Undefined where the kernel does not tell. */
export async function takenPorts(ctx: Pick<ReadContext, 'host'>): Promise<ReadonlySet<number> | undefined> {
  const tables = await ctx.host.files([
    { op: 'read', path: '/proc/net/tcp' },
    { op: 'read', path: '/proc/net/tcp6' },
  ]);
  if (tables.every((bytes) => bytes === undefined)) return undefined;
  const text = tables.map((bytes) => (bytes === undefined ? '' : new TextDecoder().decode(bytes))).join('\n');
  return new Set(
    [...text.matchAll(/^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:0000 0A /gm)].map(([, hex = '']) => Number.parseInt(hex, 16)),
  );
}
