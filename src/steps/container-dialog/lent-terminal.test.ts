import { describe, expect, it, vi } from 'vitest';
import type { FakeTerminal, FakeTerminalRun } from '../../adapters/docker/fake-terminal.ts';
import type { Json } from '../../model/json.ts';
import { textOfRow } from '../../model/lent-picture.ts';
import { secretText } from '../../model/secrets.ts';
import type { LentTerminal } from '../../model/step.ts';
import { contextOf, convergeStep, createWorld, type World } from '../../testing/step-bench.ts';
import { containerDialog } from './container-dialog.ts';

const PASSWORD = 'S3cret-pass phrase';
const GIVEN_BACK = { terminal: 'given-back', taken: '2026-01-01T00:00:00.000Z', returned: '2026-01-01T00:01:00.000Z' };

/** An operator who has the terminal in his hand. */
interface Hand {
  readonly terminal: LentTerminal;
  /** What it shows, without empty lines. */
  text(): string;
  sees(text: string): Promise<void>;
}

/** Holds a dialog with a program; each time that it is asked about, the next of these has the terminal and gives it back. */
function held(program: FakeTerminalRun, params: object, ...hands: readonly ((hand: Hand) => Promise<Json | undefined>)[]) {
  const world: World = createWorld();
  world.secrets.set('password', PASSWORD);
  world.docker.putContainer({ name: 'cli' });
  world.docker.onTerminal('cli', program);
  const asked: unknown[] = [];
  const run = convergeStep(
    containerDialog,
    { container: 'cli', argv: ['setup'], settle: '5ms', silence: '60ms', ...params },
    {
      ...contextOf(world, containerDialog),
      async ask({ data }, terminal) {
        const next = hands[asked.length];
        asked.push(data);
        if (terminal === undefined || next === undefined) throw new Error(`asked about: ${JSON.stringify(data)}`);
        const text = (): string =>
          terminal
            .picture()
            .lines.map(textOfRow)
            .filter((line) => line !== '')
            .join('\n');
        terminal.take(60, 12);
        const sees = (wanted: string): Promise<void> => vi.waitFor(() => expect(text()).toContain(wanted), { timeout: 5000 });
        const answer = await next({ terminal, text, sees });
        terminal.giveBack();
        return answer ?? GIVEN_BACK;
      },
    },
  );
  return { world, run, asked };
}

/** Asks these in turn, and prints what was answered at the end. */
const asks =
  (...prompts: readonly string[]): FakeTerminalRun =>
  async ({ print, line }: FakeTerminal) => {
    const answers: string[] = [];
    for (const prompt of prompts) {
      print(prompt);
      answers.push(await line(/password/i.test(prompt) ? 'hidden' : undefined));
    }
    print(`all: ${answers.join(',')}\r\n`);
    return 0;
  };
const script = [
  { expect: 'Name:', answer: 'bob' },
  { expect: 'Mail:', answer: 'bob@x.lan' },
  { expect: 'Folder:', answer: '/data' },
];

describe('a terminal in the operator’s hand', () => {
  it('gets his keys at an unknown prompt, and the script goes on with what comes after it is given back', async () => {
    const { world, run } = held(
      asks('Name: ', 'Colour: ', 'Mail: ', 'Folder: '),
      { script },
      async ({ terminal, sees, text }) => {
        expect(text()).toBe('Name: bob\nColour:');
        for (const key of 'blue\r') terminal.type(key);
        await sees('Mail:');
        return undefined;
      },
    );
    expect((await run).outputs).toEqual({ code: 0 });
    expect(world.output).toContain('all: bob,blue,bob@x.lan,/data');
  });

  it('answers prompts of the script too: they are not waited for, nor asked to have come', async () => {
    const program = asks('Name: ', 'Colour: ', 'Mail: ', 'Folder: ');
    const { world, run } = held(program, { script }, async ({ terminal, sees }) => {
      terminal.type('blue\r');
      await sees('Mail:');
      for (const key of 'me@y.lan\r') terminal.type(key);
      await sees('Folder:');
      return undefined;
    });
    await run;
    expect(world.output).toContain('all: bob,blue,me@y.lan,/data');
  });

  it('may lead past prompts that the program leaves out then', async () => {
    const { world, run } = held(asks('Name: ', 'Quick? ', 'Folder: '), { script }, async ({ terminal, sees }) => {
      terminal.type('y\r');
      await sees('Folder:');
      return undefined;
    });
    await run;
    expect(world.output).toContain('all: bob,y,/data');
  });

  it('that is given back where the program waits for him still is asked for again', async () => {
    const { world, run, asked } = held(
      asks('Name: ', 'Colour: ', 'Mail: ', 'Folder: '),
      { script },
      async () => undefined,
      async ({ terminal, sees }) => {
        for (const key of 'bl') terminal.type(key);
        await sees('Colour:');
        return undefined;
      },
      async ({ terminal, sees }) => {
        for (const key of 'ue\r') terminal.type(key);
        await sees('Mail:');
        return undefined;
      },
    );
    await run;
    expect(asked).toHaveLength(3);
    expect(world.output).toContain('all: bob,blue,bob@x.lan,/data');
  });

  it('that has half of an answer in it is not answered by the script', async () => {
    const { world, run, asked } = held(
      asks('Name: ', 'Colour: ', 'Mail: ', 'Folder: '),
      { script },
      async ({ terminal, sees }) => {
        terminal.type('blue\r');
        await sees('Mail:');
        terminal.type('me@');
        return undefined;
      },
      async ({ terminal, sees }) => {
        terminal.type('z.lan\r');
        await sees('Folder:');
        return undefined;
      },
    );
    await run;
    expect(asked).toHaveLength(2);
    expect(world.output).toContain('all: bob,blue,me@z.lan,/data');
  });

  it('is as large as his, and afterwards as the script has it', async () => {
    const sizes: string[] = [];
    const program: FakeTerminalRun = async ({ print, line, size }) => {
      for (const prompt of ['Name: ', 'Colour: ', 'Mail: ', 'Folder: ']) {
        print(prompt);
        await line();
        sizes.push(`${size().columns}x${size().rows}`);
      }
      return 0;
    };
    const { run } = held(program, { script }, async ({ terminal, sees }) => {
      await vi.waitFor(() => expect(terminal.picture()).toMatchObject({ columns: 60, rows: 12 }));
      terminal.type('blue\r');
      await sees('Mail:');
      return undefined;
    });
    await run;
    expect(sizes).toEqual(['200x50', '60x12', '200x50', '200x50']);
  });

  it('shows no secret that the script typed, wherever the program repeats it', async () => {
    const program: FakeTerminalRun = async ({ print, line }) => {
      print('Password: ');
      const given = await line('hidden');
      print(`\u001b[31mkey=${given}\u001b[0m\r\n${'x'.repeat(55)}${given}\r\nCode: 12345678\r\nSure? `);
      return (await line()) === 'y' ? 0 : 1;
    };
    const { run, world } = held(
      program,
      {
        script: [{ expect: 'Password:', answer: secretText('password') }],
        capture: { pin: 'Code: (\\d+)' },
      },
      async ({ terminal, text }) => {
        await vi.waitFor(() => expect(terminal.picture().columns).toBe(60));
        expect(text()).toContain('key=•••');
        for (const piece of [PASSWORD, PASSWORD.slice(0, 5), PASSWORD.slice(-5), '12345678']) {
          expect(JSON.stringify(terminal.picture())).not.toContain(piece);
        }
        terminal.type('y\r');
        return undefined;
      },
    );
    expect((await run).outputs).toEqual({ code: 0, pin: '12345678' });
    expect(world.output.join('\n')).not.toContain(PASSWORD);
  });

  it('may see what means failure and put it right: what went wrong in his hands is his', async () => {
    const program: FakeTerminalRun = async ({ print, line }) => {
      print('Code: ');
      while ((await line()) !== '42') print('failed to verify the code\r\nCode: ');
      print('Folder: ');
      await line();
      return 0;
    };
    const failure = { 'failed to verify': 'the code is wrong' };
    const { run } = held(program, { script: script.slice(2), failure }, async ({ terminal, sees }) => {
      terminal.type('41\r');
      await sees('failed to verify');
      terminal.type('42\r');
      await sees('Folder:');
      return undefined;
    });
    expect((await run).outputs).toEqual({ code: 0 });
  });

  it('is over when the program ends in it', async () => {
    const { run } = held(asks('Colour: '), { script: [{ ...script[0], optional: true }] }, async ({ terminal }) => {
      terminal.type('blue\r');
      await terminal.over;
      return { terminal: 'program-ended' };
    });
    expect((await run).outputs).toEqual({ code: 0 });
  });
});

it('a prompt that never came, to nobody, is still a failure', async () => {
  const { run } = held(asks('Colour: '), { script }, async ({ terminal }) => {
    terminal.type('blue\r');
    await terminal.over;
    return { terminal: 'program-ended' };
  });
  await expect(run).rejects.toMatchObject({ failure: { code: 'container.dialog-failed' } });
});
