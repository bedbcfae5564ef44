import type { Draft, PlannedRun } from '../model/dispatch.ts';
import type { StepForecast } from '../model/events.ts';
import type { RecipeStep } from '../model/recipe.ts';
import type { StepId } from '../model/step-id.ts';
import { deskRecipe } from './fake-desk.ts';
import { deferred, toyStep } from './toy-run.ts';

const TITLES: Readonly<Record<string, readonly [title: string, uses: string]>> = {
  group: ['Make its group', 'host.group'],
  user: ['Make its user', 'host.user'],
  folders: ['Make its folders', 'host.directory'],
  docker: ['Install and start Docker where it is missing', 'docker.engine'],
  network: ['Create its own Docker network', 'docker.network'],
  old_data: ['Remove what the version before left', 'host.directory'],
  settings: ['Write the settings of the service, the mail relay and all of its virtual hosts', 'file.yaml'],
  env: ['Write .env', 'file.env'],
  compose_file: ['Write the compose file', 'host.file'],
  up: ['Start the service', 'compose.up'],
  ping: ['Wait until it answers', 'net.http'],
  register: ['Register the first account', 'container.exec'],
  account: ["Read the account's id from the log", 'log.capture'],
  keeper: ['Make the account an administrator', 'file.yaml'],
  dns: ['Point the name at this host', 'manual'],
  mail: ['Set up the mail relay', 'host.file'],
};

const ids = Object.keys(TITLES) as StepId[];

const EXTRAS: Readonly<Record<string, Partial<RecipeStep>>> = {
  old_data: { danger: deferred('harbour') },
  compose_file: { explain: 'One container, which listens on this host alone.\nIts name and tag are those of the image above.\n' },
};

/** A recipe's steps with some of every kind that a plan can show. */
export const sampleDraft: Draft = {
  recipe: deskRecipe({
    name: 'harbour',
    title: 'Harbour, a place for ships',
    steps: ids.map((id) => toyStep(id, 'cell', { name: id }, { title: TITLES[id]?.[0] ?? '', ...EXTRAS[id] })),
  }),
  ref: 'harbour',
  deployment: 'harbour',
  fields: [],
};

const COMPOSE = [
  'services:',
  '  harbour:',
  '    image: harbour:2.1.0',
  '    restart: unless-stopped',
  '    environment:',
  '      HARBOUR_MASTER: "a value that is so long that it takes more than one row of a pane of a terminal of any size"',
  '    ports:',
  '      - "127.0.0.1:${HARBOUR_PORT}:8080"',
  '    volumes:',
  '      - ships:/data',
  '    healthcheck:',
  '      test: ["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8080/ping"]',
  '      interval: 2s',
  '      timeout: 5s',
  '      retries: 15',
  'volumes:',
  '  ships:',
];

const FORECASTS: Readonly<Record<string, Omit<StepForecast, 'step'>>> = {
  group: { changes: [{ action: 'create', target: 'harbour', after: { system: true } }] },
  user: {
    changes: [
      { action: 'create', target: 'harbour', after: { group: 'harbour', home_folder: false, shell: '/usr/sbin/nologin' } },
    ],
  },
  folders: {
    changes: ['/srv/harbour', '/srv/harbour/config', '/srv/harbour/ships'].map((target) => ({
      action: 'create',
      target,
      after: { owner: 'harbour:harbour', mode: '0750' },
    })),
  },
  network: {
    changes: [{ action: 'create', target: 'harbour.lan', after: { subnet: '172.29.78.0/24' } }],
  },
  old_data: { changes: [{ action: 'delete', target: '/srv/harbour/1.x', before: { entries: 214 } }] },
  settings: {
    changes: [
      { action: 'update', target: '/srv/harbour/config/harbour.yaml /lamp', before: false, after: true },
      { action: 'update', target: '/srv/harbour/config/harbour.yaml', property: 'mode', before: '0644', after: '0600' },
    ],
    drift: true,
    invalidatedBy: ['input:lamp'],
  },
  env: {
    changes: [{ action: 'create', target: '/srv/harbour/.env', after: ['HARBOUR_PORT', 'HARBOUR_KEY'], secret: true }],
    adopts: [{ secret: 'harbour_key', volume: 'harbour_ships', rotates: true }],
  },
  compose_file: {
    changes: [
      {
        action: 'create',
        target: '/srv/harbour/compose.yaml',
        after: { owner: 'harbour:harbour', mode: '0640', lines: COMPOSE.length },
        diff: [`@@ -0,0 +1,${COMPOSE.length} @@`, ...COMPOSE.map((line) => `+${line}`)].join('\n'),
      },
    ],
  },
  up: { changes: [{ action: 'create', target: 'project harbour' }], notes: ['The compose file is not there yet.'] },
  ping: {
    changes: [
      { action: 'check', target: 'http://127.0.0.1:8078/ping', before: 'connect ECONNREFUSED 127.0.0.1:8078', after: 'HTTP 200' },
    ],
  },
  register: { changes: [{ action: 'run', target: 'harbour: /bin/harbour register master@harbour.lan' }] },
  account: { changes: [{ action: 'check', target: 'harbour', after: 'user_id=(?<id>[1-9]\\d+)', before: 'no such container' }] },
  keeper: { changes: [], waitsFor: 'account' as StepId },
  dns: { changes: [{ action: 'run', target: 'by hand' }] },
  mail: { changes: [], skipped: true },
};

function planned(forecasts: Readonly<Record<string, Omit<StepForecast, 'step'>>>, more: Partial<PlannedRun> = {}): PlannedRun {
  return {
    recipe: { name: 'harbour', title: 'Harbour, a place for ships', version: '2.1.0' },
    deployment: 'harbour',
    steps: ids.map((id) => ({ id, title: TITLES[id]?.[0] ?? '', uses: TITLES[id]?.[1] ?? '' })),
    forecast: ids.map((step) => ({ step, changes: [], ...forecasts[step] })),
    changedInputs: [],
    user: 'root',
    ...more,
  };
}

/** A first install that has something of everything. */
export const firstPlan: PlannedRun = planned(FORECASTS);

/** A later run after one input was changed: most is as wanted. */
export const laterPlan: PlannedRun = planned(
  {
    compose_file: {
      changes: [
        {
          action: 'update',
          target: '/srv/harbour/compose.yaml',
          property: 'content',
          before: { lines: 17 },
          after: { lines: 17 },
          diff: [
            '@@ -1,5 +1,5 @@',
            ' services:',
            '   harbour:',
            '-    image: harbour:2.0.3',
            '+    image: harbour:2.1.0',
            '     restart: unless-stopped',
          ].join('\n'),
        },
      ],
    },
    up: {
      changes: [{ action: 'update', target: 'project harbour', because: ['compose_file'] as StepId[] }],
      invalidatedBy: ['step:compose_file'],
    },
    mail: { changes: [], skipped: true },
  },
  { changedInputs: ['version'], orphans: [{ step: 'ferry' as StepId, run: '20260101-120000-abcd' }] },
);

/** A run that has nothing to do. */
export const idlePlan: PlannedRun = planned({ mail: { changes: [], skipped: true } });

/** A plan of very many steps: each writes a file of so many lines. */
export function longPlan(steps: number, lines: number): PlannedRun {
  const diff = Array.from({ length: lines }, (_, at) => `+line ${at + 1} of a file that is written`).join('\n');
  return planned(
    {},
    {
      steps: Array.from({ length: steps }, (_, at) => ({
        id: `step_${at + 1}`,
        title: `Write file ${at + 1}`,
        uses: 'host.file',
      })),
      forecast: Array.from({ length: steps }, (_, at) => ({
        step: `step_${at + 1}` as StepId,
        changes: [{ action: 'create', target: `/srv/harbour/${at + 1}`, diff }],
      })),
    },
  );
}
