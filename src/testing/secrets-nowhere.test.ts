import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFakeEngine } from '../adapters/docker/fake-engine.ts';
import { createFakeHost } from '../adapters/host/fake-host.ts';
import { createBoundedOutput, KEPT_BYTES } from '../adapters/lib/bounded-output.ts';
import { LONGEST_LINE } from '../adapters/lib/line-cutter.ts';
import { createMemoryVault } from '../adapters/vault/memory-vault.ts';
import { createSecretAccess } from '../adapters/vault/secret-access.ts';
import type { Outside } from '../engine/outside.ts';
import { createProgram, plainOptions } from '../engine/program.ts';
import { createRun } from '../engine/run.ts';
import { createOutputLog } from '../journal/output-log.ts';
import type { FeedItem } from '../model/feed.ts';
import type { Executed } from '../model/ports.ts';
import type { RecipeStep } from '../model/recipe.ts';
import type { RunState } from '../model/run-state.ts';
import { MASK, secretText } from '../model/secrets.ts';
import { stepTypes } from '../steps/index.ts';
import { createNdjsonView } from '../views/ndjson/ndjson-view.ts';
import { createTextView } from '../views/text/text-view.ts';
import { arbitrarySecret, type Fragment, firstLeak, fragmentOf, runsOf } from './secret-fragments.ts';
import { createToyJournal, createToyWorld, toyHeader, toyOutside, toyRecipe, toyStep } from './toy-run.ts';

/** What a program prints, in which pieces, and how it ends. */
interface Printed {
  readonly bytes: Buffer;
  readonly sizes: readonly number[];
  readonly ends: Partial<Executed>;
}

/** Prints as a program on a real host does: in chunks, cut into lines, its end kept in bounded memory. */
function print({ bytes, sizes, ends }: Printed, onLine: ((line: string) => void) | undefined): Partial<Executed> {
  // The clock stands still: what a flood leaves out is not a matter of how busy the machine is.
  const [stdout, stderr] = [createBoundedOutput(onLine, () => 0), createBoundedOutput(onLine, () => 0)];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] as number;
    stdout.push(bytes.subarray(at, at + size));
    at += size;
  }
  stderr.push(bytes.subarray(-2000).subarray(bytes.subarray(-2000).indexOf('\n') + 1));
  stdout.end();
  stderr.end();
  return { stdout: stdout.text(), stderr: stderr.text(), ...ends };
}

/** All that a run showed and kept. */
interface Sinks {
  readonly state: RunState;
  /** By name; each a text, or a string out of JSON. */
  readonly texts: readonly (readonly [string, string])[];
}

/** Goes through a recipe whose programs print this, with these secrets in the vault: in force, staged and previous. */
async function runPrinting(
  secrets: readonly [string, string, string],
  fresh: string,
  printed: (step: string) => Printed,
): Promise<Sinks> {
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-nowhere-'));
  try {
    const world = { ...createToyWorld(), vault: createMemoryVault({ password: secrets[0], token: secrets[1] }) };
    await world.vault.stage({ token: secrets[2], unborn: secrets[1] });
    await world.vault.commit(['token']);
    const access = createSecretAccess(world.vault);
    const reveal = access.reveal;
    const host = createFakeHost({ reveal });
    const docker = createFakeEngine({ reveal });
    host.program('prints', ({ argv, onLine }) => print(printed(argv[1] ?? ''), onLine));
    host.program(basename(process.execPath), ({ onLine }) => print(printed('script'), onLine));
    docker.putContainer({ name: 'box' });
    docker.onExec('box', ({ argv, onLine }) => print(printed(argv[1] ?? ''), onLine));
    for (const line of printed('logged').bytes.toString().split('\n')) docker.log('box', line);
    docker.log('box', `code=${fresh.split('\n')[0]}`);
    docker.log('box', `token=${secrets[0].split('\n')[0]}`);

    const steps: RecipeStep[] = [
      toyStep('command', 'host.command', {
        argv: ['prints', 'command'],
        env: { P: secretText('password') },
        output: { all: '.+' },
      }),
      toyStep('failing', 'host.command', { argv: ['prints', 'failing'] }),
      toyStep('judged', 'host.command', { argv: ['prints', 'judged'], failure: 'p.{5,30}' }),
      toyStep('killed', 'host.command', { argv: ['prints', 'killed'] }),
      toyStep('script', 'host.script', { script: { recipeFile: 'x.mjs', path: '/x.mjs' } as unknown as string }),
      toyStep('inside', 'container.exec', { container: 'box', argv: ['prints', 'inside'] }),
      toyStep('failing_inside', 'container.exec', { container: 'box', argv: ['prints', 'failing'] }),
      toyStep(
        'hidden',
        'host.command',
        { argv: ['prints', 'fresh'], output: { it: 'zzz' } },
        { sensitive: true, timeoutMs: 1000 },
      ),
      toyStep('capture', 'log.capture', { container: 'box', pattern: 'code=(?<code>.+)$' }, { sensitive: true, timeoutMs: 1000 }),
      toyStep('known', 'log.capture', { container: 'box', pattern: 'token=(?<token>.+)$' }, { timeoutMs: 1000 }),
      toyStep('later', 'host.command', { argv: ['prints', 'fresh'] }),
    ];
    const program = createProgram(toyRecipe(steps), stepTypes, { ...plainOptions, onFailure: 'skip' });
    const journal = createToyJournal();
    const outside: Outside = {
      ...toyOutside(world, journal),
      hosts: new Map([['local', host]]),
      docker,
      secrets: access,
      outputLog: (step, attempt) => createOutputLog(join(folder, `${step}-${attempt}.log`), { headBytes: 8192, tailBytes: 8192 }),
    };
    const standing = { approvePlan: true, acknowledged: [], answers: new Map() };
    const run = createRun({ program, outside, standing, attended: false, begin: { header: toyHeader(program) } });

    const said = { text: '', narrow: '', json: '' };
    const say = (name: keyof typeof said) => (part: string) => {
      said[name] += part;
    };
    const items: FeedItem[] = [];
    const style = { colour: false, unicode: true };
    const text = createTextView({ write: say('text'), style, overwrites: false });
    const narrow = createTextView({ write: say('narrow'), style, overwrites: true, columns: () => 4000 });
    const json = createNdjsonView(say('json'));
    const feed = run.feed();
    const watching = [
      text.follow(run.feed(), run),
      narrow.follow(run.feed(), run),
      json.follow(run.feed(), run),
      (async () => {
        for await (const item of feed.items) items.push(item);
      })(),
    ];
    const state = await run.go();
    await Promise.all(watching);
    const logs = await Promise.all(
      (await readdir(folder)).map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const),
    );
    return {
      state,
      texts: [
        ['text', said.text],
        ['narrow', said.narrow],
        ...said.json
          .split('\n')
          .flatMap((line) => (line === '' ? [] : stringsIn(JSON.parse(line)).map((one) => ['json', one] as const))),
        ...logs,
        ...journal.events.flatMap((event) => stringsIn(event).map((one) => [`journal ${event.type}`, one] as const)),
        ...items.flatMap((item) => stringsIn(item).map((one) => [`feed ${item.type}`, one] as const)),
      ],
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function stringsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => [key, ...stringsIn(item)]);
}

/** Where any of these runs of characters is found. */
function leaks(sinks: Sinks, fragments: readonly Fragment[]): readonly string[] {
  const runs = runsOf(fragments);
  // The same texts come by several ways.
  const once = new Map(sinks.texts.map(([name, text]) => [text, name]));
  return [...once].flatMap(([text, name]) => {
    const leak = firstLeak(text, runs);
    return leak === undefined ? [] : [`${name}: ${leak}`];
  });
}

const filler = fc.constantFrom(
  '\n',
  'all is well',
  ' ',
  '\n\n',
  '…',
  'note: 1 of 3\n',
  '\u001b[31mred\u001b[0m',
  'MMMMMMMMMMMM',
  '\r\n',
);
const sizes = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 12 });

/** Pieces in any order; the secrets among them in any form. */
function output(values: readonly string[]): fc.Arbitrary<readonly Fragment[]> {
  const piece = fc.oneof(
    { weight: 2, arbitrary: filler.map((text): Fragment => ({ text, material: '' })) },
    { weight: 3, arbitrary: fc.constantFrom(...values).chain(fragmentOf) },
    // So that a line is cut within what follows.
    {
      weight: 1,
      arbitrary: fc
        .integer({ min: 0, max: 260 })
        .map((k): Fragment => ({ text: `\n${'x '.repeat((LONGEST_LINE - k) / 2)}`, material: '' })),
    },
  );
  return fc.array(piece, { minLength: 1, maxLength: 12 });
}

const bytesOf = (fragments: readonly Fragment[]): Buffer => Buffer.from(fragments.map(({ text }) => text).join(''));

describe('no run of 8 characters of a secret, in whatever form it is printed, reaches any sink', () => {
  it('of programs on the host and in containers, of scripts and logs; of steps that fail, are killed, or are sensitive', async () => {
    const story = fc.tuple(arbitrarySecret, arbitrarySecret, arbitrarySecret, arbitrarySecret).chain(([a, b, c, fresh]) =>
      fc.record({
        secrets: fc.constant([a, b, c] as const),
        fresh: fc.constant(fresh),
        known: output([a, b, c]),
        failing: output([a, b, c]),
        after: output([fresh.split('\n')[0] as string]),
        sizes,
        cut: fc.nat(400),
      }),
    );
    let masks = 0;
    await fc.assert(
      fc.asyncProperty(story, async ({ secrets, fresh, known, failing, after, sizes: chunks, cut }) => {
        const printed = (step: string): Printed => {
          const bytes = bytesOf(
            step === 'fresh' ? after : step === 'failing' || step === 'judged' || step === 'killed' ? failing : known,
          );
          if (step === 'failing') return { bytes, sizes: chunks, ends: { code: 1 } };
          if (step === 'killed') {
            return { bytes: bytes.subarray(0, -cut), sizes: chunks, ends: { code: null, signal: 'SIGKILL' } };
          }
          return { bytes, sizes: chunks, ends: {} };
        };
        const sinks = await runPrinting([...secrets] as [string, string, string], fresh, printed);
        expect([...sinks.state.steps.values()].filter(({ attempt }) => attempt === 0)).toEqual([]);
        expect(sinks.state.steps.get('failing' as never)?.status).toBe('failed');
        expect(sinks.state.steps.get('later' as never)?.status).toBe('changed');
        masks += sinks.texts.filter(([, text]) => text.includes(MASK)).length;
        const materials = [...secrets, fresh.split('\n')[0] as string].map((material) => ({ text: material, material }));
        expect(leaks(sinks, [...known, ...failing, ...after, ...materials])).toEqual([]);
      }),
      { numRuns: 20 },
    );
    expect(masks).toBeGreaterThan(100);
  }, 300_000);

  it('of a flood, of which parts are left out, and whose kept end begins within a secret', async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitrarySecret.chain((value) =>
          fc.record({ value: fc.constant(value), one: fragmentOf(value), other: fragmentOf(value) }),
        ),
        fc.integer({ min: 0, max: 400 }),
        fc.constantFrom(997, 65_536),
        async ({ value, one, other }, k, size) => {
          const lines = Array.from({ length: 300 }, (_, index) => `${index} ${one.text} ${other.text}\n`).join('');
          const flood = lines.repeat(Math.ceil((5 * KEPT_BYTES) / lines.length));
          // What stands behind the last secret is nothing that is shown, so that the kept end is short.
          const nothing = '\u001b[0m'.repeat((KEPT_BYTES - k) / 4);
          const fragments = [one, other, { text: value, material: value }];
          const printed = (step: string): Printed => ({
            bytes: Buffer.from(
              step === 'command' ? flood : step === 'inside' ? `${one.text}\n${other.text}${nothing}` : 'well\n',
            ),
            sizes: [size],
            ends: {},
          });
          const sinks = await runPrinting([value, value, value], value, printed);
          expect(sinks.texts.some(([, text]) => /in all, \d+ of \d+ bytes are left out/.test(text))).toBe(true);
          expect(leaks(sinks, fragments)).toEqual([]);
        },
      ),
      { numRuns: 3 },
    );
  }, 300_000);
});
