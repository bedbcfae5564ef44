import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Ended, FreshRoot } from './fresh-root.ts';
import { createFreshRoot } from './fresh-root.ts';

/** What of a journal's line this test looks at. */
interface Line {
  readonly type: string;
  readonly step?: string;
  readonly outcome?: string;
}

/** What of a plan's step it looks at. */
interface Planned {
  readonly step: string;
  readonly changes: readonly unknown[];
  readonly waitsFor?: string;
}

const acts = ({ changes, waitsFor }: Planned): boolean => changes.length > 0 || waitsFor !== undefined;

const MINUTES = 60_000;

/** What a command said, for the message of an assertion that fails. */
const said = ({ stdout, stderr }: Ended): string => `${stdout}\n${stderr}`.slice(-6000);

const journalOf = (ended: Ended): Line[] =>
  ended.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);

describe('a fresh Debian with no Docker and no node_modules', () => {
  let root: FreshRoot;
  beforeAll(async () => {
    root = await createFreshRoot();
  }, 5 * MINUTES);
  afterAll(async () => {
    await root?.cleanUp();
  });

  test('has neither before it begins', async () => {
    expect((await root.run(['sh', '-c', 'command -v docker || ls node_modules dist'])).code).not.toBe(0);
  });

  test(
    'a clone and one command install the lighthouse, Docker included',
    async () => {
      const first = await root.run(['./bin/fairlead', 'run', 'lighthouse', '--yes'], { timeout: 9 * MINUTES });
      expect(first.code, said(first)).toBe(0);
      expect(first.stderr).toContain('installed the packages');
      const containers = await root.run(['docker', 'ps', '--format', '{{.Names}}']);
      expect(containers.stdout).toContain('lighthouse');
    },
    10 * MINUTES,
  );

  test(
    'the same command again finds every step ok, changes nothing and takes few seconds: under 5 on a machine that starts at once',
    async () => {
      let seconds = Number.POSITIVE_INFINITY;
      let limit = 5;
      // The machine may be busy with something else for a moment: the time is that of the best of three. On a slow one a bare
      // start takes long, too.
      for (let attempt = 1; attempt <= 3 && seconds >= limit; attempt += 1) {
        const startUp = await root.run(['./bin/fairlead', '--version']);
        expect(startUp).toMatchObject({ code: 0, stderr: '' });
        limit = Math.max(limit, 25 * startUp.seconds);
        const again = await root.run(['./bin/fairlead', 'run', 'lighthouse', '--yes', '--json'], { timeout: 2 * MINUTES });
        expect(again.code, said(again)).toBe(0);
        const journal = journalOf(again);
        const finished = journal.filter(({ type }) => type === 'step.finished');
        expect(finished.length).toBeGreaterThan(15);
        expect(finished.filter(({ outcome }) => outcome !== 'ok')).toEqual([]);
        expect(journal.filter(({ type }) => type === 'step.intended')).toEqual([]);
        expect(journal.at(-1)).toMatchObject({ type: 'run.finished', outcome: 'ok' });
        seconds = Math.min(seconds, again.seconds - startUp.seconds);
      }
      expect(seconds).toBeLessThan(limit);
    },
    7 * MINUTES,
  );

  /** The host's own parts undone by hand, and the steps that a plan must then name: that one and what depends on it. */
  test.each([
    ['busybox', ['apt-get', 'remove', '-y', 'busybox-static'], ['busybox']],
    [
      'docker',
      ['sh', '-c', 'kill $(cat /var/run/docker.pid); while [ -e /var/run/docker.pid ]; do sleep 0.1; done'],
      ['docker', 'network', 'image', 'up', 'ping', 'proof'],
    ],
  ])(
    'with the effect of %s undone by hand, the plan names it and what depends on it, and a run mends it',
    async (_, undo, named) => {
      const undone = await root.run(undo, { timeout: 2 * MINUTES });
      expect(undone.code, said(undone)).toBe(0);
      const plan = await root.run(['./bin/fairlead', 'plan', 'lighthouse', '--json']);
      const { steps } = JSON.parse(plan.stdout) as { steps: readonly Planned[] };
      expect(steps.filter(acts).map(({ step }) => step)).toEqual(named);
      const mended = await root.run(['./bin/fairlead', 'run', 'lighthouse', '--yes'], { timeout: 3 * MINUTES });
      expect(mended.code, said(mended)).toBe(0);
      const again = await root.run(['./bin/fairlead', 'plan', 'lighthouse', '--exit-code']);
      expect(again.code, said(again)).toBe(0);
    },
    7 * MINUTES,
  );
});
