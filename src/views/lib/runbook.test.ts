import { expect, it } from 'vitest';
import { deskInput } from '../../testing/fake-desk.ts';
import { askedWhere, deferred, toyRecipe, toyStep } from '../../testing/toy-run.ts';
import { runbookLines } from './runbook.ts';

const plain = { colour: false, unicode: true };
const at = { file: 'recipe.yaml', line: 1, column: 1 };

const recipe = toyRecipe(
  [
    toyStep('dig', 'cell', { name: 'x' }, { title: 'Dig', explain: 'It is deep,\nand dark.\n\n- first\n- then\n' }),
    toyStep('fill', 'act', { name: 'y' }, { title: 'Fill', after: ['dig' as never], danger: deferred('yes') }),
  ],
  {
    summary: 'A hole.',
    source: 'the yard',
    requires: { arch: ['x86_64'], memory: 256, disk: 1536, ports: [deferred(({ inputs }) => inputs.port ?? 0)] },
    needs: ['shovel'],
    inputs: [
      deskInput('port', 'port', { default: 8077 }),
      deskInput('size', 'choice', { choices: ['small', 'large'] }),
      deskInput('note', 'string', {
        optional: true,
        explain: 'Any.',
        when: askedWhere("inputs.size == 'large'", () => true, 'size'),
      }),
    ],
    secrets: [{ name: 'key', generate: 'hex', title: 'The key', at }],
    finish: deferred(
      ({ inputs, steps }) => `At ${inputs.port}, for ${inputs.size}: ${steps.dig?.depth}`,
      [{ root: 'steps', name: 'dig', field: 'depth' }],
    ),
    tasks: [{ name: 'look', inputs: [], title: 'Look into it', steps: [] }],
  },
);

it('tells what a recipe needs, asks, keeps and does, and how it ends, in this order', () => {
  expect(runbookLines(recipe, plain)).toEqual([
    'Toy (toy 1.0.0)',
    'A hole.',
    'Source: the yard',
    '',
    'It needs',
    '  a machine of x86_64',
    '  256 MiB of memory',
    '  1.5 GiB free on the disk',
    '  nothing else on port 8077',
    '  shovel, deployed on this host before',
    '',
    'It asks for',
    '  port  The port (port, default 8077)',
    '  size  The size (small or large, required)',
    '  note  The note (string, optional; asked only where size is large)',
    '     Any.',
    '',
    'It makes and keeps secret',
    '  key  The key',
    '',
    'Steps',
    '  1. Dig',
    '     dig: cell',
    '     It is deep, and dark.',
    '',
    '     • first',
    '     • then',
    '  2. Fill',
    '     fill: act; again after a change of dig; asks for a typed word first',
    '',
    'At the end it says',
    '  At 8077, for <size>: <dig.depth>',
    '',
    'Tasks, each done with: fairlead task NAME TASK',
    '  look  Look into it',
  ]);
});

it('leaves out closing words that can not be told beforehand', () => {
  const thrown = {
    ...recipe,
    finish: deferred<string>(() => {
      throw new Error('not yet');
    }),
  };
  expect(runbookLines(thrown, plain)).not.toContain('At the end it says');
});

it('never lets a control character of a recipe through', () => {
  const evil = toyRecipe([toyStep('a', 'cell', {}, { title: 'a\u001b]0;owned\u0007b', explain: 'c\u001b[2Jd' })], {
    title: '\u001b[31mred',
  });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
  expect(runbookLines(evil, plain).join('\n')).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
});
