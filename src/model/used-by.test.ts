import { expect, it } from 'vitest';
import { deferred, toyRecipe, toyStep } from '../testing/toy-run.ts';
import { usedBy, usedInTask } from './used-by.ts';

const inputs = (name: string) => [{ root: 'inputs', name }] as const;
const at = { file: 'recipe.yaml', line: 1, column: 1 };

const recipe = toyRecipe(
  [
    toyStep('dig', 'cell', deferred({ name: 'x' }, inputs('folder'))),
    toyStep('ask', 'cell', { name: 'x' }, { when: deferred(true, inputs('wanted')) }),
    toyStep('wipe', 'cell', { name: 'x' }, { danger: deferred('yes', inputs('folder')) }),
    toyStep('twin', 'cell', deferred({ name: 'x' }, inputs('folder')), { title: 'Step dig' }),
    toyStep('secretly', 'cell', deferred({ name: 'x' }, [{ root: 'secrets', name: 'folder' }])),
  ],
  {
    requires: { ports: [deferred(80, inputs('port'))] },
    secrets: [
      { name: 'cert', generate: 'certificate', names: [deferred('x', inputs('host'))], title: 'The certificate', at },
      { name: 'ledger', generate: 'hex', keeps: { path: deferred('/x', inputs('folder')) }, at },
      {
        name: 'pin',
        generate: 'digits',
        rotate: [toyStep('tell', 'act', deferred({ name: 'x' }, inputs('host')))],
        at,
      },
    ],
    finish: deferred('x', inputs('host')),
    tasks: [
      { name: 'list', inputs: [], title: 'List them', steps: [toyStep('l', 'act', deferred({ name: 'x' }, inputs('host')))] },
      { name: 'say', inputs: [], title: 'Say it', steps: [], finish: deferred('x', inputs('port')) },
    ],
  },
);

it('names all that an input is used by, each once, in the order of the recipe', () => {
  expect(usedBy(recipe, 'folder')).toEqual(['ledger', 'Step dig', 'Step wipe']);
  expect(usedBy(recipe, 'host')).toEqual(['The certificate', 'pin', 'Closing words', 'List them']);
  expect(usedBy(recipe, 'port')).toEqual(['Free ports', 'Say it']);
  expect(usedBy(recipe, 'wanted')).toEqual(['Step ask']);
});

it('names nothing for one that nothing uses', () => {
  expect(usedBy(recipe, 'idle')).toEqual([]);
});

it('counts an expression that takes all inputs at once', () => {
  const whole = toyRecipe([toyStep('all', 'cell', deferred({ name: 'x' }, [{ root: 'inputs' }]))]);
  expect(usedBy(whole, 'any')).toEqual(['Step all']);
});

it('of a task’s own input it names what in that task uses it', () => {
  const act = (id: string, input: string) => toyStep(id, 'act', deferred({ name: 'x' }, inputs(input)));
  const task = { name: 'limit', inputs: [], title: 'Limit it', steps: [act('look', 'other'), act('set', 'user')] };
  expect(usedInTask(task, 'user')).toEqual(['Step set']);
  expect(usedInTask({ ...task, finish: deferred('x', inputs('user')) }, 'user')).toEqual(['Step set', 'Closing words']);
});
