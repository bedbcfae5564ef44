import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Database } from './museum-database.ts';
import { log } from './museum-log.ts';
import type { Settings } from './museum-settings.ts';
import { readObject, writeObject } from './museum-storage.ts';
import { Refusal, type Users } from './museum-users.ts';

/** What is running. */
export interface Museum {
  readonly settings: Settings;
  readonly database: Database;
  readonly users: Users;
}

/** What the client gets. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string | Buffer;
}

interface Call {
  readonly museum: Museum;
  readonly app: string;
  readonly query: URLSearchParams;
  readonly bytes: Buffer;
  readonly token: string;
  /** The account that the token belongs to, `0` where a route asks for none. */
  readonly user: string;
  field(name: string): string;
}

interface Route {
  /** `nobody` needs no token, `fresh admin` one that is younger than ten minutes. */
  readonly who: 'nobody' | 'user' | 'admin' | 'fresh admin';
  run(call: Call): Promise<unknown>;
}

const TEN_MINUTES = 600_000_000;
const email = (text: string): string => text.trim().toLowerCase();
const subject = (call: Call): string => email(call.query.get('email') ?? '');

const ROUTES: Readonly<Record<string, Route>> = {
  'GET /ping': {
    who: 'nobody',
    async run({ museum }) {
      await museum.database.query('SELECT 1');
      return { id: process.env.GIT_COMMIT ?? '', message: 'pong' };
    },
  },
  'POST /users/ott': {
    who: 'nobody',
    async run({ museum, app, field }) {
      const to = email(field('email'));
      if (to === '') throw new Refusal(400, 'BAD_REQUEST', 'Email id is missing');
      // Where the package's name does not tell, a client says which app it is, as the authenticator does.
      await museum.users.sendToken(to, field('client') === 'totp' ? 'auth' : app, field('purpose'));
    },
  },
  'POST /users/verify-email': {
    who: 'nobody',
    run: ({ museum, app, field }) => museum.users.verifyEmail(email(field('email')), app, field('ott').trim()),
  },
  'PUT /users/attributes': {
    who: 'user',
    run: ({ museum, user, field }) => museum.users.setPassword(user, field('srpSalt'), field('srpVerifier')),
  },
  'GET /users/srp/attributes': {
    who: 'nobody',
    run: async (call) => ({ attributes: { srpSalt: await call.museum.users.saltOf(subject(call)), isEmailMFAEnabled: false } }),
  },
  'POST /users/srp/verify-session': {
    who: 'nobody',
    run: ({ museum, app, field }) => museum.users.signIn(email(field('email')), app, field('srpVerifier')),
  },
  'POST /users/two-factor/enable': {
    who: 'user',
    run: ({ museum, user, field }) => museum.users.enableTwoFactor(user, field('secret')),
  },
  'POST /users/two-factor/verify': {
    who: 'nobody',
    run: ({ museum, app, field }) => museum.users.verifyTwoFactor(field('sessionID'), app, field('code')),
  },
  'POST /users/logout': { who: 'user', run: ({ museum, token }) => museum.users.logOut(token) },
  'PUT /files/data': {
    who: 'user',
    run: ({ museum, user, query, bytes }) => writeObject(museum.settings, `${user}/${query.get('name')}`, bytes),
  },
  'GET /files/data': {
    who: 'user',
    run: ({ museum, user, query }) => readObject(museum.settings, `${user}/${query.get('name')}`),
  },
  'GET /admin/users': { who: 'fresh admin', run: async ({ museum }) => ({ users: await museum.users.all() }) },
  'GET /admin/user': {
    who: 'admin',
    async run(call) {
      const { id, storage, expiryTime } = await call.museum.users.details(subject(call));
      return { user: { ID: Number(id) }, subscription: { storage, expiryTime } };
    },
  },
  'PUT /admin/user/subscription': {
    who: 'admin',
    run: ({ museum, field }) =>
      museum.users.updateSubscription(field('userID'), Number(field('storage')), Number(field('expiryTime'))),
  },
  'POST /admin/user/disable-2fa': {
    who: 'fresh admin',
    run: ({ museum, field }) => museum.users.disableTwoFactor(field('userID')),
  },
  'POST /admin/user/disable-passkeys': { who: 'fresh admin', run: async () => undefined },
  'DELETE /admin/user/delete': { who: 'fresh admin', run: (call) => call.museum.users.remove(subject(call)) },
};

/** Answers a request, and writes into the log that it came and how it went. */
export async function answerTo(museum: Museum, request: IncomingMessage, bytes: Buffer): Promise<Answer> {
  const began = performance.now();
  const url = new URL(request.url ?? '/', 'http://museum');
  const packageName = String(request.headers['x-client-package'] ?? '');
  const fields = {
    client_ip: request.socket.remoteAddress?.replace(/^::ffff:/, '') ?? '',
    client_pkg: packageName,
    client_version: '',
    query: url.search.slice(1),
    req_body: url.pathname === '/files/data' ? 'redacted' : bytes.toString(),
    req_id: randomUUID(),
    req_method: request.method ?? '',
    req_uri: url.pathname,
    ua: String(request.headers['user-agent'] ?? ''),
  };
  log.info('request_logger.go:83 func3', 'incoming', fields);
  const token = String(request.headers['x-auth-token'] ?? '');
  let user = '0';
  let answer: Answer;
  try {
    const route = ROUTES[`${request.method} ${url.pathname}`];
    if (route === undefined) throw new Refusal(404, '', '404 page not found');
    if (route.who !== 'nobody') user = await admitted(museum, token, route.who);
    const sent = fieldsOf(bytes, fields.req_body);
    const result = await route.run({
      museum,
      app: /\.auth\b/.test(packageName) ? 'auth' : 'photos',
      query: url.searchParams,
      bytes,
      token,
      user,
      field: (name) => String(sent[name] ?? ''),
    });
    answer = Buffer.isBuffer(result)
      ? { status: 200, type: 'application/octet-stream', body: result }
      : { status: 200, type: 'application/json; charset=utf-8', body: JSON.stringify(result ?? {}) };
  } catch (error) {
    answer = refused(error, fields.req_id);
  }
  const took = `${(performance.now() - began).toFixed(5)}ms`;
  const how = { h_latency: took, latency_time: took, status_code: answer.status, user_id: user };
  log.info('request_logger.go:100 func3', 'outgoing', { ...fields, ...how });
  return answer;
}

/** Whose token it is; refuses those who may not. */
async function admitted({ users }: Museum, token: string, who: Route['who']): Promise<string> {
  if (token === '') throw new Refusal(401, '', 'missing token');
  const owner = await users.owner(token);
  if (owner === undefined) throw new Refusal(401, '', 'invalid token');
  if (who !== 'user' && !(await users.isAdmin(owner.id))) throw new Refusal(401, '', 'insufficient permissions');
  if (who === 'fresh admin' && owner.made + TEN_MINUTES < Date.now() * 1000)
    throw new Refusal(400, 'BAD_REQUEST', 'Token is too old');
  return owner.id;
}

function fieldsOf(bytes: Buffer, shown: string): Readonly<Record<string, unknown>> {
  if (bytes.length === 0 || shown === 'redacted') return {};
  try {
    const sent: unknown = JSON.parse(bytes.toString());
    return typeof sent === 'object' && sent !== null ? { ...sent } : {};
  } catch {
    throw new Refusal(400, 'BAD_REQUEST', 'Request body is no JSON');
  }
}

function refused(error: unknown, id: string): Answer {
  const type = 'application/json; charset=utf-8';
  if (error instanceof Refusal) {
    const body = error.code === '' ? { error: error.message } : { code: error.code, message: error.message };
    return { status: error.status, type, body: JSON.stringify(body) };
  }
  log.error('error.go:23 Error', 'Request failed', { error: error instanceof Error ? error.message : String(error), req_id: id });
  return { status: 500, type, body: '{}' };
}
