import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { EventOf, JournalEvent, StepForecast } from '../../../src/model/events.ts';
import { changesWorld } from '../../../src/model/plan-effect.ts';
import { hostCompose } from '../../../src/testing/host-compose.ts';
import { eventsIn, isOf } from '../../../src/testing/told-events.ts';
import { createEnte, docker, type OwnedEnte, PASSWORD, registering, removeEnte } from './owned-ente.ts';

describe('ente, on this host and its Docker Engine', () => {
  let ente: OwnedEnte;
  let first: JournalEvent[] = [];
  let id = '';

  const inContainer = async (service: string, ...argv: string[]): Promise<string> =>
    (await docker('exec', `${ente.name}-${service}`, ...argv)).stdout;
  const settings = () => readFile(join(ente.folder, 'museum.yaml'), 'utf8');
  const drift = async () => {
    const { code, stdout } = await ente.fairlead.run('drift', ente.name, '--json');
    const { steps } = JSON.parse(stdout) as { steps: readonly StepForecast[] };
    return { code, steps: steps.filter(({ changes }) => changes.length > 0) };
  };

  beforeAll(async () => {
    ente = await createEnte();
  });
  afterAll(async () => {
    await removeEnte(ente);
  });

  it('runs from nothing to the list of users without a terminal, while a phone registers', async () => {
    const { registered, onLine } = registering(ente);
    const args = ['run', ...(await ente.args()), '--yes', '--json', '--ack', 'proxy_by_hand'];
    const { code, stdout, stderr } = await ente.fairlead.start(args, onLine);
    expect(code, stderr).toBe(0);
    first = eventsIn(stdout);
    id = await registered;
    const users = first.find(isOf('step.finished', 'users'));
    expect(users?.carried?.outputs.stdout).toMatch(
      new RegExp(`^Email: me@home\\.lan, ID: ${id}, Created: \\d{4}-\\d\\d-\\d\\d$`, 'm'),
    );
    const journal = join(ente.fairlead.stateDir, 'deployments', ente.name, 'runs', (first[0] as EventOf<'run.started'>).run);
    expect(stdout).toBe(await readFile(join(journal, 'journal.ndjson'), 'utf8'));
  });

  it('applied what it had planned, step by step', () => {
    const forecast = first.find((event) => event.type === 'plan.forecast')?.forecast ?? [];
    const planned = forecast.filter(({ waitsFor, changes }) => waitsFor === undefined && changes.some(changesWorld));
    for (const { step, changes } of planned) expect(first.find(isOf('step.intended', step)), step).toMatchObject({ changes });
    expect(planned.length).toBeGreaterThan(14);
  });

  it('kept what it typed and what it made out of the journal', async () => {
    const { stdout } = await ente.fairlead.run('secrets', 'list', ente.name, '--json');
    const { secrets } = JSON.parse(stdout) as { secrets: readonly { readonly name: string }[] };
    const names = secrets.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['jwt_secret', 'key_encryption', 'key_hash', 'db_password', 'minio_secret']));
    const values = await Promise.all(
      names.map(async (name) => (await ente.fairlead.run('secrets', 'get', ente.name, name, '--reveal')).stdout.trim()),
    );
    for (const value of [...values, PASSWORD]) expect(JSON.stringify(first)).not.toContain(value);
  });

  it('made the account an administrator, and took its token out of the settings', async () => {
    expect(parse(await settings())).toMatchObject({
      internal: { admins: [Number(id)], 'hardcoded-ott': { emails: [] }, 'disable-registration': false },
    });
  });

  it('trap 1: compose reads its file, and finds every variable', async () => {
    const file = join(ente.folder, 'docker-compose.yml');
    const { stdout, stderr } = await hostCompose('--file', file, '--project-directory', ente.folder, 'config', '--services');
    expect(stderr).toBe('');
    expect(stdout.trim().split('\n').sort()).toEqual(['cli', 'minio', 'museum', 'postgres', 'provision', 'web']);
  });

  it('made the buckets in the store, and not folders beside it', async () => {
    const buckets = await inContainer('minio', 'ls', '/data');
    expect(buckets.split('\n')).toEqual(expect.arrayContaining(['b2-eu-cen', 'scw-eu-fr-v3', 'wasabi-eu-central-2-v3']));
  });

  it('is reached on 127.0.0.1 alone, and its database from nowhere', async () => {
    const { stdout } = await docker('ps', '--filter', `name=^${ente.name}-`, '--format', '{{.Names}} {{.Ports}}');
    const lines = stdout.trim().split('\n').sort();
    expect(lines.map((line) => line.split(' ')[0]?.slice(ente.name.length + 1))).toEqual([
      'cli',
      'minio',
      'museum',
      'postgres',
      'web',
    ]);
    const published = lines.flatMap((line) => line.match(/\S+->/g) ?? []);
    expect(published).toHaveLength(4);
    for (const port of published) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  it('gave Museum an address that no other container can be given', async () => {
    const format = `{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}`;
    const { stdout } = await docker('inspect', '--format', format, `${ente.name}-museum`);
    expect(stdout.trim()).toBe(String(ente.values.subnet).replace('.0/24', '.200'));
  });

  it('run again, changes nothing, and drift is empty', async () => {
    const { code, stdout } = await ente.fairlead.run('run', ...(await ente.args()), '--yes', '--json');
    expect(code).toBe(0);
    const ends = eventsIn(stdout).filter((event) => event.type === 'step.finished');
    expect(ends.filter(({ outcome }) => outcome !== 'ok' && outcome !== 'skipped')).toEqual([]);
    expect(await drift()).toEqual({ code: 0, steps: [] });
  });

  it('after a hand edit of museum.yaml drift shows that line, and --on-drift overwrite repairs it and keeps the comments', async () => {
    const file = join(ente.folder, 'museum.yaml');
    const before = await settings();
    const [, number = ''] = /- (\d+)/.exec(before) ?? [];
    await writeFile(file, before.replace(`- ${number}`, '- 4711 # my friend'));
    await appendFile(file, '\n# kept, too\n');
    const { code, steps } = await drift();
    expect(code).toBe(5);
    expect(steps.map(({ step }) => step)).toEqual(['admin', 'restart']);
    expect(steps[0]?.changes).toEqual([
      { action: 'update', target: `${file} /internal/admins`, before: [4711], after: [Number(number)] },
    ]);

    const stopped = await ente.fairlead.run('run', ...(await ente.args()), '--yes');
    expect(stopped.code).toBe(3);
    const repaired = await ente.fairlead.run('run', ...(await ente.args()), '--yes', '--on-drift', 'overwrite');
    expect(repaired.code, repaired.stdout).toBe(0);
    const after = await settings();
    expect(parse(after)).toEqual(parse(before));
    expect(after).toContain('# kept, too');
    expect(after.startsWith('# Settings of Museum')).toBe(true);
    expect(await drift()).toEqual({ code: 0, steps: [] });
    expect(await inContainer('cli', '/ente-cli', 'admin', 'list-users')).toContain(`ID: ${id}`);
  });
});
