import type { Json, JsonObject } from './json.ts';
import type { SecretText, Text } from './secrets.ts';
import type { StepId } from './step-id.ts';

/** A place in a recipe's file, both counted from 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A name that an expression mentions: `steps.ott.code` is root `steps`, name `ott`, field `code`. */
export interface Reference {
  readonly root: 'inputs' | 'secrets' | 'previous' | 'steps' | 'deployment' | 'recipe' | 'needs';
  readonly name?: string;
  readonly field?: string;
}

/** A file or folder of the recipe, as a param names it. */
export interface RecipeFile {
  /** Relative to the recipe's folder: what digests and plans show. */
  readonly recipeFile: string;
  /** Where it lies now. */
  readonly path: string;
  /** SHA-256 over its content (a folder's: over all names and contents). */
  readonly digest: string;
}

/** What expressions may evaluate to. */
export type Value = Json | SecretText | RecipeFile | readonly Value[] | { readonly [key: string]: Value };

/** What expressions see. */
export interface Scope {
  readonly inputs: { readonly [name: string]: Value };
  readonly secrets: { readonly [name: string]: SecretText };
  /** In a rotation, the values that the system knows until it is told of those in `secrets`; else empty. */
  readonly previous: { readonly [name: string]: SecretText };
  readonly steps: { readonly [id: string]: { readonly [output: string]: Value } };
  /** `vault` is the file that its secrets are in, encrypted; a run of before it was said has none. */
  readonly deployment: { readonly name: string; readonly vault?: string };
  readonly recipe: { readonly name: string; readonly version: string };
  readonly needs: { readonly [recipe: string]: { readonly [output: string]: Value } };
}

/** A value with expressions in it, ready to be evaluated once its references are known. */
export interface Deferred<T extends Value = Value> {
  readonly references: readonly Reference[];
  /** Throws `recipe.expression-failed` where an expression can't be evaluated. */
  evaluate(scope: Scope): T;
}

/** The types that an input may have. */
export type InputType =
  | 'string'
  | 'text'
  | 'hostname'
  | 'email'
  | 'port'
  | 'path'
  | 'cidr'
  | 'ip'
  | 'url'
  | 'integer'
  | 'boolean'
  | 'choice'
  | 'secret';

/** Where an input is asked for; it looks at inputs that stand before it, and at nothing else. */
export interface AskedWhere extends Deferred {
  /** The expression as the recipe has it, without `${{ }}`. */
  readonly source: string;
}

/** What a recipe asks of the operator. */
export interface InputSpec {
  readonly name: string;
  readonly type: InputType;
  readonly title: string;
  readonly explain?: string;
  readonly default?: Json;
  /** May be left out although it has no default; then it is null. */
  readonly optional: boolean;
  /** Where this is not true the input is not asked for, and not missing: without a value it is null. */
  readonly when?: AskedWhere;
  readonly choices?: readonly string[];
  /** JSON Schema that a value must meet: its type's and the recipe's own bounds. */
  readonly schema: JsonObject;
  /** What the recipe's own pattern wants, in words that go on after "must be". */
  readonly patternMeans?: string;
  readonly at: Position;
}

/** The ways to make a secret. */
export type SecretKind =
  | 'base64'
  | 'base64url'
  | 'hex'
  | 'alphanumeric'
  | 'digits'
  | 'uuid'
  | 'password'
  | 'characters'
  | 'bcrypt'
  | 'sha512-crypt'
  | 'rsa-key'
  | 'ec-key'
  | 'vapid-key'
  | 'public-key'
  | 'certificate'
  | 'pkcs12';

/** What a recipe generates once and keeps in the vault. Which of the details a kind takes: `recipe/secret-kinds.ts`. */
export interface SecretSpec {
  readonly name: string;
  readonly generate: SecretKind;
  /** Random bytes: of base64, base64url and hex. */
  readonly bytes?: number;
  /** In characters: of alphanumeric, digits, password and characters. */
  readonly length?: number;
  /** The characters that it is drawn from, each once: of characters. */
  readonly alphabet?: string;
  /** Is base64url filled up with `=`? */
  readonly padding?: boolean;
  /** Stands before what is drawn. */
  readonly prefix?: string;
  /** The binary logarithm of the rounds: of bcrypt. */
  readonly cost?: number;
  /** The letters after the first `$`, by which programs know the format: of bcrypt. */
  readonly variant?: '2b' | '2y';
  /** Of sha512-crypt; where it is left out, the format's own 5000, which are not written in the hash. */
  readonly rounds?: number;
  /** Of rsa-key. */
  readonly bits?: number;
  /** Common name of a certificate; by default the first of its names. */
  readonly subject?: Deferred<Text>;
  /** DNS names and addresses that a certificate is for. */
  readonly names?: readonly Deferred<Text>[];
  /** How long a certificate is valid. */
  readonly days?: number;
  /** What a certificate's key is for. */
  readonly usage?: CertificateUsage;
  /** The secret that protects a pkcs12; the empty password where it is left out. */
  readonly password?: string;
  readonly title?: string;
  /** The secret that it is made of: a hash, the other half of a pair. It is made anew whenever that one changes. */
  readonly of?: string;
  /** The data that would no longer open with another value. */
  readonly keeps?: { readonly path: Deferred } | { readonly volume: Deferred };
  /** Tells a running system of a new value; what the recipe's own steps write and start anew follows from them. */
  readonly rotate?: readonly RecipeStep[];
  readonly at: Position;
}

/** A server's TLS, or the signing or the encryption of tokens. */
export type CertificateUsage = 'server' | 'signing' | 'encryption';

/** What a secret is made of besides chance. */
export interface SecretMaterial {
  /** The value of the secret that it is `of`. */
  readonly of?: string;
  /** The private key of the certificate that a pkcs12 is `of`. */
  readonly key?: string;
  /** The value of its `password`. */
  readonly password?: string;
  /** Its `subject` and `names`, evaluated. */
  readonly subject?: string;
  readonly names?: readonly string[];
}

/** One step as the recipe states it; its params are evaluated when its turn comes. */
export interface RecipeStep {
  readonly id: StepId;
  readonly title: string;
  readonly uses: string;
  readonly params: Deferred<{ readonly [key: string]: Value }>;
  readonly when?: Deferred;
  readonly after: readonly StepId[];
  readonly timeoutMs?: number;
  readonly retry?: { readonly times: number; readonly delayMs: number };
  readonly tags: readonly string[];
  /** A role; `local` by default. */
  readonly host: string;
  /** Its outputs are secrets, and its output passes its own patterns first. */
  readonly sensitive: boolean;
  /** The id that this step had in an earlier version. */
  readonly was?: StepId;
  /** Markdown. */
  readonly explain?: string;
  /** The word that the operator must type before it acts. */
  readonly danger?: Deferred;
  readonly at: Position;
}

/** A day-2 operation. */
export interface Task {
  readonly name: string;
  readonly title: string;
  readonly explain?: string;
  /** What it is asked besides: known to its own steps only, and to no later run. */
  readonly inputs: readonly InputSpec[];
  /** Of a task that is the recipe done anew with other inputs: the inputs that it takes. It has no steps of its own. */
  readonly changes?: readonly string[];
  readonly steps: readonly RecipeStep[];
  /** Markdown shown at the end, with what the steps found. */
  readonly finish?: Deferred;
}

/** What a host must offer; checked in the plan. */
export interface Requires {
  readonly arch?: readonly string[];
  /** MiB. */
  readonly memory?: number;
  /** MiB free in the state and data folders' file system. */
  readonly disk?: number;
  /** TCP ports that nothing else may listen on. */
  readonly ports: readonly Deferred[];
}

/** A recipe, read and checked. */
export interface Recipe {
  readonly name: string;
  readonly version: string;
  readonly title: string;
  readonly summary?: string;
  readonly source?: string;
  /** The folder that it was read from. */
  readonly folder: string;
  /** SHA-256 over all its files. */
  readonly digest: string;
  readonly requires: Requires;
  readonly needs: readonly string[];
  readonly inputs: readonly InputSpec[];
  readonly secrets: readonly SecretSpec[];
  readonly steps: readonly RecipeStep[];
  readonly tasks: readonly Task[];
  /** Markdown, with expressions: addresses, first login, what to do next. */
  readonly finish?: Deferred;
}

/** What is wrong with a recipe, at a place. */
export interface Problem {
  /** Dotted and stable: `recipe.unknown-key`. */
  readonly code: string;
  readonly at: Position;
  readonly found: string;
  readonly expected: string;
}
