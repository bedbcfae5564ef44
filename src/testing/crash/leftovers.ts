import { readdir, readFile } from 'node:fs/promises';
import { docker, type Lighthouse } from '../../../recipes/lighthouse/test/owned-lighthouse.ts';

/** What is left of a lighthouse that was uninstalled, locks included: one line each; nothing, where all is well. */
export async function leftoversOf({ name, place, fairlead }: Lighthouse): Promise<readonly string[]> {
  const listed = async (kind: string, ...args: string[]): Promise<readonly string[]> =>
    linesOf((await docker(...args)).stdout).map((id) => `${kind} ${id}`);
  const found = await Promise.all([
    listed('container', 'ps', '-a', '--filter', `name=${name}`, '--format', '{{.Names}}'),
    listed('container of the project', 'ps', '-aq', '--filter', `label=com.docker.compose.project=${name}`),
    listed('volume', 'volume', 'ls', '-q', '--filter', `name=${name}`),
    listed('network', 'network', 'ls', '--filter', `name=${name}`, '--format', '{{.Name}}'),
    listed('image', 'images', '-q', `fairlead/${name}`),
    entriesOf(name, '/etc/passwd'),
    entriesOf(name, '/etc/group'),
    readdir(place, { recursive: true }).then((paths) => paths.map((path) => `path ${path}`)),
    readdir(fairlead.stateDir, { recursive: true }).then((paths) => paths.filter((path) => /lock/.test(path))),
  ]);
  return found.flat();
}

async function entriesOf(name: string, file: string): Promise<readonly string[]> {
  return linesOf(await readFile(file, 'utf8')).flatMap((line) => (line.startsWith(`${name}:`) ? [`${file} ${line}`] : []));
}

function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}
