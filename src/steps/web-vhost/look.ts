import { fail } from '../../model/failure.ts';
import type { FileStat } from '../../model/ports.ts';
import { SecretText, type Text } from '../../model/secrets.ts';
import type { ReadContext } from '../../model/step.ts';
import type { StepId } from '../../model/step-id.ts';
import { isForeign } from '../lib/foreign-text.ts';
import { findLayout, type Layout } from './find-layout.ts';
import { type Listens, listensIn, readListens } from './listens.ts';
import { hasInclude, missingModules } from './modules.ts';
import { requireSound, type VhostParams } from './params.ts';
import { renderApache } from './render-apache.ts';
import { renderNginx } from './render-nginx.ts';
import { readWayBack, type WayBack } from './way-back.ts';

/** The one part of the file that is managed: all of it. */
export const CONTENT = 'content';

/** What one look at a virtual host found. */
export interface VhostState {
  readonly layout: Layout;
  /** What shall stand in the file; undefined where it shall be gone. */
  readonly wanted: Text | undefined;
  /** The file that is there. */
  readonly found?: { readonly bytes: Uint8Array; readonly stat: FileStat };
  readonly same: boolean;
  /** Does the server read the file? */
  readonly enabled: boolean;
  /** Apache's modules that are to be switched on; empty where that can't be known yet. */
  readonly modules: readonly string[];
  readonly listens: Listens;
  readonly made: boolean;
  /** What stands in the file was never written by this step. */
  readonly foreign: boolean;
  /** An earlier attempt was cut off: how it was before that. */
  readonly cutOff?: WayBack;
  readonly due: readonly StepId[];
}

/** How changes name a virtual host, whatever this host's layout. */
export function targetOf({ server, name }: VhostParams): string {
  return `${server} ${name}`;
}

/** Looks at the file, at what switches it on, and at the modules that it needs. Changes nothing. */
export async function lookAtVhost(params: VhostParams, ctx: ReadContext): Promise<VhostState> {
  const gone = params.ensure === 'absent';
  if (!gone) requireSound(params);
  const layout = await findLayout(params, ctx);
  const listens = await readListens(params, layout, ctx);
  const wanted = gone ? undefined : await render(params, listens, ctx);
  const [stat] = await ctx.host.files([{ op: 'stat', path: layout.file }]);
  if (stat?.kind === 'dir') {
    throw fail('host.is-a-directory', `There should be a file at ${layout.file}, and a folder is there.`, {
      hints: ['Look into it, and move it away.'],
    });
  }
  const [bytes] = stat === undefined ? [] : await ctx.host.files([{ op: 'read', path: layout.file }]);
  const found = stat === undefined || bytes === undefined ? undefined : { stat, bytes };
  const kept = ctx.kept?.has(CONTENT) === true;
  const same = wanted !== undefined && found !== undefined && (kept || (await ctx.secrets.matches(wanted, found.bytes)));
  const cutOff = await readWayBack(layout, ctx);
  return {
    layout,
    wanted,
    ...(found && { found }),
    same,
    enabled: await isEnabled(params, layout, found?.bytes, ctx),
    modules: gone ? [] : await missingModules(params, layout, ctx),
    listens,
    made: ctx.made(targetOf(params)),
    foreign: isForeign(ctx, CONTENT),
    ...(cutOff && { cutOff }),
    due: ctx.due,
  };
}

async function render(params: VhostParams, { foreign }: Listens, ctx: ReadContext): Promise<Text> {
  if (params.template !== undefined) return params.template;
  if (params.server === 'apache') return renderApache(params, foreign);
  const [ipv6] = await ctx.host.files([{ op: 'stat', path: '/proc/net/if_inet6' }]);
  return renderNginx(params, ipv6 !== undefined);
}

async function isEnabled(params: VhostParams, layout: Layout, bytes: Uint8Array | undefined, ctx: ReadContext): Promise<boolean> {
  if (layout.link === undefined) return hasInclude(params, layout, ctx);
  const folder = layout.link.slice(0, layout.link.lastIndexOf('/'));
  const [entries] = await ctx.host.files([{ op: 'tree', path: folder }]);
  const entry = entries?.find(({ path }) => path === layout.link);
  if (entry === undefined) return false;
  const [read] = await ctx.host.files([{ op: 'stat', path: layout.link }]);
  const [there] = read?.kind === 'file' ? await ctx.host.files([{ op: 'read', path: layout.link }]) : [];
  const elsewhere = there !== undefined && (bytes === undefined || Buffer.compare(there, bytes) !== 0);
  // Nothing at its end: what it leads to is still to be written.
  if (entry.kind === 'link' && !elsewhere) return true;
  throw fail('vhost.enabled-elsewhere', `${layout.link} is not a link to ${layout.file}, but something of its own.`, {
    hints: [`Look at it; if it is not needed, remove it, or give this virtual host another name than ${params.name}.`],
  });
}

/** What the wanted text would have the server listen on; secrets in it can't be ports. */
export function wantedListens(wanted: Text): readonly string[] {
  const parts = wanted instanceof SecretText ? wanted.parts : [wanted];
  return listensIn(parts.map((part) => (typeof part === 'string' ? part : '•')).join(''));
}
