import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createNodeHost } from '../../adapters/host/node-host.ts';
import type { Host } from '../../model/ports.ts';
import type { ApplyContext } from '../../model/step.ts';
import { contextOf, convergeStep, createWorld, planStep } from '../../testing/step-bench.ts';
import { hostFile } from './host-file.ts';

describe.runIf(process.getuid?.() === 0)('host.file on this machine (as root)', () => {
  let host: Host;
  let dir: string;

  beforeEach(async () => {
    host = await createNodeHost({ reveal: async (text) => String(text) });
    dir = await mkdtemp(join(tmpdir(), 'fairlead-file-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  const context = (): ApplyContext => ({
    ...contextOf(createWorld(), hostFile),
    host,
    signal: AbortSignal.timeout(600_000),
    made: () => true,
  });
  const converge = async (params: Record<string, unknown>) => {
    const { left, changes, outputs } = await convergeStep(hostFile, params, context());
    expect(left).toEqual([]);
    expect(await planStep(hostFile, params, context()), 'a second time').toEqual([]);
    return { changes, outputs };
  };
  const failing = (params: Record<string, unknown>, code: string) =>
    expect(convergeStep(hostFile, params, context())).rejects.toMatchObject({ failure: { code } });

  it('makes a file, replaces it, changes its owner and mode, and removes it', async () => {
    const path = join(dir, 'app.conf');
    await converge({ path, content: 'a=1\n', owner: 'daemon', mode: '0640' });
    expect(await host.files([{ op: 'stat', path }])).toMatchObject([{ mode: 0o640, uid: 1, gid: 0 }]);
    await converge({ path, content: "a='$HOME'\n" });
    expect(await readFile(path, 'utf8')).toBe("a='$HOME'\n");
    await converge({ path, content: "a='$HOME'\n", owner: '991:991', mode: '0600' });
    expect(await host.files([{ op: 'stat', path }])).toMatchObject([{ mode: 0o600, uid: 991, gid: 991 }]);
    await converge({ path, ensure: 'absent' });
    expect(await host.files([{ op: 'list', path: dir }])).toEqual([[]]);
  });

  it('fails where a folder is missing, or lies in its place', async () => {
    await failing({ path: join(dir, 'none/app.conf'), content: 'x' }, 'host.no-such-directory');
    await failing({ path: dir, content: 'x' }, 'host.is-a-directory');
  });
});
