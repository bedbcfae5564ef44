import { createHash } from 'node:crypto';
import { fail } from '../../model/failure.ts';
import type { Host, TreeEntry } from '../../model/ports.ts';

/** What an image is built from, as params hold it. */
export interface BuildParams {
  readonly context: string;
  readonly dockerfile?: string;
  readonly args?: Readonly<Record<string, string>>;
}

/** What git keeps about a checkout changes without any change to what is checked out. */
const LEFT_OUT = '.git';

/**
 * SHA-256 (hex) over the names, modes and contents in the context, and over everything else that a build is
 * told; undefined where the context isn't there. Of links it knows only where they are, not where they lead.
 */
export async function contextDigest(host: Host, build: BuildParams): Promise<string | undefined> {
  const hash = createHash('sha256');
  const tell = (...words: readonly (string | number)[]): void => void hash.update(`${JSON.stringify(words)}\n`);
  tell('v1', build.dockerfile ?? 'Dockerfile');
  for (const [name, value] of Object.entries(build.args ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))) tell('arg', name, value);

  const root = build.context.replace(/\/+$/, '');
  const [tree] = await host.files([{ op: 'tree', path: root }]);
  if (tree === undefined) return undefined;
  const entries = tree
    .map((entry) => ({ ...entry, name: entry.path.slice(root.length + 1) }))
    .filter(({ name }) => name !== LEFT_OUT && !name.startsWith(`${LEFT_OUT}/`))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const contents = await contentDigests(host, entries);
  for (const { path, name, kind, mode, size } of entries) {
    if (kind === 'file') tell(kind, name, mode, contents.get(path) ?? '');
    else if (kind === 'dir') tell(kind, name, mode);
    else tell(kind, name, size);
  }
  return hash.digest('hex');
}

async function contentDigests(host: Host, entries: readonly TreeEntry[]): Promise<ReadonlyMap<string, string | undefined>> {
  const paths = entries.filter(({ kind }) => kind === 'file').map(({ path }) => path);
  const digests = await host.files(paths.map((path) => ({ op: 'sha256' as const, path })));
  return new Map(paths.map((path, index) => [path, digests[index]]));
}

/** The context was missing at the moment when the image had to be built. */
export function noBuildContext(name: string, build: BuildParams) {
  return fail('docker.no-build-context', `The image ${name} can't be built: there is no folder ${build.context}.`, {
    hints: ['An earlier step should have made it: run the recipe from there.'],
  });
}
