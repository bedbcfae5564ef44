import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Scope, SecretKind } from '../model/recipe.ts';
import { type LoadedRecipe, loadRecipe } from './load-recipe.ts';
import { SECRET_KINDS } from './secret-kinds.ts';
import { toyTypes } from './toy-step-types.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recipe-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** A recipe with these secrets, the first of them at line 7; its one step uses those that are named. */
async function load(secrets: readonly string[], used: readonly string[]): Promise<LoadedRecipe> {
  const uses = used.map((name) => `\${{ secrets.${name} }}`).join(' ');
  const lines = [
    'recipe: toy',
    'version: 1.0.0',
    'title: A toy',
    'inputs:',
    '  host: { type: hostname, title: Host }',
    'secrets:',
    ...secrets.map((line) => `  ${line}`),
    'steps:',
    "  - { id: s, title: S, uses: toy.capture, with: { pattern: 'x' } }",
    "  - { id: one, title: One, uses: toy.file, with: { path: '/${{ inputs.host }}',",
    `      content: '${uses}' } }`,
  ];
  await writeFile(join(folder, 'recipe.yaml'), `${lines.join('\n')}\n`);
  return loadRecipe(folder, toyTypes);
}

const BASES = ['word: { generate: password }', 'key: { generate: rsa-key }', 'curve: { generate: ec-key }'];
/** A secret at line 10, column 3, after those that it may be made of. */
const one = (secret: string): readonly string[] => [...BASES, secret];

describe('a secret', () => {
  it('of any kind is read with what is usual, and what it is made of counts as used', async () => {
    const loaded = await load(
      [
        'std: { generate: base64, bytes: 64, prefix: minio-user- }',
        'url: { generate: base64url, padding: false }',
        'jwt: { generate: base64url }',
        "salt: { generate: characters, alphabet: './abc', length: 16 }",
        'word: { generate: password, title: A password }',
        'hash: { generate: bcrypt, of: word }',
        'shadow: { generate: sha512-crypt, of: word, rounds: 6000 }',
        'bundle: { generate: pkcs12, of: site, password: pass }',
        'open_bundle: { generate: pkcs12, of: signing }',
        "site: { generate: certificate, of: key, names: ['${{ inputs.host }}', 10.0.0.1], days: 90 }",
        "signing: { generate: certificate, of: rsa, subject: 'id of ${{ deployment.name }}', usage: signing }",
        'pass: { generate: digits }',
        'key: { generate: ec-key }',
        'rsa: { generate: rsa-key, bits: 4096 }',
        'public: { generate: public-key, of: push }',
        'push: { generate: vapid-key }',
      ],
      ['std', 'url', 'jwt', 'salt', 'hash', 'shadow', 'bundle', 'open_bundle', 'public'],
    );
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems, undefined, 2));
    const { secrets } = loaded.recipe;
    const plain = (name: string): unknown => {
      const { at: _, names: __, subject: ___, ...rest } = secrets.find((secret) => secret.name === name) ?? ({} as never);
      return rest;
    };
    expect(plain('std')).toEqual({ name: 'std', generate: 'base64', bytes: 64, prefix: 'minio-user-' });
    expect(plain('url')).toEqual({ name: 'url', generate: 'base64url', bytes: 32, padding: false });
    expect(plain('jwt')).toEqual({ name: 'jwt', generate: 'base64url', bytes: 32, padding: true });
    expect(plain('salt')).toEqual({ name: 'salt', generate: 'characters', alphabet: './abc', length: 16 });
    expect(plain('word')).toEqual({ name: 'word', generate: 'password', length: 32, title: 'A password' });
    expect(plain('hash')).toEqual({ name: 'hash', generate: 'bcrypt', of: 'word', cost: 10, variant: '2y' });
    expect(plain('shadow')).toEqual({ name: 'shadow', generate: 'sha512-crypt', of: 'word', rounds: 6000 });
    expect(plain('bundle')).toEqual({ name: 'bundle', generate: 'pkcs12', of: 'site', password: 'pass' });
    expect(plain('open_bundle')).toEqual({ name: 'open_bundle', generate: 'pkcs12', of: 'signing' });
    expect(plain('site')).toEqual({ name: 'site', generate: 'certificate', of: 'key', days: 90, usage: 'server' });
    expect(plain('signing')).toEqual({ name: 'signing', generate: 'certificate', of: 'rsa', days: 3650, usage: 'signing' });
    expect(plain('rsa')).toEqual({ name: 'rsa', generate: 'rsa-key', bits: 4096 });
    expect(plain('public')).toEqual({ name: 'public', generate: 'public-key', of: 'push' });

    const scope: Scope = {
      inputs: { host: 'cloud.lan' },
      secrets: {},
      previous: {},
      steps: {},
      deployment: { name: 'home' },
      recipe: { name: 'toy', version: '1.0.0' },
      needs: {},
    };
    const site = secrets.find(({ name }) => name === 'site');
    expect(site?.names?.map((name) => name.evaluate(scope))).toEqual(['cloud.lan', '10.0.0.1']);
    expect(site?.names?.[0]?.references).toEqual([{ root: 'inputs', name: 'host' }]);
    const signing = secrets.find(({ name }) => name === 'signing');
    expect(signing?.subject?.evaluate(scope)).toBe('id of home');
  });

  it('is of a kind that leads back to none: no secret can be made of itself, by no way round', () => {
    const reaches = (from: SecretKind): readonly SecretKind[] =>
      (SECRET_KINDS[from].of ?? []).flatMap((to) => [to, ...reaches(to)]);
    for (const kind of Object.keys(SECRET_KINDS) as SecretKind[]) expect(reaches(kind)).not.toContain(kind);
  });
});

/** One mistake each: its name, the secrets, the problem's code, line and column, and what it says. */
const BAD: readonly (readonly [
  law: string,
  secrets: readonly string[],
  code: string,
  line: number,
  column: number,
  says: RegExp,
])[] = [
  [
    'a size that its kind has not',
    one('a: { generate: rsa-key, bytes: 3 }'),
    'recipe.misplaced-key',
    10,
    27,
    /`bits` for rsa-key/,
  ],
  [
    'a detail of a kind without any',
    one('a: { generate: ec-key, bits: 2048 }'),
    'recipe.misplaced-key',
    10,
    26,
    /nothing more for ec-key/,
  ],
  [
    'a base of what is chance',
    one('a: { generate: hex, of: word }'),
    'recipe.misplaced-key',
    10,
    23,
    /`bytes` or `prefix` for hex/,
  ],
  ['padding of standard base64', one('a: { generate: base64, padding: false }'), 'recipe.misplaced-key', 10, 26, /for base64/],
  ['too many bytes', one('a: { generate: base64url, bytes: 1025 }'), 'recipe.wrong-value', 10, 36, /1024/],
  ['no characters to draw from', one('a: { generate: characters }'), 'recipe.missing-key', 10, 3, /`alphabet`/],
  ['a character twice', one('a: { generate: characters, alphabet: abca }'), 'recipe.wrong-value', 10, 40, /`a` a second time/],
  ['one character only', one('a: { generate: characters, alphabet: a }'), 'recipe.wrong-value', 10, 40, /2|more/],
  ['a control character', one('a: { generate: characters, alphabet: "a\\n" }'), 'recipe.wrong-value', 10, 40, /alphabet/],
  ['a hash of nothing', one('a: { generate: bcrypt }'), 'recipe.missing-key', 10, 3, /`of`/],
  ['a hash of an unknown secret', one('a: { generate: bcrypt, of: wrod }'), 'recipe.unknown-name', 10, 30, /did you mean `word`/],
  ['a hash of itself', one('a: { generate: bcrypt, of: a }'), 'recipe.wrong-kind', 10, 30, /this secret/],
  ['a hash of a key', one('a: { generate: sha512-crypt, of: key }'), 'recipe.wrong-kind', 10, 36, /kind rsa-key.*password/],
  ['a cost beyond patience', one('a: { generate: bcrypt, of: word, cost: 17 }'), 'recipe.wrong-value', 10, 42, /16/],
  ['a cost that is none', one('a: { generate: bcrypt, of: word, cost: 3 }'), 'recipe.wrong-value', 10, 42, /4/],
  ['too few rounds', one('a: { generate: sha512-crypt, of: word, rounds: 999 }'), 'recipe.wrong-value', 10, 50, /1000/],
  ['an RSA key of 1024 bits', one('a: { generate: rsa-key, bits: 1024 }'), 'recipe.wrong-value', 10, 33, /2048/],
  [
    'the public half of a password',
    one('a: { generate: public-key, of: word }'),
    'recipe.wrong-kind',
    10,
    34,
    /rsa-key, ec-key, vapid-key/,
  ],
  ['a certificate without names', one('a: { generate: certificate, of: key }'), 'recipe.missing-key', 10, 3, /`names`/],
  [
    'a server with a subject only',
    one('a: { generate: certificate, of: key, subject: x }'),
    'recipe.missing-key',
    10,
    3,
    /no `names`.*clients/,
  ],
  [
    'a certificate for signing without a name',
    one('a: { generate: certificate, of: key, usage: signing }'),
    'recipe.missing-key',
    10,
    3,
    /`subject`/,
  ],
  [
    'encryption to an elliptic curve',
    one('a: { generate: certificate, of: curve, usage: encryption, subject: x }'),
    'recipe.wrong-kind',
    10,
    35,
    /rsa-key for encryption/,
  ],
  [
    'a name that is an address of a page',
    one('a: { generate: certificate, of: key, names: [cloud.lan, "https://cloud.lan"] }'),
    'recipe.wrong-value',
    10,
    59,
    /a host name/,
  ],
  ['no names at all', one('a: { generate: certificate, of: key, names: [] }'), 'recipe.wrong-value', 10, 47, /not empty/],
  [
    'a name of an unknown input',
    one("a: { generate: certificate, of: key, names: ['${{ inputs.hots }}'] }"),
    'recipe.unknown-name',
    10,
    53,
    /did you mean `host`/,
  ],
  [
    'a name that a step finds out',
    one("a: { generate: certificate, of: key, names: ['${{ steps.s.x }}'] }"),
    'recipe.used-too-early',
    10,
    53,
    /before the first one/,
  ],
  [
    'a secret as a name',
    one("a: { generate: certificate, of: key, names: ['${{ secrets.word }}'] }"),
    'recipe.secret-misplaced',
    10,
    53,
    /everybody can read/,
  ],
  [
    'an expression in another detail',
    one("a: { generate: hex, prefix: '${{ inputs.host }}' }"),
    'recipe.expression-misplaced',
    10,
    32,
    /not filled in/,
  ],
  [
    'an expression in a secret that is called `names`',
    [...BASES, 'a: { generate: bcrypt, of: names }', "names: { generate: uuid, prefix: '${{ inputs.host }}' }"],
    'recipe.expression-misplaced',
    11,
    37,
    /not filled in/,
  ],
  ['a bundle of a key', one('a: { generate: pkcs12, of: key }'), 'recipe.wrong-kind', 10, 30, /of kind certificate/],
];

describe('a bad secret', () => {
  it.each(BAD)('is refused for %s', async (_, secrets, code, line, column, says) => {
    const loaded = await load(secrets, ['a', 'word', 'key', 'curve']);
    const problems = loaded.ok ? [] : loaded.problems;
    expect(problems.map((problem) => [problem.code, problem.at.line, problem.at.column])).toEqual([[code, line, column]]);
    expect(`${problems[0]?.found}; expected ${problems[0]?.expected}`).toMatch(says);
  });

  it('is refused for a password that it can not have', async () => {
    const certificate = 'site: { generate: certificate, of: key, names: [cloud.lan] }';
    const bundle = (password: string) =>
      load([...BASES, certificate, `a: { generate: pkcs12, of: site, password: ${password} }`], ['a', 'word', 'curve']);
    for (const [password, code] of [
      ['key', 'recipe.wrong-kind'],
      ['site', 'recipe.wrong-kind'],
      ['a', 'recipe.wrong-kind'],
      ['wrod', 'recipe.unknown-name'],
    ] as const) {
      expect(await bundle(password)).toMatchObject({ ok: false, problems: [{ code, at: { line: 11, column: 46 } }] });
    }
    expect(await bundle('word')).toMatchObject({ ok: true });
  });

  it('is refused for a password that bcrypt would cut', async () => {
    const bad = async (base: string): Promise<unknown> => {
      const loaded = await load([base, 'a: { generate: bcrypt, of: long }'], ['a']);
      return loaded.ok ? 'good' : loaded.problems.map(({ code, at, found }) => [code, at.line, found]);
    };
    expect(await bad('long: { generate: hex, bytes: 37 }')).toEqual([['recipe.wrong-value', 8, '`long`, which has 74 bytes']]);
    expect(await bad('long: { generate: base64, bytes: 54 }')).toBe('good');
    expect(await bad('long: { generate: base64, bytes: 55 }')).toEqual([['recipe.wrong-value', 8, '`long`, which has 76 bytes']]);
    expect(await bad('long: { generate: alphanumeric, length: 72 }')).toBe('good');
    expect(await bad('long: { generate: alphanumeric, length: 72, prefix: x }')).toEqual([
      ['recipe.wrong-value', 8, '`long`, which has 73 bytes'],
    ]);
  });

  it('is refused when secrets are made of each other', async () => {
    const loaded = await load(['a: { generate: bcrypt, of: b }', 'b: { generate: sha512-crypt, of: a }'], ['a', 'b']);
    expect(loaded).toMatchObject({ ok: false, problems: [{ code: 'recipe.wrong-kind' }, { code: 'recipe.wrong-kind' }] });
  });

  it('is refused where nothing uses it, nor what is used', async () => {
    const loaded = await load(['word: { generate: password }', 'hash: { generate: bcrypt, of: word }'], []);
    expect(loaded).toMatchObject({
      ok: false,
      problems: [{ code: 'recipe.unused-secret', found: expect.stringContaining('`hash`') }],
    });
  });
});
