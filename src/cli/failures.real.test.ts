import { execFile } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JournalEvent } from '../model/events.ts';
import type { Failure } from '../model/failure.ts';
import { importBusyboxImage, removeBusyboxImage } from '../testing/busybox-image.ts';
import { failureLine } from '../testing/failure-line.ts';
import { createFairlead, type Fairlead, type FairleadEnd } from '../testing/fairlead-process.ts';
import { fixtureRecipe } from '../testing/fixtures/recipes/fixture-recipe.ts';

const docker = async (...args: readonly string[]): Promise<string> => (await promisify(execFile)('docker', args)).stdout;

let fairlead: Fairlead;
let folder: string;
/** The deployment's name, and that of all that a test makes in Docker. */
let name: string;

beforeEach(async () => {
  fairlead = await createFairlead();
  name = `failures-${randomBytes(4).toString('hex')}`;
  folder = await mkdtemp(join(tmpdir(), `${name}-`));
});
afterEach(async () => {
  await fairlead.cleanUp();
  await rm(folder, { recursive: true, force: true });
});

const run = (recipe: string, inputs: Readonly<Record<string, string>>, ...more: readonly string[]): Promise<FairleadEnd> => {
  const given = Object.entries(inputs).flatMap(([key, value]) => ['--input', `${key}=${value}`]);
  return fairlead.run('run', fixtureRecipe(recipe), '--name', name, ...given, ...more);
};
const resume = (...more: readonly string[]): Promise<FairleadEnd> => fairlead.run('resume', name, ...more);

const eventsOf = ({ stdout }: FairleadEnd): readonly JournalEvent[] =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as JournalEvent);

/** `step outcome` in the order in which steps finished. */
const outcomesOf = (end: FairleadEnd): readonly string[] =>
  eventsOf(end).flatMap((event) => (event.type === 'step.finished' ? [`${event.step} ${event.outcome}`] : []));

/** A run with `--json` that stopped at a failure: on standard output nothing but the journal, on standard error the failure. */
const failureOf = (end: FairleadEnd): Failure => {
  expect(end.code, end.stderr).toBe(1);
  expect(eventsOf(end).at(-1)).toMatchObject({ type: 'run.stopped', reason: 'failed' });
  const failure = failureLine(end.stderr);
  expect(failure.hints.at(-1)).toMatch(/^Go on with: fairlead resume /);
  return failure;
};

describe('a step that fails', () => {
  it('stops the run with 1, shows its command and the end of its output; mended, the run is resumed to its end', async () => {
    const end = await run('needs-a-file', { folder }, '--yes');
    expect(end.code).toBe(1);
    expect(end.stdout).toContain(`command: cat ${folder}/wanted`);
    expect(end.stdout).toContain('No such file or directory');
    expect(end.stdout).toContain('(command.failed)');
    expect(end.stdout).toMatch(/Go on with:\s+fairlead resume \S+/);
    await writeFile(join(folder, 'wanted'), 'words');
    const resumed = await resume('--json');
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(outcomesOf(resumed)).toEqual(['read changed', 'copy changed', 'last changed']);
    expect(await readFile(join(folder, 'copy'), 'utf8')).toBe('words');
  });

  it('with --json the failure is the last line on standard error, and standard output is the journal', async () => {
    const end = await run('needs-a-file', { folder }, '--yes', '--json');
    expect(failureOf(end)).toMatchObject({ code: 'command.failed', evidence: { exit: 1, argv: ['cat', `${folder}/wanted`] } });
    const [header] = eventsOf(end);
    const id = header?.type === 'run.started' ? header.run : '';
    const journal = join(fairlead.stateDir, 'deployments', name, 'runs', id, 'journal.ndjson');
    expect(end.stdout).toBe(await readFile(journal, 'utf8'));
  });

  it('with --on-failure skip the others go on without it and what builds on it; mended, a resume does the rest', async () => {
    const end = await run('needs-a-file', { folder }, '--yes', '--json', '--on-failure', 'skip');
    expect(failureOf(end).code).toBe('command.failed');
    expect(outcomesOf(end)).toEqual(['first changed', 'read failed', 'copy skipped', 'last changed']);
    await writeFile(join(folder, 'wanted'), 'words');
    const resumed = await resume('--json');
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(outcomesOf(resumed)).toEqual(['read changed', 'copy changed']);
  });

  it('with --on-failure retry it is tried three times, then the run stops', async () => {
    const end = await run('needs-a-file', { folder }, '--yes', '--json', '--on-failure', 'retry');
    expect(failureOf(end).code).toBe('command.failed');
    expect(outcomesOf(end)).toEqual(['first changed', 'read failed', 'read failed', 'read failed']);
  });

  it('is not forgotten: the same run asked for again is resumed, with other inputs it needs an operator', async () => {
    expect((await run('needs-a-file', { folder }, '--yes')).code).toBe(1);
    const other = await run('needs-a-file', { folder: `${folder}/other` }, '--yes', '--json');
    expect(other.code).toBe(3);
    expect(other.stdout).toBe('');
    expect(failureLine(other.stderr)).toMatchObject({
      code: 'run.operator-needed',
      message: expect.stringContaining('other inputs'),
    });
    await writeFile(join(folder, 'wanted'), 'words');
    const same = await run('needs-a-file', { folder }, '--yes', '--json');
    expect(same.code, same.stderr).toBe(0);
    expect(outcomesOf(same)).toEqual(['read changed', 'copy changed', 'last changed']);
  });
});

it('without a terminal and without --yes the plan is printed, the run ends with 3, and nothing is kept', async () => {
  const end = await run('greeting', { folder: join(folder, 'made') }, '--json');
  expect(end.code).toBe(3);
  expect(JSON.parse(end.stdout)).toMatchObject({ v: 1, deployment: name, counts: { create: 2 } });
  expect(failureLine(end.stderr)).toMatchObject({ code: 'run.operator-needed', hints: [expect.stringContaining('--yes')] });
  const plain = await run('greeting', { folder: join(folder, 'made') });
  expect(plain.code).toBe(3);
  expect(plain.stdout).toContain('Plan: 2 to create (+).');
  expect(plain.stderr).toContain('(run.operator-needed)');
  expect(await readdir(folder)).toEqual([]);
  await expect(readdir(fairlead.stateDir)).rejects.toMatchObject({ code: 'ENOENT' });
});

it('a manual step without --ack ends with 3 and says how to answer; --ack goes on, a danger wants its word', async () => {
  const end = await run('by-hand', { folder }, '--yes');
  expect(end.code).toBe(3);
  expect(end.stdout).toContain('2. Forward the port');
  expect(end.stdout).toContain('--ack open');
  const acknowledged = await resume('--yes', '--ack', 'all', '--json');
  expect(acknowledged.code).toBe(3);
  expect(failureLine(acknowledged.stderr)).toMatchObject({
    code: 'run.operator-needed',
    message: expect.stringContaining('step wipe'),
  });
  expect((await resume('--answer', 'wipe=wrong')).code).toBe(3);
  expect(await readdir(folder)).toEqual([]);
  const done = await resume('--answer', `wipe=${name}`);
  expect(done.code, done.stdout).toBe(0);
  expect(await readdir(folder)).toEqual(['wiped']);
});

describe('Docker', () => {
  const image = `fairlead-failures-${randomBytes(4).toString('hex')}:1`;
  beforeAll(() => importBusyboxImage(image));
  afterAll(() => removeBusyboxImage(image));
  afterEach(async () => {
    const containers = await docker('ps', '-aq', '--filter', `label=com.docker.compose.project=${name}`);
    for (const id of containers.split('\n').filter((line) => line !== '')) await docker('rm', '-f', '-v', id);
    const networks = await docker('network', 'ls', '-q', '--filter', `name=${name}`);
    for (const id of networks.split('\n').filter((line) => line !== '')) await docker('network', 'rm', id);
    await docker('image', 'prune', '-f', '--filter', `label=${name}`);
  });

  it('a subnet that another network has is refused with 2 before anything is made, naming that network', async () => {
    const other = `${name}-other`;
    let subnet = '';
    for (let tries = 0; subnet === '' && tries < 20; tries++) {
      const candidate = `172.${randomInt(24, 31)}.${randomInt(0, 255)}.0/24`;
      const made = await docker('network', 'create', '--subnet', candidate, other).catch(() => '');
      if (made !== '') subnet = candidate;
    }
    const end = await run('network', { subnet }, '--yes', '--json');
    expect(end.code, end.stdout).toBe(2);
    const failure = failureLine(end.stderr);
    expect(failure.code).toBe('docker.subnet-in-use');
    expect(failure.message).toContain(`the Docker network ${other} (${subnet})`);
    expect(failure.hints[0]).toContain('another subnet');
    await expect(readdir(fairlead.stateDir)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('an image that no registry gives stops the run, resumably', async () => {
    const failure = failureOf(await run('pull', { image: '127.0.0.1:1/nothing:1' }, '--yes', '--json'));
    expect(failure).toMatchObject({ code: 'docker.registry-unreachable', fault: 'environment', retryable: true });
    expect(failure.message).toContain('127.0.0.1:1/nothing:1');
    expect(failureOf(await resume('--json')).code).toBe('docker.registry-unreachable');
  });

  it('an image that can not be built stops the run with the end of the build; mended, it is built', async () => {
    await cp('/bin/busybox', join(folder, 'busybox'));
    const dockerfile = (end: string): Promise<void> =>
      writeFile(join(folder, 'Dockerfile'), `FROM scratch\nLABEL ${name}=1\nCOPY busybox /bin/sh\n${end}\n`);
    await dockerfile('RUN echo about to break; exit 7');
    try {
      const failure = failureOf(await run('build', { context: folder }, '--yes', '--json'));
      expect(failure.code).toBe('docker.build-failed');
      expect(failure.evidence?.tail.join('\n')).toContain('about to break');
      await dockerfile('RUN echo fine');
      const resumed = await resume('--json');
      expect(resumed.code, resumed.stderr).toBe(0);
    } finally {
      await docker('rmi', '-f', `${name}:1`).catch(() => undefined);
    }
  });

  const service = (...lines: readonly string[]): Promise<void> =>
    writeFile(
      join(folder, 'compose.yaml'),
      ['version: "3.8"', 'services:', '  web:', `    image: ${image}`, ...lines.map((line) => `    ${line}`), ''].join('\n'),
    );

  it('a container that restarts for ever stops the run, with its exit code and its last words', async () => {
    await service('command: ["sh", "-c", "echo no settings; exit 3"]', 'restart: always');
    const failure = failureOf(await run('compose', { folder }, '--yes', '--json'));
    expect(failure.code).toBe('compose.restarting');
    expect(JSON.stringify(failure)).toContain('no settings');
  });

  it('a health check that never holds stops the run when the wait is over; mended, it goes on', async () => {
    const healthy = (check: string) =>
      service('stop_signal: SIGKILL', `healthcheck: { test: ["CMD", "${check}"], interval: 1s, retries: 1 }`);
    await healthy('false');
    const failure = failureOf(await run('compose', { folder }, '--yes', '--json'));
    expect(failure.code).toMatch(/^compose\./);
    expect(failure.message).toContain('web');
    await healthy('true');
    const resumed = await resume('--json');
    expect(resumed.code, resumed.stderr).toBe(0);
  });

  it('a port that is taken is named when compose can not have it, and the run is resumed when it is free', async () => {
    const listener = createServer();
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const { port } = listener.address() as AddressInfo;
    try {
      await service('stop_signal: SIGKILL', `ports: ["127.0.0.1:${port}:80"]`);
      const failure = failureOf(await run('compose', { folder }, '--yes', '--json'));
      expect(failure.code).toBe('docker.port-in-use');
      expect(failure.message).toContain(String(port));
    } finally {
      await new Promise((resolve) => listener.close(resolve));
    }
    const resumed = await resume('--json');
    expect(resumed.code, resumed.stderr).toBe(0);
  });
});

it('a folder that comes into a file’s place during the run stops it resumably', async () => {
  // The plan sees nothing yet: it is the first step that makes the folder.
  const made = join(folder, 'both');
  const end = await run('paths', { folder: made, file: made }, '--yes', '--json');
  expect(failureOf(end).code).toBe('host.is-a-directory');
  await rm(made, { recursive: true });
  await mkdir(made);
  expect(failureOf(await resume('--json')).code).toBe('host.is-a-directory');
});
