import { cidrsOverlap } from '../../model/cidr.ts';
import type {
  Command,
  Container,
  ContainerDetail,
  DockerEngine,
  EngineInfo,
  Executed,
  Image,
  LogLine,
  Network,
} from '../../model/ports.ts';
import type { Text } from '../../model/secrets.ts';
import {
  imageInUse,
  imageNotFound,
  nameConflict,
  networkInUse,
  noSuchContainer,
  noSuchNetwork,
  noSuchVolume,
  notRunning,
  subnetInUse,
  unreachable,
  volumeInUse,
} from './docker-failures.ts';
import { type FakeTerminalRun, openFakeTerminal } from './fake-terminal.ts';
import { withTag } from './image-reference.ts';
import { nanosOf } from './timestamps.ts';

/** One `exec` as a fake container sees it: environment and input are revealed. */
export interface FakeExec {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: string;
  readonly user?: string;
  readonly cwd?: string;
  readonly signal: AbortSignal;
  onLine?(line: string): void;
}

/** An engine in memory, for tests: it fails with the same codes as the real one. */
export interface FakeEngine extends DockerEngine {
  /** False: no engine answers. */
  up: boolean;
  version: string;
  readonly networksByName: Map<string, Network>;
  /** By reference. */
  readonly images: Map<string, Image>;
  /** What a registry would give, by reference. */
  readonly pullable: Map<string, Image>;
  /** Volume → its compose project. */
  readonly volumeProjects: Map<string, string | undefined>;
  /** What was run in containers, in order: container name, then argv. */
  readonly execs: readonly (readonly string[])[];
  /** Container → its volumes: these are in use for as long as the container is there. */
  readonly mounts: Map<string, readonly string[]>;
  /** Adds a container, or changes one of that name; default: running, of image `scratch`. */
  putContainer(container: Partial<ContainerDetail> & { readonly name: string }): void;
  /** Takes a container away; those who follow its log come to an end. */
  dropContainer(name: string): void;
  /** Appends a line to a container's log; who follows sees it. */
  log(container: string, line: string, at?: string): void;
  /** Scripts what programs in a container do; the answer is merged over exit code 0 and no output. */
  onExec(container: string, run: (call: FakeExec) => Partial<Executed> | Promise<Partial<Executed>>): void;
  /** Scripts what programs at a terminal in a container do; without it they are as those of `exec`, which ask nothing. */
  onTerminal(container: string, run: FakeTerminalRun): void;
  /** A copy of all that the engine holds. */
  snapshot(): EngineSnapshot;
  /** Puts all back as it was when the copy was taken; any fake engine takes any other's. */
  restore(snapshot: EngineSnapshot): void;
}

/** What a fake engine held at one moment. */
export interface EngineSnapshot {
  readonly up: boolean;
  readonly version: string;
  readonly networks: ReadonlyMap<string, Network>;
  readonly images: ReadonlyMap<string, Image>;
  readonly pullable: ReadonlyMap<string, Image>;
  readonly volumes: ReadonlyMap<string, string | undefined>;
  readonly mounts: ReadonlyMap<string, readonly string[]>;
  readonly boxes: ReadonlyMap<string, Pick<Box, 'detail' | 'lines' | 'run' | 'terminal'>>;
}

interface Box {
  detail: ContainerDetail;
  readonly lines: LogLine[];
  readonly waiting: Set<() => void>;
  run?: (call: FakeExec) => Partial<Executed> | Promise<Partial<Executed>>;
  terminal?: FakeTerminalRun;
}

/** A new engine that answers and holds nothing but the three networks of every engine. */
export function createFakeEngine(
  options: {
    readonly reveal?: (text: Text) => Promise<string>;
    /** The engine's clock, ISO 8601; default: the real one. */
    readonly now?: () => string;
  } = {},
): FakeEngine {
  const reveal = options.reveal ?? (async (text: Text) => String(text));
  const boxes = new Map<string, Box>();
  const execs: (readonly string[])[] = [];
  let ticks = 0n;
  const now = (): string => {
    if (options.now !== undefined) return options.now();
    ticks += 1n;
    return new Date().toISOString().replace('Z', `${String(ticks % 1_000_000n).padStart(6, '0')}Z`);
  };
  const answers = (): void => {
    if (!engine.up) throw unreachable('unix:///var/run/docker.sock');
  };
  const find = (nameOrId: string): Box | undefined =>
    boxes.get(nameOrId) ?? [...boxes.values()].find((box) => box.detail.id.startsWith(nameOrId));
  const need = (nameOrId: string): Box => {
    answers();
    const box = find(nameOrId);
    if (box === undefined) throw noSuchContainer(nameOrId);
    return box;
  };
  const begin = (nameOrId: string, { argv }: Pick<Command, 'argv'>, signal: AbortSignal): Box => {
    const box = need(nameOrId);
    if (box.detail.state !== 'running') throw notRunning(nameOrId);
    signal.throwIfAborted();
    execs.push([box.detail.name, ...argv]);
    return box;
  };
  const revealed = async ({ env }: Pick<Command, 'env'>): Promise<Record<string, string>> => {
    const values: Record<string, string> = {};
    for (const [name, value] of Object.entries(env ?? {})) if (value !== undefined) values[name] = await reveal(value);
    return values;
  };
  const attached = (network: string): string[] =>
    [...boxes.values()].filter((box) => box.detail.networks.includes(network)).map((box) => box.detail.name);
  const imageOf = (reference: string): [string, Image] | undefined =>
    [...engine.images].find(
      ([name, image]) =>
        withTag(name) === withTag(reference) || image.id === reference || image.tags.includes(withTag(reference)),
    );

  const engine: FakeEngine = {
    up: true,
    version: '20.10.24',
    networksByName: new Map(
      ['bridge', 'host', 'none'].map((name) => [name, builtIn(name, name === 'none' ? 'null' : name)] as const),
    ),
    images: new Map(),
    pullable: new Map(),
    volumeProjects: new Map(),
    mounts: new Map(),
    execs,

    putContainer(partial) {
      const box = boxes.get(partial.name);
      if (box === undefined) {
        boxes.set(partial.name, { detail: { ...newContainer(partial.name, now()), ...partial }, lines: [], waiting: new Set() });
      } else {
        box.detail = { ...box.detail, ...partial };
      }
    },
    dropContainer(name) {
      const box = boxes.get(name);
      boxes.delete(name);
      if (box !== undefined) wake(box);
    },
    log(name, text, at) {
      const box = boxes.get(name);
      if (box === undefined) throw noSuchContainer(name);
      box.lines.push({ at: at ?? now(), text });
      wake(box);
    },
    onExec(name, run) {
      const box = boxes.get(name);
      if (box === undefined) throw noSuchContainer(name);
      box.run = run;
    },
    onTerminal(name, run) {
      const box = boxes.get(name);
      if (box === undefined) throw noSuchContainer(name);
      box.terminal = run;
    },

    snapshot: () => ({
      up: engine.up,
      version: engine.version,
      networks: new Map(engine.networksByName),
      images: new Map(engine.images),
      pullable: new Map(engine.pullable),
      volumes: new Map(engine.volumeProjects),
      mounts: new Map(engine.mounts),
      boxes: new Map([...boxes].map(([name, { waiting: _, ...box }]) => [name, { ...box, lines: [...box.lines] }])),
    }),
    restore({ up, version, networks, images, pullable, volumes, mounts, boxes: then }) {
      Object.assign(engine, { up, version });
      refill(engine.networksByName, networks);
      refill(engine.images, images);
      refill(engine.pullable, pullable);
      refill(engine.volumeProjects, volumes);
      refill(engine.mounts, mounts);
      for (const name of [...boxes.keys()]) engine.dropContainer(name);
      for (const [name, box] of then) boxes.set(name, { ...box, lines: [...box.lines], waiting: new Set() });
    },

    async info(): Promise<EngineInfo | undefined> {
      return engine.up ? { version: engine.version, apiVersion: '1.41' } : undefined;
    },
    async networks() {
      answers();
      return [...engine.networksByName.values()].map((network) => ({
        ...network,
        containers: [...new Set([...network.containers, ...attached(network.name)])],
      }));
    },
    async createNetwork(spec) {
      answers();
      if (engine.networksByName.has(spec.name)) throw nameConflict('network', spec.name);
      const { subnet, ipRange, gateway, ...rest } = spec;
      const pools = [...engine.networksByName.values()].flatMap((network) => network.pools);
      if (subnet !== undefined && pools.some((pool) => cidrsOverlap(pool.subnet, subnet))) throw subnetInUse(spec.name, subnet);
      engine.networksByName.set(spec.name, {
        ...rest,
        id: `network-${spec.name}`,
        pools: [
          {
            subnet: subnet ?? `10.${200 + engine.networksByName.size}.0.0/16`,
            ...(ipRange === undefined ? {} : { ipRange }),
            ...(gateway === undefined ? {} : { gateway }),
          },
        ],
        containers: [],
      });
    },
    async removeNetwork(name) {
      answers();
      const network = engine.networksByName.get(name);
      if (network === undefined) throw noSuchNetwork(name);
      const users = [...network.containers, ...attached(name)];
      if (users.length > 0) throw networkInUse(name, users);
      engine.networksByName.delete(name);
    },
    async image(reference) {
      answers();
      return imageOf(reference)?.[1];
    },
    async pull(reference, { signal, onProgress }) {
      answers();
      signal.throwIfAborted();
      const image = engine.pullable.get(reference) ?? engine.pullable.get(withTag(reference));
      if (image === undefined) throw imageNotFound(reference, true);
      onProgress({ text: 'Downloading', done: 0, of: image.size });
      onProgress({ text: 'Downloading', done: image.size, of: image.size });
      engine.images.set(withTag(reference), { ...image, tags: [...new Set([...image.tags, withTag(reference)])] });
    },
    async removeImage(reference) {
      answers();
      const found = imageOf(reference);
      if (found === undefined) throw imageNotFound(reference, false);
      const used = [...boxes.values()].some((box) => box.detail.imageId === found[1].id);
      if (used) throw imageInUse(reference);
      engine.images.delete(found[0]);
    },
    async containers({ project }) {
      answers();
      return [...boxes.values()]
        .map((box): Container => {
          const { id, name, image, imageId, state, labels } = box.detail;
          return { id, name, image, imageId, state, labels };
        })
        .filter((container) => project === undefined || container.labels['com.docker.compose.project'] === project);
    },
    async container(nameOrId) {
      answers();
      return find(nameOrId)?.detail;
    },
    async restart(nameOrId) {
      const box = need(nameOrId);
      box.detail = { ...box.detail, state: 'running', startedAt: now(), exitCode: 0 };
    },
    async openTerminal(nameOrId, command, terminalOptions) {
      const box = begin(nameOrId, command, terminalOptions.signal);
      const around = { argv: command.argv, env: await revealed(command), ...placeOf(command) };
      const plain: FakeTerminalRun = async (terminal) => {
        const ended = await box.run?.({ ...around, stdin: '', signal: terminal.signal });
        const text = ended === undefined ? notFound(command) : `${ended.stdout ?? ''}${ended.stderr ?? ''}`;
        terminal.print(text.replaceAll('\n', '\r\n'));
        return ended === undefined ? 126 : (ended.code ?? 0);
      };
      return openFakeTerminal(box.terminal ?? plain, around, terminalOptions);
    },
    async exec(nameOrId, command, { signal, onLine }) {
      const box = begin(nameOrId, command, signal);
      if (box.run === undefined) return { code: 126, signal: null, stdout: notFound(command), stderr: '' };
      let said = false;
      const say = (line: string): void => {
        said = true;
        onLine?.(line);
      };
      const result = await box.run({
        argv: command.argv,
        env: await revealed(command),
        stdin: command.stdin === undefined ? '' : await reveal(command.stdin),
        ...placeOf(command),
        signal,
        onLine: say,
      });
      signal.throwIfAborted();
      const ended = { code: 0, signal: null, stdout: '', stderr: '', ...result };
      // A program that gave its lines out itself has said all; what is kept of a flood may begin within a line.
      if (!said) for (const line of `${ended.stdout}${ended.stderr}`.split('\n')) if (line !== '') onLine?.(line);
      return ended;
    },
    async *logs(nameOrId, { since, tail, follow, signal }) {
      const box = need(nameOrId);
      const from = since === undefined ? 0n : nanosOf(since);
      let next = box.lines.length;
      const first = box.lines.filter((line) => nanosOf(line.at) >= from);
      for (const line of tail === undefined ? first : first.slice(Math.max(0, first.length - tail))) {
        if (signal.aborted) return;
        yield line;
      }
      while (follow && !signal.aborted && boxes.get(box.detail.name) === box) {
        const line = box.lines[next];
        if (line === undefined) {
          await nextLine(box, signal);
        } else {
          next += 1;
          yield line;
        }
      }
    },
    async volumes({ project }) {
      answers();
      return [...engine.volumeProjects].filter(([, of]) => project === undefined || of === project).map(([name]) => name);
    },
    async removeVolume(name) {
      answers();
      const users = [...boxes.keys()].filter((box) => engine.mounts.get(box)?.includes(name));
      if (users.length > 0) throw volumeInUse(name, users);
      if (!engine.volumeProjects.delete(name)) throw noSuchVolume(name);
    },
  };
  return engine;
}

function notFound({ argv }: Pick<Command, 'argv'>): string {
  return `exec: "${argv[0]}": executable file not found in $PATH`;
}

function placeOf({ user, cwd }: Pick<Command, 'user' | 'cwd'>): Pick<Command, 'user' | 'cwd'> {
  return { ...(user === undefined ? {} : { user }), ...(cwd === undefined ? {} : { cwd }) };
}

function refill<V>(map: Map<string, V>, content: ReadonlyMap<string, V>): void {
  map.clear();
  for (const [name, value] of content) map.set(name, value);
}

function builtIn(name: string, driver: string): Network {
  const pools = name === 'bridge' ? [{ subnet: '172.17.0.0/16', gateway: '172.17.0.1' }] : [];
  return { id: `network-${name}`, name, driver, internal: false, pools, labels: {}, containers: [] };
}

function newContainer(name: string, startedAt: string): ContainerDetail {
  return {
    id: `id-of-${name}`,
    name,
    image: 'scratch',
    imageId: 'sha256:scratch',
    state: 'running',
    labels: {},
    startedAt,
    exitCode: 0,
    restartCount: 0,
    restartPolicy: 'no',
    networks: [],
    error: '',
  };
}

function wake(box: Box): void {
  for (const resume of box.waiting) resume();
  box.waiting.clear();
}

function nextLine(box: Box, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const resume = (): void => {
      box.waiting.delete(resume);
      signal.removeEventListener('abort', resume);
      resolve();
    };
    box.waiting.add(resume);
    signal.addEventListener('abort', resume);
  });
}
