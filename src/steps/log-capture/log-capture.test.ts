import { expect, it } from 'vitest';
import { contextOf, createWorld, describeStepType, planStep, type World } from '../../testing/step-bench.ts';
import { logCapture } from './log-capture.ts';

const ott = { container: 'museum', pattern: 'Added ott for (?<email>\\S+): (?<code>\\d{6})(?<rest>!)?' };

function museum({ docker }: World, ...lines: string[]): void {
  docker.putContainer({ name: 'museum', startedAt: '2026-01-01T10:00:00Z' });
  lines.forEach((line, index) => {
    docker.log('museum', line, `2026-01-01T10:00:${String(index).padStart(2, '0')}.5Z`);
  });
}

describeStepType(logCapture, [
  {
    law: 'keeps what the named groups of the newest line match, without colours',
    params: ott,
    given: (world) =>
      museum(
        world,
        'Added ott for a@b: 111111',
        '\u001b[36mINFO\u001b[0m Added \u001b[1mott\u001b[0m for a@b: 222222\r',
        'other',
      ),
    changes: [],
    afterwards: (_, outputs) => expect(outputs).toEqual({ email: 'a@b', code: '222222', rest: null }),
  },
  {
    law: 'is a check that does not hold before the line is there',
    params: ott,
    given: (world) => museum(world, 'starting'),
    changes: [{ action: 'check', target: 'museum', after: ott.pattern }],
    planOnly: true,
  },
  {
    law: 'waits for a container that an earlier step makes',
    params: ott,
    changes: [{ action: 'check', before: 'no such container' }],
    planOnly: true,
  },
  {
    law: 'says that the container has ended',
    params: ott,
    given: ({ docker }) => docker.putContainer({ name: 'museum', state: 'exited' }),
    changes: [{ action: 'check', before: 'container exited' }],
    planOnly: true,
  },
  {
    law: 'leaves out what was printed before the last start, where only that counts',
    params: { ...ott, since: 'start' },
    given: (world) => {
      museum(world, 'Added ott for a@b: 111111');
      world.docker.putContainer({ name: 'museum', startedAt: '2026-01-01T11:00:00Z' });
    },
    changes: [{ action: 'check' }],
    planOnly: true,
  },
  {
    law: 'says that a pattern is none',
    params: { ...ott, pattern: '(' },
    given: (world) => museum(world),
    fails: 'params.bad-pattern',
    planOnly: true,
  },
]);

it('names its outputs after the groups', () => {
  expect(logCapture.outputNames?.(ott)).toEqual(['email', 'code', 'rest']);
  expect(logCapture.outputNames?.({ pattern: '(?<=a)(?<!b)(x)' })).toEqual([]);
});

it('reads a long log backwards, and after that only what is new', async () => {
  const world = createWorld();
  museum(world);
  for (let line = 0; line < 30_000; line++)
    world.docker.log('museum', `line ${line}`, new Date(1e12 + line * 1000).toISOString());
  const asked: { tail?: number; since?: string }[] = [];
  const { logs } = world.docker;
  world.docker.logs = (name, options) => {
    asked.push({ ...(options.tail && { tail: options.tail }), ...(options.since && { since: options.since }) });
    return logs.call(world.docker, name, options);
  };
  const ctx = contextOf(world, logCapture);
  expect(await logCapture.read({ container: 'museum', pattern: '^line (?<n>25000)$' }, ctx)).toEqual({
    captured: { n: '25000' },
  });
  expect(asked).toEqual([{ tail: 10_000 }]);
  asked.length = 0;
  expect(await logCapture.read({ container: 'museum', pattern: '^line (?<n>5)$' }, ctx)).toEqual({ captured: { n: '5' } });
  expect(asked).toEqual([{ tail: 10_000 }, { tail: 100_000 }]);
  asked.length = 0;
  expect(await logCapture.read(ott, ctx)).toEqual({});
  asked.length = 0;
  world.docker.log('museum', 'Added ott for a@b: 333333');
  expect(await logCapture.read(ott, ctx)).toMatchObject({ captured: { code: '333333' } });
  expect(asked).toEqual([{ since: new Date(1e12 + 29_998_000).toISOString() }]);
});

it('waits for an engine that an earlier step brings', async () => {
  const world = createWorld();
  world.docker.up = false;
  await expect(planStep(logCapture, ott, contextOf(world, logCapture))).rejects.toMatchObject({ missing: 'docker' });
});
