import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { askStore, type Store } from './s3.ts';

/** A place that is meant: a folder of this system, or (a part of) a bucket of a store that has an alias. */
type Place =
  | { readonly folder: string }
  | { readonly alias: string; readonly store: Store; readonly bucket: string; readonly prefix: string };

type Aliases = Readonly<Record<string, Store>>;

const FILE = join(process.env.MC_CONFIG_DIR ?? join(homedir(), '.mc'), 'config.json');
const REGION = 'us-east-1';
const print = (text: string): void => void process.stdout.write(`${text}\n`);

class Fault extends Error {}

const COMMANDS: Readonly<Record<string, (args: readonly string[], flags: readonly string[]) => Promise<void>>> = {
  async alias([verb, name = '', endpoint = '', ...credentials]) {
    if (verb === 'list' || verb === 'ls') return print(Object.keys(aliases()).join('\n'));
    if (verb !== 'set' || endpoint === '') throw new Fault('Incorrect number of arguments for alias set command.');
    // Who leaves them out is asked for them.
    const [key = '', secret = ''] = credentials.length > 0 ? credentials : answers('Enter Access Key: ', 'Enter Secret Key: ');
    const store = { endpoint, key, secret, region: REGION };
    const why = 'Unable to initialize new alias from the provided credentials. ';
    await asked(store, 'GET', '/', why);
    mkdirSync(dirname(FILE), { recursive: true });
    writeFileSync(FILE, JSON.stringify({ ...aliases(), [name]: store }), { mode: 0o600 });
    print(`Added \`${name}\` successfully.`);
  },
  async mb(args, flags) {
    const again = flags.includes('-p') || flags.includes('--ignore-existing');
    for (const arg of args) {
      const place = placeOf(arg);
      if ('folder' in place) mkdirSync(place.folder, { recursive: true });
      else {
        const made = await askStore(place.store, 'PUT', `/${place.bucket}`);
        if (made.status >= 400 && !(again && made.code === 'BucketAlreadyOwnedByYou')) {
          throw new Fault(`Unable to make bucket \`${arg}\`. ${made.message}`);
        }
      }
      print(`Bucket created successfully \`${arg}\`.`);
    }
  },
  async ls([arg = '.']) {
    const place = placeOf(arg);
    const line = (size: number, name: string): void =>
      print(`[${new Date().toISOString().slice(0, 10)} 00:00:00 UTC] ${size}B ${name}`);
    if ('folder' in place) {
      for (const entry of readdirSync(place.folder, { withFileTypes: true }))
        line(0, entry.isDirectory() ? `${entry.name}/` : entry.name);
    } else if (place.bucket === '') {
      const { body } = await asked(place.store, 'GET', '/', `Unable to list folder. `);
      for (const [, name = ''] of body.toString().matchAll(/<Name>([^<]*)<\/Name>/g)) line(0, `${name}/`);
    } else for (const { name, size } of await objects(place.store, place.bucket, 'Unable to list folder. ')) line(size, name);
  },
  async mirror([from = '', to = ''], flags) {
    const [source, target] = [placeOf(from), placeOf(to)];
    if ('folder' in source && !('folder' in target)) return upload(source.folder, target, flags);
    if (!('folder' in source) && 'folder' in target) return download(source, target.folder, flags);
    throw new Fault('one of both must be a folder, and the other in a store');
  },
  async ready([name = '']) {
    const store = aliases()[name];
    if (store === undefined) throw new Fault(`No such alias \`${name}\` found.`);
    const answer = await fetch(`${store.endpoint}/minio/health/live`).catch(() => undefined);
    if (answer?.ok !== true) throw new Fault('The cluster is not ready');
    print('The cluster is ready');
  },
};

/** Those that were set, and those of variables as `MC_HOST_name=http://key:secret@host:port`, which nobody looks at before. */
function aliases(): Aliases {
  const kept: Aliases = existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')) : {};
  const named = Object.entries(process.env).flatMap(([name, value = '']) => {
    if (!name.startsWith('MC_HOST_')) return [];
    const { protocol, host, username, password } = new URL(value);
    const [key, secret] = [decodeURIComponent(username), decodeURIComponent(password)];
    return [[name.slice('MC_HOST_'.length), { endpoint: `${protocol}//${host}`, key, secret, region: REGION }] as const];
  });
  return { ...kept, ...Object.fromEntries(named) };
}

/** Asks on standard output, and takes a line of the input for each. */
function answers(...prompts: readonly string[]): readonly string[] {
  process.stdout.write(prompts.join('\n'));
  return readFileSync(0, 'utf8').split('\n');
}

/** A first part that is no alias makes it a path of this system. */
function placeOf(text: string): Place {
  const [alias = '', bucket = '', ...prefix] = text.replace(/\/$/, '').split('/');
  const store = aliases()[alias];
  return store === undefined ? { folder: text } : { alias, store, bucket, prefix: prefix.join('/') };
}

async function asked(store: Store, method: string, path: string, why: string): ReturnType<typeof askStore> {
  const stored = await askStore(store, method, path).catch((error: Error) => {
    throw new Fault(`${why}${error.message}.`);
  });
  if (stored.status >= 400) throw new Fault(`${why}${stored.message}`);
  return stored;
}

async function objects(
  store: Store,
  bucket: string,
  why: string,
): Promise<readonly { readonly name: string; readonly size: number }[]> {
  const { body } = await asked(store, 'GET', `/${bucket}?list-type=2`, why);
  return [...body.toString().matchAll(/<Key>([^<]*)<\/Key><Size>(\d+)</g)].map(([, name = '', size]) => ({
    name: name.replaceAll('&lt;', '<').replaceAll('&amp;', '&'),
    size: Number(size),
  }));
}

async function upload(folder: string, to: Exclude<Place, { folder: string }>, flags: readonly string[]): Promise<void> {
  if (!existsSync(folder)) throw new Fault(`Unable to stat source \`${folder}\`. stat ${folder}: no such file or directory`);
  const inStore = (name: string): string => (to.prefix === '' ? name : `${to.prefix}/${name}`);
  const there = new Map((await objects(to.store, to.bucket, 'Unable to mirror. ')).map(({ name, size }) => [name, size]));
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile()) continue;
    const name = inStore(relative(folder, path));
    const size = there.get(name);
    if (size !== undefined && !flags.includes('--overwrite')) {
      if (size === statSync(path).size) continue;
      throw new Fault(`Failed to perform mirroring. Overwrite not allowed for \`${to.alias}/${to.bucket}/${name}\`.`);
    }
    const put = await askStore(to.store, 'PUT', `/${to.bucket}/${encodedPath(name)}`, readFileSync(path));
    if (put.status >= 400) throw new Fault(`Failed to copy \`${path}\`. ${put.message}`);
    print(`\`${path}\` -> \`${to.alias}/${to.bucket}/${name}\``);
  }
  if (!flags.includes('--remove')) return;
  for (const name of there.keys()) {
    if (!name.startsWith(inStore('')) || existsSync(join(folder, name.slice(inStore('').length)))) continue;
    await asked(to.store, 'DELETE', `/${to.bucket}/${encodedPath(name)}`, 'Failed to remove. ');
    print(`Removed \`${to.alias}/${to.bucket}/${name}\`.`);
  }
}

async function download(from: Exclude<Place, { folder: string }>, folder: string, flags: readonly string[]): Promise<void> {
  const wanted = new Set<string>();
  for (const { name } of await objects(from.store, from.bucket, 'Unable to mirror. ')) {
    if (from.prefix !== '' && !name.startsWith(`${from.prefix}/`)) continue;
    const path = join(folder, from.prefix === '' ? name : name.slice(from.prefix.length + 1));
    const { body } = await asked(from.store, 'GET', `/${from.bucket}/${encodedPath(name)}`, `Failed to copy \`${name}\`. `);
    wanted.add(path);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, body);
    print(`\`${from.alias}/${from.bucket}/${name}\` -> \`${path}\``);
  }
  if (!flags.includes('--remove') || !existsSync(folder)) return;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || wanted.has(path)) continue;
    rmSync(path);
    print(`Removed \`${path}\`.`);
  }
}

const encodedPath = (name: string): string => name.split('/').map(encodeURIComponent).join('/');

async function main(): Promise<number> {
  const [name = '', ...rest] = process.argv.slice(2);
  const command = COMMANDS[name];
  try {
    if (command === undefined) throw new Fault(`\`${name}\` is not a recognized command. Get help using \`--help\` flag.`);
    const isFlag = (arg: string): boolean => arg.startsWith('-');
    await command(
      rest.filter((arg) => !isFlag(arg)),
      rest.filter(isFlag),
    );
    return 0;
  } catch (error) {
    process.stderr.write(`mc: <ERROR> ${error instanceof Error ? error.message : error}\n`);
    return 1;
  }
}

void main().then((code) => {
  process.exitCode = code;
});
