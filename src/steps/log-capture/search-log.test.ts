import { expect, it } from 'vitest';
import type { ContainerDetail, DockerEngine, LogLine } from '../../model/ports.ts';
import { isToCome, searchLog } from './search-log.ts';

const container = { id: 'c1' } as ContainerDetail;
const signal = new AbortController().signal;

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
  const search = { pattern: /token (?<code>\d+)/, signal, follow: false };
  const at = (time: string) => (): number => Date.parse(time);
  expect((await searchLog(docker, container, search, at('2026-11-22T20:00:05Z'))).match).toBeUndefined();
  // An hour back.
  lines.push({ at: '2026-11-22T19:00:10.000Z', text: 'token 4711' });
  const { match } = await searchLog(docker, container, search, at('2026-11-22T19:00:11Z'));
  expect(match?.groups?.code).toBe('4711');
});

it('with a clock that goes forward only what is new is read', async () => {
  const lines = [{ at: '2026-11-22T20:00:00.000Z', text: 'starting' }];
  const docker = engineOf(lines);
  const search = { pattern: /token/, signal, follow: false };
  const now = (): number => Date.parse('2026-11-22T20:00:05Z');
  await searchLog(docker, container, search, now);
  await searchLog(docker, container, search, now);
  expect(docker.asked.at(-1)).toMatchObject({ since: '2026-11-22T19:59:59.000Z' });
});

it('a moment that is still to come tells that the clock was set back', () => {
  expect(isToCome('2026-11-22T20:00:00Z', () => Date.parse('2026-11-22T19:00:00Z'))).toBe(true);
  expect(isToCome('2026-11-22T20:00:00Z', () => Date.parse('2026-11-22T21:00:00Z'))).toBe(false);
});
