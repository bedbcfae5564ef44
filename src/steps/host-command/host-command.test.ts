import { expect, it } from 'vitest';
import { secretText } from '../../model/secrets.ts';
import type { Carried } from '../../model/step.ts';
import type { StepId } from '../../model/step-id.ts';
import { contextOf, convergeStep, createWorld, describeStepType, planStep, type World } from '../../testing/step-bench.ts';
import { hostCommand } from './host-command.ts';

/** `setup` writes its marker and says so; `is-set` ends with 0 where the marker is there. */
function programs({ host }: World): void {
  host.program('setup', ({ env, stdin }) => {
    host.put('/var/lib/marker', { content: `${env.VALUE ?? ''}${stdin}` });
    return { stdout: 'preparing\r\n\u001b[32mtoken: abc123\u001b[0m\n', stderr: 'a warning\n' };
  });
  host.program('is-set', () => ({ code: host.at('/var/lib/marker') === undefined ? 1 : 0 }));
}

const due = ['config' as StepId];

describeStepType(hostCommand, [
  {
    law: 'runs what creates a path, and tells its code, its output and what its patterns find',
    params: { argv: ['setup', 'a b'], creates: '/var/lib/marker', output: { token: 'token: (\\w+)$' } },
    given: programs,
    changes: [{ action: 'run', target: "setup 'a b'" }],
    afterwards: ({ host, output }, outputs) => {
      expect(host.calls).toEqual([['setup', 'a b']]);
      expect(outputs).toEqual({ code: 0, stdout: 'preparing\ntoken: abc123', token: 'abc123' });
      expect(output).toContain('a warning');
    },
  },
  {
    law: 'runs nothing where the path that it creates is there',
    params: { argv: ['setup'], creates: '/var/lib/marker' },
    given: (world) => {
      programs(world);
      world.host.put('/var/lib/marker');
    },
    changes: [],
    afterwards: ({ host }) => expect(host.calls).toEqual([]),
  },
  {
    law: 'asks an unless that only reads in a plan too',
    params: { argv: ['setup'], unless: { argv: ['is-set'], reads_only: true } },
    given: (world) => {
      programs(world);
      world.host.put('/var/lib/marker');
    },
    changes: [],
    afterwards: ({ host }) => expect(host.calls.flat()).not.toContain('setup'),
  },
  {
    law: 'runs until its unless holds',
    params: { argv: ['setup'], unless: { argv: ['is-set'] } },
    given: programs,
    changes: [{ action: 'run', target: 'setup' }],
  },
  {
    law: 'takes a guard whose program is not installed yet as one that does not hold',
    params: { argv: ['setup'], creates: '/var/lib/marker', unless: { argv: ['comes-later'], reads_only: true } },
    given: programs,
    changes: [{ action: 'run' }],
  },
  {
    law: 'only reads where the recipe says so: planned as that, run in any case, and its output told',
    params: { argv: ['is-set'], reads_only: true, output: { said: 'yes' } },
    context: { due },
    given: ({ host }) => host.program('is-set', () => ({ stdout: 'yes\n' })),
    changes: [{ action: 'read', target: 'is-set' }],
    afterwards: ({ host }, outputs) => {
      expect(host.calls).toEqual([['is-set']]);
      expect(outputs).toEqual({ code: 0, stdout: 'yes', said: 'yes' });
    },
  },
  {
    law: 'gives secrets by environment and input only, and never shows them',
    params: {
      argv: ['setup'],
      creates: '/var/lib/marker',
      env: { VALUE: secretText('password') },
      stdin: secretText('pin'),
    },
    given: (world) => {
      programs(world);
      world.secrets.set('password', 'correct horse').set('pin', ' battery');
    },
    afterwards: ({ host }) => {
      expect(host.text('/var/lib/marker')).toBe('correct horse battery');
      expect(JSON.stringify(host.calls)).not.toContain('horse');
    },
  },
  {
    law: 'acts again while a step that it comes after has changed something, though its guard holds',
    params: { argv: ['setup'], creates: '/var/lib/marker' },
    context: { due },
    given: (world) => {
      programs(world);
      world.host.put('/var/lib/marker');
    },
    changes: [{ action: 'run', because: due }],
  },
  {
    law: 'takes an exit code of ok_codes as success',
    params: { argv: ['odd'], ok_codes: [0, 3] },
    given: ({ host }) => host.program('odd', () => ({ code: 3 })),
    afterwards: (_, outputs) => expect(outputs).toMatchObject({ code: 3 }),
  },
  {
    law: 'fails with an exit code that is not in ok_codes',
    params: { argv: ['odd'] },
    given: ({ host }) => host.program('odd', () => ({ code: 3 })),
    fails: 'command.failed',
  },
  {
    law: 'fails where it prints what means failure, although the exit code is 0',
    params: { argv: ['odd'], failure: '^ERROR' },
    given: ({ host }) => host.program('odd', () => ({ stderr: 'well\nERROR: no\n' })),
    fails: 'command.failed',
  },
  {
    law: 'fails where it does not print what means success',
    params: { argv: ['odd'], success: 'all done' },
    given: ({ host }) => host.program('odd', () => ({ stdout: 'half done\n' })),
    fails: 'command.failed',
  },
  {
    law: 'fails where a wanted output is not printed',
    params: { argv: ['odd'], output: { token: 'token=(.*)' } },
    given: ({ host }) => host.program('odd', () => ({ stdout: 'none\n' })),
    fails: 'command.output-missing',
  },
  {
    law: 'names the param whose pattern is none',
    params: { argv: ['odd'], success: '(' },
    given: ({ host }) => host.program('odd', () => ({})),
    fails: 'params.bad-pattern',
  },
]);

it('does not run an unless in a plan that is not known to read only, and says so', async () => {
  const world = createWorld();
  programs(world);
  world.host.put('/var/lib/marker');
  const params = { argv: ['setup'], unless: { argv: ['is-set'] } };

  const state = await hostCommand.read(params, contextOf(world, hostCommand, { forecast: true }));
  expect(hostCommand.diff(params, state)).toMatchObject([{ action: 'run' }]);
  expect(hostCommand.notes?.(params, state)).toHaveLength(1);
  expect(world.host.calls).toEqual([]);

  expect(await planStep(hostCommand, params, contextOf(world, hostCommand))).toEqual([]);
});

it('gives the end of what a failing program printed, in order and without escape sequences', async () => {
  const world = createWorld();
  world.host.program('odd', ({ onLine }) => {
    for (let line = 1; line <= 60; line += 1) onLine?.(`\u001b[31mline ${line}\u001b[0m`);
    return { code: 1 };
  });
  const error = await convergeStep(hostCommand, { argv: ['odd', 'x'] }, contextOf(world, hostCommand)).catch((thrown) => thrown);
  const { evidence } = error.failure;
  expect(evidence).toMatchObject({ argv: ['odd', 'x'], exit: 1 });
  expect(evidence.tail).toHaveLength(40);
  expect(evidence.tail.at(-1)).toBe('line 60');
});

it('is asked about after a crash, and acts once, only where it has no guard and does not only read', () => {
  const guarded = { argv: ['x'], creates: '/y' };
  expect([hostCommand.whenInDoubt(guarded), hostCommand.actsOnce?.(guarded)]).toEqual(['read-again', false]);
  expect([hostCommand.whenInDoubt({ argv: ['x'] }), hostCommand.actsOnce?.({ argv: ['x'] })]).toEqual(['ask', true]);
  const reads = { argv: ['x'], reads_only: true };
  expect([hostCommand.whenInDoubt(reads), hostCommand.actsOnce?.(reads)]).toEqual(['read-again', false]);
});

it('keeps the outputs of its last finish while nothing is run, secrets as references', async () => {
  const world = createWorld();
  world.host.put('/y');
  const outputs = { code: 0, token: { $secret: 'step.token' } };
  const carried: Carried = { run: 'r1', paramsDigest: '', resultDigest: '', outputs, saw: {} };
  const params = { argv: ['x'], creates: '/y' };
  const result = await convergeStep(hostCommand, params, contextOf(world, hostCommand, { carried }));
  expect(result.outputs).toEqual({ code: 0, token: secretText('step.token') });
});

it('needs root where it runs as another user or says so', () => {
  expect(hostCommand.needs({ argv: ['x'] })).toEqual([]);
  expect(hostCommand.needs({ argv: ['x'], user: 'postgres' })).toEqual(['root']);
  expect(hostCommand.needs({ argv: ['x'], root: true })).toEqual(['root']);
});

it('announces the outputs that its patterns make', () => {
  expect(hostCommand.outputNames?.({ argv: ['x'], output: { token: '.', id: '.' } })).toEqual(['token', 'id']);
});

it('quotes what means failure by whole lines: a pattern may end within a secret', async () => {
  const world = createWorld();
  world.host.program('setup', () => ({ stdout: 'ok\nlogin failed for swordfish-0815!\nbye\n' }));
  const params = { argv: ['setup'], failure: 'fail.{12}' };
  await expect(convergeStep(hostCommand, params, contextOf(world, hostCommand))).rejects.toMatchObject({
    failure: { message: 'setup printed what means failure: login failed for swordfish-0815!.' },
  });
});

it('says what the recipe says of what was printed, with a wrong exit code too', async () => {
  const world = createWorld();
  world.host.program('setup', () => ({ stderr: 'Error: status 404\n', code: 1 }));
  const params = { argv: ['setup'], failure: { 'status 5..': 'The server is ill.', 'status 404': 'There is no such user.' } };
  await expect(convergeStep(hostCommand, params, contextOf(world, hostCommand))).rejects.toMatchObject({
    failure: { code: 'command.failed', fault: 'operator', message: 'There is no such user.', evidence: { exit: 1 } },
    recipeSays: 'There is no such user.',
  });
  world.host.program('setup', () => ({ stdout: 'all is well\n' }));
  await convergeStep(hostCommand, params, contextOf(world, hostCommand));
});
