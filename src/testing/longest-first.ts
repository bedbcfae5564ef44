import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Tests that take long for their size, by which vitest orders what it knows no times of, as on CI: the longest of each project
 * first. Begun last, one of them would keep all others waiting.
 */
const LONGEST = [
  'engine/crash.test.ts',
  'text/text-view.test.ts',
  'engine/rotation.test.ts',
  'all-kinds.exhaustive.test.ts',
  'key-commands.real.test.ts',
  'vault-trouble.real.test.ts',
  'crash.real.test.ts',
  'compose-up.real.test.ts',
  'lighthouse.real.test.ts',
  'mml/test/tasks.real.test.ts',
  'rotate.real.test.ts',
  'ente/test/tasks.real.test.ts',
  'mastodon/test/changes.real.test.ts',
  'mastodon/test/tasks.real.test.ts',
  'mastodon.real.test.ts',
  'mml.real.test.ts',
  'mml/test/interrupted.real.test.ts',
  'fresh-machine.real.test.ts',
  'removed-containers.real.test.ts',
  'docker-engine.real.test.ts',
  'engine-restarts.real.test.ts',
  'restart-once.real.test.ts',
];

/** vitest's own order, with the tests that take longest before all others. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const index = LONGEST.findIndex((end) => moduleId.endsWith(`/${end}`));
      return index === -1 ? LONGEST.length : index;
    };
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}
