import { showProgress } from './command.ts';
import { query } from './database.ts';
import { Aborted, green, say } from './environment.ts';
import type { Flags } from './flags.ts';

/** The indices in their order, and the table that each is filled from. */
const INDICES = [
  ['instances', 'SELECT DISTINCT 0, domain FROM accounts WHERE domain IS NOT NULL'],
  ['accounts', 'SELECT id, username FROM accounts'],
  ['tags', 'SELECT id, name FROM tags'],
  ['public_statuses', 'SELECT id, text FROM statuses'],
  ['statuses', 'SELECT id, text FROM statuses'],
] as const;

/** `search deploy`: makes the indices in the search server of the settings, and fills them from the database. */
export async function deploySearch(flags: Flags): Promise<void> {
  const wanted = flags.text('only');
  const meant = INDICES.filter(([name]) => wanted === undefined || wanted === name);
  let added = 0;
  for (const [name, rows] of meant) {
    if ((await ask('HEAD', `/${name}`)).status === 404) await ask('PUT', `/${name}`, '{}');
    if (flags.text('import') === 'false' || flags.has('only-mapping')) continue;
    const documents = query(rows);
    const lines = documents.flatMap(([id, text]) => [JSON.stringify({ index: { _id: id } }), JSON.stringify({ text })]);
    if (documents.length > 0) await ask('POST', `/${name}/_bulk`, `${lines.join('\n')}\n`);
    added += documents.length;
  }
  showProgress(added);
  say(green(flags.has('only-mapping') ? 'Updated index mappings' : `Indexed ${added} records, de-indexed 0`));
}

async function ask(method: string, path: string, body?: string): Promise<Response> {
  const { ES_HOST: host = 'localhost', ES_PORT: port = '9200', ES_USER: user, ES_PASS: password = '' } = process.env;
  const headers = {
    'content-type': 'application/x-ndjson',
    ...(user ? { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` } : {}),
  };
  let response: Response;
  try {
    response = await fetch(`http://${host}:${port}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
  } catch (error) {
    const { cause } = error as { readonly cause?: { readonly code?: string } };
    const why =
      cause?.code === 'ECONNREFUSED'
        ? `Connection refused - connect(2) for "${host}" port ${port}`
        : 'getaddrinfo: Name or service not known';
    throw new Aborted('Faraday::ConnectionFailed', `Failed to open TCP connection to ${host}:${port} (${why})`);
  }
  if (response.ok || response.status === 404) return response;
  throw new Aborted(
    'Thor::Error',
    `There was an issue connecting to the search server. Make sure the\nserver is configured and running correctly, and that the environment\nvariable settings match what the server is expecting.\n\n[${response.status}] ${await response.text()}\n`,
  );
}
