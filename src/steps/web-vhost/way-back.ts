import { fail } from '../../model/failure.ts';
import type { ApplyContext, ReadContext } from '../../model/step.ts';
import { sanitize } from '../../model/untrusted-text.ts';
import type { Layout } from './find-layout.ts';

/** How things were before an attempt: enough to put back exactly that. */
export interface WayBack {
  /** Files that the attempt may write or remove; `base64` is missing where there was none. */
  readonly files: readonly {
    readonly path: string;
    readonly base64?: string;
    readonly mode: number;
    readonly uid: number;
    readonly gid: number;
  }[];
  /** Links that the attempt makes. */
  readonly makes: readonly string[];
  /** A link that it removes, and where that leads. */
  readonly removes?: { readonly path: string; readonly to: string };
}

/** A link as it is made: path → where it leads. */
export type Links = ReadonlyMap<string, string>;

/**
 * Where the way back lies until the server runs with the new configuration: beside the file, under a name that no server
 * includes. A process that dies in between leaves it, and the next one knows that it is not done, and how to get back.
 */
function placeOf({ file }: Layout): string {
  const at = file.lastIndexOf('/');
  return `${file.slice(0, at)}/.${file.slice(at + 1)}.before-fairlead`;
}

/** What an attempt that was cut off left to get back by; undefined where none was. */
export async function readWayBack(layout: Layout, ctx: ReadContext): Promise<WayBack | undefined> {
  const [bytes] = await ctx.host.files([{ op: 'read', path: placeOf(layout) }]);
  if (bytes === undefined) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    // Not ours, or damaged: then there is no way back but the run's own copies.
    return { files: [], makes: [] };
  }
}

/**
 * Looks at what an attempt is about to change, and keeps it on disk until `forgetWayBack`. What an `earlier` one that was cut off
 * found counts more: since then nobody but we changed it.
 */
export async function keepWayBack(
  layout: Layout,
  paths: readonly string[],
  links: Pick<WayBack, 'makes' | 'removes'>,
  earlier: WayBack | undefined,
  ctx: ApplyContext,
): Promise<WayBack> {
  const files = [...(earlier?.files ?? [])];
  for (const path of paths.filter((path) => !files.some((file) => file.path === path))) {
    const [stat, bytes] = await ctx.host.files([
      { op: 'stat', path },
      { op: 'read', path },
    ]);
    const { mode, uid, gid } = stat ?? { mode: 0o644, uid: 0, gid: 0 };
    files.push({ path, mode, uid, gid, ...(bytes && { base64: Buffer.from(bytes).toString('base64') }) });
  }
  const way: WayBack = { ...earlier, ...links, files, makes: [...new Set([...(earlier?.makes ?? []), ...links.makes])] };
  // What it holds may hold secrets, as the file itself may.
  await ctx.host.files([{ op: 'write', path: placeOf(layout), data: JSON.stringify(way), mode: 0o600, uid: 0, gid: 0 }]);
  return way;
}

/** Puts everything back as it was. */
export async function goBack(way: WayBack, ctx: ApplyContext): Promise<void> {
  // A link without its file would be worse than a file without its link.
  for (const path of way.makes) await ctx.host.files([{ op: 'remove', path }]);
  for (const { path, base64, mode, uid, gid } of way.files) {
    if (base64 === undefined) await ctx.host.files([{ op: 'remove', path }]);
    else await ctx.host.files([{ op: 'write', path, data: Buffer.from(base64, 'base64'), mode, uid, gid }]);
  }
  if (way.removes !== undefined) await makeLinks(new Map([[way.removes.path, way.removes.to]]), ctx);
}

/** The attempt is over: the server runs with the new configuration, or what was there is back. */
export async function forgetWayBack(layout: Layout, ctx: ApplyContext): Promise<void> {
  await ctx.host.files([{ op: 'remove', path: placeOf(layout) }]);
}

/** Makes links; one that is there is replaced. */
export async function makeLinks(links: Links, ctx: Pick<ApplyContext, 'host'>): Promise<void> {
  for (const [path, to] of links) {
    // Not with the run's signal: this is on the way back, too, where the run was stopped.
    const { code, stderr } = await ctx.host.exec({ argv: ['ln', '-sfn', to, path] }, { signal: AbortSignal.timeout(10_000) });
    if (code !== 0) {
      throw fail('vhost.no-link', `The link ${path} could not be made: ${sanitize(stderr)}`, {
        hints: ['Look at what lies there, and at the rights of its folder.'],
      });
    }
  }
}
