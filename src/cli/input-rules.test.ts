import { describe, expect, it } from 'vitest';
import { failureOf } from '../model/failure.ts';
import type { InputSpec, InputType } from '../model/recipe.ts';
import { exposureOf, givenInputs } from './given-inputs.ts';
import { type GivenInput, type InputSource, valuesFor, variableOf } from './input-rules.ts';

const spec = (name: string, type: InputType): InputSpec => ({
  name,
  type,
  title: name,
  optional: false,
  schema: {},
  at: { file: 'recipe.yaml', line: 1, column: 1 },
});
const recipe = { inputs: [spec('pin', 'secret'), spec('sign', 'string')] };
const given = (value: unknown, source: InputSource): GivenInput => ({ value, source });
const failureFrom = (act: () => unknown) => {
  try {
    act();
  } catch (error) {
    return failureOf(error);
  }
  throw new Error('nothing was refused');
};

const argument: InputSource = { kind: 'argument' };
const file: InputSource = { kind: 'file', path: '/srv/inputs.yaml' };
const exposed: InputSource = { ...file, exposed: 'has mode 0644' };
const environment: InputSource = { kind: 'environment', variable: 'FAIRLEAD_INPUT_PIN' };

describe('values of inputs', () => {
  it.each([argument, file, exposed, environment, { kind: 'descriptor' }, { kind: 'terminal' }] as const)(
    'of one that is no secret are taken from anywhere: $kind $exposed',
    (source) => {
      expect(valuesFor(recipe, { sign: given('open', source) })).toEqual({ sign: 'open' });
    },
  );

  it.each([file, environment, { kind: 'descriptor' }, { kind: 'terminal' }] as const)(
    'of a secret are taken from where nobody else looks: $kind',
    (source) => {
      expect(valuesFor(recipe, { pin: given('1234-5678', source) })).toEqual({ pin: '1234-5678' });
    },
  );

  it('of a secret are refused on the command line, with the other ways, and are not repeated', () => {
    const failure = failureFrom(() => valuesFor(recipe, { pin: given('1234-5678', argument) }));
    expect(failure.code).toBe('usage.secret-in-argv');
    const text = JSON.stringify(failure);
    for (const way of ['FAIRLEAD_INPUT_PIN', '--input-fd pin=3', '--inputs FILE', 'terminal']) expect(text).toContain(way);
    expect(text).not.toContain('1234');
  });

  it('of a secret are refused from a file that others can read, which is named with what is wrong', () => {
    const failure = failureFrom(() => valuesFor(recipe, { pin: given('1234-5678', exposed) }));
    expect(failure).toMatchObject({
      code: 'inputs.file-exposed',
      message: expect.stringContaining('/srv/inputs.yaml has mode 0644'),
      hints: [expect.stringContaining('chmod 600 /srv/inputs.yaml'), 'Nothing was changed.'],
    });
    expect(JSON.stringify(failure)).not.toContain('1234');
  });

  it('that are none (a bare `pin:` in a file) are no secret yet', () => {
    expect(valuesFor(recipe, { pin: given(null, exposed) })).toEqual({ pin: null });
  });

  it('that the environment has for another recipe are left out; unknown ones from elsewhere stay, to be refused', () => {
    expect(valuesFor(recipe, { other: given('x', { kind: 'environment', variable: 'FAIRLEAD_INPUT_OTHER' }) })).toEqual({});
    expect(valuesFor(recipe, { other: given('x', argument) })).toEqual({ other: 'x' });
  });
});

describe('a file with a secret', () => {
  const own = 1000;
  it.each([
    { what: 'mine at 0600', mode: 0o100600, uid: own, environment: {}, by: own },
    { what: 'mine at 0400', mode: 0o100400, uid: own, environment: {}, by: own },
    { what: 'of root', mode: 0o100600, uid: 0, environment: {}, by: own },
    { what: 'of who called sudo', mode: 0o100600, uid: own, environment: { SUDO_UID: '1000' }, by: 0 },
  ])('$what is private', ({ mode, uid, environment: around, by }) => {
    expect(exposureOf({ mode, uid }, around, by)).toBeUndefined();
  });

  it.each([
    { what: 'others can read', mode: 0o100604, uid: own, environment: {}, by: own, says: 'has mode 0604' },
    { what: 'the group can read', mode: 0o100640, uid: own, environment: {}, by: own, says: 'has mode 0640' },
    { what: 'the group can write', mode: 0o100620, uid: own, environment: {}, by: own, says: 'has mode 0620' },
    { what: 'is of somebody else', mode: 0o100600, uid: 1001, environment: {}, by: own, says: 'belongs to user 1001' },
    {
      what: 'is of somebody else than who called sudo',
      mode: 0o100600,
      uid: 1001,
      environment: { SUDO_UID: '1000' },
      by: 0,
      says: 'belongs to user 1001',
    },
    {
      what: 'is of somebody whom only the environment calls root’s caller',
      mode: 0o100600,
      uid: 1001,
      environment: { SUDO_UID: '1001' },
      by: own,
      says: 'belongs to user 1001',
    },
  ])('that $what is exposed', ({ mode, uid, environment: around, by, says }) => {
    expect(exposureOf({ mode, uid }, around, by)).toBe(says);
  });
});

describe('what is given', () => {
  const sources = { pairs: [], descriptors: [], environment: {} };

  it('on the command line wins over the environment', async () => {
    const all = await givenInputs({
      ...sources,
      pairs: ['sign=open=wide'],
      environment: {
        [variableOf('sign')]: 'closed',
        [variableOf('admin_email')]: 'me@home.lan',
        FAIRLEAD_INPUT_: 'x',
        PATH: '/bin',
      },
    });
    expect(Object.fromEntries(Object.entries(all).map(([name, { value, source }]) => [name, [value, source.kind]]))).toEqual({
      sign: ['open=wide', 'argument'],
      admin_email: ['me@home.lan', 'environment'],
    });
  });

  it.each([
    { what: 'no descriptor', descriptors: ['pin=1234-5678'] },
    { what: 'no name', descriptors: ['=1234-5678'] },
    { what: 'one name twice', descriptors: ['pin=3', 'pin=4'] },
  ])('with $what is refused before anything is read, and not repeated', async ({ descriptors }) => {
    const failure = failureOf(await givenInputs({ ...sources, descriptors }).catch((error: unknown) => error));
    expect(failure.code).toBe('usage.bad-input');
    expect(JSON.stringify(failure)).not.toContain('1234');
  });

  it('by a descriptor and on the command line is refused', async () => {
    const both = givenInputs({ ...sources, descriptors: ['pin=3'], pairs: ['pin=x'] });
    await expect(both).rejects.toMatchObject({ failure: { code: 'usage.bad-input' } });
  });
});
