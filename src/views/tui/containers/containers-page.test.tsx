import { expect, test } from 'vitest';
import type { FakeTerminalRun } from '../../../adapters/docker/fake-terminal.ts';
import { fail } from '../../../model/failure.ts';
import type { DeployedContainer } from '../../../model/terminals.ts';
import { type AppUnderTest, openApp } from '../../../testing/app-under-test.tsx';
import { createFakeDesk, deskDeployment } from '../../../testing/fake-desk.ts';
import { KEYS } from '../../../testing/keys.ts';

const CHORD = KEYS.ctrl(']');
const web: DeployedContainer = { name: 'web', container: 'cloud-web-1', image: 'web:1', running: true, state: 'running' };
const worker: DeployedContainer = { ...web, name: 'worker', container: 'cloud-worker-1', running: false, state: 'exited' };

/** Shows what is typed, byte by byte, until it is `end`. */
const echo: FakeTerminalRun = async ({ env, print, keys, size }) => {
  print(`hello from ${env.CONTAINER} ${size().columns}x${size().rows}\r\n`);
  for (let all = ''; ; ) {
    const typed = await keys();
    all += typed;
    print(JSON.stringify(typed));
    if (all.endsWith('end')) return 4;
  }
};

async function openList(shell: FakeTerminalRun = echo, containers = [web, worker]): Promise<AppUnderTest> {
  const desk = createFakeDesk({ deployments: [deskDeployment('cloud')], containers: () => containers, shell });
  const app = openApp(desk);
  await app.shows('cloud');
  await app.type(KEYS.ctrl('x'));
  await app.shows('Containers of cloud');
  return app;
}

async function openShell(shell: FakeTerminalRun = echo): Promise<AppUnderTest> {
  const app = await openList(shell);
  await app.shows('worker');
  await app.type(KEYS.enter);
  return app;
}

test('a shell opens in the container that was chosen, as large as the page', async () => {
  const app = await openShell();
  await app.shows('hello from cloud-web-1 80x20');
  await app.shows('terminal in web of cloud');
});

test('every key is the program’s: Ctrl-C, Ctrl-T, ?, Escape, F-keys, what is pasted', async () => {
  const app = await openShell();
  await app.shows('hello');
  for (const key of [KEYS.ctrl('c'), KEYS.ctrl('t'), '?', KEYS.escape, '\u001b[15~', KEYS.up, KEYS.paste('a\nb')]) {
    await app.type(key);
  }
  for (const shown of ['"\\u0003"', '"\\u0014"', '"?"', '"\\u001b"', '"\\u001b[15~"', '"\\u001b[A"', '"a\\rb"'])
    await app.shows(shown);
  expect(app.screen()).toContain('Ctrl-] leave');
});

test('what the program asks of the keyboard changes what it gets', async () => {
  const app = await openShell(async ({ print, keys }) => {
    print('\u001b[?1h\u001b[?2004hready ');
    for (;;) print(JSON.stringify(await keys()));
  });
  await app.shows('ready');
  await app.type(KEYS.up, KEYS.paste('two'));
  await app.shows('"\\u001bOA"');
  await app.shows('"\\u001b[200~two\\u001b[201~"');
});

test('Ctrl-] offers what else there is, and Escape goes on', async () => {
  const app = await openShell();
  await app.shows('hello');
  await app.type(CHORD);
  await app.shows('full screen, till Ctrl-]');
  await app.type(KEYS.escape);
  await app.hides('full screen, till Ctrl-]');
  await app.type('x');
  await app.shows('"x"');
  expect(app.screen()).not.toContain('u001d');
  await app.type(CHORD, CHORD);
  await app.shows('"\\u001d"');
});

test('leaving ends the program, and says so', async () => {
  let ended = false;
  const app = await openShell(async (terminal) => {
    terminal.print('at work');
    terminal.signal.addEventListener('abort', () => {
      ended = true;
    });
    await terminal.keys();
    return 0;
  });
  await app.shows('at work');
  await app.type(CHORD, 'l');
  await app.shows('The program in web was ended.');
  await app.shows('Containers of cloud');
  expect(ended).toBe(true);
});

test('what is typed while the shell begins waits for it; what is typed after its end answers nothing', async () => {
  const app = await openShell();
  await app.type('early ');
  await app.shows('"early "');
  await app.type('end');
  await app.shows('The program in web has ended with exit code 4.');
  await app.shows('"end"');
  await app.type(KEYS.enter);
  await app.shows('Containers of cloud');
});

test('Enter that came twice in one piece opens a shell, and leaves it in sight', async () => {
  const app = await openList();
  await app.shows('worker');
  await app.type(`${KEYS.enter}${KEYS.enter}`);
  await app.shows('hello from cloud-web-1');
  await app.shows('terminal in web of cloud');
});

test('a container that does not run is told of, and nothing opens', async () => {
  const app = await openList();
  await app.shows('worker');
  await app.type(KEYS.down, KEYS.enter);
  await app.shows('cloud-worker-1 is not running (exited)');
});

test('why the containers can’t be told of is said in their place', async () => {
  const desk = createFakeDesk({
    deployments: [deskDeployment('cloud')],
    containers: () => {
      throw fail('docker.permission-denied', 'The engine refuses you.');
    },
  });
  const refused = openApp(desk);
  await refused.shows('cloud');
  await refused.type(KEYS.ctrl('x'));
  await refused.shows('The engine refuses you.');
  await refused.type(KEYS.escape);
  await refused.shows('Ctrl-R look again');
});

test('nothing of what a program writes reaches the terminal but its characters', async () => {
  const app = await openShell(async ({ print, keys }) => {
    print('\u001b]0;title\u0007\u001b]52;c;ZXZpbA==\u0007\u001b[2J\u001b[Hplain');
    await keys();
    return 0;
  });
  await app.shows('plain');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not be there begins with one
  expect(app.screen()).not.toMatch(/\u001b\]|ZXZp|title/);
});

test('the page of a deployment’s recipe leads there, too', async () => {
  const app = openApp(createFakeDesk({ deployments: [deskDeployment('toy')], containers: () => [web] }));
  await app.shows('healthy');
  await app.type(KEYS.enter);
  await app.shows('t terminal');
  await app.type('t');
  await app.shows('Containers of toy');
});
