import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InputSpec, InputType } from '../model/recipe.ts';
import { inputSpec } from './input-spec.ts';
import { resolveInputs } from './inputs.ts';
import { parseYaml } from './yaml-source.ts';

function spec(name: string, raw: { type: InputType } & Record<string, unknown>): InputSpec {
  const source = parseYaml('recipe.yaml', JSON.stringify({ inputs: { [name]: raw } }));
  const read = inputSpec(name, { title: 'A title', ...raw } as never, source, ['inputs', name]);
  expect(read.problems).toEqual([]);
  return read.spec;
}

const resolve = (raw: { type: InputType } & Record<string, unknown>, value: unknown) =>
  resolveInputs({ inputs: [spec('x', raw)] }, { x: value });

describe('an input', () => {
  it.each<[InputType, readonly unknown[], readonly unknown[]]>([
    ['string', ['one line', '0'], ['', 'two\nlines', 7, true]],
    ['text', ['two\nlines'], ['']],
    ['hostname', ['localhost', 'a-b.example.org'], ['', '-a.org', 'a..b', 'a_b', 'a.org.', 'http://a', `${'a'.repeat(64)}.org`]],
    ['email', ['a@b.org'], ['a', 'a@', '@b']],
    ['port', [1, 65535, '8080'], [0, 65536, 'http', '80.5', 1.5, '']],
    ['path', ['/', '/srv/ente', '/a b'], ['srv', '/a/../b', '/..', '']],
    ['cidr', ['172.21.0.0/16', '0.0.0.0/0', '10.0.0.1/32'], ['172.21.0.0', '172.21.0.0/33', '256.0.0.0/8', '1.2.3/8']],
    ['ip', ['10.0.0.1', '::1'], ['10.0.0', 'x']],
    ['url', ['http://a', 'https://a.org/x?y'], ['ftp://a', 'a.org', 'http://']],
    ['integer', [-3, '12', '-1'], ['1.5', 'x', '']],
    ['boolean', [true, 'true', 'false'], ['yes', 1, '']],
    ['secret', ['hunter2'], ['', 5]],
  ])('of type %s takes what it should and nothing else', (type, good, bad) => {
    for (const value of good) expect(resolve({ type }, value).problems, String(value)).toEqual([]);
    for (const value of bad)
      expect(resolve({ type }, value).problems, String(value)).toMatchObject([{ code: 'input.invalid', name: 'x' }]);
  });

  it("meets the recipe's own bounds besides its type's", () => {
    expect(resolve({ type: 'port', min: 1024 }, 80).problems[0]?.message).toBe('must be 1024 or more; found 80');
    expect(resolve({ type: 'port', min: 1024 }, 70000).problems).toHaveLength(1);
    expect(resolve({ type: 'string', min: 3 }, 'ab').problems[0]?.message).toMatch(/3 characters or more/);
    expect(resolve({ type: 'string', pattern: '^a+$' }, 'b').problems[0]?.message).toMatch(/`\^a\+\$`/);
    expect(resolve({ type: 'string', pattern: '^[\\sa]+$' }, 'a\na').problems).toHaveLength(1);
    expect(resolve({ type: 'text', pattern: '^a+$' }, 'b').problems[0]?.message).toMatch(/`\^a\+\$`/);
  });

  it("says what the recipe's pattern means where it says so, and what an address is before that", () => {
    const pin = { type: 'string', pattern: '^\\d{6}$', pattern_means: 'six digits' } as const;
    expect(resolve(pin, '12345a').problems[0]?.message).toBe('must be six digits; found "12345a"');
    const plain = { type: 'email', pattern: '^[^\\s,]+$' } as const;
    expect(resolve(plain, 'me at home').problems[0]?.message).toMatch(/must be an e-mail address/);
    expect(resolve({ ...plain, pattern: '^me', pattern_means: 'mine' }, 'you@b.org').problems[0]?.message).toMatch(
      /must be mine/,
    );
  });

  it('has no words for a pattern that is not there', () => {
    const source = parseYaml('recipe.yaml', 'inputs: { x: { type: string, title: X, pattern_means: six digits } }');
    const raw = { type: 'string', title: 'X', pattern_means: 'six digits' } as const;
    const [problem] = inputSpec('x', raw, source, ['inputs', 'x']).problems;
    expect(problem).toMatchObject({ code: 'recipe.misplaced-key', found: '`pattern_means: six digits`' });
  });

  it('that is a choice suggests the choice that was meant', () => {
    expect(resolve({ type: 'choice', choices: ['small', 'large'] }, 'smal').problems[0]?.message).toBe(
      'must be one of small, large; did you mean `small`?; found "smal"',
    );
  });

  it('is read from the text of the command line', () => {
    const inputs = [spec('port', { type: 'port' }), spec('tls', { type: 'boolean' }), spec('pin', { type: 'string' })];
    expect(resolveInputs({ inputs }, { port: '8080', tls: 'true', pin: '0123' }).values).toEqual({
      port: 8080,
      tls: true,
      pin: '0123',
    });
  });

  it('is what is given, else what the last run had, else its default', () => {
    const inputs = [spec('a', { type: 'integer', default: 1 })];
    expect(resolveInputs({ inputs }, { a: 3 }, { a: 2 }).values).toEqual({ a: 3 });
    expect(resolveInputs({ inputs }, {}, { a: 2 }).values).toEqual({ a: 2 });
    expect(resolveInputs({ inputs }, {}, { gone: 2 }).values).toEqual({ a: 1 });
  });

  it('is null where it is optional and left out', () => {
    const inputs = [spec('a', { type: 'email', optional: true })];
    expect(resolveInputs({ inputs }, {})).toEqual({ values: { a: null }, problems: [] });
    expect(resolveInputs({ inputs }, { a: '' })).toEqual({ values: { a: null }, problems: [] });
    expect(resolveInputs({ inputs }, {}, { a: null })).toEqual({ values: { a: null }, problems: [] });
  });

  it('is missed where it has no value, also if the last run had null for it', () => {
    const inputs = [spec('a', { type: 'email' })];
    for (const previous of [{}, { a: null }]) {
      expect(resolveInputs({ inputs }, {}, previous).problems).toEqual([
        { code: 'input.missing', name: 'a', message: 'needs a value (A title)' },
      ]);
    }
  });

  it('that is unknown gets a suggestion', () => {
    const inputs = [spec('api_host', { type: 'hostname', default: 'a' })];
    expect(resolveInputs({ inputs }, { api_hots: 'b' }).problems).toEqual([
      {
        code: 'input.unknown',
        name: 'api_hots',
        message: 'is no input of this recipe: it takes `api_host`; did you mean `api_host`?',
      },
    ]);
  });

  it('that is a secret stays a reference from run to run, and is never shown', () => {
    const inputs = [spec('pass', { type: 'secret', min: 8 })];
    const reference = { $secret: 'input.pass' };
    expect(resolveInputs({ inputs }, {}, { pass: reference })).toEqual({ values: { pass: reference }, problems: [] });
    expect(resolveInputs({ inputs }, { pass: 'long enough' }, { pass: reference }).values).toEqual({ pass: 'long enough' });
    expect(JSON.stringify(resolveInputs({ inputs }, { pass: 'short' }).problems)).not.toContain('short"');
    expect(resolveInputs({ inputs }, { pass: 12345678 }).problems).toMatchObject([
      { code: 'input.invalid', message: 'must be text that is not empty, in quotes' },
    ]);
    expect(resolveInputs({ inputs }, { pass: { $secret: 'token' } }, { pass: reference }).problems).toMatchObject([
      { code: 'input.invalid', name: 'pass' },
    ]);
    const plainNow = [spec('pass', { type: 'string' })];
    expect(resolveInputs({ inputs: plainNow }, {}, { pass: reference }).problems).toMatchObject([{ code: 'input.missing' }]);
  });

  it('is a problem or a value, whatever is given', () => {
    const inputs = [spec('x', { type: 'integer', min: 0, max: 10 })];
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.integer(), fc.double(), fc.boolean(), fc.constant(null)), (given) => {
        const { values, problems } = resolveInputs({ inputs }, { x: given });
        expect('x' in values).toBe(problems.length === 0);
        if ('x' in values) expect([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]).toContain(Object.is(values.x, -0) ? 0 : values.x);
      }),
    );
  });
});
