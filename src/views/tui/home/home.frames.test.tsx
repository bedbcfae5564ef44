import { test } from 'vitest';
import type { DeploymentSummary, RecipeSummary, RunSummary } from '../../../model/catalogue.ts';
import { fail } from '../../../model/failure.ts';
import { expectScreens } from '../../../testing/expect-screens.tsx';
import { deskDeployment } from '../../../testing/fake-desk.ts';
import type { AppState } from '../app-state.ts';
import { ready } from '../loaded.ts';
import { textField } from '../parts/text-field.ts';
import { firstHome, type HomeState } from './home-state.ts';

// Local times, so that the frames are the same everywhere.
const NOW = new Date(2026, 10, 23, 12).getTime();
const at = (day: number, hour: number): string => new Date(2026, 10, day, hour, 3).toISOString();

const run = (what: string, day: number, more: Partial<RunSummary> = {}): RunSummary => ({
  id: `202611${day}T140300Z-1f3a`,
  kind: 'converge',
  what,
  startedAt: at(day, 14),
  lastAt: at(day, 15),
  ...more,
});
const recipeOf = (name: string, title: string, version = '1.0.0') => ({ name, title, version, ref: name });

const recipes: readonly RecipeSummary[] = [
  {
    ref: 'ente',
    name: 'ente',
    title: 'Ente, a cloud sync for the Ente Auth 2FA app',
    version: '1.0.0',
    summary: 'Museum, its database and its object store, with the first account made an administrator.',
  },
  { ref: 'hedgehog', name: 'hedgehog', title: 'hedgehog', version: '', failure: fail('recipe.invalid', BROKEN()).failure },
  {
    ref: 'lighthouse',
    name: 'lighthouse',
    title: 'Lighthouse, a small service to try fairlead on',
    version: '1.0.0',
    summary: 'The five-minute tour, real from end to end; it needs no image registry.',
  },
  { ref: 'mastodon', name: 'mastodon', title: 'Mastodon, a server of the fediverse', version: '4.5.0' },
  { ref: 'wiki', name: 'wiki', title: 'The wiki of our house', version: '0.3.0', own: true, summary: 'With last year’s pages.' },
];

function BROKEN(): string {
  return 'The recipe has a problem:\nhedgehog/recipe.yaml:8:3: found `imput`; expected `inputs` [recipe.unknown-key]';
}

const stopped: DeploymentSummary = deskDeployment('lighthouse', {
  standing: 'stopped',
  recipe: recipeOf('lighthouse', 'Lighthouse'),
  unfinished: run('lighthouse 1.0.0', 22, { stopReason: 'failed' }),
  last: run('lighthouse 1.0.0', 22),
});

const deployments: readonly DeploymentSummary[] = [
  deskDeployment('ente', { recipe: recipeOf('ente', 'Ente'), last: run('ente 1.0.0', 20) }),
  stopped,
  deskDeployment('mastodon', { recipe: recipeOf('mastodon', 'Mastodon', '4.5.0'), last: run('backup', 21) }),
  deskDeployment('mastodon-for-the-neighbourhood', {
    standing: 'broken-off',
    recipe: recipeOf('mastodon', 'Mastodon', '4.4.2'),
    unfinished: run('mastodon 4.4.2', 19),
    last: run('mastodon 4.4.2', 19),
  }),
  {
    name: 'old-shop',
    standing: 'damaged',
    failure: fail(
      'journal.corrupt',
      'Line 17 of the journal /var/lib/fairlead/deployments/old-shop/runs/20260102T030405Z-0a1b/journal.ndjson is bad: its sum is wrong.',
      {
        hints: ['Bring the file back from a backup, or move the folder /var/lib/fairlead/deployments/old-shop out of the way.'],
      },
    ).failure,
  },
  deskDeployment('try', { standing: 'uninstalled', recipe: recipeOf('lighthouse', 'Lighthouse'), last: run('uninstall', 11) }),
  deskDeployment('wiki', {
    standing: 'running',
    recipe: recipeOf('wiki', 'The wiki of our house', '0.3.0'),
    unfinished: run('wiki 0.3.0', 23),
    last: run('wiki 0.3.0', 23),
  }),
];

const full: HomeState = {
  ...firstHome,
  deployments: ready(deployments),
  recipes: ready(recipes),
  health: {
    ente: { dot: 'good', word: 'healthy' },
    mastodon: { dot: 'bad', word: '1 of 3 not well' },
  },
};

const app = (home: HomeState): AppState => ({ pages: [home], mouse: false, now: NOW });

test('what is there, what needs somebody first', () => expectScreens('home', app(full)));

test('a run that waits for an answer: before all others, and what to press', () => {
  const asking = deployments.map((one) => (one.name === 'wiki' ? { ...one, asks: true as const } : one));
  return expectScreens('home-asks', app({ ...full, deployments: ready(asking) }));
});

test('a recipe chosen further down', () => expectScreens('home-recipe-chosen', app({ ...full, chosen: 'recipe wiki' })));

test('a recipe that can not be used', () => expectScreens('home-broken-recipe', app({ ...full, chosen: 'recipe hedgehog' })));

test('nothing is deployed: what to do', () =>
  expectScreens('home-empty', app({ ...firstHome, deployments: ready([]), recipes: ready(recipes) })));

test('nothing is there at all', () =>
  expectScreens('home-nothing', app({ ...firstHome, deployments: ready([]), recipes: ready([]) })));

test('before anything is known', () => expectScreens('home-loading', app(firstHome)));

test('typed to find', () => expectScreens('home-find', app({ ...full, filter: textField('mast') })));

test('nothing found', () => expectScreens('home-find-nothing', app({ ...full, filter: textField('xyzzy') })));

test('a state folder that can not be read', () =>
  expectScreens(
    'home-unreadable',
    app({
      ...full,
      deployments: {
        status: 'failed',
        failure: fail('state.unreadable', "The folder /var/lib/fairlead/deployments can't be read: permission denied.", {
          fault: 'environment',
          hints: ['Run fairlead as the user that owns its state folder, or name another with --state-dir DIR.'],
        }).failure,
      },
    }),
  ));

test('an unfinished run: resume, change inputs, give up', () =>
  expectScreens('home-unfinished', app({ ...full, over: { kind: 'unfinished', deployment: 'lighthouse', cursor: 1 } })));

test('an unfinished rotation', () => {
  const rotating = { ...stopped, unfinished: run('rotate ledger_key', 22, { kind: 'rotate', stopReason: 'interrupted' }) };
  return expectScreens(
    'home-unfinished-rotation',
    app({ ...full, deployments: ready([rotating]), over: { kind: 'unfinished', deployment: 'lighthouse', cursor: 0 } }),
  );
});

test('a damaged record', () =>
  expectScreens('home-damaged', app({ ...full, over: { kind: 'damaged', deployment: 'old-shop', top: 0 } })));
