import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { FakeTerminal } from '../../adapters/docker/fake-terminal.ts';
import { OperatorNeeded } from '../../model/failure.ts';
import type { Question } from '../../model/questions.ts';
import { joinTexts, secretText } from '../../model/secrets.ts';
import { contextOf, convergeStep, createWorld, describeStepType, type World } from '../../testing/step-bench.ts';
import { containerDialog } from './container-dialog.ts';

const PASSWORD = 'S3cret-pass phrase';

/** Adds an account as ente-cli does: no end of line behind prompts, asks again for a folder and a password, exit code 0 whatever happens. */
async function addAccount({ argv, print, line, size }: FakeTerminal): Promise<number | undefined> {
  if (argv[0] === 'has-account') return 1;
  print('\u001b[36mEnter app type\u001b[0m (default: photos): ');
  const app = await line();
  do print('Enter export directory: ');
  while ((await line()) !== '/data');
  print('Enter email address: ');
  const mail = await line();
  for (let tries = 0; tries < 2; tries++) {
    print('Enter password: ');
    if ((await line('hidden')) === PASSWORD) {
      print(`\r\nPlease wait authenticating...\r\nAccount ${mail} (${app}) added successfully\r\nID: 555${size().columns}\r\n`);
      return undefined;
    }
    print('failed to verify password\r\n');
  }
  return undefined;
}

function box({ docker, secrets }: World, program = addAccount): void {
  secrets.set('password', PASSWORD);
  docker.putContainer({ name: 'cli' });
  docker.onExec('cli', ({ argv }) => ({ code: argv[0] === 'has-account' ? 1 : 126 }));
  docker.onTerminal('cli', program);
}

const script = [
  { expect: '/enter APP type.*:/i', answer: 'auth' },
  { expect: 'Enter export directory: ', answer: '/data' },
  { expect: 'Enter email address:', answer: 'me@home.lan' },
  { expect: 'Enter password: ', answer: secretText('password') },
];
const params = {
  container: 'cli',
  argv: ['ente-cli', 'account', 'add'],
  script,
  settle: '5ms',
  success: 'added successfully',
  failure: { 'failed to verify': 'the password is wrong' },
  capture: { id: '^ID: (\\d+)$' },
};

describeStepType(containerDialog, [
  {
    law: 'answers each prompt of its script, and keeps what its patterns find',
    params,
    given: box,
    changes: [{ action: 'run', target: 'cli: ente-cli account add' }],
    afterwards: ({ docker, output }, outputs) => {
      expect(docker.execs).toEqual([['cli', 'ente-cli', 'account', 'add']]);
      expect(outputs).toEqual({ code: 0, id: '555200' });
      expect(output).toContain('Account me@home.lan (auth) added successfully');
      expect(output).toContain('Enter app type (default: photos): auth');
    },
  },
  {
    law: 'gives the terminal the width that was asked for',
    params: { ...params, columns: 132 },
    given: box,
    afterwards: (_, outputs) => expect(outputs).toMatchObject({ id: '555132' }),
  },
  {
    law: 'runs nothing where its unless holds',
    params: { ...params, unless: { argv: ['has-account'], reads_only: true } },
    given: (world) => {
      box(world);
      world.docker.onExec('cli', () => ({ code: 0 }));
    },
    changes: [],
  },
  {
    law: 'plans for a container that an earlier step makes',
    params,
    changes: [{ action: 'run' }],
    planOnly: true,
  },
  { law: 'fails where there is still no container then', params, fails: 'docker.no-such-container' },
  {
    law: 'fails by what was printed, whatever the exit code',
    params: { ...params, script: [...script.slice(0, 3), { expect: 'Enter password:', answer: 'wrong' }] },
    given: box,
    fails: 'container.dialog-failed',
  },
  {
    law: 'fails where what means success was not printed',
    params: { ...params, success: 'Welcome' },
    given: box,
    fails: 'container.dialog-failed',
  },
  {
    law: 'fails where a prompt never came, and nothing else tells success',
    params: { container: 'cli', argv: ['x'], settle: '5ms', script: [{ expect: 'Name:' }, { expect: 'Sure?', optional: true }] },
    given: (world) =>
      box(world, async ({ print }) => {
        print('Usage: x [command]\r\n');
        return 0;
      }),
    fails: 'container.dialog-failed',
  },
  {
    law: 'fails by the exit code',
    params: { container: 'cli', argv: ['x'], settle: '5ms', script: [{ expect: 'Name:', optional: true }] },
    given: (world) => box(world, async () => 2),
    fails: 'container.dialog-failed',
  },
  {
    law: 'takes an exit code for success that the recipe names',
    params: { container: 'cli', argv: ['x'], ok_codes: [2], settle: '5ms', script: [{ expect: 'Name:', optional: true }] },
    given: (world) => box(world, async () => 2),
  },
  {
    law: 'takes a missing output for a failure',
    params: { ...params, capture: { token: 'token=(.+)' } },
    given: box,
    fails: 'container.dialog-output-missing',
  },
  {
    law: 'says that a pattern is none',
    params: { ...params, script: [{ expect: '/(/' }] },
    given: box,
    fails: 'params.bad-pattern',
    planOnly: true,
  },
  {
    law: 'refuses an answer of several lines, which would answer what comes next',
    params: { ...params, script: [{ expect: '/app/', answer: 'a\nb' }] },
    given: box,
    fails: 'container.dialog-answer',
  },
  {
    law: 'leaves out prompts that do not come, answers one that comes again, and presses keys',
    params: {
      container: 'cli',
      argv: ['setup'],
      settle: '5ms',
      script: [
        { expect: 'Domain name:', answer: 'x.lan', repeat: 3 },
        { expect: 'Single user mode?', answer: 'y', newline: '', optional: true },
        { expect: 'verify mode:', keys: ['down', 'enter'] },
        { expect: 'Sure? (y/N)', answer: 'y', newline: '' },
      ],
    },
    given: (world) =>
      box(world, async ({ print, line, keys }) => {
        for (const _ of [1, 2, 3]) {
          print('Domain name: ');
          print(`(${await line()})\r\nInvalid domain.\r\n`);
        }
        print(
          '\u001b[?25lSMTP verify mode: \u001b[90m(Use arrows)\u001b[0m\r\n\u001b[32m‣ none\u001b[0m\r\n  peer\u001b[2A\u001b[1G',
        );
        print((await keys()) === '\u001b[B\r' ? '\u001b[J\u001b[?25hSMTP verify mode: peer\r\n' : 'wrong keys\r\n');
        print('Sure? (y/N) ');
        return (await keys()) === 'y' ? 0 : 1;
      }),
  },
]);

it('is done once, and asked about after a crash, unless a guard can tell', () => {
  const guarded = { ...params, unless: { argv: ['has-account'] } };
  expect([containerDialog.actsOnce?.(params), containerDialog.whenInDoubt(params)]).toEqual([true, 'ask']);
  expect([containerDialog.actsOnce?.(guarded), containerDialog.whenInDoubt(guarded)]).toEqual([false, 'read-again']);
});

it('types an answer only once its prompt is there: nothing is typed ahead', async () => {
  const world = createWorld();
  let early: string | undefined;
  box(world, async ({ print, line, keys }) => {
    print('A: ');
    await line();
    const next = keys();
    early = await Promise.race([next, new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 50))]);
    print('B: ');
    return (await next) === 'b\r' ? 0 : 1;
  });
  const answers = [
    { expect: 'A:', answer: 'a' },
    { expect: 'B:', answer: 'b' },
  ];
  const given = { container: 'cli', argv: ['x'], script: answers, settle: '5ms' };
  const { outputs } = await convergeStep(containerDialog, given, contextOf(world, containerDialog));
  expect(outputs).toEqual({ code: 0 });
  expect(early).toBeUndefined();
});

describe('a prompt that is not in the script', () => {
  const unknown = { ...params, silence: '50ms', script: script.slice(0, 2) };

  /** The step in a world where the operator does this when he is asked. */
  function asked(
    world: World,
    answer: (question: Omit<Question, 'id' | 'step' | 'attempt'>) => Promise<string>,
    given = unknown,
  ) {
    const questions: Omit<Question, 'id' | 'step' | 'attempt'>[] = [];
    const ctx = contextOf(world, containerDialog, {});
    const run = convergeStep(containerDialog, given, {
      ...ctx,
      ask: (question) => {
        questions.push(question);
        return answer(question);
      },
    });
    return { run, questions };
  }

  it('is put to the operator with the screen, what he answers is typed, and the script goes on', async () => {
    const world = createWorld();
    box(world);
    const given = { ...unknown, script: [...script.slice(0, 2), ...script.slice(3)] };
    const { run, questions } = asked(world, async () => 'you@home.lan', given);
    expect((await run).outputs).toMatchObject({ id: '555200' });
    expect(questions).toEqual([
      {
        about: 'dialog',
        data: {
          program: '`ente-cli account add` in the container cli',
          screen: 'Enter app type (default: photos): auth\nEnter export directory: /data\nEnter email address:',
          markdown: expect.stringContaining('    Enter email address:'),
        },
        takes: { schema: { type: 'string', title: expect.any(String) } },
      },
    ]);
    expect(world.output).toContain('Account you@home.lan (auth) added successfully');
  });

  it('ends the program where nobody answers', async () => {
    const world = createWorld();
    let ended = false;
    box(world, async (terminal) => {
      terminal.signal.addEventListener('abort', () => {
        ended = true;
      });
      return addAccount(terminal);
    });
    const { run } = asked(world, async () => {
      throw new OperatorNeeded('q');
    });
    await expect(run).rejects.toBeInstanceOf(OperatorNeeded);
    expect(ended).toBe(true);
  });

  it('is not answered by a text that would be written down where a password is wanted', async () => {
    const world = createWorld();
    box(world);
    const { run, questions } = asked(world, async () => 'stop', { ...unknown, script: script.slice(0, 3) });
    await expect(run).rejects.toBeInstanceOf(OperatorNeeded);
    expect(questions).toMatchObject([{ takes: { choices: ['stop'] } }]);
  });

  it('is not answered with what was meant for one that has gone meanwhile', async () => {
    const world = createWorld();
    const typed: string[] = [];
    let goOn = (): void => undefined;
    box(world, async ({ print, line }) => {
      print('Press a key: ');
      await new Promise<void>((resolve) => {
        goOn = resolve;
      });
      print('never mind\r\nDelete everything? ');
      typed.push(await line());
      return 0;
    });
    const given = {
      container: 'cli',
      argv: ['x'],
      settle: '5ms',
      silence: '50ms',
      script: [{ expect: 'everything?', answer: 'no' }],
    };
    const { run, questions } = asked(
      world,
      async () => {
        goOn();
        await expect.poll(() => world.output).toContain('Press a key: never mind');
        return 'yes';
      },
      given as unknown as typeof unknown,
    );
    await run;
    expect(questions).toHaveLength(1);
    expect(typed).toEqual(['no']);
  });

  it('shows nothing of what the step is to capture', async () => {
    const world = createWorld();
    box(world, async ({ print, line }) => {
      print('You can log in with: 0123456789abcdef\r\nGo on? ');
      await line();
      return 0;
    });
    const given = {
      ...params,
      silence: '50ms',
      script: [{ expect: 'x', optional: true }],
      success: 'log in',
      capture: { password: 'log in with: (\\w+)' },
    };
    const { run, questions } = asked(world, async () => '', given as unknown as typeof unknown);
    expect((await run).outputs).toMatchObject({ password: '0123456789abcdef' });
    expect(JSON.stringify(questions)).not.toContain('0123456789abcdef');
  });
});

it('a program that is silent at work is given more time than one that waits behind a prompt', async () => {
  const world = createWorld();
  box(world, async ({ print, signal }) => {
    print('Working...\r\n');
    await new Promise((resolve) => {
      setTimeout(resolve, 1000);
      signal.addEventListener('abort', resolve);
    });
    return 0;
  });
  const given = { container: 'cli', argv: ['x'], settle: '5ms', silence: '500ms', script: [{ expect: 'x', optional: true }] };
  const { outputs } = await convergeStep(containerDialog, given, contextOf(world, containerDialog));
  expect(outputs).toEqual({ code: 0 });
});

describe('a secret that is typed', () => {
  /** Echoes what it is given in pieces, wrapped by the terminal, wrapped by itself, and as a whole; then fails. */
  const echoing = async ({ print, line }: FakeTerminal): Promise<number> => {
    print('Password: ');
    const given = await line('hidden');
    for (const character of given) print(character);
    print(`\r\n${'x'.repeat(35)}${given}\r\n`);
    print(`${given.slice(0, 7)}\r\n`);
    await pause(20);
    print(`${given.slice(7)}\r\n`);
    print(`key=${given}!\r\n${given.slice(0, 10)}`);
    return 1;
  };
  const given = {
    container: 'cli',
    argv: ['x'],
    columns: 40,
    settle: '5ms',
    silence: '50ms',
    script: [{ expect: 'Password:', answer: joinTexts(['pre-', secretText('password')]) }],
  };
  const pieces = [PASSWORD, PASSWORD.slice(0, 7), PASSWORD.slice(-7)];

  it('is not in the output, nor in a failure', async () => {
    const world = createWorld();
    box(world, echoing);
    const error = await convergeStep(containerDialog, given, contextOf(world, containerDialog)).catch(
      (failure: unknown) => failure,
    );
    expect(error).toMatchObject({ failure: { code: 'container.dialog-failed', evidence: { exit: 1 } } });
    const shown = JSON.stringify([world.output, error]);
    for (const piece of pieces) expect(shown).not.toContain(piece);
    expect(world.output.join('\n')).toContain('key=•••!');
  });

  it('is not what a sentence of the recipe says, which goes with the error by itself', async () => {
    const world = createWorld();
    box(world, echoing);
    const known = { ...given, failure: { 'key=': 'The key does not fit.' } };
    const error = await convergeStep(containerDialog, known, contextOf(world, containerDialog)).catch(
      (failure: unknown) => failure,
    );
    expect(error).toMatchObject({
      failure: { message: 'In the container cli: x: The key does not fit.' },
      recipeSays: 'The key does not fit.',
    });
  });

  it('is not in a question', async () => {
    const world = createWorld();
    box(world, async (terminal) => {
      await echoing(terminal);
      await terminal.line();
      return 0;
    });
    let asked: unknown;
    const ctx = contextOf(world, containerDialog);
    const ask = async (question: unknown): Promise<string> => {
      asked = question;
      return '';
    };
    await convergeStep(containerDialog, given, { ...ctx, ask });
    for (const piece of pieces) expect(JSON.stringify(asked)).not.toContain(piece);
    expect(JSON.stringify(asked)).toContain('•••');
  });
});

it('stopped in its middle it ends the program, and says why', async () => {
  const world = createWorld();
  const stop = new AbortController();
  let ended = false;
  box(world, async ({ print, line, signal }) => {
    signal.addEventListener('abort', () => {
      ended = true;
    });
    print('Unknown: ');
    setTimeout(() => stop.abort(new Error('stopped')), 20);
    await line();
    return 0;
  });
  const run = convergeStep(containerDialog, params, contextOf(world, containerDialog, { signal: stop.signal }));
  await expect(run).rejects.toThrow('stopped');
  expect(ended).toBe(true);
});
