import type { Json } from './json.ts';
import type { LentPicture } from './lent-picture.ts';
import type { DockerEngine, Host } from './ports.ts';
import type { Question } from './questions.ts';
import type { Reveal, SecretCompare, SecretRef, SecretText, Text } from './secrets.ts';
import type { StepId } from './step-id.ts';

/** One difference between wanted and current: plain data that every view draws and the journal keeps. */
export interface Change {
  /**
   * `check`: a condition that a run will wait for; `read`: a program that a run will ask, and that changes nothing; the others
   * say what `apply` will do.
   */
  readonly action: 'create' | 'update' | 'delete' | 'run' | 'check' | 'read';
  /** What is changed, named alike by install and uninstall: a path, a user's name, a container. */
  readonly target: string;
  /** The property that differs, where it isn't the whole: `mode`, `owner`. */
  readonly property?: string;
  readonly before?: Json;
  readonly after?: Json;
  /** Unified diff of a text, without its file header. Never holds a secret's value. */
  readonly diff?: string;
  /** The difference is (also) in a secret, which is not shown. */
  readonly secret?: true;
  /** The steps whose results make this one act again. */
  readonly because?: readonly StepId[];
}

/** What a step leaves behind for later steps. Sensitive values are in the vault and named here. */
export type Outputs = { readonly [name: string]: Json | SecretRef };

/** Outputs as a step type returns them; the engine moves the sensitive ones into the vault. */
export type FreshOutputs = { readonly [name: string]: Json | SecretText };

/** What the last finish of a step left for its next: in this run or in an earlier one. */
export interface Carried {
  /** The run that finished it. */
  readonly run: string;
  /** Of the params, with secrets as keyed fingerprints. */
  readonly paramsDigest: string;
  /** Changes whenever the step changed something: what `after` looks at. */
  readonly resultDigest: string;
  readonly outputs: Outputs;
  /** For each step in `after`: the result digest that this one saw. */
  readonly saw: { readonly [step: string]: string };
  /** Keyed fingerprints of the parts of a file that it manages, as fairlead left them: what differs later is a hand edit. */
  readonly left?: Fingerprints;
  /** Those of a hand edit that the operator chose to keep. */
  readonly kept?: Fingerprints;
}

/** By part of a file: a keyed fingerprint of its text. */
export type Fingerprints = { readonly [part: string]: string };

/** How a step's work is taken away again. */
export interface Removal<P> {
  /** Pure: what the step looks after, as its changes name it: a path, `<path> <part of the file>`, a name. */
  targets(params: P): readonly string[];
  /** The step type that takes it away, and with which params; default: the same type, with `ensure: absent`. */
  readonly uses?: string;
  params?(params: P): { readonly [key: string]: Json };
}

/** A part of a file that a step manages: a name's value, a block, or the whole. */
export interface ManagedPart {
  /** The file's path, as changes name it. */
  readonly file: string;
  /** The same for as long as it is the same part to the recipe. */
  readonly part: string;
  /** What is there now; empty where the part is missing in a file that is there. */
  readonly text: Text;
  readonly asWanted: boolean;
}

/** Handed to `read`. */
export interface ReadContext {
  readonly host: Host;
  readonly docker: DockerEngine;
  readonly secrets: SecretCompare;
  readonly signal: AbortSignal;
  /** True in a plan: one look, nothing is waited for, and nothing is run that could change anything. */
  readonly forecast: boolean;
  /** What this step's last finish left, in this run or an earlier one. */
  readonly carried?: Carried;
  /** Steps named in `after` whose result differs from what this one last saw; not empty: it must act. */
  readonly due: readonly StepId[];
  /** The changes of an intent whose outcome is unknown: a crash fell between. */
  readonly doubted?: readonly Change[];
  /** When that intent was written (ISO 8601). */
  readonly doubtedAt?: string;
  /** A hand edit is about to be overwritten: it is backed up, whatever the params say. */
  readonly overwritesEdit?: true;
  /** Parts of a file (as `managed` names them) whose hand edit is to be kept: they count as wanted. */
  readonly kept?: ReadonlySet<string>;
  /** When this run began, and when a step of it (default: this one) first did (ISO 8601); undefined where it has not. */
  readonly began?: { readonly run: string; step(id?: StepId): string | undefined };
  /** Did fairlead make this target (as an earlier `create` of this step type named it)? */
  made(target: string): boolean;
  /** Live progress while a check waits: what it waits for. Not kept. */
  progress(text: string, done?: number, of?: number): void;
}

/** Handed to `apply`. */
export interface ApplyContext extends ReadContext, Reveal {
  /** One line of output: shown live and kept, redacted, in the step's output file; never in the journal. */
  output(line: string): void;
  /**
   * Asks the operator; journalled. With nobody to answer it throws, and the run stops, resumable. Where he took the `terminal`
   * that the question is about instead, or its program has ended, the answer is a `TerminalAnswer`.
   */
  ask(question: Omit<Question, 'id' | 'step' | 'attempt'>, terminal?: LentTerminal): Promise<Json>;
  /** Keeps a copy of a file that is about to be replaced, encrypted to the vault, in the run's folder. */
  backUp(path: string, bytes: Uint8Array): Promise<void>;
}

/** A program's terminal that the operator may take while a question about it is open. What is typed there is not kept. */
export interface LentTerminal {
  /** What it shows now, without what was typed in secret. */
  picture(): LentPicture;
  /** Calls back whenever the picture may be another one; returns how to stop that. */
  follow(changed: () => void): () => void;
  /** The operator takes it: it is as large as his. Or his has another size now. */
  take(columns: number, rows: number): void;
  type(keys: string): void;
  /** He has let go of it. */
  giveBack(): void;
  /** Resolves when its program has ended. Never rejects. */
  readonly over: Promise<void>;
}

/** What a question about a program comes to where its terminal was taken, or where it ended meanwhile. */
export interface TerminalAnswer {
  /** `left`: the view that had it went away. */
  readonly terminal: 'given-back' | 'left' | 'program-ended';
  /** When the operator took it (ISO 8601); absent: he did not. */
  readonly taken?: string;
  /** When he gave it back. */
  readonly returned?: string;
}

/** Is it that? */
export function isTerminalAnswer(answer: Json): answer is Json & TerminalAnswer {
  const { terminal } = (typeof answer === 'object' && answer !== null ? answer : {}) as { readonly terminal?: unknown };
  return terminal === 'given-back' || terminal === 'left' || terminal === 'program-ended';
}

/** What a step needs before it can be thought of. That an engine is missing is said by `NotYet`, which can be waited for. */
export type Need = 'root';

/**
 * A kind of step: read → diff → apply. To verify is to read again and find no difference. Without `apply` it
 * is a check, read until it holds.
 */
export interface StepType<P = unknown, S = unknown> {
  /** `docker.network`. */
  readonly name: string;
  /** One sentence: `A Docker network exists.` */
  readonly summary: string;
  /** JSON Schema of the params (made with TypeBox, so that `P` is derived from it). Docs are printed from it. */
  readonly schema: object;
  /** What it leaves behind: name → one sentence. */
  readonly outputs?: Readonly<Record<string, string>>;
  /** Names of outputs beyond `outputs` that these raw params announce: a pattern's named groups, say. */
  outputNames?(params: Readonly<Record<string, unknown>>): readonly string[];
  /** How what a step of this type made is taken away once no step wants it; absent where nothing is left, or all stays. */
  readonly removal?: Removal<P>;
  /**
   * Done again, it finds out for itself whether anything is to be done: a check of how things stand now, or containers that
   * are compared with the files that they are made from. A rotation includes those behind what it changes, also without `after`.
   */
  readonly looksForItself?: true;
  /** What later steps' `NotYet` may wait for. */
  readonly provides?: 'docker';
  needs(params: P): readonly Need[];
  /**
   * True where nothing tells whether it happened: then a finish with the same params counts as done, in this
   * run and in every later one, until a step named in `after` changes something.
   */
  actsOnce?(params: P): boolean;
  /** Of a check: how long to wait between two looks; default 500 ms. */
  pollEveryMs?(params: P): number;
  /** A crash fell between intent and outcome: look at the world again, or ask. */
  whenInDoubt(params: P): 'read-again' | 'ask';
  /** One look (seconds). Throws `NotYet` if it can't know before another step has acted. */
  read(params: P, ctx: ReadContext): Promise<S>;
  /** Pure; `[]` means as wanted. */
  diff(params: P, state: S): readonly Change[];
  /** Pure: what the state tells later steps. */
  outputsOf?(params: P, state: S): FreshOutputs;
  /**
   * Pure. Of a step that manages a file, or parts of one: what is there now; none where there is no file. A difference
   * from what this step left there is a hand edit, and the operator's to decide about.
   */
  managed?(params: P, state: S): readonly ManagedPart[];
  /** Pure: worth telling though nothing changes: `kept: was here before`. */
  notes?(params: P, state: S): readonly string[];
  /** Makes it so; may return outputs that only the act itself can know. */
  apply?(params: P, changes: readonly Change[], ctx: ApplyContext, state: S): Promise<FreshOutputs | undefined>;
}

// biome-ignore lint/suspicious/noExplicitAny: a list of step types holds every P and S; ajv validates params before P is assumed
export type AnyStepType = StepType<any, any>;

/** All step types by name. */
export type StepTypes = ReadonlyMap<string, AnyStepType>;
