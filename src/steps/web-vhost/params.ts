import Type, { type Static } from 'typebox';
import { parseDuration } from '../../model/duration.ts';
import { fail } from '../../model/failure.ts';
import { absolutePath, duration, ensure, template, text } from '../lib/schema.ts';

/** What neither server could take for the end of a word. */
const HOSTNAME = '^[A-Za-z0-9_*]([A-Za-z0-9_.*-]*[A-Za-z0-9_*])?$';
const HEADER_NAME = '^[A-Za-z0-9-]+$';
const HEADER_VALUE = '^[^"\\\\\\r\\n]*$';
const WEB_PATH = "^/[A-Za-z0-9._~!&'()*+,=:@%/-]*$";
const UPSTREAM =
  "^https?://[A-Za-z0-9._-]+(:\\d{1,5})?(/[A-Za-z0-9._~!&'()*+,=:@%/-]*)?$|^https?://\\[[0-9A-Fa-f:]+\\](:\\d{1,5})?(/[A-Za-z0-9._~!&'()*+,=:@%/-]*)?$";

const headers = (description: string) =>
  Type.Optional(Type.Record(Type.String({ pattern: HEADER_NAME }), Type.String({ pattern: HEADER_VALUE }), { description }));
const port = (description: string, minimum = 1) => Type.Optional(Type.Integer({ minimum, maximum: 65535, description }));
const flag = (description: string) => Type.Optional(Type.Boolean({ description }));

const route = Type.Object(
  {
    path: Type.String({
      pattern: WEB_PATH,
      description: 'Requests whose path begins so; of several routes the longest that fits counts.',
    }),
    proxy: Type.Optional(
      Type.String({
        pattern: UPSTREAM,
        description:
          'They go to this address. Its path takes the place of `path` (both end with `/`, or neither does); an address without a path gets the whole path as it came. Give this or `folder`.',
      }),
    ),
    socket: Type.Optional(
      absolutePath('With `proxy`: the Unix socket to connect to; the address then says only protocol and path.'),
    ),
    folder: Type.Optional(absolutePath('They are answered with the files in this folder.')),
    websocket: flag('WebSocket connections are passed on, too. Apache must be 2.4.47 or newer. Default: false.'),
    keep_host: flag("The upstream sees the host name that was asked for, not its own address's. Default: true."),
    buffering: flag('Answers are collected before they are passed on; `false` for streams and long polling. Default: true.'),
    canonical: flag(
      '`false`: the path is passed on as it came, with its encoded characters (Apache: `nocanon`). For nginx then `proxy` has no path, or that of the route. Default: true.',
    ),
    timeout: Type.Optional(
      duration("How long the upstream may be silent. Default: the server's own, which is `60s`; with `websocket` `1h`."),
    ),
    headers: headers(
      'Headers of the request to set besides `X-Forwarded-For`, `-Proto` and `-Host`, or instead of them. With Apache those of a route hold for longer paths, too.',
    ),
  },
  { additionalProperties: false },
);

/** Schema of `web.vhost`. */
export const vhostSchema = Type.Object(
  {
    server: Type.Union([Type.Literal('apache'), Type.Literal('nginx')], { description: 'Which web server.' }),
    name: Type.String({
      pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$',
      description: 'Name of the virtual host among the server’s files: `<name>.conf`.',
    }),
    hostname: Type.Optional(
      Type.String({ pattern: HOSTNAME, description: 'The name that it answers to. Needed unless there is a `template`.' }),
    ),
    aliases: Type.Optional(Type.Array(Type.String({ pattern: HOSTNAME }), { description: 'Further names.' })),
    address: Type.Optional(
      Type.String({
        pattern: '^(\\d{1,3}(\\.\\d{1,3}){3}|\\[[0-9A-Fa-f:]+\\])$',
        description: 'The address to listen on; IPv6 in brackets. Default: all.',
      }),
    ),
    http_port: port('The port for plain HTTP; 0 for none. Default: 80.', 0),
    https_port: port('The port for HTTPS, where there is a `tls`. Default: 443.'),
    tls: Type.Optional(
      Type.Object(
        {
          certificate: absolutePath('The certificate with its chain (PEM).'),
          key: absolutePath('Its private key (PEM), without a passphrase.'),
        },
        { additionalProperties: false, description: 'HTTPS. Plain HTTP then leads there, unless `redirect` is false.' },
      ),
    ),
    redirect: flag('With `tls`: plain HTTP leads to HTTPS. Default: true.'),
    http2: flag('With `tls`: HTTP/2, too. Default: false.'),
    acme: Type.Optional(
      absolutePath('A folder with answers to ACME challenges, served at `/.well-known/acme-challenge/` before all else.'),
    ),
    routes: Type.Optional(Type.Array(route, { description: 'What answers which paths.' })),
    response_headers: headers('Headers to set on every answer.'),
    hidden_headers: Type.Optional(
      Type.Array(Type.String({ pattern: HEADER_NAME }), { description: 'Headers of the upstream that no answer may have.' }),
    ),
    max_body: Type.Optional(
      Type.String({
        pattern: '^\\d{1,6}[kmg]?$',
        description: "How large a request's body may be, as in `100m`; `0`: any size. Default: the server's own (nginx: `1m`).",
      }),
    ),
    encoded_slashes: flag('Paths may hold `%2F`, which stays as it is. Apache refuses them otherwise. Default: false.'),
    extra: Type.Optional(
      text("Further lines, in the server's own words, within the virtual host that answers (that of HTTPS, where there is one)."),
    ),
    template: Type.Optional(
      template("The whole file, in the server's own words; all that describes the virtual host otherwise is left out then."),
    ),
    modules: Type.Optional(
      Type.Array(Type.String({ pattern: '^[a-z0-9_]+$' }), {
        description: 'Apache: modules to switch on besides those that the params call for, without `mod_`: `rewrite`.',
      }),
    ),
    config_dir: Type.Optional(
      absolutePath("The server's configuration. Default: what is there of `/etc/apache2`, `/etc/httpd`, `/etc/nginx`."),
    ),
    program: Type.Optional(
      absolutePath('What checks the configuration: `apache2ctl`, `apachectl` or `nginx`. Default: what is there.'),
    ),
    ensure: ensure('the virtual host'),
  },
  { additionalProperties: false },
);

/** Params of `web.vhost`. */
export type VhostParams = Static<typeof vhostSchema>;
/** One of its routes. */
export type Route = Static<typeof route>;

/** What describes a virtual host, and has no meaning beside a template. */
const DESCRIPTION = [
  'hostname',
  'aliases',
  'address',
  'http_port',
  'https_port',
  'tls',
  'redirect',
  'http2',
  'acme',
  'routes',
  'response_headers',
  'hidden_headers',
  'max_body',
  'encoded_slashes',
  'extra',
] as const;

/** Throws `params.one-of`, `vhost.no-port` or `vhost.bad-route` for params that contradict one another. */
export function requireSound(params: VhostParams): void {
  const given = DESCRIPTION.filter((name) => params[name] !== undefined);
  if (
    (params.template === undefined) === (params.hostname === undefined) ||
    (params.template !== undefined && given.length > 0)
  ) {
    throw fail(
      'params.one-of',
      `The virtual host ${params.name} is described either by a \`template\` or by \`hostname\` and what goes with it.`,
      { hints: [given.length > 0 ? `Beside \`template\` these are too much: ${given.join(', ')}.` : 'Give one of the two.'] },
    );
  }
  if (params.template === undefined && params.http_port === 0 && params.tls === undefined) {
    throw fail('vhost.no-port', `The virtual host ${params.name} would listen on nothing.`, {
      hints: ['Give it a `tls`, or leave `http_port: 0` out.'],
    });
  }
  for (const each of params.routes ?? []) requireSoundRoute(params, each);
}

function requireSoundRoute({ name, server }: VhostParams, { path, proxy, socket, folder, canonical }: Route): void {
  const wrong = (what: string, hint: string) =>
    fail('vhost.bad-route', `The route ${path} of the virtual host ${name} ${what}.`, { hints: [hint] });
  if ((proxy === undefined) === (folder === undefined))
    throw wrong('has not one destination', 'Give it either `proxy` or `folder`.');
  if (socket !== undefined && proxy === undefined)
    throw wrong('has a `socket`, but no `proxy`', 'Add `proxy: http://localhost`.');
  if (proxy === undefined) return;
  const target = upstreamPath(proxy);
  if (target === undefined || target === path) return;
  if (target.endsWith('/') !== path.endsWith('/')) {
    throw wrong(
      `and the path of ${proxy} don't end alike`,
      'Let both end with `/`, or neither: else slashes get lost or doubled.',
    );
  }
  if (server === 'nginx' && canonical === false) {
    throw wrong('changes the path, and then nginx decodes it', `Leave \`canonical\` out, or the path of ${proxy}.`);
  }
}

/** The path of an address; undefined where it has none. */
export function upstreamPath(proxy: string): string | undefined {
  return /^https?:\/\/[^/]+(\/.*)$/.exec(proxy)?.[1];
}

/** How long the upstream of a route may be silent, in seconds; undefined: as long as the server lets it. */
export function silenceSeconds({ timeout, websocket }: Route): number | undefined {
  const given = timeout ?? (websocket === true ? '1h' : undefined);
  return given === undefined ? undefined : Math.max(1, Math.ceil((parseDuration(given) ?? 0) / 1000));
}
