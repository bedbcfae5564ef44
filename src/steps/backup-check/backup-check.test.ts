import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { contextOf, convergeStep, createWorld, describeStepType, planStep, type World } from '../../testing/step-bench.ts';
import { backupCheck } from './backup-check.ts';

const FOLDER = '/var/backups/app';
const sumOf = (content: string): string => createHash('sha256').update(content).digest('hex');

/** A backup as it should be, with `more` besides. */
function backup(world: World, name: string, facts: object, more: Readonly<Record<string, string>> = {}): void {
  const files: Readonly<Record<string, string>> = {
    'manifest.json': JSON.stringify(facts),
    'database.dump': `dump of ${name}`,
    'objects/a b': 'one',
    ...more,
  };
  for (const folder of ['', '/objects']) world.host.put(`${FOLDER}/${name}${folder}`, { kind: 'dir' });
  for (const [path, content] of Object.entries(files)) world.host.put(`${FOLDER}/${name}/${path}`, { content });
  const sums = Object.entries(files).map(([path, content]) => `${sumOf(content)}  ./${path}\n`);
  world.host.put(`${FOLDER}/${name}/SHA256SUMS`, { content: sums.join('') });
}

const OLD = '20260101T000000Z';
const NEW = '20260202T000000Z';
const FACTS = { deployment: 'app', postgres: 15, users: 3 };
const both = (world: World): void => {
  backup(world, OLD, FACTS);
  backup(world, NEW, { ...FACTS, users: 4 });
};
const damaged = (path: string, content: string) => (world: World) => {
  both(world);
  world.host.put(`${FOLDER}/${NEW}/${path}`, { content });
};
const params = { folder: FOLDER, expect: { deployment: 'app' }, facts: ['users'] };

describeStepType(backupCheck, [
  {
    law: 'holds for the newest, and gives its facts',
    params,
    given: both,
    changes: [],
    afterwards: (_, outputs) => expect(outputs).toEqual({ path: `${FOLDER}/${NEW}`, name: NEW, users: 4 }),
  },
  {
    law: 'holds for the one that is named',
    params: { ...params, backup: OLD, at_most: { postgres: 15 } },
    given: both,
    changes: [],
    afterwards: (_, outputs) => expect(outputs).toEqual({ path: `${FOLDER}/${OLD}`, name: OLD, users: 3 }),
  },
  {
    law: 'passes over a newer one of another deployment, and over what is none',
    params,
    given: (world) => {
      both(world);
      backup(world, '20260303T000000Z', { ...FACTS, deployment: 'other' });
      world.host.put(`${FOLDER}/.app-20260404T000000Z.part`, { kind: 'dir' });
    },
    changes: [],
    afterwards: (_, outputs) => expect(outputs).toMatchObject({ name: NEW }),
  },
  { law: 'refuses a file of which a byte was changed', params, given: damaged('database.dump', 'dumq'), fails: 'backup.damaged' },
  { law: 'refuses a file that nobody summed up', params, given: damaged('objects/more', 'x'), fails: 'backup.damaged' },
  {
    law: 'refuses where a file is gone',
    params: { ...params, backup: NEW },
    given: (world) => {
      both(world);
      world.host.put(`${FOLDER}/${NEW}/SHA256SUMS`, { content: `${sumOf('')}  ./gone\n` });
    },
    fails: 'backup.damaged',
  },
  {
    law: 'refuses the backup of another deployment',
    params: { ...params, backup: NEW, expect: { deployment: 'other' } },
    given: both,
    fails: 'backup.of-another',
    planOnly: true,
  },
  {
    law: 'refuses a dump that is too new',
    params: { ...params, at_most: { postgres: 14 } },
    given: both,
    fails: 'backup.too-new',
    planOnly: true,
  },
  {
    law: 'refuses one without a number where a number has a bound',
    params: { ...params, at_most: { users_at_once: 14 } },
    given: both,
    fails: 'backup.too-new',
  },
  { law: 'refuses where there is none', params, fails: 'backup.none' },
  { law: 'refuses one that is not there', params: { ...params, backup: '20200101T000000Z' }, given: both, fails: 'backup.none' },
  {
    law: 'refuses one that was never completed',
    params: { ...params, backup: '20260404T000000Z' },
    given: (world) => world.host.put(`${FOLDER}/20260404T000000Z`, { kind: 'dir' }),
    fails: 'backup.incomplete',
  },
  {
    law: 'refuses a fact that it does not tell',
    params: { folder: FOLDER, facts: ['objects'] },
    given: both,
    fails: 'backup.no-such-fact',
  },
]);

it('in a plan, one that is not there yet is waited for', async () => {
  const ctx = contextOf(createWorld(), backupCheck, { forecast: true });
  expect(await planStep(backupCheck, params, ctx)).toMatchObject([{ action: 'check', target: `${FOLDER}/newest` }]);
});

it('names the files that are not as they were', async () => {
  const world = createWorld();
  damaged('database.dump', 'dumq')(world);
  world.host.put(`${FOLDER}/${NEW}/objects/more`, { content: 'x' });
  await expect(convergeStep(backupCheck, params, contextOf(world, backupCheck))).rejects.toThrow(
    `The backup ${FOLDER}/${NEW} is not as it was written: objects/more is not part of it, database.dump differs.`,
  );
});

it('says which one the newest is', async () => {
  const world = createWorld();
  both(world);
  const found = await backupCheck.read(params, contextOf(world, backupCheck));
  expect(backupCheck.notes?.(params, found)).toEqual([`it is ${FOLDER}/${NEW}`]);
});
