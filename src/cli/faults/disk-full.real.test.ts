import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readJournal } from '../../journal/read-journal.ts';
import { createStateFolder } from '../../journal/state-folder.ts';
import type { JournalEvent } from '../../model/events.ts';
import { failureLine } from '../../testing/failure-line.ts';
import { createFairlead, type Fairlead, type FairleadEnd } from '../../testing/fairlead-process.ts';
import { makePipe } from '../../testing/pipe.ts';
import { createMemoryDisk, type MemoryDisk } from '../../testing/small-disk.ts';

let disk: MemoryDisk;
let folder: string;
let fairlead: Fairlead;

beforeEach(async () => {
  disk = await createMemoryDisk(4096);
  folder = await mkdtemp(join(tmpdir(), 'disk-full-'));
  fairlead = await createFairlead({ FAIRLEAD_STATE_DIR: join(disk.dir, 'state') });
});
afterEach(async () => {
  await fairlead.cleanUp();
  await disk.remove();
  await rm(folder, { recursive: true, force: true });
});

const STEPS = 40;

/** A recipe of many steps: by turns a folder, and a line that may be written only once. */
async function manySteps(before: readonly string[] = []): Promise<string> {
  const steps = Array.from({ length: STEPS / 2 }, (_, index) => [
    `  - { id: dir_${index}, title: 'Make folder ${index}', uses: host.directory, with: { path: '${folder}/made/${index}' } }`,
    `  - id: line_${index}`,
    `    title: Write line ${index}`,
    '    uses: host.command',
    `    with: { argv: [sh, -c, 'echo "$0" >>"$1"', '${index}', '${folder}/ledger'] }`,
  ]);
  return recipe('many', ['steps:', ...before, ...steps.flat()]);
}

async function recipe(name: string, lines: readonly string[]): Promise<string> {
  const path = join(folder, `recipe-${name}`);
  await mkdir(path, { recursive: true });
  await writeFile(
    join(path, 'recipe.yaml'),
    [`recipe: ${name}`, 'version: 1.0.0', `title: The recipe ${name}`, ...lines].join('\n'),
  );
  return path;
}

const ledger = async (): Promise<readonly string[]> =>
  (await readFile(join(folder, 'ledger'), 'utf8').catch(() => '')).split('\n').slice(0, -1);
const allLines = Array.from({ length: STEPS / 2 }, (_, index) => String(index));

const runFolders = (deployment: string): Promise<string[]> => readdir(join(disk.dir, 'state', 'deployments', deployment, 'runs'));
/** Of two runs that began in one second the ids do not tell which was first: the state folder does. */
const journalOf = async (deployment: string): Promise<string> => {
  const runs = await createStateFolder(join(disk.dir, 'state')).listRuns(deployment);
  return runs.at(-1)?.paths.journal ?? '';
};
const eventsOf = async (deployment: string): Promise<readonly JournalEvent[]> =>
  (await readJournal(await journalOf(deployment))).events;

/** The failure of a process that ended with 1, which says that the disk is full and what to do. */
function diskFull({ code, stderr }: FairleadEnd): ReturnType<typeof failureLine> {
  expect(code, stderr).toBe(1);
  const failure = failureLine(stderr);
  expect(failure.message).toMatch(/the disk is full \(ENOSPC\)/);
  expect(failure.hints.join(' ')).toMatch(new RegExp(`[Mm]ake room.*df -h ${disk.dir}`));
  return failure;
}

/** Goes on until the end, and says of each act in doubt what the ledger says of it. */
async function resumeToTheEnd(deployment: string): Promise<void> {
  const end = await fairlead.run('resume', deployment, '--yes', '--json');
  if (end.code === 3) {
    const [, step = ''] = /step (\w+) asks \(in-doubt\)/.exec(failureLine(end.stderr).message) ?? [];
    const done = step === 'wait' || (await ledger()).includes(step.replace('line_', ''));
    const answered = await fairlead.run('resume', deployment, '--answer', `${step}=${done ? 'done' : 'again'}`);
    expect(answered.code, answered.stdout + answered.stderr).toBe(0);
    return;
  }
  expect(end.code, end.stderr).toBe(0);
}

describe('a disk that gets full while a run writes its journal', () => {
  it('a run of steps that are all done stops where its journal can’t grow; with room it is resumed to its end', async () => {
    const many = await manySteps();
    expect((await fairlead.run('run', many, '--yes')).code).toBe(0);
    expect((await fairlead.run('run', many, '--yes')).code).toBe(0);
    const needed = (await stat(await journalOf('many'))).size;
    const before = await ledger();
    disk.fill((needed * 0.8) / 1024);
    const end = await fairlead.run('run', many, '--yes', '--json');
    const failure = diskFull(end);
    expect(failure.code).toBe('journal.append-failed');
    expect(failure.message).toContain(await journalOf('many'));
    expect(failure.hints.join(' ')).toContain('fairlead resume');
    // What was written is whole, and is what was shown.
    const { events, torn } = await readJournal(await journalOf('many'));
    expect(torn).toBeUndefined();
    expect(events.length).toBeGreaterThan(3);
    expect(events.at(-1)?.type).not.toMatch(/^run\./);
    expect(end.stdout).toBe(events.map((event) => `${JSON.stringify(event)}\n`).join(''));
    // Looking needs no room.
    expect(JSON.parse((await fairlead.run('status', '--json')).stdout)).toMatchObject([
      { deployment: 'many', state: 'broken off' },
    ]);
    const still = await fairlead.run('resume', 'many', '--json');
    diskFull(still);
    disk.free();
    const resumed = await fairlead.run('resume', 'many', '--yes', '--json');
    expect(resumed.code, resumed.stderr).toBe(0);
    expect((await eventsOf('many')).slice(0, events.length)).toEqual(events);
    expect(await ledger()).toEqual(before);
  });

  it.each([0.55, 0.8])('wherever it gets full, every act happens once (room for %d of the journal)', async (share) => {
    const many = await manySteps();
    expect((await fairlead.run('run', many, '--name', 'measure', '--yes')).code).toBe(0);
    const needed = (await stat(await journalOf('measure'))).size;
    await rm(join(folder, 'ledger'));
    await rm(join(folder, 'made'), { recursive: true });
    disk.fill((needed * share) / 1024);
    diskFull(await fairlead.run('run', many, '--yes', '--json'));
    const partly = await ledger();
    expect(partly.length).toBeLessThan(allLines.length);
    disk.free();
    await resumeToTheEnd('many');
    expect(await ledger()).toEqual(allLines);
    expect((await readdir(join(folder, 'made'))).length).toBe(STEPS / 2);
    expect((await eventsOf('many')).at(-1)).toMatchObject({ type: 'run.finished', outcome: 'ok' });
  });

  it('filled in the middle of a step that acts once, that step’s outcome is not lost, and the rest waits', async () => {
    const pipe = await makePipe(join(folder, 'pipe'));
    const wait = `argv: [sh, -c, 'echo begun >>"$0/acts"; cat "$0/pipe"; echo ended >>"$0/acts"', '${folder}']`;
    const many = await manySteps([`  - { id: wait, title: Write a line and wait, uses: host.command, with: { ${wait} } }`]);
    const acts = (): Promise<string> => readFile(join(folder, 'acts'), 'utf8');
    try {
      const end = await fairlead.start(['run', many, '--yes', '--json'], (line) => {
        const event = JSON.parse(line) as JournalEvent;
        if (event.type !== 'step.intended' || event.step !== 'wait') return;
        void pipe.open(() => disk.fill());
      });
      diskFull(end);
      expect(await acts()).toBe('begun\nended\n');
    } finally {
      await pipe.release();
    }
    disk.free();
    await resumeToTheEnd('many');
    expect(await acts()).toBe('begun\nended\n');
    expect(await ledger()).toEqual(allLines);
  });
});

describe('a disk that is full before a run begins', () => {
  it('nothing is changed and no run is kept; with room the run is as ever', async () => {
    const many = await manySteps();
    disk.fill();
    const failure = diskFull(await fairlead.run('run', many, '--yes', '--json'));
    expect(failure.code).toBe('state.not-writable');
    expect(await readdir(folder)).toEqual(['recipe-many']);
    expect((await fairlead.run('runs', '--json')).stdout.trim()).toBe('[]');
    expect((await fairlead.run('plan', many)).code).toBe(0);
    disk.free();
    expect((await fairlead.run('run', many, '--yes')).code).toBe(0);
    expect(await ledger()).toEqual(allLines);
  });
});

describe('a disk that is full when a secret is kept', () => {
  it('the vault is the old one, whole; no new secret is used; with room the run is resumed', async () => {
    const big = 'x'.repeat(12_000);
    const steps = (more: readonly string[]): readonly string[] => [
      'inputs:',
      '  big: { type: secret, title: Makes the vault some pages long }',
      '  folder: { type: path, title: Where it writes }',
      'secrets:',
      '  first: { generate: hex, bytes: 16 }',
      ...(more.length === 0 ? [] : ['  second: { generate: hex, bytes: 16 }']),
      'steps:',
      '  - id: first',
      '    title: Use the first secret',
      '    uses: file.env',
      "    with: { path: '${{ inputs.folder }}/.env', values: { FIRST: '${{ secrets.first }}', BIG: '${{ inputs.big }}' } }",
      ...more,
    ];
    await writeFile(join(folder, 'big.yaml'), `big: ${big}\n`, { mode: 0o600 });
    const inputs = ['--inputs', join(folder, 'big.yaml'), '--input', `folder=${folder}`];
    const ran = await fairlead.run('run', await recipe('secret', steps([])), ...inputs, '--yes');
    expect(ran.code, ran.stderr).toBe(0);
    const vault = join(disk.dir, 'state', 'deployments', 'secret', 'vault.age');
    const sealed = await readFile(vault);
    const first = (await fairlead.run('secrets', 'get', 'secret', 'first', '--reveal')).stdout;
    const pipe = await makePipe(join(folder, 'pipe'));
    const more = await recipe(
      'secret',
      steps([
        '  - id: wait',
        '    title: Wait',
        '    uses: host.command',
        "    with: { argv: [cat, '${{ inputs.folder }}/pipe'] }",
        '  - id: second',
        '    title: Use the second secret',
        '    uses: file.env',
        "    with: { path: '${{ inputs.folder }}/second.env', values: { SECOND: '${{ secrets.second }}' } }",
      ]),
    );
    try {
      const end = await fairlead.start(['run', more, '--yes', '--json'], (line) => {
        const event = JSON.parse(line) as JournalEvent;
        if (event.type !== 'step.intended' || event.step !== 'wait') return;
        // Room for the journal's next page, not for another vault.
        void pipe.open(() => disk.fill(8));
      });
      const failure = diskFull(end);
      expect(failure.code).toBe('vault.not-writable');
      expect(end.stdout + end.stderr).not.toContain(first.trim());
    } finally {
      await pipe.release();
    }
    expect(await readFile(vault)).toEqual(sealed);
    const names = await readdir(join(vault, '..'));
    expect(names.filter((name) => name.startsWith('vault.age'))).toEqual(['vault.age']);
    expect(await readdir(folder)).not.toContain('second.env');
    disk.free();
    const resumed = await fairlead.run('resume', '--yes');
    expect(resumed.code, resumed.stdout + resumed.stderr).toBe(0);
    expect((await fairlead.run('secrets', 'get', 'secret', 'first', '--reveal')).stdout).toBe(first);
    const second = (await fairlead.run('secrets', 'get', 'secret', 'second', '--reveal')).stdout.trim();
    expect(await readFile(join(folder, 'second.env'), 'utf8')).toContain(second);
  });
});

describe('a disk that is full when a replaced file is kept', () => {
  it('the file is not replaced, since its old content could not be kept; with room the run is resumed', async () => {
    const file = join(folder, 'settings');
    const old = `${'old\n'.repeat(8_000)}`;
    await writeFile(file, old);
    const pipe = await makePipe(join(folder, 'pipe'));
    const path = await recipe('replace', [
      'steps:',
      `  - { id: wait, title: Wait, uses: host.command, with: { argv: [cat, '${folder}/pipe'] } }`,
      `  - { id: replace, title: Replace, uses: host.file, with: { path: '${file}', content: new } }`,
    ]);
    try {
      const end = await fairlead.start(['run', path, '--yes', '--json'], (line) => {
        const event = JSON.parse(line) as JournalEvent;
        if (event.type !== 'step.intended' || event.step !== 'wait') return;
        void pipe.open(() => disk.fill(16));
      });
      expect(diskFull(end).code).toBe('state.not-writable');
    } finally {
      await pipe.release();
    }
    expect(await readFile(file, 'utf8')).toBe(old);
    disk.free();
    expect((await fairlead.run('resume', '--yes')).code).toBe(0);
    expect(await readFile(file, 'utf8')).toBe('new');
    const [run = ''] = await runFolders('replace');
    expect(await readdir(join(disk.dir, 'state', 'deployments', 'replace', 'runs', run, 'backups'))).toHaveLength(1);
  });
});

describe('a full disk where a step writes', () => {
  let target: MemoryDisk;

  beforeEach(async () => {
    target = await createMemoryDisk(512);
  });
  afterEach(() => target.remove());

  it.each([
    ['host.file', "content: '${{ inputs.text }}'"],
    ['file.env', "values: { TEXT: '${{ inputs.text }}' }"],
    ['file.block', "name: test, content: '${{ inputs.text }}'"],
  ])(
    '%s leaves the old file whole and no other; it says which disk is full; with room the run is resumed',
    async (uses, params) => {
      const text = 'words '.repeat(2_000).trim();
      const file = join(target.dir, 'settings');
      await writeFile(file, 'OLD=1\n', { mode: 0o640 });
      const path = await recipe('write', [
        'inputs:',
        '  text: { type: string, title: What is written }',
        'steps:',
        '  - id: write',
        '    title: Write',
        `    uses: ${uses}`,
        `    with: { path: '${file}', ${params} }`,
        `  - { id: last, title: Make the last folder, uses: host.directory, with: { path: '${folder}/last' } }`,
      ]);
      target.fill(4);
      const end = await fairlead.run('run', path, '--input', `text=${text}`, '--yes', '--json');
      expect(end.code, end.stderr).toBe(1);
      expect(failureLine(end.stderr)).toMatchObject({
        code: 'host.disk-full',
        message: `Can't write ${file}: the file system at ${target.dir} is full.`,
        hints: [expect.stringContaining(`df -h ${target.dir}`), expect.stringContaining('fairlead resume ')],
      });
      expect(await readFile(file, 'utf8')).toBe('OLD=1\n');
      expect(await readdir(target.dir)).toEqual(['ballast', 'settings']);
      target.free();
      const resumed = await fairlead.run('resume', '--yes');
      expect(resumed.code, resumed.stdout + resumed.stderr).toBe(0);
      expect(await readFile(file, 'utf8')).toContain(text);
      expect(await readdir(target.dir)).toEqual(['settings']);
      expect(await readdir(folder)).toContain('last');
    },
  );
});
