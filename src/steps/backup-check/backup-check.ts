import Type, { type Static } from 'typebox';
import { fail } from '../../model/failure.ts';
import type { Host } from '../../model/ports.ts';
import type { ReadContext, StepType } from '../../model/step.ts';
import { absolutePath } from '../lib/schema.ts';
import { damageOf, SUMS } from './damage.ts';

const MANIFEST = 'manifest.json';
const NEWEST = 'newest';
const FACT = '^[a-z][a-z0-9_]*$';

const schema = Type.Object(
  {
    folder: absolutePath('The folder that backups lie in, each in a folder named by its time (UTC), as `20260131T235959Z`.'),
    backup: Type.Optional(
      Type.String({
        pattern: `^(${NEWEST}|\\d{8}T\\d{6}Z)$`,
        description: 'Which one. Default: `newest`, of those that are as `expect` says.',
      }),
    ),
    expect: Type.Optional(
      Type.Record(Type.String({ pattern: FACT }), Type.Union([Type.String(), Type.Integer()]), {
        description: 'Fact → what its `manifest.json` must say of it: whose backup it is.',
      }),
    ),
    at_most: Type.Optional(
      Type.Record(Type.String({ pattern: FACT }), Type.Integer(), {
        description: 'Fact → the greatest number that will do: the version of a database that can not read newer dumps.',
      }),
    ),
    facts: Type.Optional(
      Type.Array(Type.String({ pattern: FACT }), { description: 'Facts of its `manifest.json` to keep as outputs of your own.' }),
    ),
  },
  { additionalProperties: false },
);

type Params = Static<typeof schema>;
type Facts = Readonly<Record<string, unknown>>;

interface State {
  /** Undefined in a plan where an earlier step has yet to make it. */
  readonly found?: { readonly name: string; readonly path: string; readonly facts: Facts };
}

/** A check: a backup is what it should be, and each byte of it as it was written. What is wrong with it ends the step at once. */
export const backupCheck: StepType<Params, State> = {
  name: 'backup.check',
  summary: 'A backup is complete, the right one, and as it was written: its `manifest.json` and its `SHA256SUMS` say so.',
  schema,
  outputs: { path: 'Its folder.', name: 'Its name: the time that it was made at.' },
  outputNames: ({ facts }) => (Array.isArray(facts) ? facts.filter((name) => typeof name === 'string') : []),
  looksForItself: true,
  needs: () => [],
  whenInDoubt: () => 'read-again',
  async read(params, ctx) {
    const name = await nameOf(params, ctx);
    if (name === undefined) return {};
    const path = `${params.folder}/${name}`;
    const facts = await manifestOf(ctx.host, path);
    if (facts === undefined) throw await incomplete(params, name, ctx);
    requireFacts(params, path, facts);
    if (!ctx.forecast) await requireIntact(path, ctx);
    return { found: { name, path, facts } };
  },
  diff: (params, { found }) =>
    found === undefined ? [{ action: 'check', target: `${params.folder}/${params.backup ?? NEWEST}`, after: 'complete' }] : [],
  // `newest` says nothing of which one that is, and what follows may ask for a word.
  notes: (_, { found }) => (found === undefined ? [] : [`it is ${found.path}`]),
  outputsOf: ({ facts: wanted = [] }, { found }) =>
    found === undefined
      ? {}
      : {
          path: found.path,
          name: found.name,
          ...Object.fromEntries(wanted.map((fact) => [fact, factOf(found.facts, fact, found.path)])),
        },
};

/** The chosen one, or the newest that fits. In a plan none may be there yet. */
async function nameOf(params: Params, { host, forecast }: ReadContext): Promise<string | undefined> {
  const names = await namesIn(params.folder, host);
  const { backup = NEWEST } = params;
  if (backup !== NEWEST) {
    if (names.includes(backup)) return backup;
  } else {
    for (const name of names) {
      const facts = await manifestOf(host, `${params.folder}/${name}`);
      if (facts !== undefined && misfit(params, facts) === undefined) return name;
    }
  }
  if (forecast) return undefined;
  const whose = Object.entries(params.expect ?? {}).map(([fact, value]) => `${fact} ${value}`);
  const what = backup === NEWEST ? `no backup${whose.length === 0 ? '' : ` of ${whose.join(', ')}`}` : `no backup ${backup}`;
  throw fail('backup.none', `There is ${what} in ${params.folder}.`, {
    hints: ['Name the folder that backups are kept in, or make one first.', thereAre(names)],
  });
}

/** Newest first. */
async function namesIn(folder: string, host: Host): Promise<readonly string[]> {
  const [names = []] = await host.files([{ op: 'list', path: folder }]);
  return names
    .filter((name) => /^\d{8}T\d{6}Z$/.test(name))
    .sort()
    .reverse();
}

/** Undefined where there is none that can be read. */
async function manifestOf(host: Host, path: string): Promise<Facts | undefined> {
  const [bytes] = await host.files([{ op: 'read', path: `${path}/${MANIFEST}` }]);
  if (bytes === undefined) return undefined;
  try {
    const facts: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof facts === 'object' && facts !== null && !Array.isArray(facts) ? (facts as Facts) : undefined;
  } catch {
    return undefined;
  }
}

/** The first fact that is not as expected. */
function misfit({ expect = {} }: Params, facts: Facts): string | undefined {
  return Object.keys(expect).find((fact) => String(facts[fact]) !== String(expect[fact]));
}

function requireFacts(params: Params, path: string, facts: Facts): void {
  const other = misfit(params, facts);
  if (other !== undefined) {
    const said = other in facts ? `is of ${other} ${facts[other]}` : `says nothing of ${other}`;
    throw fail('backup.of-another', `The backup ${path} ${said}; wanted is ${params.expect?.[other]}.`, {
      hints: ['Take another backup, or give this one to whom it belongs. Nothing was changed.'],
    });
  }
  for (const [fact, most] of Object.entries(params.at_most ?? {})) {
    const value = Number(facts[fact]);
    if (value <= most) continue;
    const said = fact in facts ? `was made with ${fact} ${facts[fact]}` : `says nothing of ${fact}`;
    throw fail('backup.too-new', `The backup ${path} ${said}; what is here reads up to ${most}.`, {
      hints: ['Upgrade what is to read it first, or take an older backup. Nothing was changed.'],
    });
  }
}

async function requireIntact(path: string, ctx: ReadContext): Promise<void> {
  const damage = await damageOf(path, ctx);
  if (damage.length === 0) return;
  const more = damage.length > 5 ? `, and ${damage.length - 5} more` : '';
  throw fail('backup.damaged', `The backup ${path} is not as it was written: ${damage.slice(0, 5).join(', ')}${more}.`, {
    fault: 'environment',
    hints: ['Take another backup, or copy this one again from where else you keep it. Nothing was changed.'],
  });
}

async function incomplete({ folder }: Params, name: string, { host }: ReadContext) {
  const others = (await namesIn(folder, host)).filter((each) => each !== name);
  return fail('backup.incomplete', `The backup ${folder}/${name} has no ${MANIFEST} that can be read: it was never completed.`, {
    hints: ['Take another one. Nothing was changed.', thereAre(others)],
  });
}

function thereAre(names: readonly string[]): string {
  return names.length === 0 ? 'There is none at all.' : `There are: ${names.slice(0, 5).join(', ')}.`;
}

function factOf(facts: Facts, fact: string, path: string): string | number | boolean {
  const value = facts[fact];
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  throw fail('backup.no-such-fact', `The ${MANIFEST} of ${path} says nothing of ${fact}.`, {
    hints: [`It was made by another version, perhaps; ${SUMS} tells whether it is as it was written. Take another one.`],
  });
}
