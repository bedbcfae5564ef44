import { basename } from 'node:path';
import { expect, it } from 'vitest';
import type { RecipeFile } from '../../model/recipe.ts';
import { secretText } from '../../model/secrets.ts';
import { contextOf, convergeStep, createWorld, describeStepType, type World } from '../../testing/step-bench.ts';
import { hostScript } from './host-script.ts';

const script: RecipeFile = { recipeFile: 'files/set-up.mjs', path: '/state/runs/r1/recipe/files/set-up.mjs', digest: 'd1' };

/** The Node that runs us, with a script that leaves what it was given. */
function node({ host }: World): void {
  host.program(basename(process.execPath), ({ argv, env }) => {
    host.put('/var/lib/marker', { content: `${argv.at(-1)} ${env.VALUE ?? ''}` });
    return { stdout: 'id=42\n' };
  });
}

describeStepType(hostScript, [
  {
    law: 'runs the script once its guard fails, and tells what its patterns find',
    params: { script, creates: '/var/lib/marker', env: { VALUE: secretText('token') }, output: { id: 'id=(\\d+)' } },
    given: (world) => {
      node(world);
      world.secrets.set('token', 'swordfish');
    },
    changes: [{ action: 'run', target: 'files/set-up.mjs' }],
    afterwards: ({ host }, outputs) => {
      expect(host.text('/var/lib/marker')).toBe(`${script.path} swordfish`);
      expect(host.calls[0]?.[1]).toMatch(/zx\/build\/cli\.js$/);
      expect(JSON.stringify(host.calls)).not.toContain('swordfish');
      expect(outputs).toEqual({ code: 0, stdout: 'id=42', id: '42' });
    },
  },
  {
    law: 'runs nothing where its guard holds',
    params: { script, creates: '/var/lib/marker' },
    given: (world) => {
      node(world);
      world.host.put('/var/lib/marker');
    },
    changes: [],
  },
  {
    law: 'acts once where it has no guard',
    params: { script },
    given: node,
    changes: [{ action: 'run', target: 'files/set-up.mjs' }],
  },
  {
    law: 'fails as its exit code says',
    params: { script },
    given: ({ host }) => host.program(basename(process.execPath), () => ({ code: 2, stderr: 'no\n' })),
    fails: 'script.failed',
  },
]);

it('shows the script by its place in the recipe, not where a run keeps it', async () => {
  const world = createWorld();
  world.host.program(basename(process.execPath), () => ({ code: 2 }));
  const error = await convergeStep(hostScript, { script }, contextOf(world, hostScript)).catch((thrown) => thrown);
  expect(error.failure.evidence.argv).toEqual(['files/set-up.mjs']);
  expect(error.failure.message).toBe('files/set-up.mjs ended with exit code 2.');
});
