import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { signIn } from './accounts.ts';
import { oneValue, query } from './database.ts';
import { Aborted, checkSecrets, complain, HOME, PlainAbort, readDotenv, say } from './environment.ts';
import { version } from './release.ts';
import { registrationsMode } from './settings.ts';

/** An answer: its status, what kind of text it is, and the text or where else to look. */
type Answer = { readonly status: number; readonly text: string; readonly type?: string; readonly location?: string };

const BYTES = 10 * 1024 * 1024;

/** Answers requests once it has all that it needs; the exit code where it can't start. */
export async function servePages(): Promise<number | undefined> {
  readDotenv();
  const line = (text: string): void => say(`[${process.pid}] ${text}`);
  line('Puma starting in cluster mode...');
  line('*  Environment: production');
  line('* Preloading application');
  try {
    checkSecrets();
    // Classes of records are loaded at the start, and ask the database about their columns.
    oneValue('SELECT count(*) FROM users');
  } catch (error) {
    if (error instanceof PlainAbort) complain(error.message);
    else if (error instanceof Aborted) line(`! Unable to load application: ${error.kind}: ${error.message}`);
    else throw error;
    return 1;
  }
  const server = createServer((request, response) => {
    void answerTo(request)
      .catch((error: unknown): Answer => {
        complain(`error='${error instanceof Aborted ? `${error.kind}: ` : ''}${error instanceof Error ? error.message : error}'`);
        return { status: 500, text: "We're sorry, but something went wrong on our end." };
      })
      .then((answer) => send(response, answer));
  });
  const port = Number(process.env.PORT || 3000);
  server.listen(port, process.env.BIND || '0.0.0.0', () => line(`* Listening on http://0.0.0.0:${port}`));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      line('- Gracefully shutting down workers...');
      server.close();
      server.closeAllConnections();
    });
  }
  return undefined;
}

function send(response: ServerResponse, { status, text, type = 'text/html', location }: Answer): void {
  response.writeHead(status, { 'content-type': type, ...(location === undefined ? {} : { location }) }).end(text);
}

const json = (value: unknown): Answer => ({ status: 200, type: 'application/json', text: JSON.stringify(value) });

async function answerTo(request: IncomingMessage): Promise<Answer> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  if (pathname === '/health') return { status: 200, type: 'text/plain', text: 'OK' };
  const { LOCAL_DOMAIN: domain = '', WEB_DOMAIN: web = domain, ALTERNATE_DOMAINS: others = '' } = process.env;
  const host = request.headers.host?.replace(/:\d+$/, '') ?? '';
  if (![domain, web, ...others.split(',')].includes(host)) return { status: 403, text: `Blocked hosts: ${host}` };
  if (request.headers['x-forwarded-proto'] !== 'https') {
    return { status: 301, text: '', location: `https://${host}${request.url}` };
  }
  switch (`${request.method} ${pathname}`) {
    case 'GET /':
      return { status: 200, text: `<title>${oneValue("SELECT value FROM settings WHERE var = 'site_title'") || domain}</title>` };
    case 'GET /api/v2/instance': {
      const mode = registrationsMode();
      const registrations = { enabled: mode !== 'none' && !isSingle(), approval_required: mode === 'approved' };
      return json({ domain, version, registrations, configuration: { urls: { streaming: `wss://${web}` } } });
    }
    case 'GET /.well-known/webfinger': {
      const [, name = ''] = /^acct:([^@]+)@/.exec(searchParams.get('resource') ?? '') ?? [];
      const found = query(`SELECT username FROM accounts WHERE lower(username) = lower(:'name') AND domain IS NULL`, { name });
      return found.length === 0 ? { status: 404, text: '' } : json({ subject: `acct:${found[0]?.[0]}@${domain}` });
    }
    case 'GET /auth/sign_in':
      return { status: 200, text: signInPage() };
    case 'POST /auth/sign_in': {
      const form = new URLSearchParams((await bodyOf(request)).toString());
      const session = signIn(form.get('user[email]') ?? '', form.get('user[password]') ?? '');
      if (typeof session !== 'string') return { status: 302, text: '', location: `https://${web}/` };
      return { status: 422, text: `<div class="flash-message alert">${session}</div>` };
    }
    case 'POST /auth/auth/openid_connect':
      return toIdentityProvider();
    case 'POST /api/v2/media':
      return upload(request);
    default:
      return { status: 404, text: 'The page you are looking for does not exist.' };
  }
}

const isOn = (name: string): boolean => process.env[name] === 'true';
const isSingle = (): boolean => isOn('SINGLE_USER_MODE');

function signInPage(): string {
  const sso = isOn('OIDC_ENABLED')
    ? `<a href="/auth/auth/openid_connect">${process.env.OIDC_DISPLAY_NAME ?? 'Openid_Connect'}</a>`
    : '';
  const form = isOn('OMNIAUTH_ONLY') ? '' : '<form action="/auth/sign_in" method="post"></form>';
  return `<title>Log in</title>${form}${sso}`;
}

/** Whoever signs in elsewhere is sent there, with what the provider must know of this server. */
async function toIdentityProvider(): Promise<Answer> {
  if (!isOn('OIDC_ENABLED')) return { status: 404, text: '' };
  const { OIDC_ISSUER = '', OIDC_CLIENT_ID = '', OIDC_REDIRECT_URI = '', OIDC_SCOPE = '' } = process.env;
  const found = await fetch(`${OIDC_ISSUER}/.well-known/openid-configuration`);
  const { issuer, authorization_endpoint: to } = (await found.json()) as Readonly<Record<string, string>>;
  if (issuer !== OIDC_ISSUER) throw new Aborted('OpenIDConnect::Discovery::DiscoveryFailed', 'Issuer mismatch');
  const asks = {
    response_type: 'code',
    client_id: OIDC_CLIENT_ID,
    redirect_uri: OIDC_REDIRECT_URI,
    scope: OIDC_SCOPE.replaceAll(',', ' '),
  };
  return { status: 302, text: '', location: `${to}?${new URLSearchParams(asks)}` };
}

/** A file for whoever says name and password with it; it lies in the folder that the containers share. */
async function upload(request: IncomingMessage): Promise<Answer> {
  const [, credentials = ''] = /^Basic (.*)$/.exec(request.headers.authorization ?? '') ?? [];
  const [email = '', ...password] = Buffer.from(credentials, 'base64').toString().split(':');
  const session = signIn(email, password.join(':'));
  if (typeof session === 'string') return { status: 401, text: JSON.stringify({ error: session }), type: 'application/json' };
  const body = await bodyOf(request);
  const id = oneValue("SELECT nextval('media_attachments_id_seq')");
  const folder = `${HOME}/public/system/media_attachments/files/${id.padStart(9, '0').replace(/(\d{3})(?=\d)/g, '$1/')}/original`;
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${folder}/upload.bin`, body);
  } catch (error) {
    const { path = folder } = error as NodeJS.ErrnoException;
    throw new Aborted('Errno::EACCES', `Permission denied @ dir_s_mkdir - ${path}`);
  }
  query(
    `INSERT INTO media_attachments (id, account_id, file_file_name, file_file_size) VALUES (:id, :account, 'upload.bin', :size)`,
    {
      id,
      account: session.account,
      size: body.length,
    },
  );
  return json({ id });
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > BYTES) throw new Error('too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
