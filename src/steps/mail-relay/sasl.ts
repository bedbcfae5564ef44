import { fail } from '../../model/failure.ts';
import type { ApplyContext, ReadContext } from '../../model/step.ts';
import { runAccountProgram } from '../lib/account-program.ts';
import { type Accounts, readAccounts } from '../lib/accounts.ts';
import {
  detectInit,
  enableService,
  type InitSystem,
  restartService,
  serviceState,
  startService,
  stopService,
} from '../lib/init-system.ts';

/** What asks the host's accounts for passwords on Postfix's behalf. */
export interface Sasl {
  readonly init: InitSystem;
  /** Is saslauthd installed? */
  readonly known: boolean;
  readonly running: boolean;
  readonly enabled: boolean;
  /** Where Postfix reads how passwords are checked, and what stands there. */
  readonly file: string;
  readonly text?: string;
  /** What should stand there. */
  readonly wanted: string;
  /** What stands there says the same. */
  readonly same: boolean;
  /** Is saslauthd's socket within Postfix's own folder, where a service that is shut in there finds it? */
  readonly inside: boolean;
  /** Debian's init script starts it only where its settings say so: up to 11 they say no, in 12 nothing. */
  readonly switchedOff: boolean;
  /** Debian lets only this group ask, and Postfix is not in it. */
  readonly joins: boolean;
}

export const DEFAULTS = '/etc/default/saslauthd';
const SCRIPT = '/etc/init.d/saslauthd';
const OWN_FILE = '/etc/postfix/sasl/smtpd.conf';
const SHARED_FILE = '/etc/sasl2/smtpd.conf';
const UNIT = 'saslauthd';
/** Where the library looks for the socket by itself. */
const SOCKETS = ['/var/run/saslauthd', '/run/saslauthd'];

/** Looks at saslauthd, and at how Postfix would ask it. `queue` is the folder that Postfix shuts its services in. */
export async function lookAtSasl(queue: string, { groups }: Accounts, ctx: ReadContext): Promise<Sasl> {
  const init = await detectInit(ctx.host);
  const [folder, defaults, script, slackware, own, shared] = await ctx.host.files([
    { op: 'stat', path: '/etc/postfix/sasl' },
    { op: 'read', path: DEFAULTS },
    { op: 'read', path: SCRIPT },
    { op: 'stat', path: '/etc/sasl2' },
    { op: 'read', path: OWN_FILE },
    { op: 'read', path: SHARED_FILE },
  ]);
  // Debian's Postfix looks in a folder of its own, others in that of the library.
  const [file, bytes] = folder === undefined && slackware !== undefined ? [SHARED_FILE, shared] : [OWN_FILE, own];
  const text = bytes === undefined ? undefined : new TextDecoder().decode(bytes);
  const settings = defaults === undefined ? '' : new TextDecoder().decode(defaults);
  const socket = /^OPTIONS=.*-m\s*([^\s"']+)/m.exec(settings)?.[1] ?? '/var/run/saslauthd';
  const inside = queue !== '' && socket.startsWith(`${queue}/`);
  const seen = inside ? socket.slice(queue.length) : socket;
  const wanted = [
    '# Made by fairlead: passwords are those of this host’s accounts.',
    'pwcheck_method: saslauthd',
    'mech_list: PLAIN LOGIN',
    ...(SOCKETS.includes(seen) ? [] : [`saslauthd_path: ${seen}/mux`]),
    '',
  ].join('\n');
  const group = groups.find(({ name }) => name === 'sasl');
  const state = await serviceState(ctx, init, UNIT);
  return {
    init,
    known: state.known,
    running: state.running,
    enabled: state.enabled !== false,
    file,
    ...(text === undefined ? {} : { text }),
    wanted,
    same: text !== undefined && sameMeaning(text, wanted),
    inside,
    switchedOff: isSwitchedOff(settings, script === undefined ? '' : new TextDecoder().decode(script)),
    joins: group !== undefined && !group.members.includes('postfix'),
  };
}

/** Throws `mail.in-use` where passwords are checked otherwise already: others may live by that. */
export function requireOwnSasl({ file, text, same }: Sasl, ours: boolean): void {
  if (text === undefined || same || ours) return;
  throw fail('mail.in-use', `${file} says already how Postfix checks passwords, and says it otherwise.`, {
    hints: [
      'Others may log in by it, so it is left alone.',
      'If nobody does, move it away; or let it say `pwcheck_method: saslauthd` and `mech_list: PLAIN LOGIN`.',
    ],
  });
}

/** Throws `mail.no-sasl` where a part of that is missing by which logins are checked. */
export async function requireSasl({ known }: Sasl, ctx: ApplyContext): Promise<void> {
  const hints = ['Install it, with a step host.package before this one: `sasl2-bin` and `libsasl2-modules` on Debian.'];
  if (!known)
    throw fail('mail.no-sasl', 'saslauthd is not installed on this host, so that no login could be checked.', { hints });
  const [names = []] = await ctx.host.files([{ op: 'list', path: '/usr/lib' }]);
  const folders = ['sasl2', ...names.filter((name) => name.includes('-linux-')).map((name) => `${name}/sasl2`)];
  const lists = await ctx.host.files(
    ['/usr/lib64/sasl2', ...folders.map((folder) => `/usr/lib/${folder}`)].map((path) => ({ op: 'list', path }) as const),
  );
  const found = lists.flatMap((entries) => (entries === undefined ? [] : [entries]));
  // Where there is no such folder at all, this system keeps it where we don't know.
  if (found.length === 0 || found.flat().some((name) => name.startsWith('libplain.so'))) return;
  throw fail('mail.no-sasl', 'The part of SASL that takes a name and a password (PLAIN) is not installed on this host.', {
    hints,
  });
}

/**
 * Lets Postfix ask for passwords: the group, and the service, now and after the next start of the host. saslauthd remembers who
 * got in, for hours (`-c`): where a password was changed, it has to forget the former one.
 */
export async function letAsk(sasl: Sasl, changed: boolean, ctx: ApplyContext): Promise<void> {
  if (sasl.joins) await runAccountProgram(ctx, ['usermod', '--append', '--groups', 'sasl', 'postfix'], 'postfix');
  if (!sasl.enabled) await enableService(ctx, sasl.init, UNIT);
  if (!sasl.running) await startService(ctx, sasl.init, UNIT);
  else if (changed) await restartService(ctx, sasl.init, UNIT);
}

/** Takes Postfix out of the group again. */
export async function leaveGroup(ctx: ApplyContext): Promise<void> {
  const { groups } = await readAccounts(ctx);
  if (!groups.some(({ name, members }) => name === 'sasl' && members.includes('postfix'))) return;
  await runAccountProgram(ctx, ['gpasswd', '--delete', 'postfix', 'sasl'], 'postfix');
}

/** Has saslauthd run, and start at boot, no more than it did before. */
export async function leaveAsBefore(
  before: { readonly running: boolean; readonly enabled: boolean },
  ctx: ApplyContext,
): Promise<void> {
  const init = await detectInit(ctx.host);
  const now = await serviceState(ctx, init, UNIT);
  if (!now.known) return;
  if (!before.running && now.running) await stopService(ctx, init, UNIT);
  if (!before.enabled && now.enabled === true) await enableService(ctx, init, UNIT, false);
}

/** Has saslauthd, where it runs, forget who got in. */
export async function forgetLogins(ctx: ApplyContext): Promise<void> {
  const init = await detectInit(ctx.host);
  if ((await serviceState(ctx, init, UNIT)).running) await restartService(ctx, init, UNIT);
}

/** systemd runs the script as well, where the package has no unit, as in Debian 12. */
function isSwitchedOff(settings: string, script: string): boolean {
  const said = /^START=["']?(\w*)/m.exec(settings)?.[1];
  return said === undefined ? settings !== '' && script.includes('$START') : said !== 'yes';
}

/** saslauthd's settings with it switched on. Pure. */
export function switchedOn(defaults: string): string {
  const line = /^START=.*$/m;
  return line.test(defaults) ? defaults.replace(line, 'START=yes') : `${defaults.replace(/\n?$/, '\n')}START=yes\n`;
}

function sameMeaning(text: string, wanted: string): boolean {
  const meaning = (of: string): string =>
    [...of.matchAll(/^([a-z_]+)\s*:\s*(.*?)\s*$/gim)]
      .map(([, name = '', value = '']) => `${name.toLowerCase()}: ${value.toLowerCase().split(/\s+/).sort().join(' ')}`)
      .sort()
      .join('\n');
  return meaning(text) === meaning(wanted);
}
