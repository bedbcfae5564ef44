import { parseCidr, sameCidr } from '../../model/cidr.ts';
import { fail } from '../../model/failure.ts';
import { portOf, type RelayParams } from './params.ts';
import { MAIN, type Postfix, type Service, serviceNames } from './postconf.ts';
import type { RelayRecord, Share } from './record.ts';

/** One setting that differs. */
export interface Difference {
  /** In main.cf, or an option or the fields of the service in master.cf. */
  readonly of: 'main' | 'option' | 'fields';
  readonly name: string;
  /** Undefined where nothing is set. */
  readonly before?: string;
  /** Undefined where nothing shall be set any more. */
  readonly after?: string;
}

/** Where the login at the relayhost lies. */
export const RELAYHOST_LOGIN = '/etc/postfix/.fairlead-relayhost';
/** Postfix's own, where it is given no networks: this host itself. */
export const SELF = '127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128';
/** What stays on this host by default. */
export const SELF_NAMES = '$myhostname, localhost.$mydomain, localhost';
const RELAYHOST = [
  'relayhost',
  'smtp_sasl_auth_enable',
  'smtp_sasl_password_maps',
  'smtp_sasl_tls_security_options',
  'smtp_tls_security_level',
];

/**
 * The options of the service that takes mail. They stand in master.cf and not in main.cf, so that they say nothing of port 25:
 * mail from elsewhere goes on to come in without a login. Restrictions that main.cf has for strangers say nothing here.
 */
export function wantedOptions(params: RelayParams): ReadonlyMap<string, string> {
  const { tls, hostname } = params;
  const loginOnly = 'permit_sasl_authenticated,reject';
  return new Map([
    ['syslog_name', 'postfix/submission'],
    ...(hostname === undefined ? [] : ([['myhostname', hostname]] as const)),
    ['smtpd_tls_security_level', 'encrypt'],
    ['smtpd_tls_cert_file', tls?.certificate ?? ''],
    ['smtpd_tls_key_file', tls?.key ?? ''],
    // Where main.cf has these, they would win over the two above.
    ['smtpd_tls_chain_files', ''],
    ['smtpd_tls_auth_only', 'yes'],
    ['smtpd_sasl_auth_enable', 'yes'],
    ['smtpd_sasl_type', 'cyrus'],
    ['smtpd_sasl_path', 'smtpd'],
    ['smtpd_sasl_security_options', 'noanonymous'],
    ['smtpd_client_restrictions', ''],
    ['smtpd_helo_restrictions', ''],
    ['smtpd_sender_restrictions', ''],
    ['smtpd_relay_restrictions', loginOnly],
    ['smtpd_recipient_restrictions', loginOnly],
  ]);
}

/** The line of master.cf; not shut in, unless saslauthd's socket is in there, too. */
export function wantedFields(inside: boolean): string {
  return `n - ${inside ? 'y' : 'n'} - - smtpd`;
}

/** How the service of this port is called, or is to be called. */
export function serviceName(params: RelayParams, postfix: Postfix | undefined): string {
  return postfix?.service?.name ?? serviceNames(portOf(params))[0];
}

/** What differs in the service; undefined where there is none. Pure. */
export function serviceDifferences(
  params: RelayParams,
  service: Service | undefined,
  inside: boolean,
): readonly Difference[] | undefined {
  if (service === undefined) return undefined;
  const wanted = wantedOptions(params);
  const differs: Difference[] = [];
  const fields = wantedFields(inside);
  if (!sameFields(service.fields, fields)) differs.push({ of: 'fields', name: 'service', before: service.fields, after: fields });
  for (const [name, after] of wanted) {
    const before = service.options.get(name);
    if (before !== after) differs.push({ of: 'option', name, after, ...(before === undefined ? {} : { before }) });
  }
  const former = service.options.get('myhostname');
  if (former !== undefined && !wanted.has('myhostname')) differs.push({ of: 'option', name: 'myhostname', before: former });
  return differs;
}

/** `-` is the default of its place; how often a service is woken up, and how many there may be, is the operator's. */
function sameFields(a: string, b: string): boolean {
  const [x, y] = [a.split(' '), b.split(' ')];
  return [0, 2, 5].every((at) => x[at] === y[at]);
}

/** What differs in main.cf. Pure. */
export function mainDifferences(params: RelayParams, postfix: Postfix, record: RelayRecord | undefined): readonly Difference[] {
  const own = record?.shares[params.account.user];
  const others = othersOf(params, record);
  const differs: Difference[] = [];
  const list = (
    name: string,
    now: string,
    wanted: readonly string[],
    of: (share: Share) => readonly string[],
    same: Same,
  ): void => {
    const stale = (own === undefined ? [] : of(own)).filter(
      (each) => !wanted.includes(each) && !others.some((share) => of(share).includes(each)),
    );
    const after = withNames(now, wanted, stale, same);
    if (after === now) return;
    const before = postfix.main.get(name);
    differs.push({ of: 'main', name, after, ...(before === undefined ? {} : { before }) });
  };
  const networks = (params.networks ?? []).map(asPostfixHasIt);
  list('mynetworks', postfix.main.get('mynetworks') ?? SELF, networks, (share) => share.networks, sameNetwork);
  list(
    'mydestination',
    postfix.destination,
    params.domains ?? [],
    (share) => share.domains,
    (a, b) => a === b,
  );
  return [...differs, ...relayhostDifferences(params, postfix, record, others)];
}

function relayhostDifferences(
  params: RelayParams,
  { main }: Postfix,
  record: RelayRecord | undefined,
  others: readonly Share[],
): readonly Difference[] {
  const wanted = wantedRelayhost(params, main);
  const differs: Difference[] = [];
  for (const name of RELAYHOST) {
    const before = main.get(name);
    const now = before === undefined ? {} : { before };
    const after = wanted.get(name);
    if (after !== undefined && after !== before) differs.push({ of: 'main', name, after, ...now });
    const former = record?.main[name];
    if (
      after === undefined &&
      former !== undefined &&
      !others.some(({ relayhost }) => relayhost) &&
      (before ?? null) !== former
    ) {
      differs.push({ of: 'main', name, ...now, ...(former === null ? {} : { after: former }) });
    }
  }
  return differs;
}

function wantedRelayhost({ relayhost }: RelayParams, main: Postfix['main']): ReadonlyMap<string, string> {
  if (relayhost === undefined) return new Map();
  const level = main.get('smtp_tls_security_level') ?? '';
  return new Map([
    // In brackets: this host itself, and not those that take mail for it (MX).
    ['relayhost', `[${relayhost.host}]:${relayhost.port ?? 587}`],
    // Without TLS none is tried: what is more than that stays.
    ['smtp_tls_security_level', level === '' || level === 'none' ? 'may' : level],
    ...(relayhost.user === undefined
      ? []
      : ([
          ['smtp_sasl_auth_enable', 'yes'],
          ['smtp_sasl_password_maps', `texthash:${RELAYHOST_LOGIN}`],
          // Passwords are sent within TLS, and only there (`smtp_sasl_security_options` forbids them by default).
          ['smtp_sasl_tls_security_options', 'noanonymous'],
        ] as const)),
  ]);
}

/** Throws `mail.in-use` where something is set already that we did not set, and that others may live by. */
export function requireFree(params: RelayParams, postfix: Postfix, inside: boolean, record: RelayRecord | undefined): void {
  const { service, main } = postfix;
  const differs = serviceDifferences(params, service, inside) ?? [];
  const others = Object.keys(record?.shares ?? {}).filter((user) => user !== params.account.user);
  const shared = others.length > 0 && record?.shares[params.account.user] === undefined;
  if (service !== undefined && differs.length > 0 && (record?.service !== service.name || shared)) {
    const ours = record?.service === service.name;
    const names = differs.map(({ name }) => name).join(', ');
    throw inUse(
      ours
        ? `Port ${portOf(params)} is what ${others.join(', ')} sends through, with other settings: ${names}.`
        : `Postfix takes mail on port ${portOf(params)} already (${service.name} in master.cf), with other settings: ${names}.`,
      ours
        ? 'Give this step the same certificate and host name as the other has, or another `port`.'
        : `Give this step another \`port\`; or, if nobody sends through that one, remove it: \`postconf -MX ${service.name}/inet\`.`,
    );
  }
  for (const [name, value] of wantedRelayhost(params, main)) {
    const now = main.get(name) ?? '';
    const ours = record?.main[name] !== undefined && !shared;
    if (now !== '' && now !== value && now !== 'none' && !ours) {
      throw inUse(
        `${MAIN} has \`${name} = ${now}\` already: this host's mail goes another way.`,
        'Leave `relayhost` out, so that this mail goes the same way; or take that line out by hand.',
      );
    }
  }
}

function inUse(message: string, hint: string) {
  return fail('mail.in-use', message, { hints: [hint, 'Nothing was changed.'] });
}

/** A list of main.cf without and with names, the rest as it stood. Pure. */
export function withNames(now: string, add: readonly string[], remove: readonly string[], same: Same): string {
  const words = wordsOf(now);
  const stale = words.filter((word) => remove.some((each) => same(word, each)));
  const missing = add.filter((each) => !words.some((word) => same(word, each)));
  if (stale.length === 0 && missing.length === 0) return now;
  const joint = now.includes(',') ? ', ' : ' ';
  return [...words.filter((word) => !stale.includes(word)), ...missing].join(joint);
}

/** The words of a list in main.cf. Pure. */
export function wordsOf(list: string): readonly string[] {
  return list.split(/[\s,]+/).filter((word) => word !== '');
}

/** Is this one of the settings of main.cf by which all mail goes to one host? */
export function isRelayhostSetting(name: string): boolean {
  return RELAYHOST.includes(name);
}

/** Do two words of a list mean the same? */
type Same = (a: string, b: string) => boolean;

/** Of networks, however each is written. Pure. */
export function sameNetwork(a: string, b: string): boolean {
  return sameCidr(a.replace(/[[\]]/g, ''), b.replace(/[[\]]/g, ''));
}

/** IPv6 stands in brackets. Pure. */
export function asPostfixHasIt(network: string): string {
  if (parseCidr(network)?.version !== 6) return network;
  const [address = '', length] = network.split('/');
  return `[${address}]${length === undefined ? '' : `/${length}`}`;
}

/** What other logins have of the relay. Pure. */
export function othersOf({ account }: RelayParams, record: RelayRecord | undefined): readonly Share[] {
  return Object.entries(record?.shares ?? {}).flatMap(([user, share]) => (user === account.user ? [] : [share]));
}
