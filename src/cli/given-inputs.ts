import { open } from 'node:fs/promises';
import { parse, YAMLParseError } from 'yaml';
import { FairleadError, fail } from '../model/failure.ts';
import type { GivenInput, GivenInputs } from './input-rules.ts';
import { readDescriptor } from './read-descriptor.ts';

/** Where values of inputs may come from. */
export interface InputSources {
  /** `--inputs FILE`. */
  readonly file?: string | undefined;
  /** `--input name=value`. */
  readonly pairs: readonly string[];
  /** `--input-fd name=fd`. */
  readonly descriptors: readonly string[];
  /** `FAIRLEAD_INPUT_<NAME>`. */
  readonly environment: NodeJS.ProcessEnv;
}

/**
 * The values of inputs that are given, each with where it comes from. The command line wins over the file, and that over
 * the environment. What a descriptor gives may be given nowhere else but in the environment.
 */
export async function givenInputs({ file, pairs, descriptors, environment }: InputSources): Promise<GivenInputs> {
  const typed = Object.fromEntries(pairs.map((pair) => pairOf(pair, '--input', 'value', 'admin_email=me@home.lan')));
  const numbers = descriptors.map((pair) => pairOf(pair, '--input-fd', 'descriptor', 'admin_password=3'));
  const fromFile = file === undefined ? {} : await inputsFile(file, environment);
  for (const [index, [name]] of numbers.entries()) {
    const others = numbers.slice(0, index).some(([other]) => other === name);
    if (!others && !Object.hasOwn(typed, name) && !Object.hasOwn(fromFile, name)) continue;
    throw fail('usage.bad-input', `The input ${name} is given twice, and once by --input-fd: which one counts?`, {
      hints: ['Leave one of them out. Nothing was changed.'],
    });
  }
  const read: [string, GivenInput][] = [];
  for (const [name, fd] of numbers) {
    if (!/^\d{1,5}$/.test(fd)) {
      throw fail('usage.bad-input', `--input-fd takes ${name} from a file descriptor, which is a number.`, {
        hints: ['As in: --input-fd admin_password=3 3< FILE'],
      });
    }
    read.push([name, { value: await readDescriptor(Number(fd)), source: { kind: 'descriptor' } }]);
  }
  return {
    ...fromEnvironment(environment),
    ...fromFile,
    ...Object.fromEntries(read),
    ...Object.fromEntries(Object.entries(typed).map(([name, value]) => [name, { value, source: { kind: 'argument' } }])),
  };
}

/** Where the shell says it, an input's name is in capital letters. */
function fromEnvironment(environment: NodeJS.ProcessEnv): GivenInputs {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([variable, value]) => {
      const name = /^FAIRLEAD_INPUT_([A-Z][A-Z0-9_]*)$/.exec(variable)?.[1];
      if (name === undefined || value === undefined) return [];
      return [[name.toLowerCase(), { value, source: { kind: 'environment', variable } }] as const];
    }),
  );
}

/** What comes after `=` may be a secret: it is never repeated. */
function pairOf(pair: string, option: string, right: string, example: string): readonly [string, string] {
  const at = pair.indexOf('=');
  if (at < 1) {
    throw fail(
      'usage.bad-input',
      `${option} takes name=${right}, not ${at === 0 ? 'one without a name' : JSON.stringify(pair)}.`,
      {
        hints: [`As in: ${option} ${example}`],
      },
    );
  }
  return [pair.slice(0, at), pair.slice(at + 1)];
}

async function inputsFile(file: string, environment: NodeJS.ProcessEnv): Promise<GivenInputs> {
  const hints = ['It has a line for each input, as in: admin_email: me@home.lan'];
  let text: string;
  let exposed: string | undefined;
  try {
    await using handle = await open(file);
    exposed = exposureOf(await handle.stat(), environment);
    text = await handle.readFile('utf8');
  } catch (cause) {
    throw fail('usage.no-inputs-file', `The inputs file ${file} can't be read.`, {
      hints: ['Check its path and its mode.'],
      cause,
    });
  }
  try {
    const values: unknown = parse(text);
    if (values === null) return {};
    if (typeof values !== 'object' || Array.isArray(values))
      throw fail('usage.bad-inputs-file', `The inputs file ${file} must be a map: name: value.`, { hints });
    const source = { kind: 'file', path: file, ...(exposed === undefined ? {} : { exposed }) } as const;
    return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value, source }]));
  } catch (cause) {
    if (cause instanceof FairleadError) throw cause;
    // The library's message quotes the line, and a value there may be a secret: only the place is told.
    const place = cause instanceof YAMLParseError ? cause.linePos?.[0] : undefined;
    const at = place === undefined ? '' : `:${place.line}:${place.col}`;
    throw fail('usage.bad-inputs-file', `The inputs file ${file}${at} is not YAML.`, { hints });
  }
}

/** Why others may know what is in a file, in words; undefined where only we, root, or who called sudo can read it. */
export function exposureOf(
  { mode, uid }: { readonly mode: number; readonly uid: number },
  environment: NodeJS.ProcessEnv,
  own = process.getuid?.() ?? 0,
): string | undefined {
  const bits = mode & 0o777;
  if ((bits & 0o077) !== 0) return `has mode ${bits.toString(8).padStart(4, '0')}`;
  const caller = own === 0 && /^\d+$/.test(environment.SUDO_UID ?? '') ? Number(environment.SUDO_UID) : own;
  return [0, own, caller].includes(uid) ? undefined : `belongs to user ${uid}`;
}
