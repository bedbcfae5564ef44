import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { KEYS } from './keys.ts';
import { openScreen } from './pty-screen.ts';

it('a full-screen editor works at it: what is typed is drawn, and saved', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pty-screen-'));
  const file = join(folder, 'note');
  const screen = openScreen(['busybox', 'vi', file], { columns: 60, rows: 12 });
  try {
    await screen.waitFor(/note.* 1\/1/);
    expect(screen.modes().alternateScreen).toBe(true);
    screen.type(`ifirst line${KEYS.enter}second`);
    await screen.waitFor('first line\nsecond\n~');
    screen.type(KEYS.escape);
    await screen.waitFor(/^- .*note/m);
    screen.resize(40, 8);
    await screen.waitFor((shown) => shown.split('\n').length === 8);
    screen.type(`:wq${KEYS.enter}`);
    expect(await screen.end()).toBe(0);
    expect(await readFile(file, 'utf8')).toBe('first line\nsecond\n');
    expect(screen.modes().alternateScreen).toBe(false);
  } finally {
    await screen.close();
    await rm(folder, { recursive: true, force: true });
  }
});
