import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { dialError } from './go.ts';

/** Where objects lie, and who asks for them. */
export interface Store {
  /** `http://host:port`. */
  readonly endpoint: string;
  readonly key: string;
  readonly secret: string;
  readonly region: string;
}

/** What a store answered. */
export interface Stored {
  readonly status: number;
  readonly body: Buffer;
  /** The code and the words of an error, `''` where there is none. */
  readonly code: string;
  readonly message: string;
}

const digest = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
const mac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const SIGNED = 'host;x-amz-content-sha256;x-amz-date';

/** The signature of a request by version 4 of the rules (only these three headers, and no encoded path). */
function signature(
  store: Pick<Store, 'secret' | 'region'>,
  request: { method: string; url: URL; host: string; date: string; hash: string },
): string {
  const { method, url, host, date, hash } = request;
  const query = [...url.searchParams].map((pair) => pair.map(encodeURIComponent).join('=')).sort();
  const headers = `host:${host}\nx-amz-content-sha256:${hash}\nx-amz-date:${date}\n`;
  const canonical = [method, url.pathname, query.join('&'), headers, SIGNED, hash].join('\n');
  const scope = `${date.slice(0, 8)}/${store.region}/s3/aws4_request`;
  const key = scope.split('/').reduce<string | Buffer>(mac, `AWS4${store.secret}`);
  return mac(key, `AWS4-HMAC-SHA256\n${date}\n${scope}\n${digest(canonical)}`).toString('hex');
}

/** Asks a store. Throws in Go's words where it can't be reached. */
export async function askStore(store: Store, method: string, path: string, body: Buffer = Buffer.alloc(0)): Promise<Stored> {
  const url = new URL(path, store.endpoint);
  const date = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const hash = digest(body);
  const signed = signature(store, { method, url, host: url.host, date, hash });
  const credential = `${store.key}/${date.slice(0, 8)}/${store.region}/s3/aws4_request`;
  try {
    const answer = await fetch(url, {
      method,
      headers: {
        'x-amz-date': date,
        'x-amz-content-sha256': hash,
        authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${SIGNED}, Signature=${signed}`,
      },
      ...(method === 'PUT' ? { body } : {}),
    });
    const bytes = Buffer.from(await answer.arrayBuffer());
    const part = (name: string): string =>
      new RegExp(`<${name}>(.*)</${name}>`).exec(answer.ok ? '' : bytes.toString())?.[1] ?? '';
    return { status: answer.status, body: bytes, code: part('Code'), message: part('Message') };
  } catch (error) {
    const why = dialError(error, url.host);
    if (why === undefined) throw error;
    throw new Error(`${method === 'GET' ? 'Get' : 'Put'} "${url.href}": ${why}`);
  }
}

/** Why a request is refused, in the words of MinIO; `undefined` where its signature is that of the key's secret. */
export function refusalOf(
  request: {
    readonly method: string;
    readonly url: URL;
    readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  },
  key: string,
  secret: string,
): { readonly code: string; readonly message: string } | undefined {
  const header = (name: string): string => String(request.headers[name] ?? '');
  const parts = /Credential=(.+)\/\d{8}\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=(\w+)/.exec(
    header('authorization'),
  );
  if (parts === null || parts[3] !== SIGNED) return { code: 'AccessDenied', message: 'Access Denied.' };
  const [, said, region = '', , given = ''] = parts;
  if (said !== key) {
    return { code: 'InvalidAccessKeyId', message: 'The Access Key Id you provided does not exist in our records.' };
  }
  const date = header('x-amz-date');
  const hash = header('x-amz-content-sha256');
  const own = signature({ secret, region }, { method: request.method, url: request.url, host: header('host'), date, hash });
  if (own.length === given.length && timingSafeEqual(Buffer.from(own), Buffer.from(given))) return undefined;
  return {
    code: 'SignatureDoesNotMatch',
    message: 'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
  };
}
