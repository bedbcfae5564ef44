import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openSession } from '../../../src/cli/session.ts';
import { openWorld, outsideOf } from '../../../src/cli/world.ts';
import { noStandingAnswers } from '../../../src/engine/policy.ts';
import { createProgram } from '../../../src/engine/program.ts';
import { createRun, type Run } from '../../../src/engine/run.ts';
import { copyRecipe } from '../../../src/journal/copy-folder.ts';
import { createJournal, type Journal, openJournal } from '../../../src/journal/journal-file.ts';
import { newRunId } from '../../../src/journal/state-folder.ts';
import { loadRecipe } from '../../../src/recipe/load-recipe.ts';
import { stepTypes } from '../../../src/steps/index.ts';
import { toyHeader } from '../../../src/testing/toy-run.ts';
import { createLighthouse, type Lighthouse, ledgerOf, removeLighthouse } from './owned-lighthouse.ts';

let lighthouse: Lighthouse;
beforeEach(async () => {
  lighthouse = await createLighthouse();
});
afterEach(() => removeLighthouse(lighthouse));

it('stopped after each single step and resumed, lighthouse ends in the same state, with one line in the ledger', async () => {
  const { name, fairlead, values } = lighthouse;
  const session = openSession({ stateDir: fairlead.stateDir }, []);
  const { folder } = session;
  await folder.makeDeployment(name);
  const id = newRunId(new Date());
  const paths = await folder.makeRun(name, id);
  await copyRecipe(fileURLToPath(new URL('..', import.meta.url)), paths.recipe);
  const loaded = await loadRecipe(paths.recipe, stepTypes);
  if (!loaded.ok) throw new Error('lighthouse does not load');
  const { recipe } = loaded;
  const program = createProgram(recipe, stepTypes);

  /** One process: it is told to stop in the very moment in which a step's end is written. */
  const live = async (journal: Journal, begin: Parameters<typeof createRun>[0]['begin']) => {
    const world = await openWorld(session, name, { purpose: 'start' });
    let run: Run | undefined;
    const port: Pick<Journal, 'append'> = {
      async append(event, options) {
        const written = await journal.append(event, options);
        if (event.type === 'step.finished') run?.request({ kind: 'stop', when: 'after-step' });
        return written;
      },
    };
    const standing = { ...noStandingAnswers, approvePlan: true };
    run = createRun({ program, outside: outsideOf(world, port, paths, folder), standing, attended: false, begin });
    try {
      return await run.go();
    } finally {
      await journal.close();
    }
  };

  const header = {
    ...toyHeader(program),
    run: id,
    deployment: name,
    recipe: { name: recipe.name, version: recipe.version, title: recipe.title, digest: recipe.digest },
    inputs: values,
  };
  let state = await live(await createJournal(paths.journal), { header });
  let interruptions = 0;
  while (state.status === 'stopped' && state.stopReason === 'interrupted' && interruptions < 50) {
    interruptions++;
    const { events, journal } = await openJournal(paths.journal);
    state = await live(journal, { past: events, fairlead: '0.0.0' });
  }
  expect(state.status).toBe('ok');
  expect(interruptions).toBe(recipe.steps.length);
  expect(await ledgerOf(lighthouse)).toHaveLength(1);
  const plan = await fairlead.run('plan', 'lighthouse', '--name', name, '--exit-code');
  expect(plan.code, plan.stdout + plan.stderr).toBe(0);
});
