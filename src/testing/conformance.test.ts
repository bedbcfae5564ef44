import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, describe, expect, it } from 'vitest';
import { journalSchema } from '../journal/event-schema.ts';
import { failureOf } from '../model/failure.ts';
import { foldAll } from '../model/run-state.ts';
import { SecretText } from '../model/secrets.ts';
import type { Change } from '../model/step.ts';
import { createParamsCheck } from '../recipe/compile-params.ts';
import { stepTypes } from '../steps/index.ts';
import { type Example, type Life, live, type Prepared, prepare, SECRET, stepIn, stringsIn } from './conformance.ts';
import { examples } from './conformance-examples.ts';

const validate = new Ajv2020({ strict: false, allErrors: true }).compile(journalSchema());
const checkParams = createParamsCheck(stepTypes);
const worlds: Prepared[] = [];

afterEach(() => {
  for (const world of worlds.splice(0)) for (const cleanUp of world.cleanUps) cleanUp();
});

async function worldOf(example: Example): Promise<Prepared> {
  const world = await prepare(example);
  worlds.push(world);
  return world;
}

/** Every event meets the published schema, and no view, file or event shows the secret, plain or encoded. */
function expectSound(world: Prepared, life: Life): void {
  for (const event of life.events) {
    // Words are made for a failure alone: they would cost more than the check.
    if (!validate(event)) expect.fail(`${JSON.stringify(event)}\n${JSON.stringify(validate.errors)}`);
  }
  const forms = [SECRET, JSON.stringify(SECRET).slice(1, -1), Buffer.from(SECRET).toString('base64'), encodeURIComponent(SECRET)];
  const seen = stringsIn([life.events, life.shown, world.host.calls, world.docker.execs, failureOf(life.error).message]);
  for (const form of forms) expect(seen.filter((text) => text.includes(form))).toEqual([]);
}

const planned = ({ state }: Life): readonly Change[] => state?.forecast?.[0]?.changes ?? [];
const intents = ({ events }: Life): number => events.filter((event) => event.type === 'step.intended').length;

/** What an operator would answer who looks what happened. */
const truth = (world: Prepared) => ({
  answers: new Map([['it', (world.example.acts?.(world) ?? 0) > 0 ? 'done' : 'again']]),
});

it('every step type has an example, and every example is of a step type', () => {
  const tried = new Set(examples.map(({ uses }) => uses));
  expect([...stepTypes.keys()].filter((name) => !tried.has(name))).toEqual([]);
  expect([...tried].filter((name) => !stepTypes.has(name))).toEqual([]);
});

it('every step type whose params may hold a secret is tried with one', async () => {
  const holds = (value: unknown): boolean =>
    value instanceof SecretText || (typeof value === 'object' && value !== null && Object.values(value).some(holds));
  for (const [name, type] of stepTypes) {
    if (!/"fairlead":"(text|template)"/.test(JSON.stringify(type.schema))) continue;
    const params = await Promise.all(
      examples.filter(({ uses }) => uses === name).map(async (example) => (await worldOf(example)).params),
    );
    expect(params.some(holds), name).toBe(true);
  }
});

it('a program that only reads is refused a guard, which asks whether it is needed', () => {
  for (const [uses, params, guard] of [
    ['host.command', { argv: ['ls'] }, { creates: '/srv' }],
    ['host.command', { argv: ['ls'] }, { unless: { argv: ['true'] } }],
    ['container.exec', { container: 'app', argv: ['ls'] }, { unless: { argv: ['true'] } }],
  ] as const) {
    const both = { ...params, ...guard, reads_only: true };
    expect(() => checkParams(uses, both)).toThrow(`\`reads_only\` and \`${Object.keys(guard)[0]}\` together`);
    expect(() => checkParams(uses, { ...both, reads_only: false })).not.toThrow();
  }
});

describe.each(
  examples.map((example) => [`${example.uses}${example.as === undefined ? '' : ` (${example.as})`}`, example] as const),
)('%s', (_, example) => {
  const type = stepTypes.get(example.uses);
  const reads = example.reads === true;
  const acts = type?.apply !== undefined && !reads;

  it('refuses a param that it does not know, before anything is done', async () => {
    const world = await worldOf(example);
    const params = { ...world.params, no_such_param: 1 };
    expect(() => checkParams(example.uses, params)).toThrow('no_such_param');
    const before = await world.print();
    const life = await live(world, { params });
    expect(life.error).toMatchObject({ failure: { code: 'recipe.bad-params' } });
    expect(intents(life)).toBe(0);
    expect(await world.print()).toBe(before);
  });

  it('a plan changes nothing', async () => {
    const world = await worldOf(example);
    const before = await world.print();
    const life = await live(world, { standing: { approvePlan: false } });
    expect(life.events.some(({ type }) => type === 'plan.forecast')).toBe(true);
    expect(await world.print()).toBe(before);
    // What only reads needs no yes: the run goes on without one.
    expect(life.applied).toBe(reads ? 1 : 0);
    expect(life.state?.status).toBe(planned(life).length === 0 || reads ? 'ok' : 'stopped');
  });

  it('does what it planned, and the second run finds every step ok and intends nothing', async () => {
    const world = await worldOf(example);
    const first = await live(world);
    expect(first.error).toBeUndefined();
    expect(first.state?.status, JSON.stringify(stepIn(first.state)?.failure)).toBe('ok');
    expect(stepIn(first.state)?.status).toBe(acts ? 'changed' : 'ok');
    if (acts) expect(first.events.find((event) => event.type === 'step.intended')).toMatchObject({ changes: planned(first) });
    if (reads) expect([planned(first), intents(first), first.applied]).toMatchObject([[{ action: 'read' }], 0, 1]);
    expect(foldAll(first.events)).toEqual(first.state);
    expectSound(world, first);

    const after = await world.print();
    const second = await live(world, { last: foldAll(first.events) });
    expect(stepIn(second.state)?.status).toBe('ok');
    expect(intents(second)).toBe(0);
    expect(second.applied).toBe(reads ? 1 : 0);
    expect(await world.print()).toBe(after);
    expectSound(world, second);
  });

  it('killed at any moment, it is resumed to the same end', async () => {
    await expectGoodEndAfterAny('crash', example);
  });

  it('stopped at any moment, it stops as interrupted and is resumed to the same end', async () => {
    await expectGoodEndAfterAny('stop', example);
  });

  it('shows no secret where programs fail and print it', async () => {
    const world = await worldOf(example);
    const said = [SECRET, Buffer.from(`x${SECRET}`).toString('base64'), JSON.stringify(SECRET), encodeURIComponent(SECRET)];
    await world.vault.put('password', SECRET);
    const life = await live(world, {
      programs: (onLine) => {
        for (const line of said) onLine?.(line);
        return { code: 1, stdout: said.join('\n'), stderr: said.join('\n') };
      },
    });
    expectSound(world, life);
  });

  const [first] = examples.filter(({ uses }) => uses === example.uses);
  if (JSON.stringify(type?.schema).includes('"ensure"') && acts && first !== undefined) describeAbsent(example);
  if (acts || reads) describeStop(example);
  if (example.acts !== undefined) describeDoubt(example);
});

/** The process ends at each moment in turn, by a crash or by the operator's stop, and another goes on. */
async function expectGoodEndAfterAny(is: 'crash' | 'stop', example: Example): Promise<void> {
  const reference = await worldOf(example);
  const good = await live(reference);
  const end = await reference.print();
  for (let at = 0; ; at++) {
    const where = `${is} at moment ${at}`;
    const world = await worldOf(example);
    const first = await live(world, { fate: { at, is } });
    if (!first.struck) {
      expect(at, 'moments').toBeGreaterThanOrEqual(good.applied > 0 ? 4 : 2);
      return;
    }
    expectSound(world, first);
    if (is === 'stop' && first.state?.status !== 'ok') {
      expect(first.error, where).toBeUndefined();
      expect(first.state, where).toMatchObject({ status: 'stopped', stopReason: 'interrupted' });
    }
    let state = foldAll(first.events);
    if (state.status !== 'ok') {
      const resumed = await live(world, { past: first.events, standing: truth(world) });
      expect(resumed.state?.status, `${where}: ${JSON.stringify(stepIn(resumed.state)?.failure ?? resumed.error)}`).toBe('ok');
      expectSound(world, resumed);
      state = foldAll(resumed.events);
    }
    // What was made is known as ours, or an uninstall would leave it; what it tells later steps is known, too.
    expect([...state.made].sort(), where).toEqual([...(good.state?.made ?? [])].sort());
    if (example.acts === undefined && example.forgets === undefined) {
      expect(stepIn(state)?.carried?.outputs, where).toEqual(stepIn(good.state)?.carried?.outputs);
    }
    expect(await world.print(), where).toBe(end);
    if (example.acts !== undefined) expect(example.acts(world), where).toBe(1);
  }
}

/** A law of all that acts: the operator's stop is heeded. */
function describeStop(example: Example): void {
  it('stopped right before its act, it begins nothing', async () => {
    const world = await worldOf(example);
    const before = await world.print();
    const life = await live(world, { fate: { at: 'apply', is: 'stop' } });
    expect(life.applied).toBe(1);
    expect(life.state).toMatchObject({ status: 'stopped', stopReason: 'interrupted' });
    expect(await world.print()).toBe(before);
    expect(example.acts?.(world) ?? 0).toBe(0);
  });
}

/** Laws of an act that nothing can look up. */
function describeDoubt(example: Example): void {
  it('an act in doubt is asked about, and never done again without an answer', async () => {
    for (let at = 0; ; at++) {
      const world = await worldOf(example);
      const first = await live(world, { fate: { at, is: 'crash' } });
      if (!first.struck) return;
      if (stepIn(foldAll(first.events))?.status !== 'intended') continue;
      const before = example.acts?.(world);
      const silent = await live(world, { past: first.events });
      expect(silent.state).toMatchObject({ status: 'stopped', stopReason: 'operator-needed', question: { about: 'in-doubt' } });
      expect(silent.applied).toBe(0);
      expect(example.acts?.(world)).toBe(before);
    }
  });

  it('an operator who says `done` has it counted as done, and who says `again` has it done again', async () => {
    for (const [answer, more] of [
      ['done', 0],
      ['again', 1],
    ] as const) {
      const world = await worldOf(example);
      const dead = await live(world, { fate: { at: await momentOfOutcome(example), is: 'crash' } });
      expect(example.acts?.(world)).toBe(1);
      const resumed = await live(world, { past: dead.events, standing: { answers: new Map([['it', answer]]) } });
      expect(resumed.state?.status).toBe('ok');
      expect(stepIn(resumed.state)?.status).toBe('changed');
      expect(example.acts?.(world)).toBe(1 + more);
      expectSound(world, resumed);
    }
  });
}

/** The last moment at which the act has happened and its outcome is not written. */
async function momentOfOutcome(example: Example): Promise<number> {
  let last = 0;
  for (let at = 0; ; at++) {
    const world = await worldOf(example);
    const life = await live(world, { fate: { at, is: 'crash' } });
    if (!life.struck) return last;
    if (example.acts?.(world) === 1 && stepIn(foldAll(life.events))?.status === 'intended') last = at;
  }
}

/** Laws of `ensure: absent`. */
function describeAbsent(example: Example): void {
  const left = example.leaves ?? 'nothing';
  it(`\`ensure: absent\` takes away what it made, and leaves ${left}`, async () => {
    const world = await worldOf(example);
    const before = await world.print();
    const made = await live(world);
    expect(made.state?.made.size).toBeGreaterThan(0);
    const gone = await live(world, { last: made.state, params: { ...world.params, ensure: 'absent' } });
    expect(gone.state?.status, JSON.stringify(stepIn(gone.state)?.failure)).toBe('ok');
    expect(stepIn(gone.state)?.status).toBe('changed');
    expect([...(gone.state?.made ?? [])]).toEqual([]);
    if (example.leaves === undefined) expect(await world.print()).toBe(before);
    expectSound(world, gone);
  });

  it('`ensure: absent` keeps what was there before, and says so', async () => {
    const world = await worldOf(example);
    await live(world);
    const before = await world.print();
    const kept = await live(world, { params: { ...world.params, ensure: 'absent' } });
    expect(stepIn(kept.state)?.status, JSON.stringify(stepIn(kept.state)?.failure)).toBe('ok');
    expect(stepIn(kept.state)?.notes.join()).toMatch(/kept|before/);
    expect(await world.print()).toBe(before);
  });

  it('`ensure: absent` is as wanted where there is nothing', async () => {
    const world = await worldOf(example);
    const before = await world.print();
    const life = await live(world, { params: { ...world.params, ensure: 'absent' } });
    expect(stepIn(life.state)?.status, JSON.stringify(stepIn(life.state)?.failure)).toBe('ok');
    expect(await world.print()).toBe(before);
  });
}
