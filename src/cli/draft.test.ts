import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { plainOptions } from '../engine/program.ts';
import type { Draft, Typed } from '../model/dispatch.ts';
import { exitCodes, failureOf } from '../model/failure.ts';
import { folderTree } from '../testing/folder-tree.ts';
import { createQuietSession, type QuietSession } from '../testing/quiet-session.ts';
import { runsOf } from './deployments.ts';
import { createDrafting, requestOfDraft } from './draft.ts';
import type { GivenInputs } from './input-rules.ts';
import { inputsFor } from './prepare-run.ts';
import { preparedOf } from './prepared-run.ts';
import { readRecipe } from './read-recipe.ts';
import { startRun } from './start-run.ts';
import { openWorld } from './world.ts';

const RECIPE = `recipe: shop
version: 1.0.0
title: A shop with a safe
inputs:
  folder: { type: path, title: Where it lies }
  sign: { type: string, title: What the sign says, default: open }
  till: { type: port, title: The till, default: 8077 }
  bell: { type: boolean, title: Is there a bell, default: true }
  note: { type: string, title: A note, optional: true }
  gate: { type: path, title: What has to be there, default: / }
  pin: { type: secret, title: The number of the safe, min: 8 }
steps:
  - id: folder
    title: Make the folder
    uses: host.directory
    with: { path: '\${{ inputs.folder }}' }
  - id: safe
    title: Lock the safe
    uses: file.env
    with:
      path: \${{ inputs.folder }}/safe
      values: { PIN: '\${{ inputs.pin }}', SIGN: '\${{ inputs.sign }}', TILL: '\${{ inputs.till }}' }
  - id: bell
    title: Hang the bell
    uses: host.directory
    with: { path: '\${{ inputs.folder }}/bell' }
    when: \${{ inputs.bell && inputs.note == null }}
  - id: gate
    title: Look for the gate
    uses: host.command
    with: { argv: [test, -e, '\${{ inputs.gate }}'] }
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

const typed = (more: Typed = {}): Typed => ({ folder: target, pin: PIN, ...more });
const fieldOf = (draft: Draft, name: string) => {
  const field = draft.fields.find(({ spec }) => spec.name === name);
  if (field === undefined) throw new Error(`no field ${name}`);
  return field;
};
const fault = async (act: Promise<unknown>) =>
  act.then(
    () => expect.unreachable(),
    (error: unknown) => failureOf(error),
  );

/** Runs it for good, as a script would. */
async function install(inputs: Typed): Promise<number> {
  const recipe = await readRecipe('shop', session);
  const given = Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [name, { value, source: { kind: 'descriptor' } } as const]),
  );
  return startRun({
    recipe,
    deployment: 'shop',
    runs: await runsOf(session.folder, 'shop'),
    request: {
      standing: { approvePlan: true, acknowledged: [], answers: new Map() },
      options: plainOptions,
      inputs: given,
    },
    session,
  });
}

describe('a draft of a new run', () => {
  it('has a field for each input with its default and where its value is used', async () => {
    const draft = await createDrafting(session).draft('shop');
    expect(draft).toMatchObject({ recipe: { name: 'shop' }, deployment: 'shop' });
    expect(draft.fields.map(({ spec, text, from }) => [spec.name, text, from])).toEqual([
      ['folder', '', 'nowhere'],
      ['sign', 'open', 'default'],
      ['till', '8077', 'default'],
      ['bell', 'true', 'default'],
      ['note', '', 'nowhere'],
      ['gate', '/', 'default'],
      ['pin', '', 'nowhere'],
    ]);
    expect(fieldOf(draft, 'folder').usedBy).toEqual(['Make the folder', 'Lock the safe', 'Hang the bell']);
    expect(fieldOf(draft, 'bell').usedBy).toEqual(['Hang the bell']);
  });

  it('has what was given on the command line and in the environment; of a secret only that it was', async () => {
    const given: GivenInputs = {
      sign: { value: 'closed', source: { kind: 'argument' } },
      pin: { value: PIN, source: { kind: 'environment', variable: 'FAIRLEAD_INPUT_PIN' } },
    };
    const drafting = createDrafting(session, { inputs: given });
    const draft = await drafting.draft('shop');
    expect(fieldOf(draft, 'sign')).toMatchObject({ text: 'closed', from: 'given' });
    expect(fieldOf(draft, 'pin')).toMatchObject({ text: '', from: 'given' });
    expect(drafting.fault(fieldOf(draft, 'pin'), '')).toBeUndefined();
    expect(JSON.stringify(draft)).not.toContain(PIN);
    const planned = await drafting.plan(draft, { folder: target });
    expect(preparedOf(planned)?.request.inputs.pin?.value).toBe(PIN);
  });

  it('is refused where a secret was given that others may know', async () => {
    const drafting = createDrafting(session, { inputs: { pin: { value: PIN, source: { kind: 'argument' } } } });
    expect((await fault(drafting.draft('shop'))).code).toBe('usage.secret-in-argv');
  });

  it.each([
    ['no-such-recipe', undefined, 'recipe.not-found'],
    ['shop', 'Not A Name', 'state.bad-name'],
  ])('of %s as %s is refused as run refuses it: %s', async (ref, deployment, code) => {
    const drafting = createDrafting(session);
    expect((await fault(drafting.draft(ref, deployment === undefined ? {} : { deployment }))).code).toBe(code);
  });
});

describe('what is wrong with a field', () => {
  it.each([
    ['till', 'abc', 'must be a port, 1 to 65535'],
    ['till', '70000', 'must be 65535 or less'],
    ['folder', 'relative', 'must be an absolute path without `..`'],
    ['bell', 'maybe', 'must be true or false'],
    ['pin', 'short', 'must be 8 characters or more'],
    ['folder', '', 'needs a value'],
    ['sign', '', 'needs a value'],
    ['pin', '', 'needs a value'],
  ])('is what run says of it: %s %j %s', async (name, text, words) => {
    const drafting = createDrafting(session);
    const draft = await drafting.draft('shop');
    const said = drafting.fault(fieldOf(draft, name), text);
    expect(said).toBe(words);
    if (text === '') return;
    const world = await openWorld(session, 'shop', { purpose: 'plan' });
    const { inputs } = requestOfDraft(draft, typed({ [name]: text }));
    const failure = await fault(inputsFor(draft.recipe, inputs, {}, world.vault));
    expect(failure.message).toContain(`${name}: ${words}`);
  });

  it.each([
    ['till', '80'],
    ['bell', 'false'],
    ['note', ''],
    ['folder', '/srv/shop'],
    ['pin', 'long enough'],
  ])('is nothing where run takes it: %s %j', async (name, text) => {
    const drafting = createDrafting(session);
    const draft = await drafting.draft('shop');
    expect(drafting.fault(fieldOf(draft, name), text)).toBeUndefined();
  });

  it('is nothing with a secret that was generated for it', async () => {
    const drafting = createDrafting(session);
    const pin = fieldOf(await drafting.draft('shop'), 'pin');
    expect(drafting.fault(pin, drafting.generate(pin))).toBeUndefined();
  });
});

describe('a plan', () => {
  it('says what each step would change, and is kept with what is needed to begin it', async () => {
    const drafting = createDrafting(session);
    const draft = await drafting.draft('shop');
    const planned = await drafting.plan(draft, typed({ till: '81' }));
    expect(planned).toMatchObject({
      recipe: { name: 'shop', title: 'A shop with a safe', version: '1.0.0' },
      deployment: 'shop',
      changedInputs: [],
    });
    expect(planned.steps.map(({ id }) => id)).toEqual(['folder', 'safe', 'bell', 'gate']);
    expect(planned.forecast[0]?.changes).toMatchObject([{ action: 'create', target: target }]);
    const prepared = preparedOf(planned);
    expect(prepared).toMatchObject({ recipe: { name: 'shop' }, deployment: 'shop' });
    expect(prepared).not.toHaveProperty('latestRun');
    expect(prepared?.request.inputs).toEqual({
      folder: { value: target, source: { kind: 'terminal' } },
      pin: { value: PIN, source: { kind: 'terminal' } },
      till: { value: '81', source: { kind: 'terminal' } },
    });
    expect(prepared?.plan.header.inputs).toMatchObject({ till: 81, pin: { $secret: 'input.pin' } });
  });

  it('never holds a value of a secret', async () => {
    const drafting = createDrafting(session);
    const planned = await drafting.plan(await drafting.draft('shop'), typed());
    expect(JSON.stringify(planned)).not.toContain(PIN);
    expect(JSON.stringify(planned)).toContain('PIN');
  });

  it('is refused for what run refuses, all of it at once, and no secret is repeated', async () => {
    const drafting = createDrafting(session);
    const failure = await fault(drafting.plan(await drafting.draft('shop'), { pin: 'short', till: 'x' }));
    expect(failure.code).toBe('inputs.invalid');
    for (const part of ['folder: needs a value', 'till: must be a port', 'pin: must be']) expect(failure.message).toContain(part);
    expect(failure.message).not.toContain('short');
  });

  it('and its draft write nothing, neither before the first run nor after it', async () => {
    const drafting = createDrafting(session);
    const look = async (): Promise<readonly string[]> => folderTree(session.place);
    const untouched = await look();
    await drafting.plan(await drafting.draft('shop'), typed());
    expect(await look()).toEqual(untouched);

    expect(await install(typed())).toBe(exitCodes.done);
    // The run's lock of this host lingers for a moment, as the next step might want it.
    await vi.waitFor(async () => expect((await look()).filter((line) => line.includes('.lock '))).toEqual([]));
    const installed = await look();
    await drafting.plan(await drafting.draft('shop'), typed({ pin: 'another-number', sign: 'closed' }));
    expect(await look()).toEqual(installed);
    expect(session.printed.join('')).not.toContain(PIN);
  });
});

describe('a draft of an installed deployment', () => {
  beforeEach(async () => {
    expect(await install(typed({ sign: 'closed' }))).toBe(exitCodes.done);
  });

  it('has the inputs of its last run, and keeps a secret that nobody types', async () => {
    const drafting = createDrafting(session);
    const draft = await drafting.draft('shop');
    expect(fieldOf(draft, 'folder')).toMatchObject({ text: target, from: 'earlier-run' });
    expect(fieldOf(draft, 'sign')).toMatchObject({ text: 'closed', from: 'earlier-run' });
    expect(fieldOf(draft, 'note')).toMatchObject({ text: '', from: 'earlier-run' });
    expect(fieldOf(draft, 'pin')).toMatchObject({ text: '', from: 'vault' });
    expect(drafting.fault(fieldOf(draft, 'pin'), '')).toBeUndefined();
    expect(JSON.stringify(draft)).not.toContain(PIN);

    const planned = await drafting.plan(draft, { pin: '' });
    expect(planned.changedInputs).toEqual([]);
    expect(planned.forecast.flatMap(({ changes }) => changes)).toEqual([]);
    expect(preparedOf(planned)?.latestRun).toBe((await runsOf(session.folder, 'shop'))[0]?.id);
  });

  it('says which inputs differ, a secret among them without its value', async () => {
    const drafting = createDrafting(session);
    const planned = await drafting.plan(await drafting.draft('shop'), { pin: 'another-number', sign: 'open' });
    expect(planned.changedInputs).toEqual(['sign', 'pin']);
    expect(JSON.stringify(planned)).not.toMatch(/another-number|correct-horse/);
  });

  it('is refused for another recipe under its name', async () => {
    await session.addRecipe('bakery', RECIPE.replace('recipe: shop', 'recipe: bakery'));
    const failure = await fault(createDrafting(session).draft('bakery', { deployment: 'shop' }));
    expect(failure.code).toBe('deployment.other-recipe');
  });
});

describe('a draft that changes an unfinished run', () => {
  let run: string;

  beforeEach(async () => {
    expect(await install(typed({ gate: join(session.place, 'missing') }))).toBe(exitCodes.failed);
    run = (await runsOf(session.folder, 'shop'))[0]?.id ?? '';
  });

  it("has that run's inputs and its own copy of the recipe", async () => {
    await session.addRecipe('shop', RECIPE.replace('What the sign says', 'Something newer'));
    const drafting = createDrafting(session);
    const draft = await drafting.draft('shop', { changes: run });
    expect(draft).toMatchObject({ deployment: 'shop', changes: run });
    expect(fieldOf(draft, 'gate')).toMatchObject({ from: 'earlier-run', text: join(session.place, 'missing') });
    expect(fieldOf(draft, 'sign').spec.title).toBe('What the sign says');
    expect(fieldOf(draft, 'pin')).toMatchObject({ text: '', from: 'vault' });
    expect(await readFile(join(draft.ref, 'recipe.yaml'), 'utf8')).toBe(RECIPE);
    expect(requestOfDraft(draft, { gate: '/', sign: 'open', pin: '' }).inputs).toEqual({
      gate: { value: '/', source: { kind: 'terminal' } },
    });
  });

  it('has to be asked for: without, the run that is there is named', async () => {
    const failure = await fault(createDrafting(session).draft('shop'));
    expect(failure.code).toBe('run.operator-needed');
    expect(failure.message).toContain(run);
  });

  it('is refused for a run that there is not', async () => {
    const failure = await fault(createDrafting(session).draft('shop', { changes: '20260101T000000Z-0000' }));
    expect(failure.code).toBe('run.unknown');
  });
});

describe('inputs that are asked for only where they matter', () => {
  const ASKING = RECIPE.replace(
    '  gate: {',
    `  rope: { type: string, title: The rope of the bell, when: inputs.bell }
  knock: { type: integer, title: Knocks, default: 3, when: "!inputs.bell" }
  code: { type: secret, title: The code of the bell, when: inputs.rope != null }
  gate: {`,
  ).replace('SIGN:', "ROPE: '${{ inputs.rope }}', KNOCK: '${{ inputs.knock }}', CODE: '${{ inputs.code }}', SIGN:");
  const asks = (drafting: ReturnType<typeof createDrafting>, draft: Draft, typed_: Typed = {}): readonly string[] =>
    ['rope', 'knock', 'code'].filter((name) => drafting.asked(draft, typed_).has(name));

  beforeEach(async () => {
    await session.addRecipe('shop', ASKING);
  });

  it('are known from what is typed; what will not do counts as nothing', async () => {
    const drafting = createDrafting(session);
    const draft = await drafting.draft('shop');
    expect(asks(drafting, draft)).toEqual(['rope']);
    expect(asks(drafting, draft, { rope: 'hemp' })).toEqual(['rope', 'code']);
    expect(asks(drafting, draft, { bell: 'false', rope: 'hemp' })).toEqual(['knock']);
    expect(asks(drafting, draft, { rope: 'two\nlines' })).toEqual(['rope']);
  });

  it('are left out of the request while they are not asked for, whatever stands in them', async () => {
    const drafting = createDrafting(session);
    const draft = await drafting.draft('shop');
    const hidden = typed({ bell: 'false', rope: 'two\nlines', code: 'hidden-code' });
    expect(Object.keys(requestOfDraft(draft, hidden).inputs)).toEqual(['folder', 'bell', 'pin']);
    const planned = await drafting.plan(draft, hidden);
    expect(preparedOf(planned)?.plan.header.inputs).toMatchObject({ bell: false, rope: null, knock: 3, code: null });
    const failure = await fault(drafting.plan(draft, typed({ rope: 'hemp' })));
    expect(failure.message).toContain('code: needs a value');
    expect(failure.message).not.toContain('knock');
  });

  it('that were given on the command line are kept, and refused where they are no good', async () => {
    const given = (value: string): GivenInputs => ({ knock: { value, source: { kind: 'argument' } } });
    const good = createDrafting(session, { inputs: given('5') });
    const planned = await good.plan(await good.draft('shop'), typed({ rope: 'hemp', code: 'swordfish' }));
    expect(preparedOf(planned)?.plan.header.inputs).toMatchObject({ knock: 5 });
    const bad = createDrafting(session, { inputs: given('many') });
    const failure = await fault(bad.plan(await bad.draft('shop'), typed({ rope: 'hemp', code: 'swordfish' })));
    expect(failure.message).toContain('knock: must be a whole number');
  });

  it('are those of the run that goes on otherwise, from what it has', async () => {
    const values = typed({ rope: 'hemp', code: 'swordfish', gate: join(session.place, 'missing') });
    expect(await install(values)).toBe(exitCodes.failed);
    const run = (await runsOf(session.folder, 'shop'))[0]?.id ?? '';
    const drafting = createDrafting(session);
    const draft = await drafting.draft('shop', { changes: run });
    expect(fieldOf(draft, 'code')).toMatchObject({ text: '', from: 'vault' });
    expect(asks(drafting, draft)).toEqual(['rope', 'code']);
    expect(asks(drafting, draft, { bell: 'false' })).toEqual(['knock', 'code']);
    expect(requestOfDraft(draft, { bell: 'false', rope: 'wire' }).inputs).toEqual({
      bell: { value: 'false', source: { kind: 'terminal' } },
    });
  });
});
