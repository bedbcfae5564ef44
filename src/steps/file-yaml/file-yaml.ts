import { structuredFile } from '../lib/structured-file.ts';
import { parseYaml } from './parse-yaml.ts';
import { freshYaml, removeYaml, setYaml } from './yaml-edit.ts';

/** `file.yaml`: values in a YAML file; comments, order and quotes stay. */
export const fileYaml = structuredFile({
  name: 'file.yaml',
  summary: 'Values in a YAML file are as given; its comments, order and quotes stay.',
  title: 'YAML',
  parse: parseYaml,
  fresh: freshYaml,
  set: setYaml,
  remove: removeYaml,
});
