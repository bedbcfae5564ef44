import { expect, it } from 'vitest';
import { OperatorNeeded } from '../../model/failure.ts';
import { contextOf, createWorld, describeStepType } from '../../testing/step-bench.ts';
import { manual } from './manual.ts';

const params = { markdown: 'Point **ente.example.org** at this host.' };

describeStepType(manual, [
  {
    law: 'goes on when the operator says that it is done',
    params,
    given: ({ answers }) => answers.set('manual', 'done'),
    changes: [{ action: 'run', target: 'by hand' }],
  },
]);

it('asks with the text of the recipe, and stops where nobody answers', async () => {
  const asked: unknown[] = [];
  const ctx = contextOf(createWorld(), manual);
  const nobody = async (question: unknown): Promise<never> => {
    asked.push(question);
    throw new OperatorNeeded('q1');
  };
  await expect(manual.apply?.(params, [], { ...ctx, ask: nobody }, null)).rejects.toBeInstanceOf(OperatorNeeded);
  expect(asked).toEqual([{ about: 'manual', data: params, takes: { choices: ['done'] } }]);
});
