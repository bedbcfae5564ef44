import { parseAllDocuments } from 'yaml';
import { fail } from '../../model/failure.ts';
import type { Json } from '../../model/json.ts';
import { PARSE, readYaml } from './yaml-edit.ts';

/**
 * The data of a YAML text; of an empty one, an empty mapping. Throws `file-yaml.not-yaml` with line and column,
 * and `file-yaml.several-documents`.
 */
export function parseYaml(text: string, path: string): Json {
  const documents = parseAllDocuments(text, PARSE);
  const list = Array.isArray(documents) ? documents : [];
  const error = list.flatMap(({ errors }) => errors)[0];
  if (error !== undefined) {
    const { line = 1, col = 1 } = error.linePos?.[0] ?? {};
    // The message's first line; the others quote the file, which may hold secrets.
    const why = (error.message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '');
    throw fail('file-yaml.not-yaml', `${path}:${line}:${col}: this is no YAML: ${why}`, {
      hints: ['Correct the file at that place, or move it away so that it is made anew.'],
    });
  }
  if (list.length > 1) {
    throw fail(
      'file-yaml.several-documents',
      `${path} holds ${list.length} YAML documents; a value can be set only where there is one.`,
      {
        hints: ['Give each document a file of its own, or write the file whole (host.file).'],
      },
    );
  }
  try {
    // Through JSON, so that what only YAML knows (dates, sets, bytes) is plain data here.
    return JSON.parse(JSON.stringify(readYaml(text))) as Json;
  } catch (cause) {
    throw fail('file-yaml.not-yaml', `${path} is no YAML that can be read: ${cause instanceof Error ? cause.message : ''}`, {
      hints: ['Correct the alias or merge key that the message names.'],
      cause,
    });
  }
}
