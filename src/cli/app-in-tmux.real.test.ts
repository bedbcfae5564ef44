import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, expect, it, vi } from 'vitest';
import { createFairlead } from '../testing/fairlead-process.ts';

const exec = promisify(execFile);
const launcher = fileURLToPath(new URL('../../bin/fairlead', import.meta.url));
const undo: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

it('in tmux: drawn, taken through a resize, left and found again; the screen before it is given back', async () => {
  const { stateDir, cleanUp } = await createFairlead();
  undo.push(cleanUp);
  // A server of this test's own, without anybody's settings.
  const server = `fairlead-${randomBytes(4).toString('hex')}`;
  const tmux = async (...args: string[]): Promise<string> =>
    (await exec('tmux', ['-L', server, '-f', '/dev/null', ...args])).stdout;
  const environment = [`FAIRLEAD_STATE_DIR=${stateDir}`, 'LC_ALL=C.UTF-8'].flatMap((pair) => ['-e', pair]);
  await tmux('new-session', '-d', '-x', '80', '-y', '24', ...environment, 'echo before; exec /bin/sh');
  undo.push(() => tmux('kill-server').catch(() => undefined));
  const shown = (): Promise<string> => tmux('capture-pane', '-p');
  const shows = (text: string | RegExp): Promise<void> =>
    vi.waitFor(async () => expect(await shown()).toMatch(text), { interval: 100 });

  await shows('before');
  await tmux('send-keys', launcher, 'Enter');
  await shows('Lighthouse, a small service');
  await tmux('send-keys', 'lighthouse');
  await shows('1 found');
  await tmux('send-keys', 'Enter');
  await shows('Nothing happens before a plan is shown');
  await tmux('resize-window', '-x', '70', '-y', '20');
  await shows('fairlead needs 80 x 24');
  await tmux('resize-window', '-x', '100', '-y', '30');
  await vi.waitFor(
    async () => {
      const rows = (await shown()).trimEnd().split('\n');
      expect(rows.join('\n')).toContain('Nothing happens before a plan is shown');
      expect(rows[0]).toMatch(/^fairlead › lighthouse/);
      expect(rows).toHaveLength(29);
    },
    { interval: 100 },
  );
  await tmux('send-keys', 'C-c');
  await shows('quit fairlead');
  await tmux('send-keys', 'q');
  await vi.waitFor(
    async () => {
      const text = await shown();
      expect(text).not.toContain('fairlead ›');
      expect(text).toContain('before');
    },
    { interval: 100 },
  );
});
