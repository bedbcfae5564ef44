import { readFile } from 'node:fs/promises';
import { parse, YAMLParseError } from 'yaml';
import { FairleadError, fail } from '../model/failure.ts';

/** Input values of the command line: those of `--inputs FILE` (YAML), overridden by each `--input name=value`. */
export async function givenInputs(file: string | undefined, pairs: readonly string[]): Promise<Record<string, unknown>> {
  const fromFile = file === undefined ? {} : await inputsFile(file);
  return { ...fromFile, ...Object.fromEntries(pairs.map(pairOf)) };
}

function pairOf(pair: string): readonly [string, string] {
  const at = pair.indexOf('=');
  if (at < 1) {
    throw fail('usage.bad-input', `--input takes name=value, not ${JSON.stringify(pair)}.`, {
      hints: ['As in: --input admin_email=me@home.lan'],
    });
  }
  return [pair.slice(0, at), pair.slice(at + 1)];
}

async function inputsFile(file: string): Promise<Record<string, unknown>> {
  const hints = ['It has a line for each input, as in: admin_email: me@home.lan'];
  let text: string;
  try {
    text = await readFile(file, 'utf8');
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
    return values as Record<string, unknown>;
  } catch (cause) {
    if (cause instanceof FairleadError) throw cause;
    // The library's message quotes the line, and a value there may be a secret: only the place is told.
    const place = cause instanceof YAMLParseError ? cause.linePos?.[0] : undefined;
    const at = place === undefined ? '' : `:${place.line}:${place.col}`;
    throw fail('usage.bad-inputs-file', `The inputs file ${file}${at} is not YAML.`, { hints });
  }
}
