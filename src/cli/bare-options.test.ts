import { expect, it } from 'vitest';
import { bareOptions } from './bare-options.ts';

it.each([
  { argv: [], options: {} },
  { argv: ['--no-color'], options: { color: false } },
  { argv: ['--state-dir', '/srv/state'], options: { stateDir: '/srv/state' } },
  { argv: ['--state-dir=a=b', '--no-color'], options: { stateDir: 'a=b', color: false } },
])('$argv is for the app', ({ argv, options }) => {
  expect(bareOptions(argv)).toEqual(options);
});

it.each([
  [['run', 'lighthouse']],
  [['--plain']],
  [['--json']],
  [['--state-dir']],
  [['--state-dir=']],
  [['--state-dir', '--no-color']],
  [['--no-color', 'list']],
  [['--help', '--no-color']],
  [['']],
])('%j is for the command line', (argv) => {
  expect(bareOptions(argv)).toBeUndefined();
});
