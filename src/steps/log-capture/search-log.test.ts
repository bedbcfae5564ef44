import { expect, it } from 'vitest';
import type { ContainerDetail, DockerEngine, LogLine } from '../../model/ports.ts';
import { readEach } from './line-reader.ts';
import { readTogether, TOGETHER } from './read-together.ts';
import { isToCome, type LogSearch, searchLog } from './search-log.ts';

const container = { id: 'c1' } as ContainerDetail;
const signal = new AbortController().signal;

function searchFor(pattern: RegExp): LogSearch {
  return { key: pattern.source, reader: () => readEach([{ name: '', pattern }]), wants: [''], signal, follow: false };
}

const token = /token (?<code>\d+)/;
const PAIR = [
  { name: 'token', pattern: token },
  { name: 'to', pattern: /to (?<who>\w+)/ },
];

function searchForPairs(within = 1): LogSearch {
  const reader = () => readTogether(PAIR, ['code', 'who'], within);
  return { key: 'pair', reader, wants: [TOGETHER], signal, follow: false };
}

/** Lines a second apart. */
function logOf(...texts: readonly string[]): LogLine[] {
  return texts.map((text, second) => ({ at: new Date(Date.UTC(2026, 10, 22, 20) + second * 1000).toISOString(), text }));
}

/** An engine that holds one log, and filters it by time as Docker does. */
function engineOf(lines: LogLine[]): DockerEngine & { readonly asked: object[] } {
  const asked: object[] = [];
  return {
    asked,
    async *logs(_: string, options: { since?: string; tail?: number }) {
      asked.push(options);
      const recent = lines.filter(({ at }) => options.since === undefined || at >= options.since);
      yield* options.tail === undefined ? recent : recent.slice(-options.tail);
    },
  } as unknown as DockerEngine & { readonly asked: object[] };
}

it('a line that is printed after the clock was set back is found, although it is dated before what was read', async () => {
  const lines = [{ at: '2026-11-22T20:00:00.000Z', text: 'starting' }];
  const docker = engineOf(lines);
  const search = searchFor(token);
  const at = (time: string) => (): number => Date.parse(time);
  expect((await searchLog(docker, container, search, at('2026-11-22T20:00:05Z'))).matches).toEqual([]);
  // An hour back.
  lines.push({ at: '2026-11-22T19:00:10.000Z', text: 'token 4711' });
  const { matches } = await searchLog(docker, container, search, at('2026-11-22T19:00:11Z'));
  expect(matches.at(-1)?.captures.code).toBe('4711');
});

it('with a clock that goes forward only what is new is read', async () => {
  const lines = [{ at: '2026-11-22T20:00:00.000Z', text: 'starting' }];
  const docker = engineOf(lines);
  const search = searchFor(/token/);
  const now = (): number => Date.parse('2026-11-22T20:00:05Z');
  await searchLog(docker, container, search, now);
  await searchLog(docker, container, search, now);
  expect(docker.asked.at(-1)).toMatchObject({ since: '2026-11-22T19:59:59.000Z' });
});

it('a moment that is still to come tells that the clock was set back', () => {
  expect(isToCome('2026-11-22T20:00:00Z', () => Date.parse('2026-11-22T19:00:00Z'))).toBe(true);
  expect(isToCome('2026-11-22T20:00:00Z', () => Date.parse('2026-11-22T21:00:00Z'))).toBe(false);
});

it('of all matches that were read the newest hundred are kept, each once', async () => {
  const docker = engineOf(logOf(...Array.from({ length: 5000 }, (_, nth) => `token ${nth}`)));
  const { matches } = await searchLog(docker, container, searchFor(token));
  expect(matches).toHaveLength(100);
  expect([matches[0], matches.at(-1)].map((match) => match?.captures.code)).toEqual(['4900', '4999']);
});

it('a pair that is parted by the end of what was there at the first look is found at the second', async () => {
  const lines = logOf('starting', 'ready', 'token 1');
  const docker = engineOf(lines);
  expect((await searchLog(docker, container, searchForPairs())).matches).toEqual([]);
  lines.push({ at: '2026-11-22T20:01:00.000Z', text: 'to anna' });
  expect((await searchLog(docker, container, searchForPairs())).matches).toMatchObject([
    { captures: { code: '1', who: 'anna' } },
  ]);
});

it('a tail that begins within a row of pairs does not part them wrongly', async () => {
  // 10,000 lines are looked at first: they begin with a name whose token is the line before.
  const rows = Array.from({ length: 5001 }, (_, nth) => [`token ${nth}`, `to user${nth}`]).flat();
  const docker = engineOf(logOf(...rows.slice(0, -1), 'to user5000', 'to nobody'));
  const { matches } = await searchLog(docker, container, searchForPairs());
  expect(docker.asked).toEqual([
    { tail: 10_000, follow: false, signal },
    { tail: 100_000, follow: false, signal },
  ]);
  expect(matches.at(-1)?.captures).toEqual({ code: '5000', who: 'user5000' });
  expect(matches.every(({ captures: { code, who } }) => who === `user${code}`)).toBe(true);
});
