import type { Text } from './secrets.ts';

/** A program to run: an argv, never a shell line; secrets only in `env` and `stdin`. */
export interface Command {
  readonly argv: readonly string[];
  /** Added to the environment; `undefined` removes a name. */
  readonly env?: Readonly<Record<string, Text | undefined>>;
  readonly stdin?: Text;
  /** Absolute. */
  readonly cwd?: string;
  /** Run as this login name instead of our own user. */
  readonly user?: string;
}

/** How a program ended. An exit code other than 0 is a result, not an exception. */
export interface Executed {
  readonly code: number | null;
  readonly signal: string | null;
  /** The last 1 MiB, from the beginning of a line on; of one line that is longer, its end. */
  readonly stdout: string;
  /** The same of standard error. */
  readonly stderr: string;
}

/** How to follow a running program. */
export interface ExecOptions {
  readonly signal: AbortSignal;
  /**
   * Called with each line of standard output and standard error, without its end of line. A line longer than 64 KiB is
   * cut, and of a flood a part is left out; lines in brackets say how much.
   */
  onLine?(line: string): void;
}

/** The terminal that a program gets. */
export interface TerminalOptions {
  readonly columns: number;
  readonly rows: number;
  /** Aborted: Ctrl-C is typed, and what does not heed that is ended, with all of its session. */
  readonly signal: AbortSignal;
}

/** A program at a terminal of its own. */
export interface TerminalProgram {
  /**
   * What the terminal shows, as it comes, for one reader; where nobody reads on, the program has to wait. It ends with the
   * program. Throws the signal's reason after an abort, once the program is gone.
   */
  readonly output: AsyncIterable<Uint8Array>;
  /** Types. Nothing where the program has ended. */
  type(keys: string | Uint8Array): void;
  /** Makes the terminal another size, and tells the program. Sizes take effect in the order of their calls. */
  resize(columns: number, rows: number): Promise<void>;
  /**
   * To be asked once the output has ended: the exit code; null where the program runs on without its terminal. Throws the
   * signal's reason after an abort, once the program is gone.
   */
  ended(): Promise<number | null>;
}

/** What lies at a path. */
export interface FileStat {
  readonly kind: 'file' | 'dir' | 'link' | 'other';
  /** Permission bits only, as in 0o750. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes. */
  readonly size: number;
}

/** One entry below a folder, as `tree` lists it. */
export interface TreeEntry extends FileStat {
  /** Absolute. */
  readonly path: string;
}

/** One act on the host's files. Links are never followed for `owner-mode` and `tree`. */
export type FileOp =
  /** → FileStat of what the path leads to (links followed), or undefined where nothing is. */
  | { readonly op: 'stat'; readonly path: string }
  /** → the bytes, or undefined where nothing is; fails for a folder. */
  | { readonly op: 'read'; readonly path: string }
  /** → names in a folder, sorted; undefined where nothing is. */
  | { readonly op: 'list'; readonly path: string }
  /** → every entry below a folder (not the folder itself), parents first; undefined where nothing is. */
  | { readonly op: 'tree'; readonly path: string }
  /** → lower-case hex SHA-256 of a file's bytes, or undefined where nothing is. */
  | { readonly op: 'sha256'; readonly path: string }
  /** Removes a file, or a folder that is empty; `recursive` also one that is not. Nothing there is no error. */
  | { readonly op: 'remove'; readonly path: string; readonly recursive?: boolean }
  /** Makes a folder; parents that are missing are made with the same owner and mode 0755. */
  | { readonly op: 'mkdir'; readonly path: string; readonly mode?: number; readonly uid?: number; readonly gid?: number }
  | { readonly op: 'owner-mode'; readonly path: string; readonly mode?: number; readonly uid?: number; readonly gid?: number }
  /** Temporary name beside the target, mode and owner, flush, rename. Missing parents are an error. */
  | {
      readonly op: 'write';
      readonly path: string;
      readonly data: Uint8Array | Text;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
    };

/** What each kind of act answers. */
export type FileResult<Op extends FileOp> = Op extends { op: 'stat' }
  ? FileStat | undefined
  : Op extends { op: 'read' }
    ? Uint8Array | undefined
    : Op extends { op: 'list' }
      ? readonly string[] | undefined
      : Op extends { op: 'tree' }
        ? readonly TreeEntry[] | undefined
        : Op extends { op: 'sha256' }
          ? string | undefined
          : undefined;

/** A machine that steps act on. */
export interface Host {
  /** The machine's own id: two names may be one host. */
  readonly id: string;
  /** The numeric user id that commands run as (0 is root). */
  readonly uid: number;
  exec(command: Command, options: ExecOptions): Promise<Executed>;
  /** One round trip; the first act that fails ends the batch with a `host.*` failure naming its path. */
  files<const Ops extends readonly FileOp[]>(ops: Ops): Promise<{ [I in keyof Ops]: FileResult<Ops[I]> }>;
}

/** The engine's own account of itself. */
export interface EngineInfo {
  readonly version: string;
  readonly apiVersion: string;
}

/** A network of the engine. */
export interface Network {
  readonly id: string;
  readonly name: string;
  readonly driver: string;
  readonly internal: boolean;
  /** CIDR, and what was given beside it. */
  readonly pools: readonly { readonly subnet: string; readonly ipRange?: string; readonly gateway?: string }[];
  readonly labels: Readonly<Record<string, string>>;
  /** Names of containers attached to it. */
  readonly containers: readonly string[];
}

/** What is wanted of a new network. */
export interface NetworkSpec {
  readonly name: string;
  readonly driver: string;
  readonly internal: boolean;
  readonly subnet?: string;
  readonly ipRange?: string;
  readonly gateway?: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** An image of the engine. */
export interface Image {
  readonly id: string;
  readonly tags: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** Bytes. */
  readonly size: number;
}

/** A container as a list shows it. */
export interface Container {
  readonly id: string;
  readonly name: string;
  /** As it was asked for: a tag or an id. */
  readonly image: string;
  readonly imageId: string;
  readonly state: 'created' | 'running' | 'paused' | 'restarting' | 'exited' | 'dead' | 'removing';
  readonly labels: Readonly<Record<string, string>>;
}

/** A container looked at closely. */
export interface ContainerDetail extends Container {
  readonly health?: 'starting' | 'healthy' | 'unhealthy';
  /** The last health check's output. */
  readonly healthOutput?: string;
  /** ISO 8601, as the engine gives it, with nanoseconds. */
  readonly startedAt: string;
  readonly exitCode: number;
  readonly restartCount: number;
  /** `no`, `always`, `on-failure`, `unless-stopped`. */
  readonly restartPolicy: string;
  readonly networks: readonly string[];
  /** The engine's own word on why it did not start. */
  readonly error: string;
  /** How much of its log the engine keeps, where that is limited: `10m`, in so many files. What is older is gone. */
  readonly logLimit?: { readonly maxSize: string; readonly maxFiles: number };
}

/** A step of a pull, for a progress bar. */
export interface PullProgress {
  readonly text: string;
  /** Bytes, where known. */
  readonly done?: number;
  readonly of?: number;
}

/** One line of a container's log. */
export interface LogLine {
  /** ISO 8601 with nanoseconds. */
  readonly at: string;
  /** Without its end of line; escape sequences as the program wrote them. */
  readonly text: string;
}

/**
 * The Docker Engine in our words. Every call throws `NotYet('docker')` where no engine answers, and a
 * `docker.*` failure where the engine refuses.
 */
export interface DockerEngine {
  /** The engine's account of itself, or undefined where none answers. */
  info(): Promise<EngineInfo | undefined>;
  networks(): Promise<readonly Network[]>;
  createNetwork(spec: NetworkSpec): Promise<void>;
  removeNetwork(name: string): Promise<void>;
  image(reference: string): Promise<Image | undefined>;
  pull(reference: string, options: { readonly signal: AbortSignal; onProgress(progress: PullProgress): void }): Promise<void>;
  removeImage(reference: string): Promise<void>;
  /** All containers, running or not; `project` narrows to one compose project. */
  containers(filter: { readonly project?: string }): Promise<readonly Container[]>;
  container(nameOrId: string): Promise<ContainerDetail | undefined>;
  /** Stop (10 s grace) and start again. */
  restart(nameOrId: string): Promise<void>;
  /** Runs a program in a running container; `user` and `cwd` are the container's. */
  exec(nameOrId: string, command: Command, options: ExecOptions): Promise<Executed>;
  /** Starts a program at a terminal in a running container. */
  openTerminal(nameOrId: string, command: Omit<Command, 'stdin'>, options: TerminalOptions): Promise<TerminalProgram>;
  /** Lines from `since` (ISO 8601; default: all), the last `tail` of them, and what follows where `follow` says so. */
  logs(
    nameOrId: string,
    options: { readonly since?: string; readonly tail?: number; readonly follow: boolean; readonly signal: AbortSignal },
  ): AsyncIterable<LogLine>;
  /** Names of volumes; `project` narrows to one compose project. */
  volumes(filter: { readonly project?: string }): Promise<readonly string[]>;
  /** Removes a volume with all that is in it; one that a container uses, running or not, stays: `docker.volume-in-use`. */
  removeVolume(name: string): Promise<void>;
}

/** The secrets of one deployment, at rest. Values pass only between the vault and those who reveal. */
export interface Vault {
  /** Names of committed secrets, sorted. */
  names(): readonly string[];
  /** A committed value; undefined where there is none. */
  value(name: string): string | undefined;
  /** Writes a value; the file is replaced whole (temporary name, rename) before this resolves. */
  put(name: string, value: string): Promise<void>;
  /** Forgets values, with what is staged for them and what they were before. */
  remove(names: readonly string[]): Promise<void>;
  /**
   * Writes values that are to take the place of committed ones once the system knows them; one staged before is
   * replaced. Until `commit`, `value` is as it was.
   */
  stage(values: Readonly<Record<string, string>>): Promise<void>;
  /** A staged value; undefined where there is none. */
  staged(name: string): string | undefined;
  /** In one write, staged values take the place of the committed ones, which become `previous`. A name without is no error. */
  commit(names: readonly string[]): Promise<void>;
  /** Forgets staged values. */
  unstage(names: readonly string[]): Promise<void>;
  /** The value before the last commit; undefined where there was none. */
  previous(name: string): string | undefined;
  /** Every value in it: committed, staged and previous. For redaction only. */
  everyValue(): readonly string[];
  /** Encrypts bytes to the vault's identity (backups). */
  encrypt(bytes: Uint8Array): Promise<Uint8Array>;
  decrypt(bytes: Uint8Array): Promise<Uint8Array>;
  /** A random key kept in the vault: fingerprints are keyed with it. */
  fingerprintKey(): Uint8Array;
}
