import Type, { type Static } from 'typebox';
import { cidrsOverlap, parseCidr } from '../../model/cidr.ts';
import { fail } from '../../model/failure.ts';
import { accountName } from '../lib/account-program.ts';
import { ensure, text } from '../lib/schema.ts';

const HOST = '^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$';
/** master.cf takes no space in a value, and what follows a `$` for the name of a parameter. */
const pemFile = (description: string) => Type.String({ pattern: '^(?!.*/\\.\\.(/|$))/[^\\s,{}$#"]+$', description });
const port = (description: string) => Type.Optional(Type.Integer({ minimum: 1, maximum: 65535, description }));

/** Schema of `mail.relay`. */
export const relaySchema = Type.Object(
  {
    server: Type.Optional(
      Type.Literal('postfix', { description: 'Which mail server. Default, and for now the only one: Postfix.' }),
    ),
    account: Type.Object(
      {
        user: accountName(
          'The login of the program that sends: a user of this host who can’t log in (host.user), for nothing else.',
        ),
        password: Type.Optional(text('The password that it gets, of one line. Not needed with `ensure: absent`.')),
      },
      { additionalProperties: false, description: 'With what the sending program logs in.' },
    ),
    tls: Type.Optional(
      Type.Object(
        {
          certificate: pemFile('The certificate with its chain (PEM); its name is that by which the program reaches this host.'),
          key: pemFile('Its private key (PEM), without a passphrase.'),
        },
        { additionalProperties: false, description: 'What STARTTLS is done with. Not needed with `ensure: absent`.' },
      ),
    ),
    port: port('The port on which mail is taken. Default: 587, submission.'),
    hostname: Type.Optional(
      Type.String({ pattern: HOST, description: 'The name that Postfix gives there. Default: its own, `myhostname`.' }),
    ),
    networks: Type.Optional(
      Type.Array(Type.String({ pattern: '^[0-9A-Fa-f.:]+(/\\d{1,3})?$' }), {
        description:
          'Networks (CIDR) that may also send through port 25, with no login: added to `mynetworks`. Default: none, and none is needed.',
      }),
    ),
    domains: Type.Optional(
      Type.Array(Type.String({ pattern: HOST }), {
        description: 'Domains whose mail stays on this host: added to `mydestination`.',
      }),
    ),
    relayhost: Type.Optional(
      Type.Object(
        {
          host: Type.String({ pattern: HOST, description: 'Its name.' }),
          port: port('Its port. Default: 587.'),
          user: Type.Optional(Type.String({ pattern: '^[^\\s:]+$', description: 'The login there.' })),
          password: Type.Optional(text('The password there.')),
        },
        {
          additionalProperties: false,
          description: 'Where this host sends all its mail that is not for itself. Default: each to where it belongs.',
        },
      ),
    ),
    ensure: ensure('the relay'),
  },
  { additionalProperties: false },
);

/** Params of `mail.relay`. */
export type RelayParams = Static<typeof relaySchema>;

/** Ranges that nobody has to himself on the internet: RFC 1918, 3927, 4193, 4291, 6598. */
const PRIVATE = [
  ...['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16'],
  ...['fc00::/7', 'fe80::/10', '::1/128'],
];
/** All of IPv4 as IPv6 has it: mapped (RFC 4291), and by way of NAT64 (RFC 6052). */
const ALL_OF_IPV4 = ['::ffff:0:0/96', '64:ff9b::/96'];
/** How many addresses of the internet are still somebody's own: a /24, or a /64. */
const OWN_AT_MOST = { 4: 1n << 8n, 6: 1n << 64n };

/** Throws `mail.open-relay`, `mail.bad-network`, `mail.no-tls` or `params.one-of`: before anything is changed. */
export function requireSound({ tls, account, networks = [], relayhost }: RelayParams): void {
  if (tls === undefined) {
    throw fail('mail.no-tls', 'Without `tls` a login and its password would go over the wire for everybody to read.', {
      hints: ['Give `tls` a certificate and its key: Postfix takes logins after STARTTLS only.'],
    });
  }
  if (account.password === undefined) {
    throw fail('mail.no-password', `The login ${account.user} has no password, and nothing could be sent.`, {
      hints: ['Give `account` a `password`: a secret that the recipe makes.'],
    });
  }
  for (const network of networks) requireOwnNetwork(network);
  if (relayhost !== undefined && (relayhost.user === undefined) !== (relayhost.password === undefined)) {
    throw fail('params.one-of', `The relayhost ${relayhost.host} has a user or a password, and not both.`, {
      hints: ['Give both, or neither.'],
    });
  }
}

function requireOwnNetwork(network: string): void {
  const range = parseCidr(network);
  if (range === undefined) {
    throw fail('mail.bad-network', `${network} is no network.`, { hints: ['Write it as in `172.21.0.0/16`.'] });
  }
  const inside = PRIVATE.map(parseCidr).some(
    (each) => each?.version === range.version && each.first <= range.first && range.last <= each.last,
  );
  const isOther = ALL_OF_IPV4.some((each) => cidrsOverlap(each, network));
  if (inside || (range.last - range.first < OWN_AT_MOST[range.version] && !isOther)) return;
  throw fail('mail.open-relay', `With ${network} among its networks this host would send mail for strangers.`, {
    hints: [
      'Name just the network of the containers, as in `172.21.0.0/16`; or none: those that log in need none.',
      'An open relay is found within hours, and then nobody takes this host’s mail any more.',
    ],
  });
}

/** The port on which mail is taken. */
export function portOf(params: RelayParams): number {
  return params.port ?? 587;
}

/** How changes name a relay. */
export function targetOf({ account }: RelayParams): string {
  return `postfix ${account.user}`;
}
