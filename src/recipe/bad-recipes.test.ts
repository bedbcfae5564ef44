import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Problem } from '../model/recipe.ts';
import { loadRecipe } from './load-recipe.ts';
import { toyTypes } from './toy-step-types.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recipe-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

async function problemsOf(yaml: string, files: Readonly<Record<string, string>> = {}): Promise<readonly Problem[]> {
  await write({ 'recipe.yaml': yaml, ...files });
  const loaded = await loadRecipe(folder, toyTypes);
  return loaded.ok ? [] : loaded.problems;
}

const HEAD = 'recipe: toy\nversion: 1.0.0\ntitle: A toy\n';
const STEP = '  - id: one\n    title: One\n    uses: toy.file\n    with: { path: /a }\n';
const STEPS = `steps:\n${STEP}`;
/** A recipe whose one step has these params, the first of them at line 9, column 7. */
const withParams = (params: string, more = ''): string =>
  `${HEAD}steps:\n  - id: one\n    title: One\n    uses: toy.file\n    with:\n      ${params.replaceAll('\n', '\n      ')}\n${more}`;
const SECRETS = 'secrets:\n  key: { generate: hex }\n';
const INPUTS = 'inputs:\n  host: { type: hostname, title: Host }\n  port: { type: port, title: Port }\n';

/** Inputs, the third of them asked for only under a condition that begins at line 7, column 36. */
const withWhen = (condition: string, more = ''): string =>
  `${HEAD}inputs:\n  tls: { type: boolean, title: TLS }\n  pass: { type: secret, title: P, optional: true }\n  key: { type: path, title: Key, when: "${condition}" }\n${more}${STEPS}`;

/** One mistake each: its name, the YAML, the problem's code, line and column, and what the problem says. */
const BAD: readonly (readonly [law: string, yaml: string, code: string, line: number, column: number, says: RegExp])[] = [
  ['broken YAML', `${HEAD}needs: [a\n${STEPS}`, 'recipe.yaml-syntax', 5, 1, /flow/i],
  ['a list instead of a recipe', '- a\n', 'recipe.wrong-type', 1, 1, /a list.*a map/],
  ['an empty file', '', 'recipe.wrong-type', 1, 1, /nothing.*a map/],
  ['a key twice', `${HEAD}title: B\n${STEPS}`, 'recipe.duplicate-key', 4, 1, /`title` a second time/],
  ['an alias', `${HEAD}summary: &a x\nsource: *a\n${STEPS}`, 'recipe.yaml-alias', 5, 9, /\*a/],
  ['a tag', `${HEAD}summary: !foo x\n${STEPS}`, 'recipe.yaml-syntax', 4, 10, /!foo/],
  ['a mistyped key', `${HEAD}sumary: x\n${STEPS}`, 'recipe.unknown-key', 4, 1, /`sumary`.*did you mean `summary`/],
  ['no title', `recipe: toy\nversion: 1.0.0\n${STEPS}`, 'recipe.missing-key', 1, 1, /no `title`/],
  ['a bad name', `recipe: Toy\nversion: 1.0.0\ntitle: x\n${STEPS}`, 'recipe.bad-name', 1, 9, /small letters/],
  ['a bad version', `recipe: toy\nversion: 1.0\ntitle: x\n${STEPS}`, 'recipe.wrong-type', 2, 10, /`1\.0`.*text/],
  ['a version of two parts', `recipe: toy\nversion: '1.0'\ntitle: x\n${STEPS}`, 'recipe.wrong-value', 2, 10, /1\.0\.0/],
  ['no steps', `${HEAD}steps: []\n`, 'recipe.wrong-value', 4, 8, /a list that is not empty/],
  ['needs itself', `${HEAD}needs: [toy]\n${STEPS}`, 'recipe.needs-itself', 4, 9, /this recipe/],
  ['requires what is unknown', `${HEAD}requires: { ram: 1 }\n${STEPS}`, 'recipe.unknown-key', 4, 13, /`ram`/],
  ['a bad size', `${HEAD}requires: { memory: 2 GB }\n${STEPS}`, 'recipe.wrong-value', 4, 21, /2 GiB/],
  ['a bad port', `${HEAD}requires: { ports: [0] }\n${STEPS}`, 'recipe.wrong-value', 4, 21, /1 or more/],
  [
    'a port from a step',
    `${HEAD}requires:\n  ports: ['\${{ steps.one.size }}']\n${STEPS}`,
    'recipe.used-too-early',
    5,
    16,
    /before the first/,
  ],

  [
    'an unknown input type',
    `${HEAD}inputs:\n  a: { type: hostnam, title: A }\n${STEPS}`,
    'recipe.wrong-value',
    5,
    14,
    /one of string/,
  ],
  ['a condition of an input that is no expression', withWhen('inputs.tls ='), 'recipe.bad-expression', 7, 52, /expected an expr/],
  ['a condition that gives no yes or no', withWhen('recipe'), 'recipe.incomplete-name', 7, 41, /alone/],
  ['a condition on a number', withWhen('1 + 1'), 'recipe.expression-type', 7, 41, /a whole number.*true or false/],
  ['a mistyped name in a condition', withWhen('inputs.tsl'), 'recipe.unknown-name', 7, 41, /`inputs\.tsl`.*did you mean `tls`/],
  ['an input that asks for itself', withWhen('inputs.key != null'), 'recipe.used-too-early', 7, 41, /this input.*one of/],
  [
    'a condition on an input that comes later',
    withWhen('inputs.tls && inputs.late', '  late: { type: boolean, title: L }\n'),
    'recipe.used-too-early',
    7,
    55,
    /comes later/,
  ],
  [
    'a condition on a secret of the vault',
    withWhen("secrets.x != ''"),
    'recipe.unknown-name',
    7,
    41,
    /inputs that stand before it/,
  ],
  ['a condition on a step', withWhen('steps.one.size > 0'), 'recipe.unknown-name', 7, 41, /`steps\.one`.*inputs that stand/],
  ['a condition on the deployment', withWhen("deployment.name == 'x'"), 'recipe.unknown-name', 7, 41, /inputs that stand before/],
  [
    'a condition on what a secret input is',
    withWhen("inputs.pass == 'x'"),
    'recipe.secret-misplaced',
    7,
    41,
    /no more than whether it is `null`/,
  ],
  [
    'a condition that is no text',
    `${HEAD}inputs:\n  key: { type: path, title: Key, when: true }\n${STEPS}`,
    'recipe.wrong-type',
    5,
    40,
    /`true`.*text/,
  ],
  [
    "a condition of a task's input on one that comes later",
    `${HEAD}inputs:\n  tls: { type: boolean, title: T }\n${STEPS}tasks:\n  look:\n    title: Look\n    inputs:\n      a: { type: path, title: A, when: inputs.tls && inputs.b }\n      b: { type: boolean, title: B }\n    steps: [{ id: two, title: Two, uses: toy.file, with: { path: '\${{ inputs.b }}' } }]\n`,
    'recipe.used-too-early',
    15,
    54,
    /`inputs\.b`, which comes later/,
  ],
  ['a bad input name', `${HEAD}inputs:\n  A-b: { type: string, title: A }\n${STEPS}`, 'recipe.bad-name', 5, 3, /A-b/],
  ['an input without a title', `${HEAD}inputs:\n  a: { type: string }\n${STEPS}`, 'recipe.missing-key', 5, 3, /`title`/],
  [
    'a choice without choices',
    `${HEAD}inputs:\n  a: { type: choice, title: A }\n${STEPS}`,
    'recipe.missing-key',
    5,
    3,
    /`choices`/,
  ],
  [
    'choices of a text',
    `${HEAD}inputs:\n  a: { type: string, title: A, choices: [x] }\n${STEPS}`,
    'recipe.misplaced-key',
    5,
    32,
    /type: choice/,
  ],
  [
    'a bad default',
    `${HEAD}inputs:\n  a: { type: port, title: A, default: 0 }\n${STEPS}`,
    'recipe.bad-default',
    5,
    39,
    /`0`.*1 to 65535|1 or more/,
  ],
  [
    'a default that is no choice',
    `${HEAD}inputs:\n  a: { type: choice, title: A, choices: [red, blue], default: reed }\n${STEPS}`,
    'recipe.bad-default',
    5,
    63,
    /did you mean `red`/,
  ],
  [
    'a default of a secret',
    `${HEAD}inputs:\n  a: { type: secret, title: A, default: x }\n${STEPS}`,
    'recipe.misplaced-key',
    5,
    32,
    /no default/,
  ],
  [
    'min above max',
    `${HEAD}inputs:\n  a: { type: integer, title: A, min: 3, max: 2 }\n${STEPS}`,
    'recipe.wrong-value',
    5,
    33,
    /no more than/,
  ],
  [
    'a broken pattern',
    `${HEAD}inputs:\n  a: { type: string, title: A, pattern: '(' }\n${STEPS}`,
    'recipe.wrong-value',
    5,
    32,
    /regular/,
  ],
  ['an unused input', `${HEAD}inputs:\n  a: { type: string, title: A }\n${STEPS}`, 'recipe.unused-input', 5, 3, /nothing uses/],
  ['an unknown generator', `${HEAD}secrets:\n  a: { generate: base63 }\n${STEPS}`, 'recipe.wrong-value', 5, 18, /base64/],
  [
    'data of neither kind',
    `${HEAD}secrets:\n  a: { generate: hex, keeps: {} }\n${STEPS}`,
    'recipe.wrong-value',
    5,
    30,
    /`path` or `volume`/,
  ],
  [
    'data of both kinds',
    `${HEAD}secrets:\n  a: { generate: hex, keeps: { path: /a, volume: b } }\n${STEPS}`,
    'recipe.wrong-value',
    5,
    30,
    /`path` or `volume`/,
  ],
  [
    'data of an unknown kind',
    `${HEAD}secrets:\n  a: { generate: hex, keeps: { path: /a, volum: b } }\n${STEPS}`,
    'recipe.unknown-key',
    5,
    42,
    /`volum`.*did you mean `volume`/,
  ],
  [
    'data at no absolute path',
    `${HEAD}secrets:\n  a: { generate: hex, keeps: { path: srv/db } }\n${STEPS}`,
    'recipe.wrong-value',
    5,
    38,
    /absolute path/,
  ],
  [
    'the whole disk as data',
    `${HEAD}secrets:\n  a: { generate: hex, keeps: { path: / } }\n${STEPS}`,
    'recipe.wrong-value',
    5,
    38,
    /not `\/` itself/,
  ],
  [
    'the whole disk as data, by a way round',
    `${HEAD}secrets:\n  a: { generate: hex, keeps: { path: /srv/.. } }\n${STEPS}`,
    'recipe.wrong-value',
    5,
    38,
    /without `\.` and `\.\.`/,
  ],
  [
    'data named by a step',
    `${HEAD}secrets:\n  a: { generate: hex, keeps: { path: "/x/\${{ steps.one.size }}" } }\n${STEPS}`,
    'recipe.used-too-early',
    5,
    46,
    /before the secret is made/,
  ],
  [
    'data named by a secret',
    `${HEAD}secrets:\n  a: { generate: hex, keeps: { volume: "\${{ secrets.a }}" } }\n${STEPS}`,
    'recipe.secret-misplaced',
    5,
    45,
    /which is shown/,
  ],
  [
    'data named by an unknown input',
    `${HEAD}secrets:\n  a: { generate: hex, keeps: { volume: "\${{ inputs.nme }}" } }\n${STEPS}`,
    'recipe.unknown-name',
    5,
    45,
    /inputs.nme/,
  ],
  [
    'a step of a rotation with the id of another step',
    `${HEAD}secrets:\n  key: { generate: hex, rotate: [{ id: one, title: Tell, uses: toy.file, with: { path: /b, content: 'a \${{ secrets.key }}' } }] }\n${STEPS}`,
    'recipe.duplicate-id',
    5,
    40,
    /each id once/,
  ],
  [
    'the previous value of another secret',
    `${HEAD}secrets:\n  key: { generate: hex, rotate: [{ id: tell, title: Tell, uses: toy.file, with: { path: /b, content: 'a \${{ previous.kee }}' } }] }\n${STEPS}`,
    'recipe.unknown-name',
    5,
    109,
    /previous.key/,
  ],
  [
    'a previous value outside of a rotation',
    withParams("path: /a\ncontent: 'a ${{ previous.key }}'", SECRETS),
    'recipe.unknown-name',
    10,
    23,
    /under a secret’s `rotate` only/,
  ],
  [
    'a length of bytes',
    `${HEAD}secrets:\n  a: { generate: hex, length: 3 }\n${STEPS}`,
    'recipe.misplaced-key',
    5,
    23,
    /`bytes` or `prefix` for hex/,
  ],
  ['an unused secret', `${HEAD}secrets:\n  a: { generate: hex }\n${STEPS}`, 'recipe.unused-secret', 5, 3, /nothing uses/],

  [
    'an unknown step type',
    `${HEAD}steps:\n  - { id: a, title: A, uses: toy.fiel }\n`,
    'recipe.unknown-step-type',
    5,
    30,
    /did you mean `toy\.file`/,
  ],
  ['a step without uses', `${HEAD}steps:\n  - { id: a, title: A }\n`, 'recipe.missing-key', 5, 5, /`uses`/],
  ['an unknown key of a step', `${HEAD}steps:\n${STEP}    wen: true\n`, 'recipe.unknown-key', 9, 5, /did you mean `when`/],
  ['a bad id', `${HEAD}${STEPS.replace('one', 'one-two')}`, 'recipe.bad-name', 5, 9, /one-two/],
  ['an id twice', `${HEAD}${STEPS}${STEP}`, 'recipe.duplicate-id', 9, 9, /a second time/],
  ['was that is there', `${HEAD}${STEPS}    was: one\n`, 'recipe.duplicate-id', 9, 10, /a step of this version/],
  ['a bad timeout', `${HEAD}${STEPS}    timeout: 5 minutes\n`, 'recipe.bad-duration', 9, 14, /`30s`/],
  ['a retry without times', `${HEAD}${STEPS}    retry: { delay: 5s }\n`, 'recipe.missing-key', 9, 5, /`times`/],
  ['a bad retry delay', `${HEAD}${STEPS}    retry: { times: 1, delay: soon }\n`, 'recipe.bad-duration', 9, 31, /soon/],
  ['a text as sensitive', `${HEAD}${STEPS}    sensitive: yes\n`, 'recipe.wrong-type', 9, 16, /`yes`.*true or false/],
  ['a list as danger', `${HEAD}${STEPS}    danger: [a]\n`, 'recipe.wrong-type', 9, 13, /a list/],
  ['after itself', `${HEAD}${STEPS}    after: one\n`, 'recipe.after-not-earlier', 9, 12, /this step/],
  [
    'after a later step',
    `${HEAD}${STEPS}    after: [two]\n${STEP.replace('one', 'two')}`,
    'recipe.after-not-earlier',
    9,
    13,
    /comes later/,
  ],
  [
    'after an unknown step',
    `${HEAD}${STEPS}${STEP.replace('one', 'two')}    after: [on]\n`,
    'recipe.unknown-step',
    13,
    13,
    /did you mean `one`/,
  ],
  [
    'a title with an expression',
    `${HEAD}${STEPS.replace('One', '${{ recipe.name }}')}`,
    'recipe.expression-misplaced',
    6,
    12,
    /not filled in/,
  ],
  ['a null where a map is wanted', `${HEAD}inputs:\n${STEPS}`, 'recipe.wrong-type', 4, 1, /nothing.*a map/],

  ['an unknown param', withParams('path: /a\nowner: root'), 'recipe.unknown-param', 10, 7, /`owner`.*did you mean `owners`/],
  ['a missing param', withParams('content: x'), 'recipe.missing-param', 8, 5, /no `path`/],
  [
    'no params where one is needed',
    `${HEAD}steps:\n  - { id: a, title: A, uses: toy.file }\n`,
    'recipe.missing-param',
    5,
    5,
    /no `path`/,
  ],
  [
    'a param of a wrong type',
    withParams('path: /a\nport: eighty'),
    'recipe.wrong-type',
    10,
    13,
    /`eighty`.*a whole number for `port`/,
  ],
  ['a number as text', withParams('path: /a\ncontent: 0750'), 'recipe.wrong-type', 10, 16, /`0750`.*text/],
  ['a param out of range', withParams('path: /a\nport: 70000'), 'recipe.wrong-value', 10, 13, /65535 or less/],
  ['a param that breaks its pattern', withParams('path: a'), 'recipe.wrong-value', 9, 13, /`\^\/`/],
  ['a param that is no duration', withParams('path: /a\nwait: 3 s'), 'recipe.bad-duration', 10, 13, /`30s`/],
  [
    'a param that is none of its values',
    withParams('path: /a\nensure: gone'),
    'recipe.wrong-value',
    10,
    15,
    /`present` or `absent`/,
  ],
  ['an item of a wrong type', withParams('path: /a\nowners: [root, 3]'), 'recipe.wrong-type', 10, 22, /`3`.*text/],
  [
    'a missing key in a branch of a union',
    withParams('path: /a\nshape: { kind: flat }'),
    'recipe.missing-param',
    10,
    7,
    /no `width`/,
  ],
  [
    'an unknown key in a branch of a union',
    withParams('path: /a\nshape: { kind: flat, width: 1, radius: 2 }'),
    'recipe.unknown-param',
    10,
    38,
    /`radius`/,
  ],
  ['no branch of a union', withParams('path: /a\nshape: 3'), 'recipe.wrong-type', 10, 14, /a map/],

  ['a broken expression', withParams("path: '/${{ recipe. }}'"), 'recipe.bad-expression', 9, 26, /IDENTIFIER|EOF/],
  [
    'an expression that is not closed',
    withParams("path: '/a'\ncontent: 'x ${{ recipe.name'"),
    'recipe.bad-expression',
    10,
    19,
    /without its `\}\}`/,
  ],
  ['an unknown root', withParams("path: '/${{ input.host }}'"), 'recipe.unknown-name', 9, 19, /Unknown variable: input/],
  [
    'an unknown name of the deployment',
    withParams("path: '/${{ deployment.nam }}'"),
    'recipe.unknown-name',
    9,
    19,
    /did you mean `name`/,
  ],
  [
    'an unknown input',
    withParams("path: '/${{ inputs.hots + string(inputs.port) }}'", INPUTS),
    'recipe.unknown-name',
    9,
    19,
    /did you mean `host`/,
  ],
  ['an unknown secret', withParams("path: /a\ncontent: 'a ${{ secrets.kee }}'", SECRETS), 'recipe.unknown-name', 10, 23, /`key`/],
  ['an unknown need', withParams("path: '/${{ needs.other.x }}'"), 'recipe.unknown-name', 9, 19, /`needs\.other`/],
  ['a name that stops too early', withParams("path: '/${{ inputs }}'"), 'recipe.incomplete-name', 9, 19, /`inputs` alone/],
  [
    'an unknown function',
    withParams("path: '/${{ recipe.name + upper(recipe.name) }}'"),
    'recipe.expression-type',
    9,
    33,
    /upper/,
  ],
  [
    'types that do not fit',
    withParams("path: '/${{ inputs.host + inputs.port }}'", INPUTS),
    'recipe.expression-type',
    9,
    19,
    /string \+ int/,
  ],
  [
    'text where a number is wanted',
    withParams("path: /a\nport: '${{ inputs.host }}'\ncontent: '${{ inputs.port }}'", INPUTS),
    'recipe.expression-type',
    10,
    18,
    /gives text; expected a whole number for `port`/,
  ],
  [
    'joined text where a number is wanted',
    withParams("path: /a\nport: '1${{ inputs.port }}'\ncontent: '${{ inputs.host }}'", INPUTS),
    'recipe.expression-type',
    10,
    19,
    /text; expected a whole number/,
  ],
  ['a list joined to text', withParams("path: '/a${{ [1] }}'"), 'recipe.expression-type', 9, 20, /a list/],
  [
    'a condition that is text',
    `${HEAD}${STEPS}    when: recipe.name\n`,
    'recipe.expression-type',
    9,
    11,
    /text; expected true or false/,
  ],
  ['a condition in quotes', `${HEAD}${STEPS}    when: "\${{ inputs.x }}"\n`, 'recipe.unknown-name', 9, 16, /inputs/],
  ['a broken condition', `${HEAD}${STEPS}    when: 1 +\n`, 'recipe.bad-expression', 9, 14, /EOF/],
  [
    'an expression in a key',
    withParams("path: /a\nenv: { '${{ recipe.name }}': x }"),
    'recipe.expression-misplaced',
    10,
    14,
    /not filled in/,
  ],
  [
    'an expression in a block',
    withParams('path: /a\ncontent: |\n  one ${{ recipe.name }}\n  two ${{ recipe.title }}'),
    'recipe.unknown-name',
    12,
    17,
    /`recipe\.title`/,
  ],

  ['its own output', withParams("path: '/${{ steps.one.size }}'"), 'recipe.used-too-early', 9, 19, /an earlier step/],
  ['an unknown step', withParams("path: '/${{ steps.oen.size }}'"), 'recipe.unknown-name', 9, 19, /`steps\.oen`/],
  [
    'a later output',
    withParams("path: '/${{ steps.two.size }}'", STEP.replace('one', 'two')),
    'recipe.used-too-early',
    9,
    19,
    /an earlier step/,
  ],
  ['an unknown output', `${HEAD}${STEPS}finish: \${{ steps.one.sise }}\n`, 'recipe.unknown-output', 9, 13, /did you mean `size`/],
  [
    'an output that the params do not name',
    `${HEAD}steps:\n  - { id: a, title: A, uses: toy.capture, with: { pattern: '(?<code>x)' } }\nfinish: x \${{ steps.a.cod }}\n`,
    'recipe.unknown-output',
    6,
    15,
    /did you mean `code`/,
  ],
  [
    'a step without an output',
    `${HEAD}${STEPS}finish: \${{ steps.one }}\n`,
    'recipe.incomplete-name',
    9,
    13,
    /without an output/,
  ],
  [
    "a task's step outside of it",
    `${HEAD}${STEPS}tasks:\n  t:\n    title: T\n    steps:\n    ${STEP.replace('one', 'two').replaceAll('\n', '\n    ')}\nfinish: \${{ steps.two.size }}\n`,
    'recipe.unknown-name',
    18,
    13,
    /`steps\.two`/,
  ],
  [
    'an id of the recipe in a task',
    `${HEAD}${STEPS}tasks:\n  t:\n    title: T\n    steps:\n      - { id: one, title: A, uses: toy.file, with: { path: /b } }\n`,
    'recipe.duplicate-id',
    13,
    15,
    /a second time/,
  ],
  [
    'an input of a task that the recipe has too',
    `${HEAD}inputs:\n  n: { type: string, title: N }\n${STEPS}tasks:\n  t:\n    title: T\n    inputs:\n      n: { type: string, title: N }\n    steps:\n      - { id: two, title: A, uses: toy.file, with: { path: '/\${{ inputs.n }}' } }\n`,
    'recipe.duplicate-input',
    15,
    7,
    /`n`/,
  ],
  [
    "a task's input outside of it",
    `${HEAD}${STEPS}tasks:\n  t:\n    title: T\n    inputs:\n      n: { type: string, title: N }\n    steps:\n      - { id: two, title: A, uses: toy.file, with: { path: '/\${{ inputs.n }}' } }\nfinish: \${{ inputs.n }}\n`,
    'recipe.unknown-name',
    16,
    13,
    /`inputs\.n`/,
  ],
  [
    'a task that changes what is no input',
    `${HEAD}inputs:\n  port: { type: port, title: P }\n${STEPS}tasks:\n  t: { title: T, changes: [port, pot] }\nfinish: \${{ inputs.port }}\n`,
    'recipe.unknown-name',
    12,
    34,
    /did you mean `port`/,
  ],
  [
    'a bad task name',
    `${HEAD}${STEPS}tasks:\n  T_:\n    title: T\n    steps:\n      - { id: two, title: A, uses: toy.file, with: { path: /b } }\n`,
    'recipe.bad-name',
    10,
    3,
    /T_/,
  ],

  [
    'a secret in a path',
    withParams("path: '/${{ secrets.key }}'", SECRETS),
    'recipe.secret-misplaced',
    9,
    19,
    /no secret in `path`/,
  ],
  [
    'a secret input in a list',
    withParams("path: /a\nowners: ['${{ inputs.pass }}']", 'inputs:\n  pass: { type: secret, title: P }\n'),
    'recipe.secret-misplaced',
    10,
    21,
    /`owners`/,
  ],
  [
    'a sensitive output in a path',
    `${HEAD}steps:\n  - { id: a, title: A, uses: toy.capture, sensitive: true, with: { pattern: '(?<c>x)' } }\n${STEP.replace('/a', "'/${{ steps.a.c }}'")}`,
    'recipe.secret-misplaced',
    9,
    25,
    /a secret/,
  ],
  [
    'a secret as a typed word',
    `${HEAD}${STEPS}    danger: \${{ secrets.key }}\n${SECRETS}`,
    'recipe.secret-misplaced',
    9,
    17,
    /shown/,
  ],
  [
    'a secret compared',
    `${HEAD}${STEPS}    when: secrets.key == "x"\n${SECRETS}`,
    'recipe.expression-type',
    9,
    11,
    /SecretText == string/,
  ],
  [
    'a sensitive output looked for in a list',
    `${HEAD}steps:\n  - { id: a, title: A, uses: toy.capture, sensitive: true, with: { pattern: '(?<c>x)' } }\n${STEP}    when: steps.a.c in ["x"]\n`,
    'recipe.expression-type',
    10,
    11,
    /SecretText in list/,
  ],
  [
    'a secret measured',
    withParams("path: /a\ncontent: 'n${{ size(secrets.key) }}'", SECRETS),
    'recipe.expression-type',
    10,
    22,
    /size\(SecretText\)/,
  ],

  [
    'a template that is not there',
    withParams('path: /a\ntemplate: app.cnf'),
    'recipe.missing-file',
    10,
    17,
    /did you mean `app\.conf`/,
  ],
  [
    'a template outside',
    withParams('path: /a\ntemplate: ../recipe.yaml'),
    'recipe.path-outside',
    10,
    17,
    /inside the recipe's `files\/`/,
  ],
  [
    'a template by expression',
    withParams("path: /a\ntemplate: '${{ recipe.name }}.conf'"),
    'recipe.expression-misplaced',
    10,
    17,
    /a plain path/,
  ],
  [
    'a file of the recipe that is not there',
    withParams('path: /a\ncopy: files/nothing'),
    'recipe.missing-file',
    10,
    13,
    /files\/app\.conf/,
  ],
  [
    'an absolute file of the recipe',
    withParams('path: /a\ncopy: /etc/passwd'),
    'recipe.path-outside',
    10,
    13,
    /inside the recipe's folder/,
  ],
  ['a dot file', withParams('path: /a\ntemplate: .env'), 'recipe.missing-file', 10, 17, /start with a dot/],
];

describe('a bad recipe', () => {
  it.each(BAD)('is refused for %s', async (_, yaml, code, line, column, says) => {
    const problems = await problemsOf(yaml, { 'files/app.conf': 'x' });
    expect(problems.map((problem) => [problem.code, problem.at.line, problem.at.column])).toEqual([[code, line, column]]);
    expect(`${problems[0]?.found}; expected ${problems[0]?.expected}`).toMatch(says);
    expect(problems[0]?.at.file).toBe(join(folder, 'recipe.yaml'));
  });

  it('shows the place inside a template', async () => {
    const problems = await problemsOf(withParams('path: /a\ntemplate: app.conf'), {
      'files/app.conf': 'one\n$${{ escaped }} ${{ recipe.name }}\n  two ${{ inputs.hots }}\n',
    });
    expect(problems).toMatchObject([
      { code: 'recipe.unknown-name', at: { file: join(folder, 'files/app.conf'), line: 3, column: 11 }, found: '`inputs.hots`' },
    ]);
  });

  it('shows its places below the folder as it was named', async () => {
    await write({ 'recipe.yaml': `${HEAD}sumary: x\n${STEPS}` });
    const named = relative(process.cwd(), folder);
    const loaded = await loadRecipe(named, toyTypes);
    expect(loaded).toMatchObject({ ok: false, problems: [{ at: { file: join(named, 'recipe.yaml') } }] });
  });

  it('shows every mistake, in the order of the file', async () => {
    const problems = await problemsOf(withParams('path: 3\nportt: 3\ncontent: ${{ secrets.x }}', 'extra: 1\n'));
    expect(problems.map(({ code, at }) => [code, at.line])).toEqual([
      ['recipe.wrong-type', 9],
      ['recipe.unknown-param', 10],
      ['recipe.unknown-name', 11],
      ['recipe.unknown-key', 12],
    ]);
  });

  it('may not hold links that lead out of it', async () => {
    await write({ 'recipe.yaml': withParams('path: /a\ntemplate: passwd') });
    await mkdir(join(folder, 'files'), { recursive: true });
    await symlink('/etc/passwd', join(folder, 'files/passwd'));
    const loaded = await loadRecipe(folder, toyTypes);
    expect(loaded.ok ? [] : loaded.problems.map(({ code }) => code).sort()).toEqual(['recipe.bad-link', 'recipe.missing-file']);
  });

  it('may be no recipe at all', async () => {
    expect(await loadRecipe(folder, toyTypes)).toMatchObject({ ok: false, problems: [{ code: 'recipe.missing-file' }] });
    expect(await loadRecipe(join(folder, 'none'), toyTypes)).toMatchObject({
      ok: false,
      problems: [{ code: 'recipe.missing-file' }],
    });
  });
});
