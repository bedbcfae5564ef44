import type { SecretKind, SecretSpec } from '../model/recipe.ts';

/** The details of a secret that only some kinds take. */
export type SecretDetail =
  | 'bytes'
  | 'length'
  | 'alphabet'
  | 'padding'
  | 'prefix'
  | 'of'
  | 'cost'
  | 'variant'
  | 'rounds'
  | 'bits'
  | 'subject'
  | 'names'
  | 'days'
  | 'usage'
  | 'password';

/** What a kind of secret takes, and what is filled in where the recipe leaves it out. */
export interface SecretKindWords {
  readonly takes: readonly SecretDetail[];
  readonly needs?: readonly SecretDetail[];
  readonly usual?: Partial<SecretSpec>;
  /** Kinds of the secret that it may be `of`. */
  readonly of?: readonly SecretKind[];
}

/** Secrets that are one line of text: a program takes them as a password. */
export const TEXT_KINDS: readonly SecretKind[] = [
  'base64',
  'base64url',
  'hex',
  'alphanumeric',
  'digits',
  'uuid',
  'password',
  'characters',
];

/** All kinds of secrets. */
export const SECRET_KINDS: Readonly<Record<SecretKind, SecretKindWords>> = {
  base64: { takes: ['bytes', 'prefix'], usual: { bytes: 32 } },
  base64url: { takes: ['bytes', 'padding', 'prefix'], usual: { bytes: 32, padding: true } },
  hex: { takes: ['bytes', 'prefix'], usual: { bytes: 32 } },
  alphanumeric: { takes: ['length', 'prefix'], usual: { length: 32 } },
  digits: { takes: ['length', 'prefix'], usual: { length: 6 } },
  uuid: { takes: ['prefix'] },
  password: { takes: ['length'], usual: { length: 32 } },
  characters: { takes: ['alphabet', 'length', 'prefix'], needs: ['alphabet'], usual: { length: 32 } },
  bcrypt: { takes: ['of', 'cost', 'variant'], needs: ['of'], usual: { cost: 10, variant: '2y' }, of: TEXT_KINDS },
  'sha512-crypt': { takes: ['of', 'rounds'], needs: ['of'], of: TEXT_KINDS },
  'rsa-key': { takes: ['bits'], usual: { bits: 3072 } },
  'ec-key': { takes: [] },
  'vapid-key': { takes: [] },
  'public-key': { takes: ['of'], needs: ['of'], of: ['rsa-key', 'ec-key', 'vapid-key'] },
  certificate: {
    takes: ['of', 'names', 'subject', 'days', 'usage'],
    needs: ['of'],
    usual: { days: 3650, usage: 'server' },
    of: ['rsa-key', 'ec-key'],
  },
  pkcs12: { takes: ['of', 'password'], needs: ['of'], of: ['certificate'] },
};

const DETAILS = new Set(Object.values(SECRET_KINDS).flatMap(({ takes }) => takes));

/** All details, each once. */
export const SECRET_DETAILS: readonly SecretDetail[] = [...DETAILS];

/** A bcrypt hash ignores what stands behind its 72nd byte: equal beginnings would do as password. */
export const BCRYPT_BYTES = 72;

const whole = (minimum: number, maximum: number, description: string) => ({ type: 'integer', minimum, maximum, description });
const line = (maxLength: number, description: string) => ({
  type: 'string',
  minLength: 1,
  maxLength,
  pattern: '^[^\\u0000-\\u001f\\u007f]*$',
  description,
});

/** How a recipe writes a secret's `generate` and its details: JSON Schema. */
export const secretDetailSchemas = {
  generate: {
    enum: Object.keys(SECRET_KINDS),
    description:
      'How it is made, once; it is kept in the vault. Of chance alone: `base64`, `base64url`, `hex`, `alphanumeric`, `digits`, `uuid`, ' +
      '`password` (letters and digits that are not mistaken for each other), `characters` (of an `alphabet`), `rsa-key` and `ec-key` ' +
      '(P-256; both PEM, PKCS#8), `vapid-key` (P-256, as base64url). Of another secret: `bcrypt`, `sha512-crypt`, `public-key`, ' +
      '`certificate` (self-signed, PEM), `pkcs12` (a certificate with its key, as base64).',
  },
  bytes: whole(1, 1024, 'Random bytes of `base64`, `base64url` and `hex`; default 32.'),
  length: whole(
    1,
    1024,
    'Characters of `alphanumeric`, `password` and `characters` (default 32) and `digits` (default 6), without the `prefix`.',
  ),
  alphabet: { ...line(256, 'What `characters` draws from, each character once.'), minLength: 2 },
  padding: { type: 'boolean', description: 'Is `base64url` filled up with `=`? Default: true.' },
  prefix: line(64, 'Stands before what is drawn, as in `minio-user-`.'),
  of: {
    type: 'string',
    minLength: 1,
    description:
      'The secret that it is made of; it is made anew when that one changes. A password for `bcrypt` and `sha512-crypt`, a key for `public-key` and `certificate`, a certificate for `pkcs12`.',
  },
  cost: whole(4, 16, 'Cost of `bcrypt`: one more doubles the work; default 10.'),
  variant: { enum: ['2y', '2b'], description: 'How a `bcrypt` hash begins: `2y` (default) as Apache wants it, or `2b`.' },
  rounds: whole(1000, 500_000, "Rounds of `sha512-crypt`; default: the format's own 5000."),
  bits: { enum: [2048, 3072, 4096], description: 'Size of an `rsa-key`; default 3072.' },
  subject: line(
    256,
    'Common name of a `certificate`; default: the first of its `names`. It may hold expressions, but no steps and no secrets.',
  ),
  names: {
    type: 'array',
    items: line(512, 'A host name, `*.example.org`, or an IP address.'),
    minItems: 1,
    uniqueItems: true,
    description:
      'Host names and IP addresses that a `certificate` is for. They may hold expressions, but no steps and no secrets; an empty one is left out.',
  },
  days: whole(1, 36_500, 'How many days a `certificate` is valid; default 3650.'),
  usage: {
    enum: ['server', 'signing', 'encryption'],
    description:
      "What a `certificate`'s key is for: `server` (TLS; default), or the `signing` or `encryption` of tokens and the like.",
  },
  password: {
    type: 'string',
    minLength: 1,
    description: 'The secret that is the password of a `pkcs12`; without it, the password is empty.',
  },
};
