import { joinTexts, type Text } from '../../model/secrets.ts';
import { type Route, silenceSeconds, upstreamPath, type VhostParams } from './params.ts';
import { MADE_BY } from './render-apache.ts';

const CHALLENGES = '/.well-known/acme-challenge/';

/** Pure: a virtual host in nginx's words. With `ipv6` it listens on all IPv6 addresses, too, unless params name one address. */
export function renderNginx(params: VhostParams, ipv6: boolean): Text {
  const { http_port: httpPort = 80, https_port: httpsPort = 443, tls, redirect = true } = params;
  const onlyLeads = tls !== undefined && redirect;
  const parts: Text[] = [[MADE_BY, ...upgradeMap(params)].join('\n')];
  const listens = (port: number, more = ''): readonly string[] => listenLines(params, port, more, ipv6);
  if (onlyLeads && httpPort !== 0) {
    const host = httpsPort === 443 ? params.hostname : `${params.hostname}:${httpsPort}`;
    const leads = ['location / {', `  return 301 https://${host}$request_uri;`, '}'];
    parts.push(block([...listens(httpPort), ...nameLines(params), ...acmeLines(params), ...leads], undefined));
  }
  const plain = onlyLeads || httpPort === 0 ? [] : listens(httpPort);
  const secure = tls === undefined ? [] : listens(httpsPort, params.http2 === true ? ' ssl http2' : ' ssl');
  if (plain.length + secure.length > 0) {
    const lines = [...plain, ...secure, ...nameLines(params), ...tlsLines(params), ...bodyLines(params)];
    parts.push(block(lines, params.extra));
  }
  return joinTexts([...parts, ''], '\n');
}

function block(lines: readonly string[], extra: Text | undefined): Text {
  const texts: Text[] = [`server {\n${lines.map((line) => `  ${line}`).join('\n')}`];
  if (extra !== undefined) texts.push(extra);
  return joinTexts([...texts, '}'], '\n');
}

function listenLines({ address }: VhostParams, port: number, more: string, ipv6: boolean): readonly string[] {
  if (address !== undefined) return [`listen ${address}:${port}${more};`];
  return [`listen ${port}${more};`, ...(ipv6 ? [`listen [::]:${port}${more};`] : [])];
}

function nameLines({ hostname, aliases = [] }: VhostParams): readonly string[] {
  return [`server_name ${[hostname, ...aliases].join(' ')};`];
}

function tlsLines({ tls }: VhostParams): readonly string[] {
  return tls === undefined ? [] : [`ssl_certificate "${tls.certificate}";`, `ssl_certificate_key "${tls.key}";`];
}

function acmeLines({ acme }: VhostParams): readonly string[] {
  if (acme === undefined) return [];
  return [`location ^~ ${CHALLENGES} {`, `  alias "${acme.replace(/\/+$/, '')}/";`, '}'];
}

/** A variable of its own for each file: two of one name would not be taken. */
function upgradeVariable({ name }: VhostParams): string {
  return `$fairlead_${name.toLowerCase().replaceAll(/[^a-z0-9]/g, '_')}_connection`;
}

function upgradeMap(params: VhostParams): readonly string[] {
  if (!(params.routes ?? []).some(({ websocket }) => websocket === true)) return [];
  return [`map $http_upgrade ${upgradeVariable(params)} {`, '  default upgrade;', "  '' '';", '}'];
}

function bodyLines(params: VhostParams): readonly string[] {
  const lines = [...acmeLines(params)];
  if (params.max_body !== undefined) lines.push(`client_max_body_size ${params.max_body};`);
  for (const [name, value] of Object.entries(params.response_headers ?? {})) lines.push(`add_header ${name} "${value}" always;`);
  for (const name of hiddenHeaders(params)) lines.push(`proxy_hide_header ${name};`);
  for (const route of params.routes ?? []) {
    const inside = route.folder === undefined ? proxyLines(params, route) : folderLines(route.path, route.folder);
    lines.push(`location ${route.path} {`, ...inside.map((line) => `  ${line}`), '}');
  }
  return lines;
}

/** What is set takes the place of what the upstream says. */
function hiddenHeaders({ hidden_headers: hidden = [], response_headers: set = {} }: VhostParams): readonly string[] {
  return [...new Set([...hidden, ...Object.keys(set)])];
}

function folderLines(path: string, folder: string): readonly string[] {
  const real = folder.replace(/\/+$/, '') || '/';
  return path === '/' ? [`root "${real}";`] : [`alias "${path.endsWith('/') ? `${real}/` : real}";`];
}

function proxyLines(params: VhostParams, route: Route): readonly string[] {
  const { path, proxy = '', socket, headers = {}, keep_host: keepHost = true } = route;
  const target = upstreamPath(proxy);
  // With a path of its own nginx decodes the request's, and encodes it anew; where both are alike it need not.
  const rest = target === undefined || target === path ? '' : target;
  const [protocol, host] = [proxy.startsWith('https:') ? 'https' : 'http', /^https?:\/\/([^/]+)/.exec(proxy)?.[1] ?? ''];
  const address =
    socket === undefined ? `${protocol}://${host}${rest}` : `${protocol}://unix:${socket}${rest === '' ? '' : `:${rest}`}`;
  const silence = silenceSeconds(route);
  // One of a name only: nginx would send them both.
  const own = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  const usual = Object.entries({
    Host: keepHost ? '$http_host' : '$proxy_host',
    'X-Real-IP': '$remote_addr',
    'X-Forwarded-For': '$proxy_add_x_forwarded_for',
    'X-Forwarded-Proto': '$scheme',
    'X-Forwarded-Host': '$host',
    ...(route.websocket === true ? { Upgrade: '$http_upgrade' } : {}),
    Connection: route.websocket === true ? upgradeVariable(params) : '""',
  }).filter(([name]) => !own.has(name.toLowerCase()));
  const sent = [...usual, ...Object.entries(headers).map(([name, value]) => [name, `"${value}"`] as const)];
  return [
    `proxy_pass ${address};`,
    'proxy_http_version 1.1;',
    ...sent.map(([name, value]) => `proxy_set_header ${name} ${value};`),
    ...(protocol === 'https' ? ['proxy_ssl_server_name on;'] : []),
    ...(silence === undefined ? [] : [`proxy_read_timeout ${silence}s;`, `proxy_send_timeout ${silence}s;`]),
    ...(route.buffering === false ? ['proxy_buffering off;', 'proxy_request_buffering off;'] : []),
  ];
}
