import Type, { type Static } from 'typebox';
import { fail } from '../../model/failure.ts';
import type { Change, ReadContext, StepType } from '../../model/step.ts';
import { editedFileChanges, eolOf, type FoundFile, madePart, partTarget, readFound, writeEdited } from '../lib/edited-file.ts';
import { absolutePath, ensure } from '../lib/schema.ts';
import { linesOf, spliceLines } from '../lib/text-lines.ts';
import { familyOf, type HostsLine, hostsLinesOf, sameAddress } from './hosts-lines.ts';

const HOSTS = '/etc/hosts';

const schema = Type.Object(
  {
    names: Type.Array(Type.String({ pattern: '^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$' }), {
      minItems: 1,
      uniqueItems: true,
      description: 'The names, the one by which the host is known first; that one also names the line.',
    }),
    address: Type.Optional(
      Type.String({
        pattern: '^[0-9A-Fa-f.:]+$',
        description: 'The IPv4 or IPv6 address that they have. Required unless `absent`.',
      }),
    ),
    path: Type.Optional(absolutePath(`The hosts file. Default: \`${HOSTS}\`.`)),
    ensure: ensure('the line'),
  },
  { additionalProperties: false },
);
type Params = Static<typeof schema>;

interface State {
  readonly file: FoundFile;
  readonly lines: readonly string[];
  /** The line that carries our mark. */
  readonly own: HostsLine | undefined;
  /** The names that no other line maps to the address. */
  readonly lacking: readonly string[];
  readonly asWanted: boolean;
  readonly made: boolean;
  /** Where the file is made anew from, at each boot. */
  readonly source: string | undefined;
}

/** `host.hosts_entry`: names have an address in `/etc/hosts`. */
export const hostHostsEntry: StepType<Params, State> = {
  name: 'host.hosts_entry',
  summary: 'Names have an address in /etc/hosts.',
  schema,
  removal: { targets: (params) => [targetOf(params)] },
  needs: ({ path = HOSTS }) => (path === HOSTS ? ['root'] : []),
  whenInDoubt: () => 'read-again',

  async read(params, ctx) {
    const { names, address, path = HOSTS } = params;
    const file = await readFound(edited(params), ctx);
    const lines = linesOf(file.text ?? '');
    const made = madePart(file, ctx, path, partOf(params));
    const entries = hostsLinesOf(lines);
    const own = entries.find(({ comment }) => comment === markOf(params));
    const found = { file, lines, own, made, source: sourceOf(file.text) };
    if (params.ensure === 'absent') return { ...found, lacking: [], asWanted: own === undefined || !made };
    const wanted = requireAddress(params, address);
    const isOurs = made || isDoubted(params, ctx);
    const others = entries.filter((entry) => entry !== own || !(isOurs || sameAddress(entry.address, wanted)));
    requireFree(params, wanted, others);
    const mapped = new Set(others.filter((entry) => sameAddress(entry.address, wanted)).flatMap((entry) => entry.names));
    const lacking = names.filter((name) => !mapped.has(name.toLowerCase()));
    const kept = ctx.kept?.has(partOf(params)) === true;
    return { ...found, lacking, asWanted: kept || says(own, wanted, lacking, names) };
  },

  diff(params, { file, lines, own, lacking, asWanted }) {
    const target = targetOf(params);
    const line = lineOf(params, lacking);
    const change = (): Change => {
      if (params.ensure === 'absent') return { action: 'delete', target };
      if (own === undefined) return { action: 'create', target, after: line };
      return { action: 'update', target, before: lines[own.at] ?? '', after: line };
    };
    return editedFileChanges(edited(params), file, {
      parts: asWanted ? [] : [change()],
      whenNew: { after: line },
      emptied: lines.length === (asWanted ? 0 : 1),
    });
  },

  managed: (params, { own, lines, asWanted }) =>
    params.ensure === 'absent' || own === undefined
      ? []
      : [{ file: params.path ?? HOSTS, part: partOf(params), text: lines[own.at] ?? '', asWanted }],

  notes(params, { own, made, source, asWanted }) {
    const { path = HOSTS } = params;
    if (params.ensure === 'absent') {
      return own !== undefined && !made ? [`kept: the line of ${partOf(params)} in ${path} was here before`] : [];
    }
    const before = asWanted && own === undefined ? [`${path} had it so before: that line is not fairlead's to look after`] : [];
    return source === undefined ? before : [...before, madeAnew(path, source)];
  },

  async apply(params, changes, ctx, { file, own, lacking, asWanted }) {
    ctx.signal.throwIfAborted();
    const { path = HOSTS } = params;
    const source = file.text ?? '';
    const isAbsent = params.ensure === 'absent';
    const place = own?.at ?? linesOf(source).length;
    const fresh = isAbsent ? [] : [lineOf(params, lacking)];
    const removesFile = changes.some(({ action, target }) => action === 'delete' && target === path);
    const text = asWanted ? file.text : spliceLines(source, place, own === undefined ? 0 : 1, fresh, eolOf(file.text));
    await writeEdited(edited(params), file, ctx, removesFile ? undefined : text, false);
    return undefined;
  },
};

/** The line as it is wanted: of the names those that no other line maps. */
function lineOf(params: Params, names: readonly string[]): string {
  return `${params.address} ${names.join(' ')} # ${markOf(params)}`;
}

/** Does a line map what it has to, and nothing that it has not? One name more that another line maps too does no harm. */
function says(own: HostsLine | undefined, address: string, lacking: readonly string[], names: readonly string[]): boolean {
  if (own === undefined) return lacking.length === 0;
  const wanted = names.map((name) => name.toLowerCase());
  return (
    sameAddress(own.address, address) &&
    lacking.every((name) => own.names.includes(name.toLowerCase())) &&
    own.names.every((name) => wanted.includes(name))
  );
}

function partOf({ names }: Params): string {
  return names[0] ?? '';
}

function targetOf(params: Params): string {
  return partTarget(params.path ?? HOSTS, partOf(params));
}

/** What our line ends with, after the `#`. */
function markOf(params: Params): string {
  return `fairlead ${partOf(params)}`;
}

function edited({ path = HOSTS, ensure: wanted }: Params) {
  return { path, ...(wanted === undefined ? {} : { ensure: wanted }) };
}

/** An act that a crash left in doubt may have written the line, for another address than is wanted now. */
function isDoubted(params: Params, { doubted = [] }: ReadContext): boolean {
  const targets = [targetOf(params), params.path ?? HOSTS];
  return doubted.some(({ action, target }) => action === 'create' && targets.includes(target));
}

function requireAddress(params: Params, address: string | undefined): string {
  if (address !== undefined && familyOf(address) !== 0) return address;
  const what = address === undefined ? 'has no `address`' : `has the address ${address}, which is neither of IPv4 nor of IPv6`;
  throw fail('hosts-entry.bad-address', `The entry for ${partOf(params)} ${what}.`, {
    hints: ['Give it an address such as 172.21.0.5 or fd00::5.'],
  });
}

/** Whoever wrote such a line relies on it; and the resolver takes the first, so that two would contradict each other. */
function requireFree({ names, path = HOSTS }: Params, address: string, others: readonly HostsLine[]): void {
  const wanted = names.map((name) => name.toLowerCase());
  for (const { at, address: taken, names: theirs } of others) {
    if (familyOf(taken) !== familyOf(address) || sameAddress(taken, address)) continue;
    const name = wanted.find((candidate) => theirs.includes(candidate));
    if (name === undefined) continue;
    throw fail('hosts-entry.name-taken', `${path} maps ${name} to ${taken} already (line ${at + 1}), not to ${address}.`, {
      fault: 'environment',
      hints: [`If nothing needs that line any more, take ${name} out of it; else choose another name.`],
    });
  }
}

/** With `manage_etc_hosts`, cloud-init makes the file anew at each boot, from a template that its first lines name. */
function sourceOf(text: string | undefined): string | undefined {
  if (text === undefined || !/^#.*'manage_etc_hosts' as True/m.test(text)) return undefined;
  return /^#.*?(\/etc\/cloud\/templates\/\S+)/m.exec(text)?.[1] ?? '/etc/cloud/templates';
}

function madeAnew(path: string, source: string): string {
  return `cloud-init makes ${path} anew at each boot: put the line into ${source} too, or set manage_etc_hosts to false in /etc/cloud/cloud.cfg`;
}
