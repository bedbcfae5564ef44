import { readdirSync, readFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { createServer, request } from 'node:https';
import { createSecureContext } from 'node:tls';
import { pingRedis, query, reachBus } from './backends.ts';
import { readSettings, type Settings } from './settings.ts';

/** Stands in for `Identity.API` and `Media.API`: reads the settings, needs all that they name, and answers as far as a test asks. */
const kind = process.env.MML_SERVICE === 'media' ? 'media' : 'identity';

const INTROSPECTION = '/api/v1.0/identity/connect/introspect';

const IDENTITY_TABLES = `
SELECT pg_advisory_lock(1);
CREATE TABLE IF NOT EXISTS users (name text PRIMARY KEY, password text NOT NULL);
CREATE TABLE IF NOT EXISTS clients (id uuid PRIMARY KEY, secret text, admin boolean NOT NULL DEFAULT false);
`;
const MEDIA_TABLES = 'CREATE TABLE IF NOT EXISTS records (id uuid PRIMARY KEY, title text NOT NULL);';

async function main(): Promise<void> {
  const settings = readSettings();
  const { TLS, OpenId, ConnectionStrings, MassTransit, ApiClients = [] } = settings;
  const connection = ConnectionStrings.IdentityConnection ?? '';
  const pfx = readFileSync(TLS.Cert);
  createSecureContext({ pfx, passphrase: TLS.Password });
  // Both are opened without a password.
  for (const file of kind === 'identity' ? [OpenId.EncryptionCert, OpenId.SigningCert ?? ''] : [OpenId.EncryptionCert]) {
    createSecureContext({ pfx: readFileSync(file), passphrase: '' });
  }
  if (kind === 'identity') {
    query(connection, IDENTITY_TABLES);
    for (const { ClientId, ClientSecret } of ApiClients) {
      const values = { id: ClientId, secret: ClientSecret };
      query(connection, `INSERT INTO clients (id, secret) VALUES (:'id', :'secret') ON CONFLICT DO NOTHING;`, values);
    }
    await pingRedis(ConnectionStrings.DistributedCache ?? '');
  } else query(ConnectionStrings.MediaConnection ?? '', MEDIA_TABLES);
  await reachBus(MassTransit);

  const server = createServer({ pfx, passphrase: TLS.Password }, (req, res) => {
    const end = (status: number, body?: unknown): void => {
      res.writeHead(status, { 'content-type': 'application/json' }).end(body === undefined ? '' : JSON.stringify(body));
    };
    const key = req.headers['app-key'];
    if (key !== settings.APP_KEY && key !== settings.ADMIN_APP_KEY) return end(401);
    if (kind === 'identity' && req.url === '/.well-known/openid-configuration') return end(200, { issuer: OpenId.Issuer });
    if (kind === 'identity' && req.url === INTROSPECTION) return end(isClient(connection, req.headers) ? 200 : 401);
    if (kind === 'media' && req.headers.authorization !== undefined) {
      return introspect(settings).then(
        (status) => end(status === 200 ? 200 : 500),
        (error: unknown) => end(500, { error: String(error) }),
      );
    }
    return end(req.url?.startsWith('/api/') === true ? 401 : 404);
  });
  const port = kind === 'identity' ? 5051 : 5052;
  server.listen(port, () => process.stdout.write(`Now listening on: https://[::]:${port}\n`));
}

/** Is it a client with its password? One that was there at the start keeps the password that it was made with. */
function isClient(connection: string, { clientid, clientsecret }: IncomingHttpHeaders): boolean {
  const values = { id: String(clientid), secret: String(clientsecret) };
  return query(connection, `SELECT 1 FROM clients WHERE id::text = :'id' AND secret = :'secret';`, values).length > 0;
}

/**
 * As the media service asks the issuer about a token: by its public address, as a client of its own, and trusting what lies in
 * the usual folder.
 */
function introspect({ OpenId, APP_KEY, ApiClient }: Settings): Promise<number> {
  const folder = '/etc/ssl/certs';
  const ca = readdirSync(folder).map((name) => readFileSync(`${folder}/${name}`));
  const headers = { 'app-key': APP_KEY, clientid: ApiClient?.ClientId ?? '', clientsecret: ApiClient?.ClientSecret ?? '' };
  return new Promise((resolve, reject) => {
    request(OpenId.Issuer.replace(/\/$/, INTROSPECTION), { ca, headers }, (res) => {
      res.resume();
      resolve(res.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}

// As the first process of its container it has to see to it itself.
process.on('SIGTERM', () => process.exit(0));
main().catch((error: unknown) => {
  process.stderr.write(`Unhandled exception. ${String(error)}\n`);
  process.exit(134);
});
