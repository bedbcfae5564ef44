import { expect, it } from 'vitest';
import { stepReference } from './step-reference.ts';
import { toyTypes } from './toy-step-types.ts';

const reference = stepReference(toyTypes);

it('has a section for each step type, by name', () => {
  expect([...reference.matchAll(/^### `(.+)`$/gm)].map(([, name]) => name)).toEqual(['toy.capture', 'toy.file']);
  for (const type of toyTypes.values()) expect(reference).toContain(type.summary);
});

it('says of each param what it takes and whether it must be given', () => {
  expect(reference).toContain('| `path` | text | yes | Where it lies. |');
  expect(reference).toContain('| `content` | text, may hold secrets |  |  |');
  expect(reference).toContain('| `template` | a file in `files/` |  |  |');
  expect(reference).toContain('| `copy` | a file or folder of the recipe |  |  |');
  expect(reference).toContain('| `port` | whole number, 1 to 65535 |  |  |');
  expect(reference).toContain('| `wait` | duration |  |  |');
  expect(reference).toContain('| `ensure` | `present` or `absent` |  |  |');
  expect(reference).toContain('| `owners` | list of text |  |  |');
  expect(reference).toContain('| `env` | map of text, may hold secrets |  |  |');
  expect(reference).toContain('| `shape.radius` | number | yes |  |');
  expect(reference).toContain('| `anything` | anything |  |  |');
});

it('says what a step type leaves behind, and that a check changes nothing', () => {
  expect(reference).toContain('- `size`: How large it is.');
  expect(reference).toContain('- and those that its params name.');
  expect(reference).toContain('A check: it changes nothing');
});
