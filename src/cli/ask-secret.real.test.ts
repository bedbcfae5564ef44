import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

const module = fileURLToPath(new URL('ask-secret.ts', import.meta.url));

/** Asks twice, and tells its process and what it was told; the shell around it then tells the terminal's settings. */
const asking = `
const { askSecret } = await import(${JSON.stringify(module)});
const console = { out: (text) => process.stdout.write(text), err: (text) => process.stderr.write(text), json: false };
if (process.env.DECODED) process.stdin.setEncoding('utf8');
process.stdout.write('process ' + process.pid + '.\\n');
for (const prompt of ['First: ', 'Second: ']) {
  const told = await askSecret(console, prompt);
  process.stdout.write('told ' + Buffer.from(told ?? 'nothing').toString('hex') + '.\\n');
}
process.exit(0);
`;
const hex = (text: string): string => Buffer.from(text).toString('hex');

let child: ChildProcess | undefined;
afterEach(() => void child?.kill('SIGKILL'));

/** What is done once a text is seen, after the one before it. */
type Act = readonly [seen: RegExp, act: (type: (keys: string) => void, match: string) => void];

/** All that the terminal showed in the end. */
function atTerminal(...acts: readonly Act[]): Promise<string> {
  return atTerminalWith({}, ...acts);
}

function atTerminalWith(environment: Readonly<Record<string, string>>, ...acts: readonly Act[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const command = `'${process.execPath}' --input-type=module -e "$ASKING"; stty -a`;
    const started = spawn('script', ['--quiet', '--flush', '--command', command, '/dev/null'], {
      env: { ...process.env, SHELL: '/bin/sh', ASKING: asking, NODE_NO_WARNINGS: '1', ...environment },
    });
    child = started;
    let shown = '';
    let done = 0;
    started.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      shown += chunk;
      const [seen, act] = acts[done] ?? [];
      const match = seen?.exec(shown);
      if (!match) return;
      done++;
      act?.((keys) => void started.stdin.write(keys), match[1] ?? '');
    });
    started.on('error', reject);
    started.on('close', () => resolve(shown));
  });
}

/** Of the terminal's settings: keys make signals, lines can be edited, and what is typed is shown. */
const ECHOING = /\bisig icanon iexten echo /;

describe('a secret that is asked for at the terminal', () => {
  it('is told, and not shown; the terminal then echoes as before', async () => {
    const shown = await atTerminal(
      [/First: /, (type) => type('hunteR2 ü\r')],
      [/Second: /, (type) => type('wrong\u0015another\r')],
    );
    expect(shown).toContain(`told ${hex('hunteR2 ü')}.`);
    expect(shown).toContain(`told ${hex('another')}.`);
    expect(shown).not.toMatch(/hunteR2|another|wrong/);
    expect(shown).toMatch(ECHOING);
  });

  it('that was typed ahead answers the next question', async () => {
    const shown = await atTerminal([/First: /, (type) => type('one\rtwo\r')]);
    expect(shown).toContain(`told ${hex('one')}.`);
    expect(shown).toContain(`told ${hex('two')}.`);
  });

  it('is told also where the input was decoded before, as the app has it; so is what was typed ahead', async () => {
    const shown = await atTerminalWith({ DECODED: '1' }, [/First: /, (type) => type('hunteR2 ü\rnext\r')]);
    expect(shown).toContain(`told ${hex('hunteR2 ü')}.`);
    expect(shown).toContain(`told ${hex('next')}.`);
    expect(shown).toMatch(ECHOING);
  });

  it.each([
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D on an empty line', '\u0004'],
  ])('is given up at %s, and the terminal echoes as before', async (_key, key) => {
    const shown = await atTerminal([/First: /, (type) => type(key)], [/Second: /, (type) => type(key)]);
    expect(shown.split(`told ${hex('nothing')}.`)).toHaveLength(3);
    expect(shown).toMatch(ECHOING);
  });

  it('of a process that is ended by a signal leaves the terminal echoing as before', async () => {
    const shown = await atTerminal([/process (\d+)\.\s+First: /, (_type, pid) => void process.kill(Number(pid), 'SIGTERM')]);
    expect(shown).not.toContain('told');
    expect(shown).toMatch(ECHOING);
  });

  it('is asked for again, as unseen, once a process that was stopped goes on', async () => {
    const shown = await atTerminal(
      [
        /process (\d+)\.\s+First: /,
        (_type, pid) => {
          process.kill(Number(pid), 'SIGSTOP');
          process.kill(Number(pid), 'SIGCONT');
        },
      ],
      [/First: \s+First: /, (type) => type('hunteR2\r')],
      [/Second: /, (type) => type('\r')],
    );
    expect(shown).toContain(`told ${hex('hunteR2')}.`);
    expect(shown).not.toContain('hunteR2');
    expect(shown).toMatch(ECHOING);
  });
});
