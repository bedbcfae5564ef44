import { structuredFile } from '../lib/structured-file.ts';
import { parseJson, removeJson, setJson } from './json-edit.ts';

/** `file.json`: values in a JSON file; comments and formatting stay. */
export const fileJson = structuredFile({
  name: 'file.json',
  summary: 'Values in a JSON file are as given; its comments and formatting stay.',
  title: 'JSON',
  parse: parseJson,
  fresh: (data) => `${JSON.stringify(data, null, 2)}\n`,
  set: setJson,
  remove: removeJson,
});
