import type { FakeHost } from '../../adapters/host/fake-host.ts';
import { ecKey } from '../../adapters/vault/generate-key.ts';
import { selfSigned } from '../../adapters/vault/self-signed.ts';

/** What a fake Postfix is told, and tells. */
export interface FakePostfix {
  /** The configuration that it runs with. */
  loaded(): string;
  /** Starts it. */
  start(): void;
  /** What the next reload leads to; default: it is taken. */
  onReload: 'taken' | 'dies';
}

/** How it is set up. */
export interface FakePostfixOptions {
  /** Default: that of a Debian “Internet Site”. */
  readonly main?: string;
  readonly master?: string;
  /** Default: it runs. */
  readonly runs?: boolean;
}

export const FAKE_MAIN = '# Debian\nmyhostname = mail.lan\nmynetworks = 127.0.0.0/8\nrelayhost =\n# The end\n';
export const FAKE_MASTER = 'smtp inet n - y - - smtpd\nqmgr unix n - n 300 1 qmgr\n';
/** A certificate of the name `smtp.lan`, its key, and the key of another. */
export const FAKE_TLS = { certificate: '/etc/ssl/smtp.pem', key: '/etc/ssl/smtp.key' };
export const OTHER_KEY = '/etc/ssl/other.key';
const KEY = await ecKey();
const OTHER = await ecKey();
const CERTIFICATE = await selfSigned(KEY, { names: ['smtp.lan'] });

const DEFAULTS: Readonly<Record<string, string>> = {
  queue_directory: '/var/spool/postfix',
  mydestination: '$myhostname, localhost.$mydomain, localhost',
};
const MAIN = '/etc/postfix/main.cf';
const MASTER = '/etc/postfix/master.cf';
const LOADED = '/run/postfix.loaded';
const PID = '61';

/**
 * Postfix and chpasswd on a fake host, with a certificate at `FAKE_TLS`. Its check refuses a domain
 * `broken.lan`. A user `verification` is there, who can't log in.
 */
export function createFakePostfix(host: FakeHost, options: FakePostfixOptions = {}): FakePostfix {
  const { main = FAKE_MAIN, master = FAKE_MASTER, runs = true } = options;
  const fake: FakePostfix = { onReload: 'taken', loaded: () => host.text(LOADED), start };
  host.put(MAIN, { content: main });
  host.put(MASTER, { content: master });
  host.put('/etc/postfix/sasl', { kind: 'dir' });
  host.put('/etc/passwd', {
    content: `${host.text('/etc/passwd')}verification:x:990:100::/nonexistent:/usr/sbin/nologin\npostfix:x:101:65534::/var/spool/postfix:/usr/sbin/nologin\n`,
  });
  host.put('/etc/group', { content: `${host.text('/etc/group')}sasl:x:45:\n` });
  host.put('/etc/shadow', { content: 'root:*:1::::::\nverification:!:1::::::\n', mode: 0o640 });
  host.put(FAKE_TLS.certificate, { content: CERTIFICATE });
  host.put(FAKE_TLS.key, { content: KEY, mode: 0o600 });
  host.put(OTHER_KEY, { content: OTHER, mode: 0o600 });
  if (runs) start();
  host.program('postconf', ({ argv: [, ...args] }) => postconf(args));
  host.program('postfix', ({ argv: [, verb] }) => {
    if (verb === 'check') {
      return host.text(MAIN).includes('broken.lan') ? { code: 1, stderr: 'postfix: fatal: broken.lan is no name\n' } : {};
    }
    const dies = verb === 'reload' && fake.onReload === 'dies';
    fake.onReload = 'taken';
    if (dies) host.delete(`/proc/${PID}`);
    else start();
    return {};
  });
  host.program('tail', () => ({
    stdout: 'Jan 1 10:00:00 mail postfix/master[61]: fatal: bind 0.0.0.0 port 587: Address already in use\n',
  }));
  host.put('/var/log/mail.log');
  host.program('chpasswd', ({ argv, stdin }) => {
    const [, user = '', password = ''] = /^([^:]*):(.*)\n$/s.exec(stdin) ?? [];
    const hash = argv.includes('--encrypted')
      ? password
      : `$y$${Buffer.from(password).toString('hex').split('').reverse().join('')}`;
    const lines = host.text('/etc/shadow').split('\n');
    const shadow = lines.map((line) => (line.startsWith(`${user}:`) ? line.replace(/:[^:]*/, () => `:${hash}`) : line));
    host.put('/etc/shadow', { content: shadow.join('\n'), mode: 0o640 });
    return {};
  });
  host.program('gpasswd', ({ argv: [, , user = '', group = ''] }) => {
    const text = host.text('/etc/group').replace(new RegExp(`^(${group}:.*:)(.*)$`, 'm'), (_, head: string, members: string) => {
      const left = members.split(',').filter((member) => member !== user);
      return `${head}${left.join(',')}`;
    });
    host.put('/etc/group', { content: text });
    return {};
  });
  return fake;

  function start(): void {
    host.put('/var/spool/postfix/pid/master.pid', { content: `        ${PID}\n` });
    host.put(`/proc/${PID}/comm`, { content: 'master\n' });
    host.put(LOADED, { content: `${host.text(MAIN)}${host.text(MASTER)}` });
  }

  function postconf(args: readonly string[]): { stdout?: string; code?: number; stderr?: string } {
    const [flag = '', ...rest] = args;
    const service = (rest[0] ?? '').split('/')[0] ?? '';
    switch (flag) {
      case '-n':
        return /^[^#\s][^=]*$/m.test(host.text(MAIN))
          ? { code: 1, stderr: "postconf: fatal: /etc/postfix/main.cf, line 3: missing '=' after attribute name\n" }
          : { stdout: [...settings()].map(([name, value]) => `${name} = ${value}`.trimEnd()).join('\n') };
      case '-h':
        return { stdout: rest.map((name) => `${settings().get(name) ?? DEFAULTS[name] ?? ''}\n`).join('') };
      case '-e':
        for (const each of rest) set(each.slice(0, each.indexOf('=')), each.slice(each.indexOf('=') + 1));
        return {};
      case '-X':
        for (const name of rest) set(name, undefined);
        return {};
      case '-M':
        if (rest.length === 0) return { stdout: host.text(MASTER).replace(/\n +/g, ' ') };
        put(service, (rest[0] ?? '').slice((rest[0] ?? '').indexOf('=') + 1).replace(/ -o /g, '\n    -o '));
        return {};
      case '-MX':
        put(service, undefined);
        return {};
      case '-P':
        if (rest.length === 0) return { stdout: entries().flatMap(optionLines).join('') };
        for (const each of rest) option(each);
        return {};
      case '-PX':
        for (const each of rest) option(each);
        return {};
      case '-F':
        for (const each of rest) field(each);
        return {};
      default:
        return { code: 1, stderr: `postconf: fatal: ${flag}\n` };
    }
  }

  function settings(): ReadonlyMap<string, string> {
    return new Map([...host.text(MAIN).matchAll(/^(\w+) *=[ \t]*(.*)$/gm)].map(([, name = '', value = '']) => [name, value]));
  }

  function set(name: string, value: string | undefined): void {
    const text = host.text(MAIN);
    const line = new RegExp(`^${name} *=.*\\n`, 'm');
    const wanted = value === undefined ? '' : `${name} = ${value}\n`;
    host.put(MAIN, { content: line.test(text) ? text.replace(line, () => wanted) : `${text}${wanted}` });
  }

  /** The entries of master.cf: their lines, with those that go on. */
  function entries(): readonly string[] {
    return host
      .text(MASTER)
      .split(/\n(?=\S)/)
      .map((entry) => `${entry.trimEnd()}\n`);
  }

  function put(name: string, entry: string | undefined): void {
    const kept = entries();
    const at = kept.findIndex((each) => each.startsWith(`${name} `) && each.includes(' inet '));
    const after = entry === undefined ? [] : [`${entry}\n`];
    host.put(MASTER, { content: (at === -1 ? [...kept, ...after] : kept.toSpliced(at, 1, ...after)).join('') });
  }

  function optionLines(entry: string): readonly string[] {
    const [name, type] = entry.split(/\s+/);
    return [...entry.matchAll(/ -o (\w+)=(.*)/g)].map(([, key, value]) => `${name}/${type}/${key} = ${value}\n`);
  }

  /** `service/inet/chroot=y`. */
  function field(words: string): void {
    const [, name = '', key = '', value = ''] = /^([^/]+)\/inet\/(\w+)=(.*)$/.exec(words) ?? [];
    const [line = '', ...options] = (entries().find((each) => each.startsWith(`${name} `)) ?? '').trimEnd().split('\n');
    const fields = line.split(/\s+/);
    fields[['name', 'type', 'private', 'unpriv', 'chroot', 'wakeup', 'maxproc', 'command'].indexOf(key)] = value;
    put(name, [fields.join(' '), ...options].join('\n'));
  }

  /** `service/inet/name=value`, or without a value to drop it. */
  function option(words: string): void {
    const [, name = '', key = '', value] = /^([^/]+)\/inet\/(\w+)(?:=(.*))?$/.exec(words) ?? [];
    const entry = entries().find((each) => each.startsWith(`${name} `) && each.includes(' inet ')) ?? '';
    const line = new RegExp(`\\n +-o ${key}=.*`);
    const wanted = value === undefined ? '' : `\n    -o ${key}=${value}`;
    put(name, (line.test(entry) ? entry.replace(line, () => wanted) : `${entry.trimEnd()}${wanted}`).trimEnd());
  }
}

/** systemd, which knows Postfix, and saslauthd, which neither runs nor is enabled. */
export function addUnits(host: FakeHost, postfix: FakePostfix): void {
  for (const path of ['/run/systemd/system', '/run/units', '/etc/systemd/system/multi-user.target.wants']) {
    host.put(path, { kind: 'dir' });
  }
  host.program('systemctl', ({ argv }) => {
    const [, verb = ''] = argv;
    const unit = argv.at(-1) ?? '';
    const [active, enabled] = [`/run/units/${unit}`, `/etc/systemd/system/multi-user.target.wants/${unit}`];
    if (verb === 'show') {
      const running = unit !== 'saslauthd.service' || host.at(active) !== undefined;
      return { stdout: `LoadState=loaded\nActiveState=${running ? 'active' : 'inactive'}\n` };
    }
    if (verb === 'is-enabled') return { stdout: host.at(enabled) === undefined ? 'disabled\n' : 'enabled\n' };
    if (verb === 'enable') host.put(enabled);
    if (verb === 'disable') host.delete(enabled);
    if (verb === 'start' || verb === 'restart') host.put(active);
    if (unit === 'postfix.service' && verb === 'restart') postfix.start();
    if (verb === 'stop') host.delete(active);
    return {};
  });
}
