import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Tests that take minutes, whatever their size: begun last, one of them would keep all others waiting. */
const LONGEST = /\.exhaustive\.test\.ts$/;

/** vitest's own order, with the tests that take longest before all others. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLongest = ({ moduleId }: TestSpecification): boolean => LONGEST.test(moduleId);
    return [...sorted.filter(isLongest), ...sorted.filter((file) => !isLongest(file))];
  }
}
