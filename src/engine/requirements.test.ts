import { expect, it } from 'vitest';
import { emptyRun } from '../model/run-state.ts';
import { createWorld } from '../testing/step-bench.ts';
import { createToyWorld, deferred, toyProgram, toyRecipe, toyStep } from '../testing/toy-run.ts';
import { checkRequirements } from './requirements.ts';

const wanting = (...ports: readonly number[]): Promise<void> => {
  const recipe = toyRecipe([toyStep('lamp', 'cell', { name: 'lamp', value: '1' })], {
    requires: { ports: ports.map((port) => deferred(port)) },
  });
  return checkRequirements(toyProgram(recipe, createToyWorld()), emptyRun, createWorld().host);
};

it('one port for two things is refused before anything is touched', async () => {
  await expect(wanting(8080, 8081, 8080)).rejects.toMatchObject({
    failure: { code: 'requires.port-twice', message: expect.stringContaining('port 8080') },
  });
  await wanting(8080, 8081);
});
