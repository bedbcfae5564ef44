import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openJournal } from '../journal/journal-file.ts';
import { encodeLine } from '../journal/journal-line.ts';
import { readJournal } from '../journal/read-journal.ts';
import { JOURNAL_VERSION } from '../journal/upcast.ts';
import { type EventBody, eventFields, type JournalEvent } from '../model/events.ts';
import { foldAll } from '../model/run-state.ts';

// Golden journals are what released versions wrote: files that stay as they are, and stay readable, for ever. No
// script and no test writes them. A new version of the journal gets a new folder, whose journals are copied from real
// runs of it; a summary beside each says what it folds to, and its last sum pins every byte before it.
const root = fileURLToPath(new URL('../../snapshots/journals/', import.meta.url));
const folders = await readdir(root);
const goldens = (
  await Promise.all(folders.map(async (folder) => (await readdir(join(root, folder))).map((name) => join(folder, name))))
)
  .flat()
  .filter((name) => name.endsWith('.ndjson'))
  .sort();

const schema = JSON.parse(await readFile(new URL('../../snapshots/schemas/journal.schema.json', import.meta.url), 'utf8'));
const validate = new Ajv2020({ strict: false }).compile(schema);

/** What a golden journal must still say, in a form that people review. */
function summaryOf(events: readonly JournalEvent[]): unknown {
  const state = foldAll(events);
  return {
    run: state.header?.run,
    kind: state.header?.kind,
    deployment: state.header?.deployment,
    events: events.length,
    status: state.status,
    steps: Object.fromEntries([...state.steps.values()].map(({ id, status, attempt }) => [id, `${status}, attempt ${attempt}`])),
    answers: Object.fromEntries(state.answers),
    made: [...state.made].sort(),
    sum: events.at(-1)?.sum,
  };
}

it('every version of the journal so far has golden journals, and no later one has', () => {
  const versions = Array.from({ length: JOURNAL_VERSION }, (_, index) => `v${index + 1}`);
  expect([...folders].sort()).toEqual(versions);
  for (const version of versions)
    expect(
      goldens.some((name) => name.startsWith(`${version}/`)),
      version,
    ).toBe(true);
});

it('between them the golden journals of the present version hold every type of event, and every kind of end and question', async () => {
  const present = goldens.filter((name) => name.startsWith(`v${JOURNAL_VERSION}/`));
  const events = (await Promise.all(present.map(async (name) => (await readJournal(join(root, name))).events))).flat();
  const seen = (pick: (event: JournalEvent) => string | undefined): string[] =>
    [...new Set(events.map(pick))].filter((value) => value !== undefined).sort();
  expect(seen(({ type }) => type)).toEqual(Object.keys(eventFields).sort());
  expect(seen((event) => (event.type === 'step.finished' ? event.outcome : undefined))).toEqual([
    'changed',
    'failed',
    'ok',
    'skipped',
    'unreachable',
  ]);
  expect(seen((event) => (event.type === 'run.stopped' ? event.reason : undefined))).toEqual([
    'failed',
    'interrupted',
    'operator-needed',
  ]);
  expect(seen((event) => (event.type === 'run.finished' ? event.outcome : undefined))).toEqual(['abandoned', 'ok']);
  expect(seen((event) => (event.type === 'question.asked' ? event.question.about : undefined))).toEqual([
    'danger',
    'failure',
    'in-doubt',
    'manual',
    'plan',
  ]);
  expect(seen((event) => (event.type === 'question.answered' ? event.by : undefined))).toEqual(['operator', 'option', 'policy']);
});

describe.each(goldens)('%s', (name) => {
  let folder: string;
  let lines: string[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fairlead-golden-'));
    lines = (await readFile(join(root, name), 'utf8')).trimEnd().split('\n');
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  /** The code of the failure to read these lines or bytes; undefined where they can be read. */
  async function refusalOf(content: readonly string[] | Uint8Array): Promise<string | undefined> {
    const file = join(folder, 'journal.ndjson');
    await writeFile(file, content instanceof Uint8Array ? content : `${content.join('\n')}\n`);
    return readJournal(file).then(
      () => undefined,
      (error) => error.failure.code,
    );
  }

  it('is read and verified, meets the published schema, and folds to what its summary says', async () => {
    const { events, torn } = await readJournal(join(root, name));
    expect(torn).toBeUndefined();
    expect(events).toHaveLength(lines.length);
    for (const event of events) expect(validate(event), `line ${event.seq}: ${JSON.stringify(validate.errors)}`).toBe(true);
    const summary = JSON.parse(await readFile(join(root, name.replace(/\.ndjson$/, '.json')), 'utf8'));
    expect(JSON.parse(JSON.stringify(summaryOf(events)))).toEqual(summary);
  });

  it('can be gone on with: what is appended continues the chain', async () => {
    const file = join(folder, 'continued.ndjson');
    await writeFile(file, `${lines.join('\n')}\n`);
    const { journal, repaired } = await openJournal(file);
    await journal.append({ type: 'run.resumed', pid: 1, fairlead: '0.1.0' });
    await journal.close();
    expect(repaired).toBeUndefined();
    expect((await readJournal(file)).events).toHaveLength(lines.length + 1);
  });

  it('a line of a newer version is refused, wherever it stands', async () => {
    for (const at of [0, Math.floor(lines.length / 2), lines.length - 1]) {
      const newer = lines.map((line, index) =>
        index === at ? line.replace(/^\{"v":\d+,/, `{"v":${JOURNAL_VERSION + 1},`) : line,
      );
      expect(await refusalOf(newer), `line ${at + 1}`).toBe('journal.newer-version');
    }
  });

  it('an event of an unknown type is refused as newer, though its sum and place are right', async () => {
    const last = JSON.parse(lines.at(-1) ?? '') as JournalEvent;
    const unknown = { type: 'run.celebrated' } as unknown as EventBody;
    const { text } = encodeLine(unknown, { seq: lines.length + 1, at: last.at, prev: last.sum });
    expect(await refusalOf([...lines, text])).toBe('journal.newer-version');
  });

  it('a missing, doubled or swapped line is refused', async () => {
    for (let at = 0; at < lines.length - 1; at++) {
      expect(await refusalOf(lines.toSpliced(at, 1)), `without line ${at + 1}`).toBe('journal.corrupt');
    }
    const [first, second, ...rest] = lines as [string, string, ...string[]];
    expect(await refusalOf([first, first, second, ...rest])).toBe('journal.corrupt');
    expect(await refusalOf([second, first, ...rest])).toBe('journal.corrupt');
  });

  it('a byte that was changed anywhere is refused, never read as something else', async () => {
    const bytes = Buffer.from(`${lines.join('\n')}\n`);
    // The last newline is left alone: without it the last line is a torn tail, which is forgiven.
    const place = fc.record({ at: fc.nat(bytes.length - 2), bit: fc.nat(7) });
    await fc.assert(
      fc.asyncProperty(place, async ({ at, bit }) => {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ (1 << bit);
        expect(['journal.corrupt', 'journal.newer-version']).toContain(await refusalOf(changed));
      }),
      { numRuns: 150 },
    );
  });

  it('holds nothing of the machine that it was written on', () => {
    const [{ hosts, who }] = [JSON.parse(lines[0] ?? '')];
    expect(hosts).toEqual({ local: '0123456789abcdef0123456789abcdef' });
    expect([undefined, '192.0.2.7']).toContain(who.sshClient);
  });
});
