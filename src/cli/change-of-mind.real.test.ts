import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JournalEvent } from '../model/events.ts';
import { failureLine } from '../testing/failure-line.ts';
import { createFairlead, type Fairlead, type FairleadEnd } from '../testing/fairlead-process.ts';
import { openTerminal } from '../testing/terminal.ts';

let fairlead: Fairlead;
let folder: string;
beforeEach(async () => {
  fairlead = await createFairlead();
  folder = await mkdtemp(join(tmpdir(), 'change-of-mind-'));
});
afterEach(async () => {
  await fairlead.cleanUp();
  await rm(folder, { recursive: true, force: true });
});

const HEAD = `recipe: shop
title: A shop of files
inputs:
  folder: { type: path, title: Where the files lie }
  sign: { type: string, title: What the sign says, default: open }
  colour: { type: string, title: The colour of the door, default: green }
steps:
  - id: folder
    title: Make the folder
    uses: host.directory
    with: { path: '\${{ inputs.folder }}' }
`;
const SIGN = `  - id: sign
    title: Write the sign
    uses: host.file
    with: { path: '\${{ inputs.folder }}/sign', content: "\${{ inputs.sign }}\\n" }
`;
const DOOR = `  - id: door
    title: Paint the door
    uses: file.env
    with: { path: '\${{ inputs.folder }}/door', values: { COLOUR: '\${{ inputs.colour }}' } }
`;
/** Uses the same input as the sign. */
const MOTTO = `  - id: motto
    title: Write the motto
    uses: file.env
    with: { path: '\${{ inputs.folder }}/motto', values: { SIGN: '\${{ inputs.sign }}' } }
`;
const BELL = `  - id: bell
    title: Ring the bell
    uses: host.command
    with: { argv: [sh, -c, 'echo ding >>"$FOLDER/bell"'], env: { FOLDER: '\${{ inputs.folder }}' } }
    after: [sign]
`;
/** Fails until there is a file named mended. */
const GATE = `  - id: gate
    title: Look at the gate
    uses: host.command
    with: { argv: [test, -e, '\${{ inputs.folder }}/mended'] }
`;

/** The operator's own recipe, as it is from now on. */
async function ship(version: string, ...steps: readonly string[]): Promise<void> {
  const own = join(fairlead.stateDir, '..', 'config', 'recipes', 'shop');
  await mkdir(own, { recursive: true });
  await writeFile(join(own, 'recipe.yaml'), HEAD.replace('title:', `version: ${version}\ntitle:`) + steps.join(''));
}
const run = (...args: readonly string[]): Promise<FairleadEnd> =>
  fairlead.run('run', 'shop', '--input', `folder=${folder}/shop`, '--yes', ...args);
const text = (name: string): Promise<string> => readFile(join(folder, 'shop', name), 'utf8');
const events = ({ stdout }: FairleadEnd): readonly JournalEvent[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as JournalEvent);
const outcomes = (end: FairleadEnd): Record<string, string> =>
  Object.fromEntries(events(end).flatMap((event) => (event.type === 'step.finished' ? [[event.step, event.outcome]] : [])));
const succeeds = async (end: Promise<FairleadEnd>): Promise<FairleadEnd> => {
  const ended = await end;
  expect(ended.code, ended.stdout + ended.stderr).toBe(0);
  return ended;
};

describe('a run with other inputs', () => {
  it('names the steps that they invalidate first, then changes just those', async () => {
    await ship('1.0.0', SIGN, DOOR, BELL);
    await succeeds(run());
    const plain = await succeeds(fairlead.run('plan', 'shop', '--input', 'sign=closed'));
    expect(plain.stdout).toMatch(
      /^These steps were done, and count no more:\n +sign +another value of sign\n +bell +builds on sign\n\n/,
    );
    const again = await succeeds(run('--input', 'sign=closed', '--json'));
    expect(outcomes(again)).toEqual({ folder: 'ok', sign: 'changed', door: 'ok', bell: 'changed' });
    expect([await text('sign'), await text('bell')]).toEqual(['closed\n', 'ding\nding\n']);
  });
});

it('a secret input that was given up is forgotten, and the one before it is still there', async () => {
  await ship(
    '1.0.0',
    "  - id: safe\n    title: Lock the safe\n    uses: file.env\n    with: { path: '${{ inputs.folder }}/safe', values: { PIN: '${{ inputs.pin }}' } }\n",
  );
  const own = join(fairlead.stateDir, '..', 'config', 'recipes', 'shop', 'recipe.yaml');
  const recipe = (await readFile(own, 'utf8')).replace(
    / {2}sign:.*\n {2}colour:.*\n/,
    '  pin: { type: secret, title: The number of the safe }\n',
  );
  await writeFile(own, recipe);
  const pin = async (value: string): Promise<readonly string[]> => {
    await writeFile(join(folder, 'pin.yaml'), `pin: ${value}\n`, { mode: 0o600 });
    return ['--inputs', join(folder, 'pin.yaml')];
  };
  await succeeds(run(...(await pin('0123-first-9876'))));
  const terminal = openTerminal(['run', 'shop', ...(await pin('0123-second-9876')), '--state-dir', fairlead.stateDir], {
    FAIRLEAD_CONFIG_DIR: join(fairlead.stateDir, '..', 'config'),
  });
  await terminal.see('[yes/no]');
  terminal.type('no');
  expect(await terminal.end()).toBe(0);
  await succeeds(run());
  expect(await text('safe')).toBe('PIN=0123-first-9876\n');
  const shown = await succeeds(fairlead.run('secrets', 'get', 'shop', 'input.pin', '--reveal'));
  expect(shown.stdout.trim()).toBe('0123-first-9876');
  await succeeds(run(...(await pin('0123-third-9876'))));
  expect(await text('safe')).toBe('PIN=0123-third-9876\n');
});

describe('an unfinished run', () => {
  beforeEach(async () => {
    await ship('1.0.0', SIGN, DOOR, BELL, GATE);
    expect((await run()).code).toBe(1);
    await writeFile(join(folder, 'shop', 'mended'), '');
  });

  it('goes on with other inputs: what they invalidate is named and approved first, and just that is done again', async () => {
    const unapproved = await fairlead.run('resume', 'shop', '--input', 'colour=red');
    expect(unapproved.code).toBe(3);
    expect(unapproved.stdout).toMatch(/count no more:\n +door +another value of colour\n/);
    expect(await text('door')).toBe('COLOUR=green\n');
    const resumed = await succeeds(fairlead.run('resume', 'shop', '--yes', '--json'));
    // What comes later is looked at, since it may build on the door; the bell is not rung again.
    expect(outcomes(resumed)).toEqual({ door: 'changed', bell: 'ok', gate: 'changed' });
    expect([await text('door'), await text('bell')]).toEqual(['COLOUR=red\n', 'ding\n']);
    // The next run has them too.
    const again = await succeeds(run('--json'));
    expect(Object.values(outcomes(again)).every((outcome) => outcome === 'ok')).toBe(true);
    expect(await text('door')).toBe('COLOUR=red\n');
  });

  it('asked for with other inputs and nobody there stays as it is, and the way to go on with them is said', async () => {
    const end = await run('--input', 'colour=red', '--json');
    expect(end.code).toBe(3);
    expect(failureLine(end.stderr).hints.join('\n')).toMatch(/fairlead resume \S+ --input NAME=VALUE/);
    expect(await text('door')).toBe('COLOUR=green\n');
  });

  it('asked for with other inputs at a terminal can go on with them', async () => {
    const terminal = openTerminal(['run', 'shop', '--input', 'colour=blue', '--state-dir', fairlead.stateDir], {
      FAIRLEAD_CONFIG_DIR: join(fairlead.stateDir, '..', 'config'),
    });
    await terminal.see('It had other inputs');
    await terminal.see('[resume/change/abandon]');
    terminal.type('change');
    await terminal.see('another value of colour');
    await terminal.see('[yes/no]');
    terminal.type('yes');
    expect(await terminal.end()).toBe(0);
    expect([await text('door'), await text('bell')]).toEqual(['COLOUR=blue\n', 'ding\n']);
  });

  it('resumed from a step looks at that and all after it again, and rings no bell a second time', async () => {
    await rm(join(folder, 'shop', 'door'));
    const resumed = await succeeds(fairlead.run('resume', '--from', 'door', '--yes', '--json'));
    expect(outcomes(resumed)).toEqual({ door: 'changed', bell: 'ok', gate: 'changed' });
    expect(await text('bell')).toBe('ding\n');
    const unknown = await fairlead.run('resume', '--from', 'dor', '--yes', '--json');
    expect(unknown.code).toBe(2);
  });
});

describe('a hand edit of a managed file', () => {
  beforeEach(async () => {
    await ship('1.0.0', SIGN, DOOR, BELL);
    await succeeds(run());
    await writeFile(join(folder, 'shop', 'sign'), 'back in five minutes\n');
  });

  it('is shown by drift as a diff, and nothing is changed', async () => {
    const drift = await fairlead.run('drift', 'shop');
    expect(drift.code).toBe(5);
    expect(drift.stdout).toContain('edited by hand');
    expect(drift.stdout).toContain('-back in five minutes');
    const json = await fairlead.run('drift', 'shop', '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({ steps: [{ step: 'sign', drift: true }, { step: 'bell' }] });
    expect(await text('sign')).toBe('back in five minutes\n');
  });

  it('stops a run with 3 where nobody is there, and its diff is shown; the edit stays', async () => {
    const end = await run();
    expect(end.code).toBe(3);
    expect(end.stdout).toContain('Edited by hand: Write the sign');
    expect(end.stdout).toContain('-back in five minutes');
    expect(end.stdout).toContain('--on-drift overwrite|keep');
    expect(await text('sign')).toBe('back in five minutes\n');
    expect((await fairlead.run('resume', '--yes', '--on-drift', 'stop')).code).toBe(3);
    await succeeds(fairlead.run('resume', '--yes', '--on-drift', 'overwrite'));
    expect(await text('sign')).toBe('open\n');
  });

  it('is kept with --on-drift keep, in later runs too; what comes after it does not act', async () => {
    const kept = await succeeds(run('--on-drift', 'keep', '--json'));
    expect(outcomes(kept)).toEqual({ folder: 'ok', sign: 'ok', door: 'ok', bell: 'ok' });
    await succeeds(run());
    const drift = await succeeds(fairlead.run('drift', 'shop'));
    expect(drift.stdout).toMatch(/Kept as edited by hand, and not as the recipe says:\n +sign: content/);
    expect([await text('sign'), await text('bell')]).toEqual(['back in five minutes\n', 'ding\n']);
    expect(drift.stdout).toContain('To have it so again: fairlead run shop --on-drift overwrite');
    const plan = await fairlead.run('run', 'shop', '--on-drift', 'overwrite');
    expect(plan.code).toBe(3);
    expect(plan.stdout).toContain('-back in five minutes');
    await succeeds(run('--on-drift', 'overwrite'));
    expect(await text('sign')).toBe('open\n');
    expect((await succeeds(fairlead.run('drift', 'shop'))).stdout).toContain('shop is as its recipe says.');
  });

  it('that is kept keeps nothing else back: other keys, the mode', async () => {
    const both = DOOR.replace(
      "values: { COLOUR: '${{ inputs.colour }}' }",
      "mode: '0600', values: { COLOUR: '${{ inputs.colour }}', SIGN: '${{ inputs.sign }}' }",
    );
    await ship('1.1.0', both);
    await succeeds(run());
    const door = join(folder, 'shop', 'door');
    await writeFile(door, (await text('door')).replace('green', 'striped'));
    await chmod(door, 0o666);
    await succeeds(run('--on-drift', 'keep', '--input', 'sign=closed'));
    expect(await text('door')).toBe('COLOUR=striped\nSIGN=closed\n');
    expect((await stat(door)).mode & 0o777).toBe(0o600);
    await succeeds(run());
    expect(await text('door')).toBe('COLOUR=striped\nSIGN=closed\n');
  });

  it('is asked about at a terminal: shown once more, then overwritten', async () => {
    const terminal = openTerminal(['run', 'shop', '--state-dir', fairlead.stateDir], {
      FAIRLEAD_CONFIG_DIR: join(fairlead.stateDir, '..', 'config'),
    });
    await terminal.see('[yes/no]');
    terminal.type('yes');
    await terminal.see('Edited by hand');
    await terminal.see('[overwrite/keep/show/stop]');
    terminal.type('show');
    await terminal.see('-back in five minutes');
    await terminal.see('[overwrite/keep/show/stop]');
    terminal.type('overwrite');
    expect(await terminal.end()).toBe(0);
    expect(await text('sign')).toBe('open\n');
  });
});

it('a file that two steps manage and that was removed is made again without a question: nobody edited it', async () => {
  await ship('1.0.0', DOOR, DOOR.replace('id: door', 'id: handle').replace('COLOUR', 'HANDLE'), SIGN);
  await succeeds(run());
  await rm(join(folder, 'shop', 'door'));
  await succeeds(run());
  expect(await text('door')).toBe('COLOUR=green\nHANDLE=green\n');
});

describe('a newer recipe', () => {
  beforeEach(async () => {
    await ship('1.0.0', SIGN, DOOR);
    await succeeds(run());
  });

  it('is shown by drift as an upgrade, and is no drift', async () => {
    await ship('1.1.0', SIGN.replace('sign }}', 'sign }}!'), DOOR);
    const drift = await succeeds(fairlead.run('drift', 'shop'));
    expect(drift.stdout).toContain('shop is as its recipe says.');
    expect(drift.stdout).toContain('An upgrade, not drift: shop 1.1.0 is there, and 1.0.0 is installed');
    const json = await succeeds(fairlead.run('drift', 'shop', '--json'));
    expect(JSON.parse(json.stdout)).toMatchObject({ upgrade: { version: '1.1.0' }, steps: [] });
    const plan = await succeeds(fairlead.run('plan', 'shop'));
    expect(plan.stdout).toMatch(/count no more:\n +sign +what it is to do has changed\n/);
  });

  it('that dropped a step lists it as an orphan; what it made goes on request, with a plan, and nothing else', async () => {
    await ship('2.0.0', DOOR, MOTTO);
    const plan = await succeeds(fairlead.run('plan', 'shop'));
    expect(plan.stdout).toMatch(/does not have these steps any more; what they made is left as it is:\n +sign /);
    expect(plan.stdout).toContain('fairlead task shop remove-orphans');
    await succeeds(run());
    expect(await text('sign')).toBe('open\n');

    const unapproved = await fairlead.run('task', 'shop', 'remove-orphans');
    expect(unapproved.code).toBe(3);
    expect(unapproved.stdout).toMatch(/- sign +Remove: Write the sign/);
    expect(existsSync(join(folder, 'shop', 'sign'))).toBe(true);
    await succeeds(fairlead.run('task', 'shop', 'remove-orphans', '--yes'));
    expect(existsSync(join(folder, 'shop', 'sign'))).toBe(false);
    expect(await text('door')).toBe('COLOUR=green\n');

    expect((await succeeds(fairlead.run('plan', 'shop'))).stdout).not.toContain('any more');
    expect((await succeeds(fairlead.run('task', 'shop', 'remove-orphans'))).stdout).toContain('has nothing left of steps');
    expect((await succeeds(fairlead.run('drift', 'shop'))).stdout).toContain('is as its recipe says');
  });

  it('that only gave a step another name has no orphan, even where it does not say so: its file is not removed', async () => {
    await ship('2.0.0', SIGN.replace('id: sign', 'id: board'), DOOR);
    expect((await succeeds(fairlead.run('plan', 'shop'))).stdout).not.toContain('any more');
    await succeeds(run());
    const none = await succeeds(fairlead.run('task', 'shop', 'remove-orphans', '--yes'));
    expect(none.stdout).toContain('has nothing left of steps');
    expect(await text('sign')).toBe('open\n');
  });

  it('keeps the history of a step that was renamed', async () => {
    await ship('2.0.0', SIGN.replace('id: sign', 'id: board\n    was: sign'), DOOR);
    const plan = await succeeds(fairlead.run('plan', 'shop'));
    expect(plan.stdout).not.toContain('any more');
    expect(plan.stdout).toContain('3 as wanted');
  });
});
