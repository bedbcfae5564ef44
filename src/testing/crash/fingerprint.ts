import { createHash } from 'node:crypto';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { docker, type Lighthouse, startsOf } from '../../../recipes/lighthouse/test/owned-lighthouse.ts';
import { createStateFolder } from '../../journal/state-folder.ts';
import type { RunState } from '../../model/run-state.ts';
import { flatLines, normalForm, type Own } from './normal-form.ts';

/** An end state as lines of text, sorted; two installations that ended alike have the same lines. */
export type Fingerprint = readonly string[];

/**
 * What differs from one healthy lighthouse to the next: names and addresses that Docker gives out, and a digest of things
 * that hold such values.
 */
const VARIES = new RegExp(
  [
    '^Config\\.Hostname$',
    'compose\\.config-hash$',
    '^NetworkSettings\\.Networks\\.[^:]*\\.(NetworkID|EndpointID|IPAddress|MacAddress|Aliases\\.\\d+)$',
  ].join('|'),
);

/** Of what `docker inspect` says of a container. */
const CONTAINER_PARTS = ['Name', 'Path', 'Args', 'RestartCount', 'Config', 'HostConfig', 'Mounts'] as const;
const NETWORK_PARTS = ['Name', 'Driver', 'Scope', 'EnableIPv6', 'IPAM', 'Internal', 'Attachable', 'Options', 'Labels'] as const;
const VOLUME_PARTS = ['Name', 'Driver', 'Labels', 'Options', 'Scope'] as const;
const IMAGE_PARTS = ['Config', 'Architecture', 'Os', 'Size'] as const;

/**
 * Takes the fingerprint of an installed lighthouse: files, accounts, container, network, volume, image, what the
 * service itself says, how the journal folds, and what the record on disk consists of.
 */
export async function fingerprintOf(lighthouse: Lighthouse, state: RunState): Promise<Fingerprint> {
  const own = await ownOf(lighthouse);
  const lines = await Promise.all([
    treeLines(lighthouse.folder, own),
    accountLines(lighthouse),
    dockerLines(lighthouse),
    serviceLines(lighthouse),
    tokenLines(lighthouse),
    recordLines(lighthouse),
    journalLines(state),
  ]);
  return lines
    .flat()
    .map((line) => normalForm(line, own))
    .sort();
}

/** The lines that only one of two fingerprints has: `-` is missing now, `+` is there now. */
export function differences(expected: Fingerprint, found: Fingerprint): readonly string[] {
  const [before, now] = [new Set(expected), new Set(found)];
  return [
    ...expected.filter((line) => !now.has(line)).map((line) => `- ${line}`),
    ...found.filter((line) => !before.has(line)).map((line) => `+ ${line}`),
  ];
}

async function ownOf({ name, folder, place, values, fairlead }: Lighthouse): Promise<Own> {
  const env = await readFile(join(folder, '.env'), 'utf8').catch(() => '');
  const ledger = await insideOf(name, ['/bin/cat', '/data/ledger']);
  return [
    [name, 'name'],
    [folder, 'folder'],
    [place, 'place'],
    [fairlead.stateDir, 'state'],
    [String(values.port), 'port'],
    [values.subnet.replace(/\.0\/24$/, ''), 'subnet'],
    [/[0-9a-f]{64}/.exec(env)?.[0] ?? '', 'key'],
    [ledger.split(' ')[0] ?? '', 'account'],
  ];
}

async function treeLines(folder: string, own: Own): Promise<readonly string[]> {
  const names = await namesOf();
  const paths = [folder, ...(await readdir(folder, { recursive: true })).map((name) => join(folder, name))];
  return Promise.all(
    paths.map(async (path) => {
      const { mode, uid, gid } = await lstat(path);
      const owner = `${names.users.get(uid) ?? uid}:${names.groups.get(gid) ?? gid}`;
      const kind = (mode & 0o170000) === 0o100000 ? `file ${await contentDigest(path, own)}` : 'other';
      return `path ${relative(folder, path) || '.'} ${mode.toString(8)} ${owner} ${kind}`;
    }),
  );
}

/** With the lighthouse's own values replaced, unless it is no text. */
async function contentDigest(path: string, own: Own): Promise<string> {
  const bytes = await readFile(path);
  const data = bytes.includes(0) ? bytes : normalForm(bytes.toString('utf8'), own);
  // Not in hex: that would be taken for one of the digests that vary.
  return createHash('sha256').update(data).digest('base64url');
}

async function namesOf(): Promise<{ readonly users: ReadonlyMap<number, string>; readonly groups: ReadonlyMap<number, string> }> {
  const idsIn = async (file: string): Promise<ReadonlyMap<number, string>> => {
    const fields = (await readFile(file, 'utf8')).split('\n').map((line) => line.split(':'));
    return new Map(fields.map(([name = '', , id = '']) => [Number(id), name]));
  };
  return { users: await idsIn('/etc/passwd'), groups: await idsIn('/etc/group') };
}

async function accountLines({ name }: Lighthouse): Promise<readonly string[]> {
  const entry = async (file: string): Promise<readonly string[]> =>
    (await readFile(file, 'utf8'))
      .split('\n')
      .filter((line) => line.startsWith(`${name}:`))
      // Numbers: the ids, which are given out one after the other, and the day of the last change of password.
      .map(
        (line) =>
          `${file} ${line
            .split(':')
            .map((field) => (/^\d+$/.test(field) ? '<number>' : field))
            .join(':')}`,
      );
  return (await Promise.all(['/etc/passwd', '/etc/group', '/etc/shadow', '/etc/gshadow'].map(entry))).flat();
}

async function dockerLines({ name }: Lighthouse): Promise<readonly string[]> {
  const { stdout } = await docker('inspect', name, `${name}.lan`, `${name}_ledger`, `fairlead/${name}:1.0.0`);
  const [container = {}, network = {}, volume = {}, image = {}] = JSON.parse(stdout) as readonly Record<string, unknown>[];
  const { State, NetworkSettings } = container as {
    State: { Status: string };
    NetworkSettings: { Ports: unknown; Networks: unknown };
  };
  const { Binds } = container.HostConfig as { Binds: readonly string[] };
  // Neither compose nor Docker has an order for these.
  const mounts = (container.Mounts as readonly { Destination: string }[]).toSorted((a, b) =>
    a.Destination < b.Destination ? -1 : 1,
  );
  const lines = {
    container: {
      ...part({ ...container, Mounts: mounts }, CONTAINER_PARTS),
      HostConfig: { ...(container.HostConfig as object), Binds: Binds.toSorted() },
      State: State.Status,
      NetworkSettings: { Ports: NetworkSettings.Ports, Networks: NetworkSettings.Networks },
    },
    network: {
      ...part(network, NETWORK_PARTS),
      Containers: Object.values(network.Containers as Record<string, { Name: string }>).map((member) => member.Name),
    },
    volume: part(volume, VOLUME_PARTS),
    // Lighthouses that are built at the same time share one image: it has the names of all of them.
    image: { ...part(image, IMAGE_PARTS), named: (image.RepoTags as readonly string[]).filter((tag) => tag.includes(name)) },
  };
  return Object.entries(lines).flatMap(([kind, value]) => flatLines(value, VARIES).map((line) => `${kind} ${line}`));
}

function part(whole: Record<string, unknown>, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(keys.map((key) => [key, whole[key]]));
}

/** What the service has, says and did: its ledger, its programs, and how often it was started since it was made. */
async function serviceLines(lighthouse: Lighthouse): Promise<readonly string[]> {
  const { name } = lighthouse;
  const [accounts, programs, starts] = await Promise.all([
    insideOf(name, ['/bin/lighthouse', 'list']),
    insideOf(name, ['/bin/sha256sum', '/bin/busybox', '/bin/lighthouse']),
    startsOf(lighthouse),
  ]);
  const digests = programs.split('\n').map((line) => createHash('sha256').update(line).digest('base64url'));
  return [
    ...accounts.split('\n').map((line) => `account ${line}`),
    ...digests.map((digest, index) => `program ${index} ${digest}`),
    `starts ${starts}`,
  ];
}

/** The token in the vault is the one that the service logged last. */
async function tokenLines({ name, fairlead }: Lighthouse): Promise<readonly string[]> {
  const { stdout } = await docker('logs', name);
  const logged = [...stdout.matchAll(/Added ott for \S+: (\d{6})/g)].at(-1)?.[1];
  const kept = (await fairlead.run('secrets', 'get', name, 'token.code', '--reveal')).stdout.trim();
  return [`token ${kept !== '' && kept === logged ? 'as logged' : 'not as logged'}`];
}

/**
 * Not part of an end: what each step printed, and the tails that were cut off, differ with each kill; the lock of a dead
 * process is taken over by the next one, and `deployment.json` is a cache; what is written in its place goes with the next
 * process that writes there, if this one was killed in between.
 */
const RECORD_VARIES =
  /\/(output|backups)\/.|\/journal\.ndjson\.torn|\/lock$|\/deployment\.json(\.\d+-[0-9a-f]{8}\.tmp)?$|^hosts\/./;

/** What the deployment's record consists of. */
async function recordLines({ name, fairlead }: Lighthouse): Promise<readonly string[]> {
  const paths = await readdir(fairlead.stateDir, { recursive: true });
  const runs = await createStateFolder(fairlead.stateDir).listRuns(name);
  return [
    `runs ${runs.length}`,
    ...paths
      .filter((path) => !RECORD_VARIES.test(path))
      .map((path) => `record ${path.replace(/\d{8}T\d{6}Z-[0-9a-f]{4}/, '<run>')}`),
  ];
}

function journalLines(state: RunState): readonly string[] {
  const statusOf = (status: string): string => (status === 'ok' || status === 'changed' ? 'done' : status);
  return [
    `run ${state.status}`,
    ...[...state.steps.values()].map((step) => `step ${step.id} ${statusOf(step.status)}`),
    ...[...state.made].map((made) => `made ${made}`),
    `finish ${JSON.stringify(state.finish ?? null)}`,
  ];
}

async function insideOf(name: string, argv: readonly string[]): Promise<string> {
  return (await docker('exec', name, ...argv)).stdout.trim();
}
