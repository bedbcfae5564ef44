import { describe, expect, test } from 'vitest';
import type { DeploymentSummary, RunSummary } from '../../../model/catalogue.ts';
import { fail } from '../../../model/failure.ts';
import { openApp } from '../../../testing/app-under-test.tsx';
import { doneEvents } from '../../../testing/asking-run.ts';
import { createFakeDesk, deskDeployment, deskRecipe, type FakeDeskContents } from '../../../testing/fake-desk.ts';
import { eventOf } from '../../../testing/fake-run.ts';
import { KEYS } from '../../../testing/keys.ts';

const run = (id: string, more: Partial<RunSummary> = {}): RunSummary => ({
  id,
  kind: 'converge',
  what: 'toy 1.0.0',
  startedAt: '2026-11-22T14:03:00Z',
  lastAt: '2026-11-22T14:05:00Z',
  ...more,
});
const stopped = (name: string): DeploymentSummary =>
  deskDeployment(name, { standing: 'stopped', unfinished: run(`run-of-${name}`, { stopReason: 'failed' }) });

const recipes = ['apple', 'banana', 'cherry'].map((name) => deskRecipe({ name, title: `The ${name}` }));

/** The app on its first page, which shows `first`. */
async function home(contents: FakeDeskContents, first: string | RegExp) {
  const desk = createFakeDesk({ recipes, ...contents });
  const app = openApp(desk);
  await app.shows(first);
  return { ...app, asked: desk.asked };
}

/** The row that is pointed at. */
const pointedAt = (screen: string): string => /^› *(.*?) *$/m.exec(screen)?.[1] ?? '';

describe('the lists', () => {
  test('what needs somebody stands first, and is chosen', async () => {
    const app = await home(
      { deployments: [deskDeployment('well'), stopped('zebra'), deskDeployment('away', { standing: 'uninstalled' })] },
      /installed, healthy/,
    );
    await app.shows('The cherry');
    const names = app.screen().match(/zebra|well|away|apple|banana|cherry/g) ?? [];
    expect([...new Set(names)]).toEqual(['zebra', 'well', 'away', 'apple', 'banana', 'cherry']);
    expect(pointedAt(app.screen())).toContain('zebra');
  });

  test('arrows, Home, End and pages move through both lists and stop at their ends', async () => {
    const app = await home({ deployments: [deskDeployment('well')] }, 'The cherry');
    await app.shows('well');
    await app.type(KEYS.up);
    expect(pointedAt(app.screen())).toContain('well');
    await app.type(KEYS.down, KEYS.down);
    expect(pointedAt(app.screen())).toContain('banana');
    await app.type(KEYS.end, KEYS.down);
    expect(pointedAt(app.screen())).toContain('cherry');
    await app.type(KEYS.home);
    expect(pointedAt(app.screen())).toContain('well');
    await app.type(KEYS.pageDown);
    expect(pointedAt(app.screen())).toContain('cherry');
    await app.type(KEYS.pageUp);
    expect(pointedAt(app.screen())).toContain('well');
  });

  test('what is typed finds in both lists, by all of its words; Escape shows all again', async () => {
    const app = await home({ deployments: [deskDeployment('banana-shop'), deskDeployment('well')] }, 'The cherry');
    await app.shows('banana-shop');
    await app.type(...'BANANA');
    await app.hides('cherry');
    expect(app.screen()).toContain('Find: BANANA');
    expect(app.screen()).toContain('2 found');
    expect(app.screen()).not.toContain('well');
    await app.type(...' the');
    await app.hides('banana-shop');
    expect(pointedAt(app.screen())).toContain('The banana');
    await app.type(KEYS.backspace, KEYS.backspace, KEYS.backspace, KEYS.backspace);
    await app.shows('banana-shop');
    await app.type(KEYS.escape);
    await app.shows('cherry');
    expect(app.screen()).toContain('well');
  });

  test('the row that was chosen stays chosen when the lists are read again', async () => {
    const deployments = [deskDeployment('well')];
    const app = await home({ deployments }, 'The cherry');
    await app.shows('well');
    await app.type(KEYS.end);
    deployments.push(stopped('halted'));
    await app.type(KEYS.ctrl('r'));
    await app.shows('halted');
    expect(pointedAt(app.screen())).toContain('cherry');
  });

  test('they are read again on a key and when the page comes to the front, and never by themselves', async () => {
    let looks = 0;
    const desk = createFakeDesk({ recipes });
    const app = openApp({
      ...desk,
      catalogue: {
        ...desk.catalogue,
        deployments: async () => {
          looks++;
          return [];
        },
      },
    });
    await app.shows('Nothing is deployed');
    expect(looks).toBe(1);
    await app.type(KEYS.ctrl('r'));
    expect(looks).toBe(2);
    await app.type(KEYS.enter);
    await app.shows('It asks for');
    await app.type(KEYS.escape);
    await app.shows('Nothing is deployed');
    expect(looks).toBe(3);
  });

  test('health that can not be had is said to be unknown', async () => {
    const app = await home(
      { deployments: [deskDeployment('well')], health: () => Promise.reject(fail('docker.trouble', 'It broke.')) },
      'installed, not known',
    );
    expect(app.screen()).toContain('○');
  });

  test('what can not be read is said in its place, and the other list is there all the same', async () => {
    const desk = createFakeDesk({ recipes });
    const refuse = () =>
      Promise.reject(fail('state.unreadable', 'The state folder is locked away.', { hints: ['Be its owner.'] }));
    const app = openApp({ ...desk, catalogue: { ...desk.catalogue, deployments: refuse } });
    await app.shows('The state folder is locked away.');
    await app.shows('The cherry');
    expect(app.screen()).toContain('Be its owner.');
  });

  test('a control character of a name or a title never reaches the screen', async () => {
    const evil = deskRecipe({ name: 'evil', title: 'a\u001b]0;owned\u0007b\u001b[2Jc' });
    const app = await home(
      {
        recipes: [evil],
        deployments: [deskDeployment('x', { recipe: { name: 'e\u001b[31mf', title: '', version: '1', ref: 'e' } })],
      },
      'abc',
    );
    expect(app.screen()).not.toContain('\u001b[2J');
    expect(app.screen()).not.toContain('owned');
    await app.shows('ef 1');
  });

  test('Escape on the first page says how to quit, and ? shows all keys', async () => {
    const app = await home({}, 'The cherry');
    await app.type(KEYS.escape);
    await app.shows('Ctrl-C quits');
    await app.type('?');
    await app.shows('read it all again');
    await app.type(KEYS.escape);
    await app.shows('The cherry');
  });
});

describe('Enter', () => {
  test('on a recipe opens its page', async () => {
    const app = await home({}, 'The cherry');
    await app.type(KEYS.down, KEYS.enter);
    await app.shows('The banana (banana 1.0.0)');
    expect(app.asked).toEqual([]);
  });

  test('on a broken recipe says what is wrong with it', async () => {
    const failure = fail('recipe.invalid', 'The recipe has a problem:\nrecipe.yaml:8:3: found `imput`').failure;
    const app = await home(
      { brokenRecipes: [{ ref: 'broken', name: 'broken', title: 'broken', version: '', failure }] },
      "can't be used",
    );
    await app.type(KEYS.end, KEYS.enter);
    await app.shows('recipe.yaml:8:3');
  });

  test('on a run that has come to its end since the page looked shows how it ended', async () => {
    const events = [...doneEvents(), { type: 'run.finished', outcome: 'ok' } as const];
    const app = await home(
      {
        deployments: [deskDeployment('busy', { standing: 'running', unfinished: run('run-7') })],
        records: { 'run-7': events.map((body, at) => eventOf(body, at + 1)) },
        run: () => {
          throw fail('run.finished', 'Run run-7 of busy has come to its end (ok): there is nothing to watch.');
        },
      },
      'running now',
    );
    await app.type(KEYS.enter);
    await app.shows('Done in');
    await app.shows('The run has come to its end meanwhile.');
    expect(app.screen()).not.toContain('could not be done');
  });

  test('on a running deployment watches it', async () => {
    const app = await home(
      { deployments: [deskDeployment('busy', { standing: 'running', unfinished: run('run-7') })] },
      'running now',
    );
    await app.type(KEYS.enter);
    await app.hides('running now');
    expect(app.asked).toEqual([{ what: 'attach', run: 'run-7' }]);
  });

  test('on one whose run is about to begin only says so', async () => {
    const app = await home({ deployments: [deskDeployment('busy', { standing: 'running' })] }, 'running now');
    await app.type(KEYS.enter);
    await app.shows('Ctrl-R looks again');
    expect(app.asked).toEqual([]);
  });

  test('on one whose run has just ended is not needed: it is looked at again until it stands as it will', async () => {
    const desk = createFakeDesk();
    const stands = ['running', 'running', 'installed'] as const;
    let looks = 0;
    const deployments = async () => [deskDeployment('busy', { standing: stands[looks++] ?? 'installed' })];
    const app = openApp({ ...desk, catalogue: { ...desk.catalogue, deployments } });
    await app.shows('running now');
    await app.shows('installed, healthy');
    expect(looks).toBe(3);
  });

  test('on an installed deployment opens its recipe, from where it is run again', async () => {
    const deployments = [
      deskDeployment('mine', {
        recipe: { name: 'apple', title: 'The apple', version: '1.0.0', ref: 'apple' },
        last: run('run-9'),
      }),
    ];
    const app = await home({ deployments }, 'installed, healthy');
    await app.type(KEYS.enter);
    await app.shows('mine is installed.');
    await app.type(KEYS.enter);
    await app.hides('mine is installed.');
    expect(app.asked).toEqual([{ what: 'draft', ref: 'apple', deployment: 'mine' }]);
  });

  test('on a damaged deployment says what is damaged, and Escape leads back', async () => {
    const failure = fail('journal.corrupt', 'Line 17 is bad.', { hints: ['Bring it back from a backup.'] }).failure;
    const app = await home({ deployments: [{ name: 'hurt', standing: 'damaged', failure }] }, 'its record is damaged');
    await app.type(KEYS.enter);
    await app.shows('Bring it back from a backup.');
    await app.type(KEYS.escape);
    await app.shows('The cherry');
    expect(app.asked).toEqual([]);
  });
});

describe('an unfinished run', () => {
  const open = async (contents: FakeDeskContents = {}) => {
    const app = await home({ deployments: [stopped('halted')], ...contents }, 'stopped: a step failed');
    await app.type(KEYS.enter);
    await app.shows('halted has not come to its end');
    return app;
  };

  test('is resumed by Enter', async () => {
    const app = await open();
    await app.type(KEYS.enter);
    await app.hides('has not come to its end');
    expect(app.asked).toEqual([{ what: 'resume', run: 'run-of-halted' }]);
  });

  test('is changed in the form of its own inputs', async () => {
    const contents = { recipes: [deskRecipe()] };
    const app = await open(contents);
    await app.type(KEYS.down, KEYS.enter);
    await app.hides('has not come to its end');
    expect(app.asked).toEqual([{ what: 'draft', ref: 'toy', deployment: 'halted', changes: 'run-of-halted' }]);
  });

  test('is given up only by who has read what that leads to', async () => {
    const app = await open();
    await app.type('g');
    await app.shows('Close it for good.');
    expect(app.asked).toEqual([]);
    await app.type('g');
    await app.hides('has not come to its end');
    expect(app.asked).toEqual([{ what: 'abandon', run: 'run-of-halted' }]);
  });

  test('is left as it is by Escape', async () => {
    const app = await open();
    await app.type(KEYS.escape);
    await app.shows('The cherry');
    expect(app.asked).toEqual([]);
  });

  test('can be looked at', async () => {
    const app = await open({ records: { 'run-of-halted': [] } });
    await app.type('o');
    await app.hides('has not come to its end');
    expect(app.state().pages.at(-1)?.kind).toBe('run');
    expect(app.asked).toEqual([]);
  });

  test('of a rotation takes no other inputs', async () => {
    const rotating = deskDeployment('halted', {
      standing: 'stopped',
      unfinished: run('run-3', { kind: 'rotate', what: 'rotate key', stopReason: 'failed' }),
    });
    const app = await open({ deployments: [rotating] });
    expect(app.screen()).not.toContain('change inputs');
    await app.type('i');
    expect(app.asked).toEqual([]);
    await app.type('g');
    await app.shows('Go back to the old value');
  });

  test('whose choices are open goes from the screen when it has come to its end meanwhile', async () => {
    const deployments = [stopped('halted')];
    const app = await open({ deployments });
    deployments[0] = deskDeployment('halted');
    // The page in front reads again whenever somebody asks: here it is the test.
    await app.type(KEYS.escape, KEYS.ctrl('r'));
    await app.shows('installed, healthy');
    expect(app.screen()).not.toContain('has not come to its end');
  });
});

test('a run that waits for an answer says so, and stands before all others', async () => {
  const running = { standing: 'running', unfinished: run('r1') } as const;
  const deployments = [deskDeployment('alpha', running), deskDeployment('omega', { ...running, asks: true })];
  const app = openApp(createFakeDesk({ deployments }));
  await app.shows('waits for your answer');
  const rows = app.screen().split('\n');
  expect(rows.findIndex((row) => row.includes('omega'))).toBeLessThan(rows.findIndex((row) => row.includes('alpha')));
  await app.shows('it waits until somebody does');
});
