import { existsSync, readFileSync } from 'node:fs';
import { isSince } from './release.ts';

/** Something that the original ends with: the class of its error and what it says. */
export class Aborted extends Error {
  readonly kind: string;

  constructor(kind: string, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** What `abort` ends with: a text, and nothing of where it came from. */
export class PlainAbort extends Error {}

/** The folder of the application. */
export const HOME = '/opt/mastodon';
const FILE = `${HOME}/.env.production`;
const ENCRYPTION = [
  'ACTIVE_RECORD_ENCRYPTION_DETERMINISTIC_KEY',
  'ACTIVE_RECORD_ENCRYPTION_KEY_DERIVATION_SALT',
  'ACTIVE_RECORD_ENCRYPTION_PRIMARY_KEY',
];

/** Reads `.env.production` of the application's folder, if there is one; what the environment has already wins. */
export function readDotenv(): void {
  if (!existsSync(FILE)) return;
  for (const line of readFileSync(FILE, 'utf8').split('\n')) {
    const [, name = '', value = ''] = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (name !== '' && process.env[name] === undefined) process.env[name] = unquoted(value);
  }
}

/** A value of that file by the rules of dotenv, as far as nothing is filled in: a comment begins at ` #`, quotes are taken away. */
export function unquoted(value: string): string {
  const [, single, double] = /^(?:'([^']*)'|"((?:[^"\\]|\\.)*)")/.exec(value) ?? [];
  if (single !== undefined) return single;
  if (double !== undefined) return double.replace(/\\(.)/g, '$1');
  return value.replace(/\s+#.*$/, '');
}

/** What every program of the application needs before it does anything; throws in the words of the original. */
export function checkSecrets(env: NodeJS.ProcessEnv = process.env): void {
  if (env.OTP_SECRET === undefined) throw new Aborted('KeyError', 'key not found: "OTP_SECRET"');
  if (isSince('4.3') && ENCRYPTION.some((name) => env[name] === undefined)) {
    const names = ENCRYPTION.map((name) => `  - ${name}`).join('\n');
    throw new PlainAbort(
      `\nMastodon now requires that these variables are set:\n\n${names}\n\nRun \`bin/rails db:encryption:init\` to generate values and then assign the environment variables.\n`,
    );
  }
  if (env.SECRET_KEY_BASE === undefined) {
    throw new Aborted('ArgumentError', '`secret_key_base` for production environment must be a type of String`');
  }
  if (env.SECRET_KEY_BASE === '') {
    throw new Aborted(
      'ArgumentError',
      "Missing `secret_key_base` for 'production' environment, set this string with `bin/rails credentials:edit`",
    );
  }
}

/** Keeps what was asked for on standard output free of what went wrong. */
export const complain = (text: string): void => void process.stderr.write(`${text}\n`);
/** A line of standard output. */
export const say = (text = ''): void => void process.stdout.write(`${text}\n`);

/** In a colour (`32` is green) at a terminal, and plain elsewhere. */
export const coloured = (code: number, text: string): string =>
  process.stdout.isTTY === true ? `\u001b[${code}m${text}\u001b[0m` : text;
/** What went well. */
export const green = (text: string): string => coloured(32, text);
/** What went wrong. */
export const red = (text: string): string => coloured(31, text);
