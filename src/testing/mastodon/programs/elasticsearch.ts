import { accessSync, constants, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

/** Stands in for Elasticsearch 7: its checks at the start, indices, documents and how many there are. */
const DATA = '/usr/share/elasticsearch/data';
const NODES = `${DATA}/nodes`;
const FILE = `${NODES}/indices.json`;

type Indices = Record<string, Record<string, unknown>>;

const log = (level: string, message: string): void =>
  void process.stdout.write(`${JSON.stringify({ type: 'server', timestamp: new Date().toISOString(), level, message })}\n`);

/** What the original refuses to serve with. */
function failedChecks(): readonly string[] {
  const { env } = process;
  const options = env.ES_JAVA_OPTS ?? '';
  if (env['discovery.type'] === 'single-node' && !options.includes('-Des.enforce.bootstrap.checks=true')) return [];
  const limits = readFileSync('/proc/self/limits', 'utf8');
  const soft = (name: string): string => new RegExp(`^${name} +(\\S+)`, 'm').exec(limits)?.[1] ?? '';
  const [, least] = /-Xms(\w+)/.exec(options) ?? [];
  const [, most] = /-Xmx(\w+)/.exec(options) ?? [];
  const files = soft('Max open files');
  // A test says what the host's setting would be, which it may not change.
  const maps = Number(env.STAND_IN_MAX_MAP_COUNT ?? readFileSync('/proc/sys/vm/max_map_count', 'utf8'));
  return [
    ...(least === most
      ? []
      : [`initial heap size [${least}] not equal to maximum heap size [${most}]; this can cause resize pauses`]),
    ...(files === 'unlimited' || Number(files) >= 65535
      ? []
      : [`max file descriptors [${files}] for elasticsearch process is too low, increase to at least [65535]`]),
    ...(env['bootstrap.memory_lock'] === 'true' && soft('Max locked memory') !== 'unlimited'
      ? ['memory locking requested for elasticsearch process but memory is not locked']
      : []),
    ...(maps >= 262144 ? [] : [`max virtual memory areas vm.max_map_count [${maps}] is too low, increase to at least [262144]`]),
  ];
}

/** Made as it is there, or read; ends the process where the folder is somebody else's. */
function openData(): Indices {
  try {
    accessSync(DATA, constants.W_OK);
    mkdirSync(NODES, { recursive: true });
  } catch {
    const lock = `failed to obtain node locks, tried [[${DATA}]] with lock id [0]; maybe these locations are not writable or multiple nodes were started without increasing [node.max_local_storage_nodes] (was [1])?`;
    process.stderr.write(
      `uncaught exception in thread [main]\njava.lang.IllegalStateException: ${lock}\nLikely root cause: java.nio.file.AccessDeniedException: ${NODES}\n`,
    );
    process.exit(1);
  }
  try {
    return JSON.parse(readFileSync(FILE, 'utf8')) as Indices;
  } catch {
    return {};
  }
}

const indices = openData();
const failed = failedChecks();
if (failed.length > 0) {
  const many = `[${failed.length}] bootstrap checks failed. You must address the points described in the following [${failed.length}] lines before starting Elasticsearch.`;
  const lines = failed.map((check, at) => `bootstrap check failure [${at + 1}] of [${failed.length}]: ${check}`);
  process.stderr.write(`ERROR: ${[many, ...lines].join('\n')}\n`);
  process.exit(78);
}

const keep = (): void => writeFileSync(FILE, JSON.stringify(indices));
const server = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  const end = (status: number, value: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  };
  const [, name = '', act = ''] = /^\/([^/?]*)\/?([^?]*)/.exec(request.url ?? '') ?? [];
  if (name === '')
    return end(200, { cluster_name: process.env['cluster.name'] ?? 'docker-cluster', version: { number: '7.17.29' } });
  if (name === '_cluster') return end(200, { cluster_name: process.env['cluster.name'], status: 'green', timed_out: false });
  if (name === '_cat') {
    const lines = Object.entries(indices).map(([each, documents]) => `green open ${each} ${Object.keys(documents).length}\n`);
    return response.writeHead(200, { 'content-type': 'text/plain' }).end(lines.join(''));
  }
  const index = indices[name];
  if (request.method === 'PUT' && act === '') {
    if (index !== undefined) return end(400, { error: { type: 'resource_already_exists_exception' }, status: 400 });
    indices[name] = {};
    keep();
    return end(200, { acknowledged: true, index: name });
  }
  if (index === undefined) return end(404, { error: { type: 'index_not_found_exception', index: name }, status: 404 });
  if (act === '_count') return end(200, { count: Object.keys(index).length });
  if (act === '_bulk') {
    const lines = body.split('\n').filter((line) => line !== '');
    for (let at = 0; at + 1 < lines.length; at += 2) {
      const { index: of } = JSON.parse(lines[at] ?? '') as { readonly index: { readonly _id: string } };
      index[of._id] = JSON.parse(lines[at + 1] ?? '');
    }
    keep();
    return end(200, { errors: false, items: [] });
  }
  if (request.method === 'DELETE') {
    delete indices[name];
    keep();
  }
  return end(200, { acknowledged: true });
});
server.listen(9200, '0.0.0.0', () => log('INFO', 'started'));
process.once('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
});
