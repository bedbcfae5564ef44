import { joinTexts, type Text } from '../../model/secrets.ts';
import { type Route, silenceSeconds, upstreamPath, type VhostParams } from './params.ts';

/** First line of every file that is made from params. */
export const MADE_BY = '# Made by fairlead; changes by hand are noticed, and asked about.';

const CHALLENGES = '/.well-known/acme-challenge/';

/**
 * Pure: a virtual host in Apache's words. `listens` holds what other files listen on already (`80`, `127.0.0.1:8080`): Apache
 * refuses to start where two lines listen on the same.
 */
export function renderApache(params: VhostParams, listens: ReadonlySet<string>): Text {
  const { address = '*', http_port: httpPort = 80, https_port: httpsPort = 443, tls, redirect = true } = params;
  const ports = [...(httpPort === 0 ? [] : [httpPort]), ...(tls === undefined ? [] : [httpsPort])];
  const onlyLeads = tls !== undefined && redirect;
  const body = bodyLines(params);
  const parts: Text[] = [[MADE_BY, ...ports.flatMap((port) => listenLines(params, port, listens))].join('\n')];
  if (httpPort !== 0) {
    const own = onlyLeads ? redirectLines(params, httpsPort) : body;
    parts.push(block(`${address}:${httpPort}`, [...nameLines(params), ...own], onlyLeads ? undefined : params.extra));
  }
  if (tls !== undefined) {
    const lines = [...nameLines(params), ...tlsLines(params), ...body];
    parts.push(block(`${address}:${httpsPort}`, lines, params.extra));
  }
  return joinTexts([...parts, ''], '\n');
}

/** Apache's modules that a virtual host with these params needs, without `mod_`. Pure; sorted. */
export function apacheModules(params: VhostParams): readonly string[] {
  const { routes = [], tls, template, http2 } = params;
  const needed = new Set(params.modules ?? []);
  if (template !== undefined) return [...needed].sort();
  const proxied = routes.filter(({ proxy }) => proxy !== undefined);
  if (proxied.length > 0) for (const name of ['headers', 'proxy', 'proxy_http']) needed.add(name);
  if (tls !== undefined || proxied.some(({ proxy = '' }) => proxy.startsWith('https:'))) needed.add('ssl');
  if (tls !== undefined && http2 === true) needed.add('http2');
  if (params.acme !== undefined || tls !== undefined || routes.some(({ folder }) => folder !== undefined)) needed.add('alias');
  if (params.response_headers !== undefined || params.hidden_headers !== undefined) needed.add('headers');
  return [...needed].sort();
}

/** What two files of ours listen on is listened on once; the last of them may go, and the other still listens. */
function listenLines({ address }: VhostParams, port: number, listens: ReadonlySet<string>): readonly string[] {
  const where = address === undefined ? `${port}` : `${address}:${port}`;
  if (listens.has(where) || listens.has(`${port}`)) return [];
  const known = `FAIRLEAD_LISTEN_${where.replaceAll(/[^0-9A-Za-z]/g, '_')}`;
  return [`<IfDefine !${known}>`, `  Define ${known}`, `  Listen ${where}`, '</IfDefine>'];
}

function block(where: string, lines: readonly string[], extra: Text | undefined): Text {
  const inside = lines.map((line) => `  ${line}`).join('\n');
  const texts: Text[] = [`<VirtualHost ${where}>\n${inside}`];
  if (extra !== undefined) texts.push(extra);
  return joinTexts([...texts, '</VirtualHost>'], '\n');
}

function nameLines({ hostname, aliases = [] }: VhostParams): readonly string[] {
  return [`ServerName ${hostname}`, ...(aliases.length > 0 ? [`ServerAlias ${aliases.join(' ')}`] : [])];
}

function tlsLines({ tls, http2 }: VhostParams): readonly string[] {
  if (tls === undefined) return [];
  return [
    'SSLEngine on',
    `SSLCertificateFile "${tls.certificate}"`,
    `SSLCertificateKeyFile "${tls.key}"`,
    ...(http2 === true ? ['Protocols h2 http/1.1'] : []),
  ];
}

function redirectLines(params: VhostParams, httpsPort: number): readonly string[] {
  const host = httpsPort === 443 ? params.hostname : `${params.hostname}:${httpsPort}`;
  const except = params.acme === undefined ? '' : `(?!${CHALLENGES.replaceAll('.', '\\.')})`;
  return [...acmeLines(params), `RedirectMatch permanent "^${except}(/.*)$" "https://${host}$1"`];
}

function acmeLines({ acme }: VhostParams): readonly string[] {
  return acme === undefined ? [] : folderLines(CHALLENGES, acme);
}

function folderLines(path: string, folder: string): readonly string[] {
  const real = folder.replace(/\/+$/, '') || '/';
  const where = path === '/' ? [`DocumentRoot "${real}"`] : [`Alias "${path}" "${path.endsWith('/') ? `${real}/` : real}"`];
  return [...where, `<Directory "${real}">`, '  Require all granted', '</Directory>'];
}

function bodyLines(params: VhostParams): readonly string[] {
  const { routes = [], response_headers: set = {}, hidden_headers: hidden = [], acme } = params;
  // Apache takes the first ProxyPass, and the first Alias, that fits.
  const ordered = [...routes].sort((a, b) => b.path.length - a.path.length);
  const proxied = ordered.filter(({ proxy }) => proxy !== undefined);
  const lines = [...acmeLines(params)];
  if (params.max_body !== undefined) lines.push(`LimitRequestBody ${bytes(params.max_body)}`);
  if (params.encoded_slashes === true) lines.push('AllowEncodedSlashes NoDecode');
  // Headers that a program set `always`, and others, lie in two tables, and each is to be cleared by itself.
  for (const name of hidden) lines.push(`Header unset ${name}`, `Header always unset ${name}`);
  for (const [name, value] of Object.entries(set)) lines.push(`Header unset ${name}`, `Header always set ${name} "${value}"`);
  if (proxied.length > 0) {
    lines.push('ProxyRequests Off', '<Proxy "*">', '  Require all granted', '</Proxy>');
    if (proxied.some(({ proxy = '' }) => proxy.startsWith('https:'))) lines.push('SSLProxyEngine on');
    // Apache adds its own to what a client claims.
    lines.push('RequestHeader unset X-Forwarded-Host', 'RequestHeader set X-Forwarded-Proto "expr=%{REQUEST_SCHEME}"');
    if (acme !== undefined) lines.push(`ProxyPass "${CHALLENGES}" "!"`);
  }
  for (const route of ordered) {
    if (route.folder !== undefined) {
      lines.push(...(proxied.length > 0 ? [`ProxyPass "${route.path}" "!"`] : []), ...folderLines(route.path, route.folder));
    } else lines.push(...proxyLines(route));
  }
  // Of several <Location> that fit, the last counts.
  for (const route of proxied.toReversed()) lines.push(...locationLines(route));
  return lines;
}

function proxyLines(route: Route): readonly string[] {
  const { path, proxy = '', socket } = route;
  const silence = silenceSeconds(route);
  const address = upstreamPath(proxy) === undefined ? `${proxy}${path}` : proxy;
  const options = [
    ...(route.canonical === false ? ['nocanon'] : []),
    ...(route.websocket === true ? ['upgrade=websocket'] : []),
    ...(route.buffering === false ? ['flushpackets=on'] : []),
    ...(silence === undefined ? [] : [`timeout=${silence}`]),
  ];
  const target = socket === undefined ? address : `unix:${socket}|${address}`;
  return [
    `ProxyPass "${path}" "${target}"${options.map((option) => ` ${option}`).join('')}`,
    `ProxyPassReverse "${path}" "${address}"`,
  ];
}

function locationLines({ path, headers = {}, keep_host: keepHost = true }: Route): readonly string[] {
  const inside = [
    `ProxyPreserveHost ${keepHost ? 'On' : 'Off'}`,
    ...Object.entries(headers).map(([name, value]) => `RequestHeader set ${name} "${value}"`),
  ];
  return [`<Location "${path}">`, ...inside.map((line) => `  ${line}`), '</Location>'];
}

function bytes(size: string): number {
  const factor = { k: 1024, m: 1024 ** 2, g: 1024 ** 3 }[size.at(-1) ?? ''] ?? 1;
  return Number.parseInt(size, 10) * factor;
}
