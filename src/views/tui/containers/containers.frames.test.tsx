import { test } from 'vitest';
import { fail } from '../../../model/failure.ts';
import type { DeployedContainer } from '../../../model/terminals.ts';
import { expectScreens } from '../../../testing/expect-screens.tsx';
import type { AppState } from '../app-state.ts';
import { untyped } from '../embedded/program-keys.ts';
import { createScreen } from '../embedded/program-screen.ts';
import type { ProgramNow } from '../embedded/program-session.ts';
import { firstHome } from '../home/home-state.ts';
import { ready } from '../loaded.ts';
import type { Around } from '../page.ts';
import { type ContainersState, containersOf, withShell } from './containers-state.ts';

const containers: readonly DeployedContainer[] = [
  { name: 'museum', container: 'ente-museum-1', image: 'ghcr.io/ente/server:latest', running: true, state: 'running' },
  { name: 'postgres', container: 'ente-postgres-1', image: 'postgres:15', running: true, state: 'running' },
  { name: 'minio-that-has-a-name-longer-than-its-column', container: 'x', image: 'minio/minio', running: true, state: 'running' },
  { name: 'cli', container: 'ente-cli-1', image: 'ente-cli:v0.2.3', running: false, state: 'exited' },
];

const app = (page: ContainersState): AppState => ({ pages: [firstHome, page], mouse: false, now: 0 });
const list: ContainersState = { ...containersOf('ente'), containers: ready(containers) };

/** The page while a program shows what it wrote, in all the room that the page has. */
function shell(
  name: string,
  written: string,
  more: (now: ProgramNow) => Partial<ContainersState['shell'] & object> = () => ({}),
) {
  const pictures = new Map<string, ProgramNow>();
  return {
    async prepare(): Promise<void> {
      for (const [columns, rows] of [
        [80, 20],
        [120, 36],
      ] as const) {
        const screen = await createScreen(columns, rows, () => undefined);
        await screen.write(Buffer.from(written.replaceAll('\n', '\r\n')));
        pictures.set(`${columns} ${rows}`, { status: 'running', picture: screen.picture() });
        screen.close();
      }
    },
    state({ columns, rows }: Around): AppState {
      const now = pictures.get(`${columns} ${rows}`) ?? { status: 'opening' };
      return app({ ...withShell(list, name), shell: { name, typing: untyped, now, ...more(now) } });
    },
  };
}

const VI = `\u001b[?1049h\u001b[H# museum.yaml\n\u001b[33mdb\u001b[m:\n  host: \u001b[38;5;208mpostgres\u001b[m\n  # größer — 漢字 😀\n${'\u001b[34m~\u001b[m\n'.repeat(14)}\u001b[7m- museum.yaml [Modified] 3/5 60%\u001b[m\u001b[3;9H`;
const SHELL = 'root@5f2c:/# ls --color\n\u001b[01;34mbin\u001b[0m  \u001b[30;42mdata\u001b[0m  museum.yaml\nroot@5f2c:/# ';

test('what containers there are', async () => {
  await expectScreens('containers', app(list));
  await expectScreens('containers-stopped-one', app({ ...list, cursor: 3 }));
});

test('none, being looked for, and no engine', async () => {
  await expectScreens('containers-none', app({ ...list, containers: ready([]) }));
  await expectScreens('containers-looking', app(containersOf('ente')));
  const failure = fail('docker.permission-denied', 'The Docker engine at unix:///var/run/docker.sock refuses you.', {
    hints: ['Run fairlead as root, or as a member of the group docker.'],
  }).failure;
  await expectScreens('containers-failed', app({ ...list, containers: { status: 'failed', failure } }));
});

test('a shell: its prompt, an editor, and the keys after Ctrl-]', async () => {
  const prompt = shell('museum', SHELL);
  const editor = shell('museum', VI);
  const chord = shell('museum', VI, () => ({ typing: { ...untyped, commanding: true } }));
  for (const each of [prompt, editor, chord]) await each.prepare();
  await expectScreens('terminal-shell', prompt.state);
  await expectScreens('terminal-vi', editor.state);
  await expectScreens('terminal-chord', chord.state);
});

test('a shell that is being opened, that ended, that there is none of', async () => {
  await expectScreens('terminal-opening', app(withShell(list, 'museum')));
  const ended = (code: number | null) =>
    shell('museum', `${SHELL}exit\n`, (now) => ({
      now: now.status === 'running' ? { status: 'ended', code, picture: now.picture } : now,
    }));
  for (const [name, code] of [
    ['terminal-ended', 0],
    ['terminal-ended-badly', 127],
    ['terminal-left', null],
  ] as const) {
    const each = ended(code);
    await each.prepare();
    await expectScreens(name, each.state);
  }
  const failure = fail('docker.not-running', 'The container ente-museum-1 is not running.', {
    hints: ['See why: docker logs ente-museum-1'],
  }).failure;
  await expectScreens(
    'terminal-failed',
    app({ ...withShell(list, 'museum'), shell: { name: 'museum', typing: untyped, now: { status: 'failed', failure } } }),
  );
});
