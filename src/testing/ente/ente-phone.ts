import { randomBytes } from 'node:crypto';
import { verifierOf } from './programs/cli-accounts.ts';
import { timeCode } from './programs/museum-users.ts';

/** A person with a phone: the authenticator app, as a client of the stand-in for museum. */
export interface EntePhone {
  /** Taps "New to Ente": the server writes a token into its log, or sends it. */
  askForToken(email: string): Promise<void>;
  /** Types the token and chooses a password; answers the account's id. */
  register(email: string, token: string, password: string): Promise<string>;
  /** Lets a second factor be asked for from now on; answers what shows the code of the moment. */
  enableTwoFactor(): Promise<() => string>;
  /** Logs off: the log then has a line with the account's id. */
  logOut(): Promise<void>;
  /** Puts something into the object storage, for a look whether a backup has it. */
  put(name: string, content: string): Promise<void>;
  /** Gets it again. */
  get(name: string): Promise<string>;
}

/** Something the server refused. */
export class RefusedByMuseum extends Error {
  readonly status: number;

  constructor(status: number, what: string, body: string) {
    super(`${what}: ${status} ${body}`);
    this.status = status;
  }
}

/** `origin` is where the server is reached, as `http://127.0.0.1:8180`. All of it throws `RefusedByMuseum`. */
export function createPhone(origin: string): EntePhone {
  let token = '';
  const ask = async (method: string, path: string, body?: object | string): Promise<string> => {
    const answer = await fetch(`${origin}${path}`, {
      method,
      headers: {
        'content-type': 'application/json',
        'x-client-package': 'io.ente.auth',
        ...(token === '' ? {} : { 'x-auth-token': token }),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new RefusedByMuseum(answer.status, `${method} ${path}`, text);
    return text;
  };
  return {
    async askForToken(email) {
      await ask('POST', '/users/ott', { email, client: 'totp' });
    },
    async register(email, ott, password) {
      const account: { readonly id: string; readonly token: string } = JSON.parse(
        await ask('POST', '/users/verify-email', { email, ott }),
      );
      token = account.token;
      const srpSalt = randomBytes(16).toString('hex');
      await ask('PUT', '/users/attributes', { srpSalt, srpVerifier: verifierOf(srpSalt, password) });
      return account.id;
    },
    async enableTwoFactor() {
      const secret = randomBytes(20).toString('hex');
      await ask('POST', '/users/two-factor/enable', { secret });
      return () => timeCode(secret);
    },
    async logOut() {
      await ask('POST', '/users/logout');
      token = '';
    },
    async put(name, content) {
      await ask('PUT', `/files/data?name=${encodeURIComponent(name)}`, content);
    },
    get: (name) => ask('GET', `/files/data?name=${encodeURIComponent(name)}`),
  };
}
