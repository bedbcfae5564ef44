import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AskedWhere, InputSpec, InputType, Scope } from '../model/recipe.ts';
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
    [
      'hostname',
      ['localhost', 'a-b.example.org', '1.example.org', '4you'],
      ['1.2', '10.1.2.3', '::1', '', '-a.org', 'a..b', 'a_b', 'a.org.', 'http://a', `${'a'.repeat(64)}.org`],
    ],
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

  it.each(['10.1.2.3', '::1'])('says of %s that it is an address, where a host name is wanted', (address) => {
    const said = `must be a host name such as \`cloud.example.org\`, not an IP address; found "${address}"`;
    expect(resolve({ type: 'hostname' }, address).problems[0]?.message).toBe(said);
    const own = { type: 'hostname', pattern: '^[a-z0-9.-]+$', pattern_means: 'a host name in small letters' } as const;
    expect(resolve(own, address).problems[0]?.message).toBe(said);
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

describe('an input that is asked for only where its `when` is true', () => {
  const wants = (...names: readonly string[]): AskedWhere => ({
    references: names.map((name) => ({ root: 'inputs', name })),
    source: 'toy',
    evaluate: ({ inputs }) => names.every((name) => inputs[name] !== null && inputs[name] !== false),
  });
  const tls = spec('tls', { type: 'boolean', default: false });
  const key = { ...spec('key', { type: 'path' }), when: wants('tls') };
  const inputs = [tls, key];

  it('is no fault where it is not asked for and missing: it is null', () => {
    expect(resolveInputs({ inputs }, {})).toEqual({ values: { tls: false, key: null }, problems: [] });
    expect(resolveInputs({ inputs }, { key: null }).problems).toEqual([]);
    expect(resolveInputs({ inputs }, {}, { tls: false, key: null }).problems).toEqual([]);
  });

  it('is missing where it is asked for', () => {
    for (const before of [{}, { key: null }]) {
      expect(resolveInputs({ inputs }, { tls: true }, before).problems).toMatchObject([{ code: 'input.missing', name: 'key' }]);
    }
    expect(resolveInputs({ inputs }, { tls: true, key: '/k' })).toEqual({ values: { tls: true, key: '/k' }, problems: [] });
  });

  it('keeps what it would be: given, else of the last run, else its default', () => {
    const with_ = (more: object) => [tls, { ...key, ...more }];
    expect(resolveInputs({ inputs }, { key: '/given' }, { key: '/last' }).values.key).toBe('/given');
    expect(resolveInputs({ inputs }, {}, { key: '/last' }).values.key).toBe('/last');
    expect(resolveInputs({ inputs: with_({ default: '/usual' }) }, {}).values.key).toBe('/usual');
    expect(resolveInputs({ inputs: with_({ optional: true }) }, {}).values.key).toBeNull();
  });

  it('that is given and no good is refused all the same, for it would be kept', () => {
    expect(resolveInputs({ inputs }, { key: 'relative' }).problems).toMatchObject([{ code: 'input.invalid', name: 'key' }]);
    const preset = [tls, { ...key, default: '/usual' }];
    expect(resolveInputs({ inputs: preset }, { key: null }).problems).toMatchObject([{ code: 'input.invalid', name: 'key' }]);
  });

  it('does not stand in the way with a value of the last run that would not do any more', () => {
    const stale = { key: 'relative' };
    expect(resolveInputs({ inputs }, {}, stale)).toEqual({ values: { tls: false, key: null }, problems: [] });
    expect(resolveInputs({ inputs }, { tls: true }, stale).problems).toMatchObject([{ code: 'input.invalid', name: 'key' }]);
    expect(resolveInputs({ inputs: [tls, { ...key, default: '/usual' }] }, {}, stale).values.key).toBe('/usual');
  });

  it('may depend on one that is not asked for itself: that one counts with the value that it has', () => {
    const chain = [tls, key, { ...spec('word', { type: 'secret' }), when: wants('key') }];
    expect(resolveInputs({ inputs: chain }, {}).values).toEqual({ tls: false, key: null, word: null });
    expect(resolveInputs({ inputs: chain }, {}, { key: '/last' }).problems).toMatchObject([{ name: 'word' }]);
  });

  it('may ask whether a secret was given, and learns no more of it', () => {
    const seen: unknown[] = [];
    const word = spec('word', { type: 'secret', optional: true });
    const look = { ...spec('look', { type: 'boolean', optional: true }), when: wants('word') };
    const watched = { ...look, when: { ...wants('word'), evaluate: (scope: Scope) => seen.push(scope.inputs.word) > 0 } };
    resolveInputs({ inputs: [word, watched] }, { word: 'hunter2' });
    expect(JSON.stringify(seen)).toBe('["•••"]');
    expect(JSON.stringify((seen[0] as { parts: unknown }).parts)).not.toContain('hunter2');
  });

  it('that can not be told because of what is wrong lets that be said; by itself it is the failure', () => {
    const broken: AskedWhere = {
      ...wants('tls'),
      evaluate: () => {
        throw new Error('odd');
      },
    };
    const odd = [tls, { ...key, when: broken }];
    expect(resolveInputs({ inputs: odd }, { tls: 'maybe', key: '/k' }).problems).toMatchObject([{ name: 'tls' }]);
    expect(() => resolveInputs({ inputs: odd }, { key: '/k' })).toThrow('odd');
  });
});
