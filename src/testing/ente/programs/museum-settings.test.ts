import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readSettings } from './museum-settings.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'museum-settings-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const settings = async (yaml: string, env: Readonly<Record<string, string>> = {}) => {
  await writeFile(join(folder, 'museum.yaml'), yaml);
  return readSettings(env, folder);
};

test('the environment beats museum.yaml, and museum.yaml what is built in', async () => {
  const set = await settings('db: { name: of_file, user: of_file }', { ENTE_DB_NAME: 'of_environment' });
  expect([set.text('db.name'), set.text('db.user'), set.text('db.port')]).toEqual(['of_environment', 'of_file', '5432']);
});

test('a variable that is empty counts as none', async () => {
  expect((await settings('db: { name: of_file }', { ENTE_DB_NAME: '' })).text('db.name')).toBe('of_file');
});

test('an old release reads a key with - from a variable with -, a new one from a variable with _', async () => {
  const env = { 'ENTE_S3_B2-EU-CEN_KEY': 'old', ENTE_S3_B2_EU_CEN_KEY: 'new' };
  expect((await settings('', { ...env, MUSEUM_RELEASE: '2025-04-03' })).text('s3.b2-eu-cen.key')).toBe('old');
  expect((await settings('', { ...env, MUSEUM_RELEASE: '2025-04-04' })).text('s3.b2-eu-cen.key')).toBe('new');
});

test('tokens of the environment hide those of museum.yaml, and are split at white space', async () => {
  const yaml = 'internal: { hardcoded-ott: { emails: ["c@d,987654"] } }';
  const key = 'internal.hardcoded-ott.emails';
  expect((await settings(yaml)).texts(key)).toEqual(['c@d,987654']);
  const env = { ENTE_INTERNAL_HARDCODED_OTT_EMAILS: 'a@b,123456 e@f,111111' };
  expect((await settings(yaml, env)).texts(key)).toEqual(['a@b,123456', 'e@f,111111']);
});

test('a list of admins with nothing but a comment in it is not empty', async () => {
  expect((await settings('internal:\n  admins:\n    - # nobody yet\n')).numbers('internal.admins')).toEqual([0]);
  expect((await settings('internal:\n  admins: []\n')).numbers('internal.admins')).toEqual([]);
});

test('credentials.yaml wins over museum.yaml in old releases, and loses in new ones', async () => {
  await writeFile(join(folder, 'credentials.yaml'), 'db: { name: of_credentials }');
  const yaml = 'db: { name: of_museum }';
  expect((await settings(yaml, { MUSEUM_RELEASE: '2024-07-20' })).text('db.name')).toBe('of_credentials');
  expect((await settings(yaml)).text('db.name')).toBe('of_museum');
});

test('a folder in the place of museum.yaml is passed over', async () => {
  await mkdir(join(folder, 'museum.yaml'));
  expect(readSettings({}, folder).text('db.host')).toBe('localhost');
});

test('a file that is no YAML is an error', async () => {
  await expect(settings('db: [')).rejects.toThrow('While parsing config: yaml: ');
});
