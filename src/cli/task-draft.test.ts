import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { noStandingAnswers } from '../engine/policy.ts';
import { plainOptions } from '../engine/program.ts';
import { exitCodes, failureOf } from '../model/failure.ts';
import { createQuietSession, type QuietSession } from '../testing/quiet-session.ts';
import { createCatalogue } from './app-catalogue.ts';
import { runsOf } from './deployments.ts';
import { type Asked, createDrafting } from './draft.ts';
import { preparedOf } from './prepared-run.ts';
import { readRecipe } from './read-recipe.ts';
import { startRun } from './start-run.ts';

const RECIPE = `recipe: shop
version: 1.0.0
title: A shop with a safe
inputs:
  folder: { type: path, title: Where it lies }
  sign: { type: string, title: What the sign says, default: open }
  pin: { type: secret, title: The number of the safe, min: 8 }
  gate: { type: path, title: What has to be there, default: / }
steps:
  - id: folder
    title: Make the folder
    uses: host.directory
    with: { path: '\${{ inputs.folder }}' }
  - id: safe
    title: Lock the safe
    uses: file.env
    with: { path: '\${{ inputs.folder }}/safe', values: { PIN: '\${{ inputs.pin }}', SIGN: '\${{ inputs.sign }}' } }
  - id: gate
    title: Look for the gate
    uses: host.command
    with: { argv: [test, -e, '\${{ inputs.gate }}'] }
tasks:
  note:
    title: Leave a note
    inputs:
      words: { type: string, title: What it says }
      copies: { type: integer, title: How many, default: 1 }
    steps:
      - id: shelf
        title: Make a shelf
        uses: host.directory
        with: { path: '\${{ inputs.folder }}/shelf' }
      - id: leave
        title: Leave it there
        uses: file.env
        with: { path: '\${{ inputs.folder }}/shelf/note', values: { WORDS: '\${{ inputs.words }}', COPIES: '\${{ inputs.copies }}' } }
  look:
    title: Look what is there
    steps:
      - id: look
        title: List the folder
        uses: host.command
        with: { argv: [ls, '\${{ inputs.folder }}'], reads_only: true }
  repaint:
    title: Paint the sign anew
    changes: [sign, pin]
`;
const PIN = 'correct-horse-77';

let session: QuietSession;
let target: string;

beforeEach(async () => {
  session = await createQuietSession();
  target = join(session.place, 'made');
  await session.addRecipe('shop', RECIPE);
});
afterEach(() => session.cleanUp());

async function install(gate = '/'): Promise<number> {
  const given = { folder: target, pin: PIN, gate };
  const inputs = Object.entries(given).map(([name, value]) => [name, { value, source: { kind: 'descriptor' } } as const]);
  return startRun({
    recipe: await readRecipe('shop', session),
    deployment: 'shop',
    runs: await runsOf(session.folder, 'shop'),
    request: { standing: { ...noStandingAnswers, approvePlan: true }, options: plainOptions, inputs: Object.fromEntries(inputs) },
    session,
  });
}

const refusal = async (act: Promise<unknown>) =>
  act.then(
    () => expect.unreachable(),
    (error: unknown) => failureOf(error),
  );

describe('a draft of a task', () => {
  beforeEach(async () => {
    expect(await install()).toBe(exitCodes.done);
  });

  it('has a field for what the task asks for and for nothing else, as the copy says that was installed', async () => {
    await session.addRecipe('shop', RECIPE.replace('Leave a note', 'Something newer'));
    const drafting = createDrafting(session);
    const draft = await drafting.draftTask('shop', 'note');
    expect(draft).toMatchObject({ deployment: 'shop', task: { name: 'note', title: 'Leave a note' } });
    expect(draft.fields.map(({ spec, text, from }) => [spec.name, text, from])).toEqual([
      ['words', '', 'nowhere'],
      ['copies', '1', 'default'],
    ]);
    expect([...drafting.asked(draft, {})]).toEqual(expect.arrayContaining(['words', 'copies']));
    expect((await createCatalogue(session).tasks('shop')).map(({ name }) => name)).toEqual(['note', 'look', 'repaint']);
  });

  it('is planned as the task: with its steps, what was typed, and the inputs that the deployment has', async () => {
    const drafting = createDrafting(session);
    const planned = await drafting.plan(await drafting.draftTask('shop', 'note'), { words: 'back soon', copies: '1' });
    expect(planned.steps.map(({ id }) => id)).toEqual(['shelf', 'leave']);
    expect(planned.changedInputs).toEqual([]);
    const { plan, request } = preparedOf(planned);
    expect(plan.header).toMatchObject({
      kind: 'task',
      options: { task: 'note' },
      inputs: { folder: target, words: 'back soon' },
    });
    expect(Object.keys(request.inputs)).toEqual(['words']);
    const failure = await refusal(drafting.plan(await drafting.draftTask('shop', 'note'), { words: '' }));
    expect(failure).toMatchObject({ code: 'inputs.invalid', message: expect.stringContaining('words: needs a value') });
  });

  it('that asks for nothing has no fields, and a plan at once', async () => {
    const drafting = createDrafting(session);
    const draft = await drafting.draftTask('shop', 'look');
    expect(draft.fields).toEqual([]);
    expect((await drafting.plan(draft, {})).forecast).toMatchObject([{ step: 'look', changes: [{ action: 'read' }] }]);
  });

  it('takes nothing of what the command line says of other runs: no yes, no choice of steps, no input of the same name', async () => {
    const asked: Asked = {
      standing: { ...noStandingAnswers, approvePlan: true, acknowledged: ['all'] },
      options: { ...plainOptions, only: ['folder'] },
      inputs: {
        words: { value: 'of another run', source: { kind: 'argument' } },
        copies: { value: '3', source: { kind: 'environment', variable: 'FAIRLEAD_INPUT_COPIES' } },
        sign: { value: 'closed', source: { kind: 'environment', variable: 'FAIRLEAD_INPUT_SIGN' } },
      },
    };
    const drafting = createDrafting(session, asked);
    const draft = await drafting.draftTask('shop', 'note');
    expect(draft.fields.map(({ spec, text, from }) => [spec.name, text, from])).toEqual([
      ['words', '', 'nowhere'],
      ['copies', '3', 'given'],
    ]);
    const { request, plan } = preparedOf(await drafting.plan(draft, { words: 'mine' }));
    expect(request.standing).toEqual(noStandingAnswers);
    expect(request.options).toEqual({ ...plainOptions, task: 'note' });
    expect(plan.header.inputs).toMatchObject({ words: 'mine', copies: 3, sign: 'open' });
  });

  it('that changes inputs has those with what they are, and is planned as the recipe with the new ones', async () => {
    const drafting = createDrafting(session);
    const draft = await drafting.draftTask('shop', 'repaint');
    expect(draft.fields.map(({ spec, text, from }) => [spec.name, text, from])).toEqual([
      ['sign', 'open', 'earlier-run'],
      ['pin', '', 'vault'],
    ]);
    const planned = await drafting.plan(draft, { sign: 'closed', pin: '' });
    expect(planned.steps.map(({ id }) => id)).toEqual(['folder', 'safe', 'gate']);
    expect(planned.changedInputs).toEqual(['sign']);
    expect(preparedOf(planned).plan.header).toMatchObject({ kind: 'converge', options: plainOptions });
  });

  it('that changes inputs is refused where none of them was changed', async () => {
    const drafting = createDrafting(session);
    const draft = await drafting.draftTask('shop', 'repaint');
    const failure = await refusal(drafting.plan(draft, { sign: 'open', pin: '' }));
    expect(failure).toMatchObject({
      code: 'inputs.invalid',
      message: 'The task repaint needs a new value of at least one of its inputs.',
    });
    expect(failure.hints).toEqual(['It takes: sign, pin. Go back to them, and change one.', 'Nothing was changed.']);
  });

  it('is refused where the recipe has no such task, and the others are named', async () => {
    const failure = await refusal(createDrafting(session).draftTask('shop', 'dance'));
    expect(failure).toMatchObject({ code: 'task.unknown', hints: [expect.stringContaining('note, look, repaint')] });
  });
});

describe('a draft of a task is refused', () => {
  it('where nothing is installed', async () => {
    expect((await refusal(createDrafting(session).draftTask('shop', 'note'))).code).toBe('deployment.unknown');
    expect((await refusal(createCatalogue(session).tasks('shop'))).code).toBe('deployment.unknown');
  });

  it('while a run of the deployment has not come to its end', async () => {
    const gate = join(session.place, 'gate');
    await writeFile(gate, '');
    expect(await install(gate)).toBe(exitCodes.done);
    expect(await install(join(session.place, 'missing'))).toBe(exitCodes.failed);
    const failure = await refusal(createDrafting(session).draftTask('shop', 'note'));
    expect(failure).toMatchObject({
      code: 'run.operator-needed',
      hints: [expect.stringContaining('fairlead resume'), expect.anything()],
    });
  });
});
