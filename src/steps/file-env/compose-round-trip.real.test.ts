import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { isPortable, openQuotes, parseEnv, setEnv } from './env-codec.ts';

const run = promisify(execFile);

/** The compose programs of this machine: v1, and v2 as a plugin or under a path of the operator's choice. */
const candidates = [
  { name: 'docker-compose', argv: ['docker-compose'] },
  { name: 'docker compose', argv: ['docker', 'compose'] },
  ...(process.env.FAIRLEAD_TEST_COMPOSE === undefined
    ? []
    : [{ name: 'FAIRLEAD_TEST_COMPOSE', argv: [process.env.FAIRLEAD_TEST_COMPOSE] }]),
];

const installed: { name: string; argv: string[] }[] = [];

beforeAll(async () => {
  for (const candidate of candidates) {
    const [file = '', ...args] = candidate.argv;
    const found = await run(file, [...args, 'version']).then(
      () => true,
      () => false,
    );
    if (found) installed.push(candidate);
  }
});

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fairlead-env-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** What a compose makes of a `.env` file: in an environment map through `${NAME}`, and by `env_file`. */
async function readBack(argv: readonly string[], env: string, names: readonly string[]) {
  const model = {
    version: '3.3',
    services: {
      map: { image: 'none', environment: Object.fromEntries(names.map((name) => [name, `\${${name}}`])) },
      file: { image: 'none', env_file: ['.env'] },
    },
  };
  await writeFile(join(folder, '.env'), env);
  await writeFile(join(folder, 'docker-compose.yml'), JSON.stringify(model));
  const [file = '', ...args] = argv;
  const config = (options: readonly string[]) =>
    run(file, [...args, 'config', ...options], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, COMPOSE_PROJECT_NAME: 'fairlead-round-trip' },
      maxBuffer: 1 << 26,
    });
  // v2 loses a line break at a value's start when it prints YAML; v1 prints nothing else, and its usage if asked to.
  const json = await config(['--format', 'json']).catch(() => ({ stdout: '' }));
  const { stdout } = json.stdout.startsWith('{') ? json : await config([]);
  const services = (
    parse(stdout, { schema: 'failsafe' }) as { services: Record<'map' | 'file', { environment: Record<string, string | null> }> }
  ).services;
  // `config` prints a compose file again, in which `$$` stands for `$`.
  const plain = (environment: Record<string, string | null>) =>
    Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, String(value ?? '').replaceAll('$$', '$')]));
  return { map: plain(services.map.environment), file: plain(services.file.environment) };
}

// U+0085 and U+2028 are missing: what v1's `config` prints for them reads back as another character.
// biome-ignore format: a list of cases
const corners: readonly string[] = [
  '', ' ', 'plain', 'two words', ' leading', 'trailing ', '\ttab\t', '#', 'a#b', 'a #b', '# a', "'", '"', "it's", 'say "hi"', '\'"', `"'"'`, "''", '""',
  '$', '$$', '$a', 'a$', '$1', '${a}', '${a:-b}', '${', '$}', '}{', '$$binary_remote_addr', '$binary_remote_addr', "'$a'", '"${a}"', '\\', '\\\\', 'a\\', "a\\'", 'a\\"',
  '\\n', '\\\\n', '\\$a', '\\${a}', '$\\', 'C:\\new\\table\\', 'one\ntwo', '\n', 'a\n\nb\n', '\r\n', 'a\rb', "line 'one'\nline \"two\"\n$three \\n", '=', 'a=b', 'a:b', ': ',
  'export A=1', '`id`', '$(id)', '!', '~', '*', '&', 'ünïcødé 😀', '\u00a0', '\ufeff', '\u001b[31m', 'null', 'true', '0123', '1e3', '{"a": "b"}', '[1]', '- a',
  '-----BEGIN KEY-----\nabc+/=\n-----END KEY-----\n', 'x'.repeat(5000),
];

describe('a .env file that fairlead wrote', () => {
  it('meets at least one docker compose on this machine', () => {
    expect(installed.map(({ name }) => name)).not.toEqual([]);
  });

  it('gives every hostile value back, by interpolation and by env_file', async () => {
    const hostile = fc
      .string({
        unit: fc.oneof(
          fc.constantFrom(...'\\\'"$#{}=: \t\n\rabnrtv_-D0é😀`!'.split('')),
          fc.constantFrom('${A}', '$$', '\\n', ' #', '${B:-c}', '\r\n', '\\"', "\\'", 'x'),
        ),
        maxLength: 14,
      })
      .filter(isPortable);
    const values = new Map([...corners, ...fc.sample(hostile, 2000)].map((value, index) => [`K${index}`, value]));
    const env = setEnv('# written by a test\nFIRST=1\n', values);
    const expected = Object.fromEntries(values);
    for (const { name, argv } of installed) {
      const { map, file } = await readBack(argv, env, [...values.keys()]);
      const { FIRST, ...rest } = file;
      expect(map, `${name}: interpolated`).toEqual(expected);
      expect(rest, `${name}: env_file`).toEqual(expected);
      expect(FIRST).toBe('1');
    }
  });

  it('is read by parseEnv as docker compose reads it, wherever parseEnv claims to know', async () => {
    const written = fc
      .tuple(
        fc.constantFrom('', "'", '"'),
        fc.string({ unit: fc.constantFrom(...'\\$#{}=: \tabnrtv_-0é'.split('')), maxLength: 8 }),
        fc.constantFrom('', ' ', ' # note', '#'),
      )
      .map(([quote, body, tail]) => `${quote}${body}${quote}${tail}`)
      .filter((text) => openQuotes(`K=${text}\n`).length === 0 && parseEnv(`K=${text}\n`).get('K')?.value !== undefined);
    const lines = fc.sample(written, 1500).map((text, index) => `K${index}=${text}\n`);
    const env = lines.join('');
    const parsed = [...parseEnv(env)];
    expect(parsed).toHaveLength(lines.length);
    const expected = Object.fromEntries(parsed.map(([key, { value }]) => [key, value]));
    for (const { name, argv } of installed) {
      const { map, file } = await readBack(argv, env, Object.keys(expected));
      expect(map, `${name}: interpolated`).toEqual(expected);
      expect(file, `${name}: env_file`).toEqual(expected);
    }
  });
});
