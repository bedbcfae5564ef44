import { expect, it } from 'vitest';
import { secretText } from '../../model/secrets.ts';
import { contextOf, convergeStep, createWorld, describeStepType, type World } from '../../testing/step-bench.ts';
import { containerExec } from './container-exec.ts';

/** A container in which `register` makes an account once, and `has-account` tells whether there is one. */
function app({ docker }: World): void {
  let accounts = 0;
  docker.putContainer({ name: 'app' });
  docker.onExec('app', ({ argv, env, stdin, user, cwd }) => {
    if (argv[0] === 'has-account') return { code: accounts > 0 ? 0 : 1 };
    if (argv[0] === 'register') accounts += 1;
    if (argv[0] === 'fail') return { code: 3, stdout: 'almost\n', stderr: 'no such table\n' };
    return { stdout: `id=4${accounts} ${env.KEY ?? ''}${stdin} ${user ?? ''} ${cwd ?? ''}\n` };
  });
}

describeStepType(containerExec, [
  {
    law: 'runs a program in a container and keeps what its patterns find',
    params: { container: 'app', argv: ['register', 'a b'], output: { id: 'id=(\\d+)' }, user: 'www-data', cwd: '/app' },
    given: app,
    changes: [{ action: 'run', target: "app: register 'a b'" }],
    afterwards: ({ docker, output }, outputs) => {
      expect(docker.execs).toEqual([['app', 'register', 'a b']]);
      expect(outputs).toMatchObject({ code: 0, id: '41' });
      expect(output.join()).toContain('www-data /app');
    },
  },
  {
    law: 'asks an unless that only reads in the container, in a plan too',
    params: { container: 'app', argv: ['register'], unless: { argv: ['has-account'], reads_only: true } },
    given: app,
    changes: [{ action: 'run', target: 'app: register' }],
    afterwards: ({ docker }) => expect(docker.execs.filter((argv) => argv[1] === 'register')).toHaveLength(1),
  },
  {
    law: 'runs nothing where its unless holds',
    params: { container: 'app', argv: ['register'], unless: { argv: ['has-account'], reads_only: true } },
    given: ({ docker }) => {
      docker.putContainer({ name: 'app' });
      docker.onExec('app', () => ({ code: 0 }));
    },
    changes: [],
    afterwards: ({ docker }) => expect(docker.execs.flat()).not.toContain('register'),
  },
  {
    law: 'plans for a container that an earlier step makes',
    params: { container: 'app', argv: ['register'], unless: { argv: ['has-account'], reads_only: true } },
    changes: [{ action: 'run' }],
    planOnly: true,
  },
  {
    law: 'fails where there is still no container then',
    params: { container: 'app', argv: ['register'] },
    fails: 'docker.no-such-container',
  },
  {
    law: 'takes a wrong exit code for a failure',
    params: { container: 'app', argv: ['fail'] },
    given: app,
    fails: 'container.command-failed',
  },
  {
    law: 'takes an exit code for success that the recipe names',
    params: { container: 'app', argv: ['fail'], ok_codes: [0, 3] },
    given: app,
  },
  {
    law: 'takes a missing output for a failure',
    params: { container: 'app', argv: ['register'], output: { token: 'token=(.+)' } },
    given: app,
    fails: 'container.command-output-missing',
  },
  {
    law: 'hands secrets to the program by environment and input only',
    params: { container: 'app', argv: ['true'], env: { KEY: secretText('key') }, stdin: secretText('password') },
    given: (world) => {
      world.secrets.set('key', 'k3y-v4lue').set('password', 'p4ssw0rd!');
      world.docker.putContainer({ name: 'app' });
      world.docker.onExec('app', ({ env, stdin }) => ({ code: env.KEY === 'k3y-v4lue' && stdin === 'p4ssw0rd!' ? 0 : 1 }));
    },
    afterwards: (_, outputs) => expect(outputs).toMatchObject({ code: 0 }),
  },
]);

it('is done once, and asked about after a crash, unless a guard can tell', () => {
  const plain = { container: 'app', argv: ['register'] };
  const guarded = { ...plain, unless: { argv: ['has-account'] } };
  expect([containerExec.actsOnce?.(plain), containerExec.whenInDoubt(plain)]).toEqual([true, 'ask']);
  expect([containerExec.actsOnce?.(guarded), containerExec.whenInDoubt(guarded)]).toEqual([false, 'read-again']);
});

it('shows the command and the end of its output in a failure', async () => {
  const world = createWorld();
  app(world);
  const failing = convergeStep(containerExec, { container: 'app', argv: ['fail', 'x'] }, contextOf(world, containerExec));
  await expect(failing).rejects.toMatchObject({
    failure: { evidence: { argv: ['docker', 'exec', 'app', 'fail', 'x'], exit: 3, tail: ['almost', 'no such table'] } },
  });
});

it('says what the recipe says of what was printed, and keeps those words where its output is sensitive', async () => {
  const world = createWorld();
  app(world);
  const params = { container: 'app', argv: ['fail', 'x'], failure: { 'no such table': 'Run the migrations first.' } };
  await expect(convergeStep(containerExec, params, contextOf(world, containerExec))).rejects.toMatchObject({
    failure: { code: 'container.command-failed', message: 'In the container app: Run the migrations first.' },
    recipeSays: 'Run the migrations first.',
  });
});
