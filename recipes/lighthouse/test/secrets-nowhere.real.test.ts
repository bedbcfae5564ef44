import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAgeVault } from '../../../src/adapters/vault/age-vault.ts';
import { createKeyFile } from '../../../src/adapters/vault/key-file.ts';
import { statOf } from '../../../src/journal/process-identity.ts';
import { createStateFolder } from '../../../src/journal/state-folder.ts';
import type { Vault } from '../../../src/model/ports.ts';
import { formsOf } from '../../../src/model/secret-forms.ts';
import { type CommandLineSampler, sampleCommandLines } from '../../../src/testing/command-line-sampler.ts';
import { createFairlead, type FairleadEnd } from '../../../src/testing/fairlead-process.ts';
import { killedAt } from '../../../src/testing/killed-within.ts';
import { createLighthouse, type Lighthouse, removeLighthouse } from './owned-lighthouse.ts';

/** A password of somebody else's, in a file that a step replaces or edits. */
const planted = Object.fromEntries(
  ['env', 'port', 'compose', 'bare', 'settings', 'name', 'comment', 'dockerfile', 'program', 'broken', 'after'].map((where) => [
    where,
    `Foreign${where}${randomBytes(9).toString('hex')}`,
  ]),
);

/** Files that are there before, in the folder of the lighthouse. */
const files: Readonly<Record<string, string>> = {
  '.env': `# was ${planted.comment}\nMAIL_AUTH=${planted.env}\nLIGHTHOUSE_PORT=${planted.port}\n`,
  'compose.yaml': `services:\n  db:\n    image: fairlead/none\n    environment:\n      POSTGRES_PASSWORD: ${planted.compose}\n      LOGIN: ${planted.bare}\n`,
  'config/lighthouse.yaml': `name: ${planted.name}\nmail:\n  login: ${planted.settings}\n`,
  'image/Dockerfile': `FROM scratch\nENV LOGIN ${planted.dockerfile}\n`,
  'image/lighthouse': `#!/bin/sh\ncurl -u keeper:${planted.program} https://example.org\n`,
};

/** What stands in the settings when the step that edits them comes to it: no YAML. */
const broken = `mail:\n  login: "${planted.broken}\n  - x: [\n`;

describe('the secrets of a lighthouse, and the passwords of others in files that it replaces', () => {
  let lighthouse: Lighthouse;
  let sampler: CommandLineSampler;
  let samples: readonly string[];
  const said: (readonly [string, string])[] = [];

  const keep = (what: string, end: FairleadEnd): FairleadEnd => {
    said.push([`${what}: standard output`, end.stdout], [`${what}: standard error`, end.stderr]);
    return end;
  };
  const run = async (...args: readonly string[]): Promise<FairleadEnd> =>
    keep(args.join(' '), await lighthouse.fairlead.run(...args));

  beforeAll(async () => {
    lighthouse = await createLighthouse();
    for (const folder of ['config', 'image']) await mkdir(join(lighthouse.folder, folder));
    for (const [name, content] of Object.entries(files)) await writeFile(join(lighthouse.folder, name), content);
    sampler = await sampleCommandLines();
  });

  afterAll(() => removeLighthouse(lighthouse));

  it('a plan, a run that fails late, and the rest of it after a resume', async () => {
    const { fairlead, folder, inputs, name } = lighthouse;
    const settings = join(folder, 'config/lighthouse.yaml');
    expect((await run('plan', 'lighthouse', ...inputs)).code).toBe(0);
    expect((await run('plan', 'lighthouse', ...inputs, '--json')).code).toBe(0);

    // The settings are edited a second time, much later. It stands still after the first, however late we hear of that.
    const standing = await createFairlead({
      FAIRLEAD_STATE_DIR: fairlead.stateDir,
      ...killedAt('"type":"step.finished","step":"settings"', 'SIGSTOP'),
    });
    const children = new Set<ChildProcess>();
    const ended = standing.start(['run', 'lighthouse', ...inputs, '--yes', '--json'], (_, child) => children.add(child));
    const states = () => [...children].map(({ pid = 0 }) => statOf(pid)?.state);
    await expect.poll(states, { timeout: 200_000 }).toEqual(['T']);
    await writeFile(settings, broken);
    for (const child of children) child.kill('SIGCONT');
    const failed = await ended;
    keep('failing run', failed);
    await standing.cleanUp();
    expect(failed.code, failed.stderr).toBe(1);
    expect(failed.stderr).toContain('file-yaml.not-yaml');

    await writeFile(settings, `name: ${name}\nlamp: lit\nmail:\n  login: ${planted.after}\n`);
    const resumed = await run('resume', '--yes');
    expect(resumed.code, resumed.stdout).toBe(0);
    await writeFile(join(folder, 'image/Dockerfile'), 'FROM scratch\n');
    const again = await run('run', 'lighthouse', '--name', name, '--yes', '--on-drift', 'overwrite');
    expect(again.code, again.stdout).toBe(0);
    for (const args of [['status'], ['runs'], ['doctor'], ['drift', name], ['export'], ['secrets', 'list', name]])
      await run(...args);
    samples = await sampler.stop();
  });

  it('are in the encrypted backups and in the vault', async () => {
    const vault = await vaultOf(lighthouse);
    const { runs } = createStateFolder(lighthouse.fairlead.stateDir).deployment(lighthouse.name);
    const backups = (await readdir(runs, { recursive: true })).filter((path) => path.includes('/backups/'));
    const opened = await Promise.all(
      backups.map(async (path) => Buffer.from(await vault.decrypt(await readFile(join(runs, path)))).toString()),
    );
    for (const [name, content] of Object.entries(files)) expect(opened, name).toContain(content);
    expect(vault.everyValue().length).toBeGreaterThan(1);
  });

  it('are in no other file of the state folder, in no command line, and in nothing that was printed', async () => {
    const { stateDir } = lighthouse.fairlead;
    const paths = (await readdir(stateDir, { recursive: true })).filter(
      (path) => !/(^|\/)(vault\.age|backups\/[^/]+\.age)$/.test(path),
    );
    const texts: (readonly [string, string])[] = [...said, ...samples.map((line) => ['command line', line] as const)];
    for (const path of paths) {
      if ((await stat(join(stateDir, path))).isFile()) texts.push([path, await readFile(join(stateDir, path), 'latin1')]);
    }
    const vault = await vaultOf(lighthouse);
    const searches = [...vault.everyValue(), ...Object.values(planted)].flatMap(formsOf).map(patternOf);
    // All of it was looked at: it is there what is no secret.
    expect(texts.filter(([where]) => where.endsWith('journal.ndjson'))).toHaveLength(2);
    expect(texts.filter(([where]) => /output\/.*\.log$/.test(where)).length).toBeGreaterThan(2);
    expect(samples.some((line) => line.includes('docker') && line.includes(lighthouse.name))).toBe(true);
    expect(said.map(([, text]) => text).join('\n')).toContain('LOGIN: •••');

    const found = texts.flatMap(([where, text]) =>
      searches.flatMap((search) => (search.test(text) ? [`${where}: ${search.source}`] : [])),
    );
    expect(found).toEqual([]);
  });
});

/** A short secret, of digits, may stand within a digest by chance. */
function patternOf(form: string): RegExp {
  const literal = form.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  return form.length > 8 ? new RegExp(literal) : new RegExp(`(?<![0-9A-Za-z])${literal}(?![0-9A-Za-z])`);
}

function vaultOf({ fairlead, name }: Lighthouse): Promise<Vault> {
  const folder = createStateFolder(fairlead.stateDir);
  return openAgeVault({ file: folder.deployment(name).vault, key: createKeyFile(folder.identity), create: false });
}
