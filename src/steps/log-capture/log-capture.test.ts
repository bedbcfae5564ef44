import { expect, it } from 'vitest';
import { secretText } from '../../model/secrets.ts';
import type { StepId } from '../../model/step-id.ts';
import { contextOf, createWorld, describeStepType, planStep, type World } from '../../testing/step-bench.ts';
import { logCapture } from './log-capture.ts';

const ott = { container: 'museum', pattern: 'Added ott for (?<email>\\S+): (?<code>\\d{6})(?<rest>!)?' };

function museum({ docker }: World, ...lines: string[]): void {
  docker.putContainer({ name: 'museum', startedAt: '2026-01-01T10:00:00Z' });
  lines.forEach((line, index) => {
    docker.log('museum', line, `2026-01-01T10:00:${String(index).padStart(2, '0')}.5Z`);
  });
}

/** All formats that Ente's museum has had, as facts of its sources: colours, files and functions included. */
const tokenOf = (email: string) => ({
  container: 'museum',
  patterns: {
    preset: 'Added hard coded ott for (?<email>\\S+) : (?<code>\\d{6})',
    said: 'Skipping sending email to (?<email>\\S+): Verification code: (?<code>\\d{6})',
    made: 'Added ott for \\S+: (?<code>\\d{6})',
    to: 'Skipping sending email to (?<email>\\S+):',
  },
  together_within: 1,
  where: { email },
});
const made = (code: string) => `\u001b[36mINFO\u001b[0m[2626]userauth.go:125 SendEmailOTT Added ott for c2hvcnQ=: ${code}`;
const skipped = (email: string, subject: string) =>
  `\u001b[36mINFO\u001b[0m[2626]email.go:109 sendViaTransmail Skipping sending email to ${email}: ${subject}`;
const account = { container: 'museum', patterns: { token: ott.pattern, account: 'user_id=(?<id>[1-9]\\d+)' } };

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
    law: 'puts a token and its address together where older images print them in two lines',
    params: tokenOf('anna@home.lan'),
    given: (world) =>
      museum(
        world,
        made('111111'),
        skipped('anna@home.lan', 'ente Verification Code'),
        'incoming req_uri=/users/ott',
        made('222222'),
        skipped('bert@home.lan', 'ente Verification Code'),
      ),
    changes: [],
    afterwards: (_, { matches, ...newest }) => {
      expect(newest).toEqual({ code: '111111', email: 'anna@home.lan' });
      expect(matches).toEqual([{ container: 'museum', at: '2026-01-01T10:00:01.5Z', captures: newest }]);
    },
  },
  {
    law: 'takes the token that images in between print twice, and newer ones once, with its address',
    params: tokenOf('anna@home.lan'),
    given: (world) =>
      museum(
        world,
        made('111111'),
        skipped('anna@home.lan', 'Verification code: 111111'),
        skipped('bert@home.lan', 'Verification code: 222222'),
        skipped('anna@home.lan', 'Verification code: 333333'),
        skipped('bert@home.lan', 'Verification code: 444444'),
      ),
    changes: [],
    afterwards: (_, { matches, ...newest }) => {
      expect(newest).toEqual({ code: '333333', email: 'anna@home.lan' });
      expect(matches).toMatchObject([{ captures: { code: '111111' } }, { captures: { code: '333333' } }]);
    },
  },
  {
    law: 'takes the token that was set beforehand',
    params: tokenOf('me@home.lan'),
    given: (world) =>
      museum(
        world,
        'WARN[0082]userauth.go:102 SendEmailOTT returning hardcoded ott for me@home.lan',
        'INFO[0082]userauth.go:131 SendEmailOTT Added hard coded ott for me@home.lan : 123456',
      ),
    changes: [],
    afterwards: (_, outputs) => expect(outputs).toMatchObject({ code: '123456', email: 'me@home.lan' }),
  },
  {
    law: "does not take somebody else's token",
    params: tokenOf('anna@home.lan'),
    given: (world) => museum(world, skipped('anna@home.lan.evil', 'Verification code: 222222')),
    changes: [{ action: 'check' }],
    planOnly: true,
  },
  {
    law: 'says so where lines of several people are mixed, and takes none of them',
    params: tokenOf('anna@home.lan'),
    given: (world) =>
      museum(world, made('111111'), made('222222'), skipped('anna@home.lan', 'Hi'), skipped('bert@home.lan', 'Hi')),
    changes: [{ action: 'check', before: 'lines stood so close together that nothing tells which of them belong to each other' }],
    planOnly: true,
  },
  {
    law: 'an address that is secret is compared all the same',
    params: { ...tokenOf(''), where: { email: secretText('address') } },
    given: (world) => {
      world.secrets.set('address', 'anna@home.lan');
      museum(world, skipped('anna@home.lan', 'Verification code: 333333'), skipped('b@home.lan', 'Verification code: 444444'));
    },
    changes: [],
    afterwards: (_, outputs) => expect(outputs).toMatchObject({ code: '333333' }),
  },
  {
    law: 'several things that it waits for are all kept, each with its time and what it is',
    params: account,
    given: (world) =>
      museum(world, 'user_id=0', 'user_id=77', 'Added ott for a@b: 111111', 'user_id=78', 'Added ott for a@b: 222222'),
    changes: [],
    afterwards: (_, { matches, ...newest }) => {
      expect(newest).toEqual({ id: '78', code: '222222', email: 'a@b', rest: null });
      expect(matches).toEqual([
        { container: 'museum', at: '2026-01-01T10:00:01.5Z', pattern: 'account', captures: { id: '77' } },
        {
          container: 'museum',
          at: '2026-01-01T10:00:02.5Z',
          pattern: 'token',
          captures: { email: 'a@b', code: '111111', rest: null },
        },
        { container: 'museum', at: '2026-01-01T10:00:03.5Z', pattern: 'account', captures: { id: '78' } },
        {
          container: 'museum',
          at: '2026-01-01T10:00:04.5Z',
          pattern: 'token',
          captures: { email: 'a@b', code: '222222', rest: null },
        },
      ]);
    },
  },
  {
    law: 'says which of several things is still to come',
    params: account,
    given: (world) => museum(world, 'user_id=77'),
    changes: [{ action: 'check', before: 'nothing yet for token', after: account.patterns }],
    planOnly: true,
  },
  {
    law: 'leaves out what is older than it may be',
    params: { ...ott, since: '10m' },
    given: (world) => museum(world, 'Added ott for a@b: 111111'),
    changes: [{ action: 'check' }],
    planOnly: true,
  },
  {
    law: 'takes what is young enough',
    params: { ...ott, since: '10m' },
    given: (world) => {
      museum(world, 'Added ott for a@b: 111111');
      world.docker.log('museum', 'Added ott for a@b: 222222', new Date(Date.now() - 60_000).toISOString());
    },
    changes: [],
    afterwards: (_, outputs) => expect(outputs).toMatchObject({ code: '222222' }),
  },
  {
    law: 'needs to be told what to look for',
    params: { container: 'museum' },
    given: (world) => museum(world),
    fails: 'log-capture.no-pattern',
    planOnly: true,
  },
  {
    law: 'refuses a condition on what no pattern captures',
    params: { ...ott, where: { mail: 'a@b' } },
    given: (world) => museum(world),
    fails: 'log-capture.no-such-group',
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
  expect(logCapture.outputNames?.(tokenOf('a@b'))).toEqual(['email', 'code', 'matches']);
});

it('counts from the beginning of the run, of this step, or of another one', async () => {
  const world = createWorld();
  museum(world, 'Added ott for a@b: 111111', 'Added ott for a@b: 222222', 'Added ott for a@b: 333333');
  const second = (nth: number): string => `2026-01-01T10:00:0${nth}Z`;
  const steps = new Map([
    [undefined, second(9)],
    ['up' as StepId, second(2)],
  ]);
  const ctx = contextOf(world, logCapture, { began: { run: second(1), step: (id) => steps.get(id) } });
  const codes = async (since: unknown): Promise<unknown> => {
    const params = { container: 'museum', patterns: { ott: ott.pattern }, since };
    const { matches = [] } = await logCapture.read(params as never, ctx);
    return matches.map(({ captures }) => captures.code);
  };
  expect(await codes('creation')).toEqual(['111111', '222222', '333333']);
  expect(await codes('run')).toEqual(['222222', '333333']);
  expect(await codes({ step: 'up' })).toEqual(['333333']);
  expect(await codes('step')).toEqual([]);
  await expect(codes({ step: 'down' })).rejects.toMatchObject({ failure: { code: 'log-capture.no-such-step' } });
});

it('a plan does not guess at what is counted from a run that has not begun', async () => {
  const world = createWorld();
  museum(world, 'Added ott for a@b: 111111');
  const ctx = contextOf(world, logCapture, { forecast: true });
  expect(await planStep(logCapture, { ...ott, since: 'run' }, ctx)).toMatchObject([{ action: 'check' }]);
});

it('tells what it waits for while it does, and takes what is printed then', async () => {
  const world = createWorld();
  museum(world, 'user_id=77');
  const said: string[] = [];
  const ctx = contextOf(world, logCapture, {
    progress(text) {
      said.push(text);
      // The second look has begun to wait: the operator registers.
      if (said.length === 2) queueMicrotask(() => world.docker.log('museum', 'Added ott for a@b: 444444'));
    },
  });
  expect(await planStep(logCapture, account, ctx)).toHaveLength(1);
  const state = await logCapture.read(account, ctx);
  expect(logCapture.diff(account, state)).toEqual([]);
  expect(logCapture.outputsOf?.(account, state)).toMatchObject({ code: '444444', id: '77' });
  expect(said).toEqual(Array(2).fill('the log of museum: nothing yet for token'));
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
  const far = { container: 'museum', pattern: '^line (?<n>25000)$' };
  expect(logCapture.outputsOf?.(far, await logCapture.read(far, ctx))).toEqual({ n: '25000' });
  expect(asked).toEqual([{ tail: 10_000 }]);
  asked.length = 0;
  const farther = { container: 'museum', pattern: '^line (?<n>5)$' };
  expect(logCapture.outputsOf?.(farther, await logCapture.read(farther, ctx))).toEqual({ n: '5' });
  expect(asked).toEqual([{ tail: 10_000 }, { tail: 100_000 }]);
  asked.length = 0;
  expect(await logCapture.read(ott, ctx)).toEqual({});
  asked.length = 0;
  world.docker.log('museum', 'Added ott for a@b: 333333');
  expect(await logCapture.read(ott, ctx)).toMatchObject({ matches: [{ captures: { code: '333333' } }] });
  expect(asked).toEqual([{ since: new Date(1e12 + 29_998_000).toISOString() }]);
});

it('waits for an engine that an earlier step brings', async () => {
  const world = createWorld();
  world.docker.up = false;
  await expect(planStep(logCapture, ott, contextOf(world, logCapture))).rejects.toMatchObject({ missing: 'docker' });
});

it('tells whoever has to bring the line about how that is done: once in an attempt, never in a plan or where it is there', async () => {
  const world = createWorld();
  const params = { ...ott, guide: 'On the phone:\n- register\n' };
  museum(world, 'starting');
  // Nothing comes of a container that has ended: no look waits.
  world.docker.putContainer({ name: 'museum', state: 'exited', startedAt: '2026-01-01T10:00:00Z' });
  await logCapture.read(params, contextOf(world, logCapture, { forecast: true }));
  expect(world.output).toEqual([]);
  const attempt = contextOf(world, logCapture);
  await logCapture.read(params, attempt);
  await logCapture.read(params, attempt);
  expect(world.output).toEqual(['On the phone:', '- register']);
  world.docker.log('museum', 'Added ott for a@b: 111111', '2026-01-01T10:00:05.5Z');
  await logCapture.read(params, contextOf(world, logCapture));
  expect(world.output).toHaveLength(2);
});

it('says what is wanted and of whom, where that is no secret', async () => {
  const wantedOf = async (email: string | ReturnType<typeof secretText>) => {
    const world = createWorld();
    museum(world, 'starting');
    const params = { ...tokenOf(''), where: { email } };
    const changes = await planStep(logCapture, params, contextOf(world, logCapture, { forecast: true }));
    return changes.map(({ after }) => after);
  };
  expect(await wantedOf('me@home.lan')).toEqual(['code for me@home.lan']);
  expect(await wantedOf(secretText('address'))).toEqual(['email, code']);
});
