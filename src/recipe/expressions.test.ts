import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { revealParts } from '../model/encodings.ts';
import { FairleadError } from '../model/failure.ts';
import type { Scope, Value } from '../model/recipe.ts';
import { MASK, SecretText, secretText, type Text } from '../model/secrets.ts';
import { ENCODINGS, parseExpression } from './expressions.ts';
import { fillCondition, fillString, fillText } from './filled-text.ts';

const at = { file: 'recipe.yaml', line: 3, column: 7 };
const place = () => at;

const scope: Scope = {
  inputs: { port: 8080, host: 'cloud.lan', tls: true, none: null, ratio: 0.5 },
  secrets: { key: secretText('key') },
  previous: {},
  steps: { ott: { code: secretText('ott.code'), lines: ['a', 'b'], count: 3, info: { name: 'x' }, secrets: [secretText('s')] } },
  deployment: { name: 'home' },
  recipe: { name: 'toy', version: '1.0.0' },
  needs: { 'reverse-proxy': { address: '10.0.0.1' } },
};

function evaluate(source: string, within: Scope = scope): Value {
  const expression = parseExpression(source);
  if ('message' in expression) throw new Error(expression.message);
  return expression.evaluate(within, at);
}

function revealed(text: Text): string {
  return text instanceof SecretText ? revealParts(text.parts, ({ $secret: name }) => `<${name}'s "value">`) : text;
}

describe('an expression', () => {
  it.each([
    ['inputs.port + 1', 8081],
    ['inputs.ratio * 2.0', 1],
    ['inputs.host + ":" + string(inputs.port)', 'cloud.lan:8080'],
    ['inputs.tls ? "https" : "http"', 'https'],
    ['inputs.none == null', true],
    ['steps.ott.lines.map(line, line + "!")', ['a!', 'b!']],
    ['steps.ott.info.name', 'x'],
    ['[1, "a", true, null, 1.5]', [1, 'a', true, null, 1.5]],
    ['{"a": {"b": inputs.port}}', { a: { b: 8080 } }],
    ['needs.reverse_proxy.address', '10.0.0.1'],
    ['deployment.name + recipe.name + recipe.version', 'hometoy1.0.0'],
    ['has(steps.ott.code) && !has(steps.skipped.code)', true],
    ['has(steps.skipped.code) ? steps.skipped.code : "nothing"', 'nothing'],
    ['url("a b&c")', 'a%20b%26c'],
    ['base64("grüße")', 'Z3LDvMOfZQ=='],
    ['sql("it\'s")', "it''s"],
    ['shell("it\'s")', `'it'\\''s'`],
  ])('gives plain data: %s', (source, value) => {
    expect(evaluate(source)).toEqual(value);
  });

  it.each(['inputs.none.lowerAscii()', "'a' + inputs.none", '!inputs.none', 'inputs.port > 1 && inputs.none > 3'])(
    'says of an input without a value that it has none: %s',
    (source) => {
      const { failure } = catching(() => evaluate(source));
      expect(failure.message).toBe(
        `The expression \`${source}\` at recipe.yaml:3:7 can't be evaluated: \`inputs.none\` has no value.`,
      );
      expect(failure.hints).toEqual([expect.stringContaining('is not asked for with these inputs')]);
    },
  );

  it('does not blame an input without a value for another fault', () => {
    const { failure } = catching(() => evaluate('inputs.port / 0 == 1 && inputs.none == null'));
    expect(failure.message).toContain('division by zero');
  });

  it('names what it mentions, and where', () => {
    const expression = parseExpression('inputs.host + steps.ott.info.name + (true ? needs.a_b.c : deployment.name)');
    expect('mentions' in expression && expression.mentions.map(({ reference, start }) => [reference, start])).toEqual([
      [{ root: 'inputs', name: 'host' }, 0],
      [{ root: 'steps', name: 'ott', field: 'info' }, 14],
      [{ root: 'needs', name: 'a_b', field: 'c' }, 44],
      [{ root: 'deployment', name: 'name' }, 58],
    ]);
  });

  it.each([
    ['steps.skipped.code', /the step `skipped` was skipped or has not run, so it has no `code`/],
    ['steps.ott.cod', /the step `ott` has no output `cod`/],
    ['needs.other.address', /the recipe `other` is not installed/],
    ['steps.ott.info.age', /No such key: age/],
    ['inputs.port / 0', /division by zero/],
    ['inputs.port + inputs.host', /no such overload/],
    ['timestamp("2024-01-01T00:00:00Z")', /neither text, number, boolean, list nor map/],
    ['url(1)', /takes a string or a secret/],
  ])('that fails says what and where: %s', (source, message) => {
    const error = catching(() => evaluate(source));
    expect(error.failure.code).toBe('recipe.expression-failed');
    expect(error.message).toMatch(message);
    expect(error.message).toContain(`\`${source}\` at recipe.yaml:3:7`);
  });

  it('reads no names that an object happens to have', () => {
    expect(() => evaluate('steps.constructor.name')).toThrow(/skipped/);
    expect(() => evaluate('inputs.toString')).toThrow(/has no value/);
  });
});

describe('a secret in an expression', () => {
  it('is joined on either side and stays a secret', () => {
    expect((evaluate('"a" + secrets.key + "b" + secrets.key') as SecretText).parts).toEqual([
      'a',
      { $secret: 'key' },
      'b',
      { $secret: 'key' },
    ]);
    expect((evaluate('(inputs.tls ? steps.ott.code : "x") + "y"') as SecretText).parts).toEqual([{ $secret: 'ott.code' }, 'y']);
    expect((evaluate('steps.ott.secrets.map(s, "-" + s)[0]') as SecretText).parts).toEqual(['-', { $secret: 's' }]);
  });

  it.each(ENCODINGS)('is encoded once its value is known: %s', (encoding) => {
    const plain = evaluate(`${encoding}("<key's \\"value\\">")`);
    expect(revealed(evaluate(`${encoding}(secrets.key)`) as Text)).toBe(plain);
    expect(revealed(evaluate(`${encoding}(dyn(secrets.key))`) as Text)).toBe(plain);
  });

  it.each([
    'secrets.key == "x"',
    '"x" == secrets.key',
    'secrets.key != secrets.key',
    'steps.ott.code == "123456"',
    'size(secrets.key)',
    'secrets.key.size()',
    'secrets.key.contains("x")',
    '"x".contains(secrets.key)',
    'string(secrets.key)',
    'secrets.key < "x"',
    'secrets.key + 1',
    'secrets.key.parts',
    'secrets.key["text"]',
    '["a", secrets.key].join(",")',
    '{secrets.key: 1}',
    'secrets.key ? 1 : 2',
    'bytes(secrets.key)',
  ])('allows nothing else: %s', (source) => {
    const error = catching(() => evaluate(source));
    expect(error.failure.code).toBe('recipe.expression-failed');
  });

  it('may be asked whether it is there at all', () => {
    expect(evaluate('secrets.key == null')).toBe(false);
    expect(evaluate('null == secrets.key')).toBe(false);
    expect(evaluate('secrets.key != null')).toBe(true);
    expect((evaluate(`secrets.key == null ? dyn('') : dyn(secrets.key)`) as SecretText).parts).toEqual([{ $secret: 'key' }]);
  });

  it('never becomes its mask inside a plain text', () => {
    const pieces = ['secrets.key', 'steps.ott.code', '"a"', 'inputs.host', 'url(secrets.key)', 'json(steps.ott.code)'];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 6 }), (chosen) => {
        const value = evaluate(chosen.join(' + '));
        const isSecret = chosen.some((piece) => piece.includes('key') || piece.includes('code'));
        expect(value instanceof SecretText).toBe(isSecret);
        expect(revealed(value as Text)).not.toContain(MASK);
      }),
    );
  });
});

describe('a text with expressions', () => {
  it('keeps the type of an expression that stands alone', () => {
    expect(fillString('${{ inputs.port }}', place).evaluate(scope)).toBe(8080);
    expect(fillString('${{inputs.tls}}', place).evaluate(scope)).toBe(true);
    expect(fillString('${{ steps.ott.lines }}', place).evaluate(scope)).toEqual(['a', 'b']);
    expect(fillString('${{ secrets.key }}', place).evaluate(scope)).toBeInstanceOf(SecretText);
    expect(fillString(' ${{ inputs.port }}', place).evaluate(scope)).toBe(' 8080');
  });

  it('is always text where a whole file is', () => {
    expect(fillText('${{ inputs.port }}', place).evaluate(scope)).toBe('8080');
    expect(fillText('a ${{ inputs.port }} b ${{ inputs.tls }}${{ inputs.ratio }}', place).evaluate(scope)).toBe(
      'a 8080 b true0.5',
    );
  });

  it('joins secrets into a secret text', () => {
    const text = fillText('postgres://u:${{ url(secrets.key) }}@${{ inputs.host }}', place).evaluate(scope) as SecretText;
    expect(text.parts).toEqual(['postgres://u:', { as: 'url', of: [{ $secret: 'key' }] }, '@', 'cloud.lan']);
  });

  it('refuses to join null, lists and maps', () => {
    for (const source of ['inputs.none', 'steps.ott.lines', 'steps.ott.info']) {
      expect(() => fillText(`x \${{ ${source} }}`, place).evaluate(scope)).toThrow(/can't be joined to text/);
    }
  });

  it('finds the end of an expression outside its strings and braces', () => {
    expect(fillString('${{ {"a": {"b": 1}} }}', place).evaluate(scope)).toEqual({ a: { b: 1 } });
    expect(fillString('${{ "}}" + \'}}\' }}', place).evaluate(scope)).toBe('}}}}');
    expect(fillString('${{ """a"}}""" }}', place).evaluate(scope)).toBe('a"}}');
    expect(fillString('${{ "a\\"}}" }}', place).evaluate(scope)).toBe('a"}}');
  });

  it('takes $${{ as the characters themselves', () => {
    expect(fillText('run: echo $${{ github.sha }} ${{ inputs.port }}', place).evaluate(scope)).toBe(
      'run: echo ${{ github.sha }} 8080',
    );
    expect(fillString('$${{ x }}', place).evaluate(scope)).toBe('${{ x }}');
  });

  it('leaves any text without ${{ as it is, and any text once escaped', () => {
    const texts = fc.string({ unit: fc.constantFrom('$', '{', '}', 'a', '"', "'", ' ', '\n', 'ü') });
    fc.assert(
      fc.property(texts, (text) => {
        fc.pre(!/\$\$\{\{/.test(text));
        expect(
          fillText(
            text.replaceAll('${{', () => '$${{'),
            place,
          ).evaluate(scope),
        ).toBe(text);
      }),
      { numRuns: 500 },
    );
  });

  it('survives any text: it is filled in or has problems', () => {
    const texts = fc.string({ unit: fc.constantFrom('$', '{', '${{', '}}', '}', '"', "'", ' ', 'inputs.port', '+', '\\', 'r') });
    fc.assert(
      fc.property(texts, (text) => {
        const { problems } = fillString(text, place);
        expect(problems.every(({ code }) => code === 'recipe.bad-expression')).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('may be a condition, bare or not', () => {
    const bare = () => at;
    expect(fillCondition('inputs.tls', place, bare).evaluate(scope)).toBe(true);
    expect(fillCondition('${{ !inputs.tls }}', place, bare).evaluate(scope)).toBe(false);
    expect(fillCondition('inputs.tls', place, bare).references).toEqual([{ root: 'inputs', name: 'tls' }]);
  });
});

function catching(act: () => unknown): FairleadError {
  try {
    act();
  } catch (error) {
    if (error instanceof FairleadError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
