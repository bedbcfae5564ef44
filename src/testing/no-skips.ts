import type { Reporter, TestCase } from 'vitest/node';

/**
 * On CI a skipped test is a failure: what was not run was not shown. Elsewhere the skipped ones are named at the end,
 * so that nobody takes a machine without Docker or root for a green one.
 */
export function createNoSkipsReporter(onCi: boolean): Reporter {
  const skipped: string[] = [];
  return {
    onTestCaseResult(test: TestCase) {
      if (test.result().state === 'skipped') skipped.push(test.fullName);
    },
    onTestRunEnd() {
      if (skipped.length === 0) return;
      process.stderr.write(`\nNot run on this machine:\n${skipped.map((name) => `  ${name}\n`).join('')}`);
      if (!onCi) return;
      process.stderr.write('On CI a skipped test is a failure.\n');
      process.exitCode = 1;
    },
  };
}
