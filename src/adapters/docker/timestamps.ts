/** Nanoseconds since 1970 of an ISO 8601 time with up to nine decimals, as Docker writes them; 0 where it isn't one. */
export function nanosOf(iso: string): bigint {
  const parts = /^(.+?:\d\d)(?:\.(\d{1,9}))?\d*(Z|[+-]\d\d:\d\d)$/.exec(iso);
  if (parts === null) return 0n;
  const ms = Date.parse(`${parts[1]}${parts[3]}`);
  if (Number.isNaN(ms)) return 0n;
  return BigInt(ms) * 1_000_000n + BigInt((parts[2] ?? '').padEnd(9, '0'));
}

/** The same moment as the engine's API takes it: seconds, a point, nine decimals. */
export function unixTime(nanos: bigint): string {
  return `${nanos / 1_000_000_000n}.${String(nanos % 1_000_000_000n).padStart(9, '0')}`;
}
