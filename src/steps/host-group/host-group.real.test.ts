import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createNodeHost } from '../../adapters/host/node-host.ts';
import type { Host } from '../../model/ports.ts';
import type { ApplyContext } from '../../model/step.ts';
import { contextOf, convergeStep, createWorld, planStep } from '../../testing/step-bench.ts';
import { hostGroup } from './host-group.ts';

describe.runIf(process.getuid?.() === 0)('host.group on this machine (as root)', () => {
  const name = `fl-group-${randomBytes(3).toString('hex')}`;
  const user = `fl-user-${randomBytes(3).toString('hex')}`;
  let host: Host;
  const run = (...argv: string[]) => host.exec({ argv }, { signal: AbortSignal.timeout(60_000) });

  beforeEach(async () => {
    host = await createNodeHost({ reveal: async (text) => String(text) });
  });
  afterEach(async () => {
    await run('userdel', user);
    await run('groupdel', name);
  });

  const context = (): ApplyContext => ({
    ...contextOf(createWorld(), hostGroup),
    host,
    signal: AbortSignal.timeout(600_000),
    made: () => true,
  });
  const converge = async (params: Record<string, unknown>) => {
    const { left, changes, outputs } = await convergeStep(hostGroup, params, context());
    expect(left).toEqual([]);
    expect(await planStep(hostGroup, params, context()), 'a second time').toEqual([]);
    return { changes, outputs };
  };
  const failing = (params: Record<string, unknown>, code: string) =>
    expect(convergeStep(hostGroup, params, context())).rejects.toMatchObject({ failure: { code } });

  it('makes a group, gives it another number, and removes it', async () => {
    const { outputs } = await converge({ name, system: true });
    expect(outputs.gid).toBeLessThan(1000);
    await converge({ name, gid: 61234 });
    expect((await run('getent', 'group', name)).stdout).toBe(`${name}:x:61234:\n`);
    await converge({ name, ensure: 'absent' });
    expect((await run('getent', 'group', name)).code).toBe(2);
  });

  it("fails with the codes that the fake's exit codes promise", async () => {
    await converge({ name });
    await failing({ name, gid: 1 }, 'host.id-taken');
    await run('useradd', '--no-create-home', '--gid', name, user);
    await failing({ name, ensure: 'absent' }, 'host.group-in-use');
  });
});
