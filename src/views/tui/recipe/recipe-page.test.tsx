import { describe, expect, test } from 'vitest';
import type { DeploymentSummary, RunSummary } from '../../../model/catalogue.ts';
import { fail } from '../../../model/failure.ts';
import type { Recipe } from '../../../model/recipe.ts';
import { openApp } from '../../../testing/app-under-test.tsx';
import { createFakeDesk, deskDeployment, deskRecipe, type FakeDeskContents } from '../../../testing/fake-desk.ts';
import { KEYS } from '../../../testing/keys.ts';
import { toyStep } from '../../../testing/toy-run.ts';

const run = (more: Partial<RunSummary> = {}): RunSummary => ({
  id: 'run-1',
  kind: 'converge',
  what: 'toy 1.0.0',
  startedAt: '2026-11-22T14:03:00Z',
  lastAt: '2026-11-22T14:05:00Z',
  ...more,
});

const numbers = Array.from({ length: 40 }, (_, at) => String(at + 1).padStart(2, '0'));
const long: Recipe = deskRecipe({
  steps: numbers.map((number) => toyStep(`s${number}`, 'cell', { name: number }, { title: `Thing number ${number}` })),
});

/** The app on the page of the toy recipe; `about`: the deployment that it was opened for. */
async function recipePage(about?: DeploymentSummary, contents: FakeDeskContents = {}) {
  const desk = createFakeDesk({ recipes: [long], deployments: about === undefined ? [] : [about], ...contents });
  const app = openApp(desk, {
    first: { kind: 'open-recipe', ref: 'toy', ...(about === undefined ? {} : { deployment: about.name, about }) },
  });
  await app.shows('Toy, a thing to play with (toy 1.0.0)');
  return { ...app, asked: desk.asked };
}

/** The line that is pointed at. */
const pointedAt = (screen: string): string => /^› *(.*?) *$/m.exec(screen)?.[1] ?? '';

describe('reading', () => {
  test('arrows, pages, Home and End scroll, and stop at the ends', async () => {
    const app = await recipePage();
    expect(app.screen()).toContain('It asks for');
    await app.type(KEYS.down);
    expect(app.screen()).not.toContain('Toy, a thing to play with (toy 1.0.0)');
    await app.type(KEYS.up, KEYS.up);
    await app.shows('Toy, a thing to play with (toy 1.0.0)');
    await app.type(KEYS.end);
    await app.shows('the end');
    expect(app.screen()).toContain('Thing number 40');
    await app.type(KEYS.pageUp);
    await app.shows('Thing number 28');
    await app.type(KEYS.home);
    await app.shows('It asks for');
  });

  test('Escape leads back to the first page', async () => {
    const app = await recipePage();
    await app.type(KEYS.escape);
    await app.shows('Type to find');
  });

  test('Enter and i go on to the form, of a new deployment or of the one that is meant', async () => {
    for (const key of [KEYS.enter, 'i']) {
      const fresh = await recipePage();
      await fresh.type(key);
      await fresh.hides('It asks for');
      expect(fresh.asked).toEqual([{ what: 'draft', ref: 'toy' }]);
    }
    const again = await recipePage(deskDeployment('mine', { last: run() }));
    await again.type(KEYS.enter);
    await again.hides('It asks for');
    expect(again.asked).toEqual([{ what: 'draft', ref: 'toy', deployment: 'mine' }]);
  });

  test('a recipe that can not be read says why, and has no way on', async () => {
    const failure = fail('recipe.invalid', 'recipe.yaml:8:3: found `imput`').failure;
    const desk = createFakeDesk({ brokenRecipes: [{ ref: 'bad', name: 'bad', title: 'bad', version: '', failure }] });
    const app = openApp(desk, { first: { kind: 'open-recipe', ref: 'bad' } });
    await app.shows('recipe.yaml:8:3');
    await app.type(KEYS.enter);
    expect(desk.asked).toEqual([]);
    await app.type(KEYS.escape);
    await app.shows('Type to find');
  });
});

describe('a search', () => {
  test('shows the first place while it is typed, then the next and the one before', async () => {
    const app = await recipePage();
    await app.type(...'/number');
    expect(pointedAt(app.screen())).toBe('1. Thing number 01');
    await app.type(...' 3');
    await app.shows('Thing number 30');
    expect(pointedAt(app.screen())).toBe('30. Thing number 30');
    expect(app.screen()).toContain('1 of 10');
    await app.type(KEYS.enter, 'n');
    expect(pointedAt(app.screen())).toBe('31. Thing number 31');
    await app.type('N', 'N');
    expect(pointedAt(app.screen())).toBe('39. Thing number 39');
  });

  test('takes letters and ? as text, and begins anew from the top where nothing follows', async () => {
    const app = await recipePage();
    await app.type(KEYS.end, '/', ...'toy, A');
    await app.shows('Toy, a thing to play with (toy 1.0.0)');
    await app.type('?');
    await app.shows('not found');
    expect(app.state().dialog).toBeUndefined();
  });

  test('is left by Escape, and only then does Escape lead back', async () => {
    const app = await recipePage();
    await app.type('/', 'x', KEYS.escape);
    await app.hides('/x');
    expect(app.screen()).toContain('It asks for');
    await app.type('/', 'n', KEYS.enter, KEYS.escape);
    expect(app.state().pages).toHaveLength(2);
    await app.type(KEYS.escape);
    await app.shows('Type to find');
  });
});

describe('of what is deployed', () => {
  test('the record of its last run is a key away', async () => {
    const app = await recipePage(deskDeployment('mine', { last: run({ id: 'run-7' }) }), { records: { 'run-7': [] } });
    expect(app.screen()).toContain('mine is installed.');
    await app.type('o');
    await app.hides('mine is installed.');
    expect(app.state().pages.at(-1)?.kind).toBe('run');
    expect(app.asked).toEqual([]);
  });

  test('another version is said to be brought', async () => {
    const old = { name: 'toy', title: 'Toy', version: '0.9.0', ref: 'toy' };
    const app = await recipePage(deskDeployment('mine', { recipe: old, last: run() }));
    expect(app.screen()).toMatch(/It was\s+installed\s+from\s+0\.9\.0/);
  });

  test('a run that is under way is watched', async () => {
    const app = await recipePage(deskDeployment('mine', { standing: 'running', unfinished: run({ id: 'run-8' }) }));
    await app.type(KEYS.enter);
    await app.hides('run under way');
    expect(app.asked).toEqual([{ what: 'attach', run: 'run-8' }]);
  });

  test('a run that has not come to its end offers the same ways out as the first page', async () => {
    const app = await recipePage(deskDeployment('mine', { standing: 'broken-off', unfinished: run({ id: 'run-9' }) }));
    await app.type(KEYS.enter);
    await app.shows('mine has not come to its end');
    expect(app.asked).toEqual([]);
    await app.type(KEYS.escape);
    await app.shows('It asks for');
    await app.type(KEYS.enter, KEYS.enter);
    await app.hides('It asks for');
    await app.hides('has not come to its end');
    expect(app.asked).toEqual([{ what: 'resume', run: 'run-9' }]);
  });
});
