import { expect, test } from 'vitest';
import type { Failure } from '../../model/failure.ts';
import { failureLines } from './failure-text.ts';

const style = { colour: false, unicode: true };
const failed = (argv: readonly string[]): Failure => ({
  code: 'command.failed',
  message: 'sh ended with exit code 1.',
  fault: 'environment',
  hints: ['Read the last lines.'],
  retryable: true,
  evidence: { argv, exit: 1, tail: ['There is no file /srv/x.'] },
});

test('of a script that failed its beginning and its arguments are shown, and never so much that what it printed is lost in it', () => {
  const script = `set -eu\n${'echo one more line of it\n'.repeat(30)}exit 1\n`;
  expect(failureLines(failed(['sh', '-c', script, 'sh', '/srv/x']), style)).toEqual([
    '    │ sh ended with exit code 1.',
    "    │ command: sh -c 'set -eu",
    '    │   … 31 more lines',
    "    │   ' sh /srv/x",
    '    │ exit code: 1',
    '    │ the end of its output:',
    '    │   There is no file /srv/x.',
    '    → Read the last lines.',
    '    (command.failed)',
  ]);
});

test('a command that is short is shown as it would be typed', () => {
  expect(failureLines(failed(['sh', '-c', 'one\ntwo', 'sh']), style)).toContain("    │ command: sh -c 'one two' sh");
});
