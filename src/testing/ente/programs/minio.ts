import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { dirname, join, relative } from 'node:path';
import { refusalOf } from './s3.ts';

interface Answer {
  readonly status: number;
  readonly body?: string | Buffer;
}

const INTERNAL = '.minio.sys';
const NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** Where the content of an object lies, in a folder of its name; so it is in the original. */
const CONTENT = 'xl.meta';

/** The stand-in for a MinIO server: buckets are folders of its data folder, and objects are folders in them. */
function main(): void {
  const args = process.argv.slice(2).filter((arg) => arg !== 'minio');
  if (args[0] !== 'server') fatal(`Invalid command '${args[0]}'`, 'Please use `minio --help`');
  const { root, ports } = parse(args.slice(1));
  const key = process.env.MINIO_ROOT_USER ?? 'minioadmin';
  const secret = process.env.MINIO_ROOT_PASSWORD ?? 'minioadmin';
  if (key.length < 3 || secret.length < 8) {
    fatal(
      'Unable to validate credentials inherited from the shell environment: Invalid credentials',
      'Please provide correct credentials',
      'MINIO_ROOT_USER length should be at least 3, and MINIO_ROOT_PASSWORD length at least 8 characters',
    );
  }
  try {
    mkdirSync(join(root, INTERNAL, 'tmp'), { recursive: true });
    writeFileSync(join(root, INTERNAL, 'format.json'), '{"version":"1","format":"xl-single"}');
  } catch (error) {
    fatal(
      `Unable to initialize backend: ${/EROFS/.test(String(error)) ? 'Unable to write to the backend, read-only file system' : 'Unable to write to the backend'}`,
      'Please ensure MinIO binary has write permissions for the backend',
      `Run the following command to add write permissions: \`sudo chown -R ${process.getuid?.()} ${root} && sudo chmod u+rxw ${root}\``,
    );
  }
  const api = createServer(async (request, response) => {
    const { status, body = '' } = answerTo(request, await bodyOf(request), { root, key, secret });
    response.writeHead(status, { server: 'MinIO', ...(typeof body === 'string' ? { 'content-type': 'application/xml' } : {}) });
    response.end(request.method === 'HEAD' ? undefined : body);
  });
  const page = createServer((_, response) => response.end('<!doctype html><title>MinIO Console</title>\n'));
  api.listen(ports.api, () => process.stdout.write(`MinIO Object Storage Server\nAPI: http://127.0.0.1:${ports.api}\n`));
  page.listen(ports.console, () => process.stdout.write(`WebUI: http://127.0.0.1:${ports.console}\n`));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      process.stdout.write(`Exiting on signal: ${signal === 'SIGINT' ? 'INTERRUPT' : 'TERMINATED'}\n`);
      process.exit(0);
    });
  }
}

function parse(args: readonly string[]): {
  readonly root: string;
  readonly ports: { readonly api: number; readonly console: number };
} {
  const ports = { api: 9000, console: 9001 };
  const folders: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const [flag = '', inline] = (args[at] ?? '').split('=');
    const port = (): number => Number((inline ?? args[++at] ?? '').split(':').at(-1));
    if (flag === '--address') ports.api = port();
    else if (flag === '--console-address') ports.console = port();
    else if (!flag.startsWith('--')) folders.push(flag);
  }
  const [root] = folders;
  if (root === undefined) fatal('Invalid command line arguments', 'Please provide a folder');
  return { root, ports };
}

function fatal(what: string, advice: string, hint = ''): never {
  process.stderr.write(`FATAL ${what}\n      > ${advice}\n${hint === '' ? '' : `        HINT:\n          ${hint}\n`}`);
  process.exit(1);
}

function answerTo(
  request: IncomingMessage,
  bytes: Buffer,
  { root, key, secret }: { readonly root: string; readonly key: string; readonly secret: string },
): Answer {
  const url = new URL(request.url ?? '/', 'http://minio');
  const method = request.method ?? '';
  if (url.pathname.startsWith('/minio/health/')) return { status: 200 };
  const refusal = refusalOf({ method, url, headers: request.headers }, key, secret);
  if (refusal !== undefined) return fault(403, refusal.code, refusal.message);
  if (request.headers['x-amz-content-sha256'] !== createHash('sha256').update(bytes).digest('hex')) {
    return fault(
      400,
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    );
  }
  const [bucket = '', ...parts] = decodeURIComponent(url.pathname).split('/').slice(1);
  if (bucket === '') return { status: 200, body: bucketList(root) };
  const folder = join(root, bucket);
  const there = NAME.test(bucket) && existsSync(folder) && statSync(folder).isDirectory();
  const name = parts.join('/');
  if (name === '') return onBucket(method, folder, bucket, there);
  if (!there) return fault(404, 'NoSuchBucket', 'The specified bucket does not exist');
  if (parts.some((part) => part === '' || part === '.' || part === '..'))
    return fault(400, 'XMinioInvalidObjectName', 'Object name contains unsupported characters.');
  return onObject(method, join(folder, name, CONTENT), bytes);
}

function onBucket(method: string, folder: string, bucket: string, there: boolean): Answer {
  if (method === 'PUT') {
    if (!NAME.test(bucket)) return fault(400, 'InvalidBucketName', 'The specified bucket is not valid.');
    if (there)
      return fault(
        409,
        'BucketAlreadyOwnedByYou',
        'Your previous request to create the named bucket succeeded and you already own it.',
      );
    mkdirSync(folder);
    return { status: 200 };
  }
  if (!there) return fault(404, 'NoSuchBucket', 'The specified bucket does not exist');
  return method === 'HEAD' ? { status: 200 } : { status: 200, body: objectList(folder, bucket) };
}

function onObject(method: string, path: string, bytes: Buffer): Answer {
  if (method === 'PUT') {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
    return { status: 200 };
  }
  if (!existsSync(path) || !statSync(path).isFile()) return fault(404, 'NoSuchKey', 'The specified key does not exist.');
  if (method !== 'DELETE') return { status: 200, body: readFileSync(path) };
  rmSync(dirname(path), { recursive: true });
  return { status: 204 };
}

function bucketList(root: string): string {
  const folders = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory() && NAME.test(entry.name));
  const buckets = folders.map(({ name }) => `<Bucket><Name>${name}</Name></Bucket>`).sort();
  return `<ListAllMyBucketsResult><Buckets>${buckets.join('')}</Buckets></ListAllMyBucketsResult>`;
}

function objectList(folder: string, bucket: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.name === CONTENT && entry.isFile(),
  );
  const objects = files.map((entry) => {
    const path = join(entry.parentPath, entry.name);
    return `<Contents><Key>${escaped(relative(folder, entry.parentPath))}</Key><Size>${statSync(path).size}</Size></Contents>`;
  });
  return `<ListBucketResult><Name>${bucket}</Name>${objects.sort().join('')}</ListBucketResult>`;
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

function fault(status: number, code: string, message: string): Answer {
  return { status, body: `<Error><Code>${code}</Code><Message>${message}</Message></Error>` };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

main();
