import { createHash } from 'node:crypto';
import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { debianRoot } from './debian-root.ts';
import { must } from './must.ts';

/** Names of images for one test, by which a recipe knows them. */
export interface OwnNames {
  /** Calls an image by one more name, and answers that. */
  call(made: string, name: string): Promise<string>;
  /** Takes the names away again; what they named stays, for the next test. */
  cleanUp(): Promise<void>;
}

/** No name yet. */
export function ownNames(): OwnNames {
  const names: string[] = [];
  return {
    async call(made, name) {
      await must('docker', ['tag', made, name]);
      names.push(name);
      return name;
    },
    async cleanUp() {
      if (names.length > 0) await must('docker', ['image', 'rm', '--force', ...names]);
    },
  };
}

/** Some packages of Debian with all that they need, PostgreSQL's programs in the path, and a Node. */
export interface ServersImage {
  /** The system that it stands in for: part of its name, and its label. */
  readonly system: string;
  readonly packages: readonly string[];
  /** To be there besides: without the slash in front. */
  readonly folders: readonly string[];
}

/** Makes that image where it isn't there, without any registry; answers its name, which says what it is made of. */
export async function serversImage({ system, packages, folders }: ServersImage): Promise<string> {
  const tag = `fairlead-test/${system}:${digestOf(...packages, ...folders, process.version, process.arch)}`;
  if (await isImageThere(tag)) return tag;
  const root = await debianRoot(...packages);
  const tar = `${root.path}.tar`;
  try {
    await copyFile(process.execPath, join(root.path, 'usr/bin/node'));
    await chmod(join(root.path, 'usr/bin/node'), 0o755);
    for (const folder of ['proc', 'sys', 'run', ...folders]) await mkdir(join(root.path, folder), { recursive: true });
    await chmod(join(root.path, 'tmp'), 0o1777);
    const [version = ''] = (await root.run('ls', '/usr/lib/postgresql')).trim().split('\n');
    const path = `/usr/lib/postgresql/${version}/bin:/usr/bin:/usr/sbin`;
    const changes = [`ENV PATH=${path}`, 'ENV LANG=C.UTF-8', labelOf(system), 'CMD ["/bin/sh"]'];
    await must('tar', ['-C', root.path, '--exclude=./dev/*', '-cf', tar, '.']);
    await must('docker', ['import', ...changes.flatMap((change) => ['--change', change]), tar, tag]);
    return tag;
  } finally {
    await rm(tar, { force: true });
    await root.cleanUp();
  }
}

/** Some lines of a Dockerfile over another image. */
export interface ThinImage {
  readonly system: string;
  readonly service: string;
  readonly from: string;
  readonly lines: readonly string[];
  /** Files that a line `COPY <name> …` may want, by name; all of them can be executed. */
  readonly contents: Readonly<Record<string, string>>;
}

/** Makes that image where it isn't there; answers its name, which says what it is made of. */
export async function thinImage({ system, service, from, lines, contents }: ThinImage): Promise<string> {
  const used = Object.entries(contents).filter(([file]) => lines.some((line) => line.startsWith(`COPY ${file} `)));
  const tag = `fairlead-test/${system}-${service}:${digestOf(from, ...lines, ...used.flat())}`;
  if (await isImageThere(tag)) return tag;
  const work = await mkdtemp(join(tmpdir(), `${system}-image-`));
  try {
    for (const [file, text] of used) await writeFile(join(work, file), text, { mode: 0o755 });
    await writeFile(join(work, 'Dockerfile'), [`FROM ${from}`, labelOf(system), ...lines, ''].join('\n'));
    await must('docker', ['build', '--quiet', '--tag', tag, work]);
    return tag;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** The label of all images of a stand-in, as a line of a Dockerfile. */
export function labelOf(system: string): string {
  return `LABEL fairlead-test.stand-in=${system}`;
}

const bundles = new Map<string, Promise<string>>();

/** A TypeScript program as one file that the image's Node runs by itself. */
export function bundledProgram(entry: URL): Promise<string> {
  const path = fileURLToPath(entry);
  const known = bundles.get(path);
  if (known !== undefined) return known;
  const bundle = build({
    entryPoints: [path],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    write: false,
    banner: { js: '#!/usr/bin/node' },
  }).then(({ outputFiles }) => outputFiles[0]?.text ?? '');
  bundles.set(path, bundle);
  return bundle;
}

/** Short, and the same for the same parts. */
export function digestOf(...parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 12);
}

/** Does the engine have an image of this name? */
export function isImageThere(tag: string): Promise<boolean> {
  return must('docker', ['image', 'inspect', tag]).then(
    () => true,
    () => false,
  );
}
