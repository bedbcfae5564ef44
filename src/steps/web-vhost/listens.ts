import type { ReadContext } from '../../model/step.ts';
import type { Layout } from './find-layout.ts';
import type { VhostParams } from './params.ts';
import { MADE_BY } from './render-apache.ts';

/** What a server listens on, by the words of its files: `80`, `127.0.0.1:8080`. */
export interface Listens {
  /** In files that are not ours. */
  readonly foreign: ReadonlySet<string>;
  /** In all files but this virtual host's. */
  readonly others: ReadonlySet<string>;
}

/** What Debian's package listens on before anybody changed it. */
const DEBIAN = new Set(['80', '443']);

/** Looks through the server's files, but for the one of this virtual host. */
export async function readListens(params: VhostParams, layout: Layout, ctx: ReadContext): Promise<Listens> {
  const [main] = await textsOf(ctx, [layout.main]);
  if (main === undefined)
    return params.server === 'apache' ? { foreign: DEBIAN, others: DEBIAN } : { foreign: new Set(), others: new Set() };
  const foreign = new Set<string>();
  const others = new Set<string>();
  for (const text of [main, ...(await includedTexts(params, layout, main, ctx))]) {
    for (const where of listensIn(text)) {
      others.add(where);
      if (!text.startsWith(MADE_BY)) foreign.add(where);
    }
  }
  return { foreign, others };
}

/** What a text tells a server to listen on. */
export function listensIn(text: string): readonly string[] {
  return [...text.matchAll(/^\s*listen\s+"?((?:[\d.]+:|\[[\da-f:]*\]:|\*:)?\d+)\b/gim)].map(([, where = '']) =>
    where.replace(/^(\*|0\.0\.0\.0|\[::\]):/, ''),
  );
}

/** The port of `127.0.0.1:8080`, and of `8080`. */
export function portOf(where: string): number {
  return Number(where.slice(where.lastIndexOf(':') + 1));
}

async function includedTexts(params: VhostParams, layout: Layout, main: string, ctx: ReadContext): Promise<readonly string[]> {
  const own = [layout.file, layout.link];
  const folders = ['conf-enabled', 'sites-enabled', 'conf.d'].map((name) => `${layout.dir}/${name}`);
  const named =
    params.server === 'apache'
      ? [...main.matchAll(/^\s*Include(?:Optional)?\s+"?(\/[^\s"*]+)"?\s*$/gim)].map(([, path = '']) => path)
      : [];
  const paths = [`${layout.dir}/ports.conf`, ...named];
  const stats = await ctx.host.files(folders.map((path) => ({ op: 'stat' as const, path })));
  const there = folders.filter((_, at) => stats[at]?.kind === 'dir');
  const lists = await ctx.host.files(there.map((path) => ({ op: 'list' as const, path })));
  for (const [at, folder] of there.entries()) paths.push(...(lists[at] ?? []).map((name) => `${folder}/${name}`));
  return textsOf(
    ctx,
    [...new Set(paths)].filter((path) => !own.includes(path)),
  );
}

/** The texts of those that are files. */
async function textsOf(ctx: ReadContext, paths: readonly string[]): Promise<readonly string[]> {
  const stats = await ctx.host.files(paths.map((path) => ({ op: 'stat' as const, path })));
  const files = paths.filter((_, at) => stats[at]?.kind === 'file');
  const all = await ctx.host.files(files.map((path) => ({ op: 'read' as const, path })));
  return all.flatMap((bytes) => (bytes === undefined ? [] : [new TextDecoder().decode(bytes)]));
}
