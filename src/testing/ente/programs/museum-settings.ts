import { existsSync, readFileSync, statSync } from 'node:fs';
import { parse } from 'yaml';

/** What is set, by the rules of the original: the environment before `museum.yaml`, and that before what is built in. */
export interface Settings {
  /** The day on which this release came out, as `2025-10-10`: some rules depend on it. */
  readonly release: string;
  /** `''` where it is not set. */
  text(key: string): string;
  truth(key: string): boolean;
  /** An entry that is no number is 0; of the environment a list of numbers can't be had. */
  numbers(key: string): readonly number[];
  /** Of the environment: split at white space. */
  texts(key: string): readonly string[];
}

/** As published with the original. Whoever leaves them has the keys that everybody knows. */
const BUILT_IN: Readonly<Record<string, unknown>> = {
  db: { host: 'localhost', port: 5432, name: 'ente_db', user: 'postgres', password: '', sslmode: 'disable' },
  key: {
    encryption: 'yvmG/RnzKrbCb9L3mgsmoxXr9H7i2Z4qlbT0mL3ln4w=',
    hash: 'KXYiG07wC7GIgvCSdg+WmyWdXDAn6XKYJtp/wkEU7x573+byBRAYtpTP0wwvi8i/4l37uicX1dVTUzwH3sLZyw==',
  },
  jwt: { secret: 'i2DecQmfGreG6q1vBj5tCokhlN41gcfS2cjOs9Po-u8=' },
  internal: { admins: [] },
};

/** The first releases that read `_` where the key has `-`, that write fewer lines, … (each is the day of its change). */
export const SINCE = {
  underscores: '2025-04-04',
  codeInSubject: '2024-08-22',
  firstUserIsAdmin: '2024-08-24',
  registrationCanBeDisabled: '2024-11-29',
  fewerOttLines: '2025-10-10',
  implicitTls: '2025-08-15',
} as const;

/** Reads what is set. Throws where a file is no YAML, in the words of the original's reader. */
export function readSettings(env: NodeJS.ProcessEnv, folder: string): Settings {
  const release = env.MUSEUM_RELEASE ?? '2025-11-01';
  const layers = [...filesOf(release, folder).map(readYaml), BUILT_IN];
  const ofEnv = (key: string): string => {
    const name = `ENTE_${key.toUpperCase().replaceAll('.', '_')}`;
    // One that is there but empty counts as none.
    return env[release >= SINCE.underscores ? name.replaceAll('-', '_') : name] ?? '';
  };
  const ofFiles = (key: string): unknown => {
    for (const layer of layers) {
      const value = key.split('.').reduce<unknown>(child, layer);
      if (value !== undefined && value !== null) return value;
    }
    return undefined;
  };
  const text = (key: string): string => ofEnv(key) || String(ofFiles(key) ?? '');
  return {
    release,
    text,
    truth: (key) => /^(1|t|true)$/i.test(text(key)),
    numbers(key) {
      if (ofEnv(key) !== '') return [];
      const value = ofFiles(key);
      return Array.isArray(value) ? value.map((each) => Number(each) || 0) : [];
    },
    texts(key) {
      const value = ofEnv(key) === '' ? ofFiles(key) : ofEnv(key);
      if (Array.isArray(value)) return value.map((each) => String(each ?? ''));
      return typeof value === 'string' ? value.split(/\s+/).filter((each) => each !== '') : [];
    },
  };
}

/** The later one wins; a folder of that name, which Docker makes where a file is missing, is passed over. */
function filesOf(release: string, folder: string): readonly string[] {
  const names = release >= SINCE.underscores ? ['museum.yaml', 'credentials.yaml'] : ['credentials.yaml', 'museum.yaml'];
  return names.map((name) => `${folder}/${name}`).filter((path) => existsSync(path) && statSync(path).isFile());
}

function readYaml(path: string): unknown {
  try {
    return parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`While parsing config: yaml: ${error instanceof Error ? error.message.split('\n')[0] : ''}`);
  }
}

/** Names of settings are read without regard to case. */
function child(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value).find(([each]) => each.toLowerCase() === name)?.[1];
}
