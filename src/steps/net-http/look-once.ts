import { request as httpRequest } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { isIPv6, type LookupFunction } from 'node:net';
import * as tls from 'node:tls';
import { formatDuration } from '../../model/duration.ts';

/** A request, with its secrets revealed. */
export interface HttpLook {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Connect to this address instead of what the host's name resolves to. */
  readonly resolve?: string;
  /** Accept a certificate that nobody vouches for. */
  readonly insecure: boolean;
}

/** What one request saw: an answer, or why there was none. */
export type HttpSeen = { readonly status: number; readonly body: string } | { readonly error: string };

/** One look may take this long. */
const LOOK_LIMIT_MS = 5000;
const BODY_LIMIT = 1024 * 1024;

/**
 * Sends one request over a connection of its own and waits `limitMs` for the whole answer. Redirects are not
 * followed. Throws only where `signal` was aborted.
 */
export async function lookOnce(look: HttpLook, signal: AbortSignal, limitMs = LOOK_LIMIT_MS): Promise<HttpSeen> {
  signal.throwIfAborted();
  const limit = AbortSignal.timeout(limitMs);
  try {
    return await answerTo(look, AbortSignal.any([signal, limit]));
  } catch (error) {
    signal.throwIfAborted();
    return { error: limit.aborted ? `no answer within ${formatDuration(limitMs)}` : reasonOf(error) };
  }
}

function answerTo(look: HttpLook, signal: AbortSignal): Promise<HttpSeen> {
  const url = new URL(look.url);
  const body = look.body === undefined ? undefined : Buffer.from(look.body);
  const options: RequestOptions = {
    method: look.method,
    headers: {
      'user-agent': 'fairlead',
      accept: '*/*',
      ...look.headers,
      connection: 'close',
      ...(body === undefined ? {} : { 'content-length': String(body.length) }),
    },
    agent: false,
    signal,
    ...(look.resolve === undefined ? {} : { lookup: always(look.resolve) }),
  };
  return new Promise((resolve, reject) => {
    const request =
      url.protocol === 'https:'
        ? httpsRequest(url, { ...options, rejectUnauthorized: !look.insecure, ...authorities() })
        : httpRequest(url, options);
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      const finish = (): void => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') });
      response.on('error', reject);
      response.on('end', finish);
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size < BODY_LIMIT) return;
        finish();
        response.destroy();
      });
    });
    request.end(body);
  });
}

/** Whom to trust: those whom Node knows and, from Node 22.15 on, those whom the operator made this host trust. */
function authorities(): { readonly ca?: string[] } {
  if (!('getCACertificates' in tls)) return {};
  return { ca: [...tls.getCACertificates('default'), ...tls.getCACertificates('system')] };
}

/** A look-up that has one answer; Node asks for all of them where it tries several addresses at once. */
function always(address: string): LookupFunction {
  const family = isIPv6(address) ? 6 : 4;
  return (_host, options, callback) => {
    if (options.all === true) callback(null, [{ address, family }]);
    else callback(null, address, family);
  };
}

/** An error's own words; where Node tried several addresses, the words are in the first one. */
function reasonOf(error: unknown): string {
  const first = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  // Node ends some TLS errors with advice on its own options, which the operator can't give.
  return first instanceof Error ? first.message.replace(/; if the root CA is installed locally.*/, '') : String(first);
}
