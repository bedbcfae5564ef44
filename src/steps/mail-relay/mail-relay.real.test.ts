import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Socket, connect as tcpConnect } from 'node:net';
import { join } from 'node:path';
import { connect as tlsConnect } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createNodeHost } from '../../adapters/host/node-host.ts';
import { secretText } from '../../model/secrets.ts';
import type { ApplyContext } from '../../model/step.ts';
import { type DebianRoot, debianRoot } from '../../testing/debian-root.ts';
import { freePorts } from '../../testing/free-room.ts';
import { contextOf, convergeStep, createWorld, planStep } from '../../testing/step-bench.ts';
import { mailRelay } from './mail-relay.ts';

const PASSWORD = `Tr0ub4dor & "3" \\ $HOME 'x'`;
const CONFIG = ['main.cf', 'master.cf', 'sasl/smtpd.conf', '../default/saslauthd'];
/** Numbers that nobody has on the machine whose users these are not. */
const POSTFIX = 64_971;
const POSTDROP = 64_972;
const SASL = 64_973;

/** Addresses of this machine that stand for others. */
const STRANGER = '127.0.0.2';
const CONTAINER = '127.0.0.3';

let root: DebianRoot;
let ctx: ApplyContext;
let plain: number;
let submission: number;
let other: number;
let before: string;

const inside = (path: string): string => join(root.path, path);
const config = (): string =>
  CONFIG.map((name) => inside(`etc/postfix/${name}`))
    .map((path) => (existsSync(path) ? readFileSync(path, 'utf8') : 'none'))
    .join('\n=====\n');
const master = (): string => readFileSync(inside('var/spool/postfix/pid/master.pid'), 'utf8').trim();
const shadow = (): string | undefined => /^verification:([^:]*):/m.exec(readFileSync(inside('etc/shadow'), 'utf8'))?.[1];
/** Does saslauthd run? */
const asksRun = (): boolean => {
  const file = inside('run/saslauthd/saslauthd.pid');
  return existsSync(file) && existsSync(`/proc/${readFileSync(file, 'utf8').trim()}`);
};
const params = () => ({
  account: { user: 'verification', password: secretText('smtp') },
  tls: { certificate: '/etc/ssl/mail.pem', key: '/etc/ssl/mail.key' },
  port: submission,
  hostname: 'smtp.lan',
  networks: [`${CONTAINER}/32`],
  domains: ['app.lan'],
});

beforeAll(async () => {
  root = await debianRoot(
    ...[
      'postfix',
      'sasl2-bin',
      'libsasl2-modules',
      'libpam-modules',
      'libpam-modules-bin',
      'libpam-runtime',
      'passwd',
      'findutils',
      'diffutils',
    ],
  );
  const world = createWorld();
  world.secrets.set('smtp', PASSWORD);
  const context = contextOf(world, mailRelay);
  const machine = await createNodeHost({ reveal: context.reveal });
  ctx = { ...context, host: root.host(machine), signal: AbortSignal.timeout(600_000), made: () => true };
  [plain, submission, other] = (await freePorts(3)) as [number, number, number];
  layOut();
  await root.run('postfix', 'set-permissions').catch(() => undefined);
  await root.run('postfix', 'start');
  before = config();
});

afterAll(() => root?.cleanUp());

it('takes mail after STARTTLS and with a login only, and a second time nothing is to be done', async () => {
  const pid = master();
  const made = await convergeStep(mailRelay, params(), ctx);
  expect(made).toMatchObject({ changes: [{ action: 'create', target: 'postfix verification', secret: true }], left: [] });
  const after = config();
  expect(await planStep(mailRelay, params(), ctx)).toEqual([]);
  expect(config()).toBe(after);
  expect(after).not.toContain('mynetworks_style');
  expect(master()).toBe(pid);

  const talk = await dial(submission);
  expect(talk.greeting).toMatch(/^220 smtp\.lan ESMTP Postfix/);
  const offers = await talk.say('EHLO foo.org');
  expect(offers).toContain('250-STARTTLS');
  expect(offers).not.toContain('AUTH');
  expect(await talk.say('AUTH LOGIN')).toBe('530 5.7.0 Must issue a STARTTLS command first');
  expect(await talk.say('MAIL FROM:<a@app.lan>')).toMatch(/^530 5\.7\.0 Must issue a STARTTLS/);
  await talk.startTls();
  const secure = await talk.say('EHLO foo.org');
  expect(secure).toMatch(/250-AUTH (PLAIN LOGIN|LOGIN PLAIN)/);
  expect(secure).not.toMatch(/DIGEST|CRAM|NTLM|SCRAM/);

  // Nobody who did not log in may send anything to anybody.
  expect(await talk.say('MAIL FROM:<a@app.lan>')).toMatch(/^250/);
  expect(await talk.say('RCPT TO:<stranger@example.org>')).toMatch(/^554 5\.7\.1 .*Access denied/);
  expect(await talk.say('RCPT TO:<root@app.lan>')).toMatch(/^554 5\.7\.1/);
  expect(await talk.say('RSET')).toMatch(/^250/);
  expect(await talk.say(`AUTH PLAIN ${login('verification', `${PASSWORD}x`)}`)).toMatch(/^535 5\.7\.8/);
  expect(await talk.say(`AUTH PLAIN ${login('verification', PASSWORD)}`)).toMatch(/^235 2\.7\.0/);
  expect(await talk.say('MAIL FROM:<a@app.lan>')).toMatch(/^250/);
  expect(await talk.say('RCPT TO:<stranger@example.org>')).toMatch(/^250/);
  await talk.quit();
});

it('leaves port 25 as it was: mail comes in there without TLS and without a login, and a stranger’s goes nowhere', async () => {
  const talk = await dial(plain, STRANGER);
  expect(talk.greeting).toMatch(/^220 mail\.lan/);
  expect(await talk.say('EHLO foo.org')).not.toContain('AUTH');
  expect(await talk.say('MAIL FROM:<a@example.org>')).toMatch(/^250/);
  expect(await talk.say('RCPT TO:<stranger@example.org>')).toMatch(/^454 4\.7\.1 .*Relay access denied/);
  expect(await talk.say('RCPT TO:<root@mail.lan>')).toMatch(/^250/);
  expect(await talk.say('DATA')).toMatch(/^354/);
  expect(await talk.say('Subject: hello\r\n\r\nhello\r\n.')).toMatch(/^250 2\.0\.0 Ok: queued/);
  await talk.quit();
  // A network that the recipe names may send without a login.
  const known = await dial(plain, CONTAINER);
  await known.say('EHLO foo.org');
  expect(await known.say('MAIL FROM:<a@example.org>')).toMatch(/^250/);
  expect(await known.say('RCPT TO:<stranger@example.org>')).toMatch(/^250/);
  await known.quit();
});

it('a certificate that can’t be read, and a port in use, never take the running Postfix down', async () => {
  const state = [config(), master(), shadow()];
  const failing = async (more: object): Promise<string> => {
    const error = await convergeStep(mailRelay, { ...params(), ...more }, ctx).catch((thrown) => thrown);
    expect([config(), master(), shadow()]).toEqual(state);
    expect((await dial(submission)).greeting).toMatch(/^220/);
    return error.failure.code;
  };
  expect(await failing({ tls: { certificate: '/etc/ssl/mail.pem', key: '/etc/ssl/none.key' } })).toBe('mail.bad-certificate');
  expect(await failing({ tls: { certificate: '/etc/ssl/mail.pem', key: '/etc/ssl/other.key' } })).toBe('mail.bad-certificate');
  const server = createServer().listen(other, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  try {
    expect(await failing({ port: other })).toBe('mail.port-taken');
  } finally {
    server.close();
  }
  expect(await failing({ networks: ['0.0.0.0/0'] })).toBe('mail.open-relay');
});

it('is told from what somebody else broke before, and Postfix goes on', async () => {
  const file = inside('etc/postfix/main.cf');
  const text = readFileSync(file, 'utf8');
  for (const [line, message] of [
    ['mail_owner = nobody-at-all', 'broken before this step'],
    ['a line that is none', '/etc/postfix/main.cf, line '],
  ] as const) {
    writeFileSync(file, `${text}${line}\n`);
    try {
      const state = [config(), master()];
      const error = await convergeStep(mailRelay, { ...params(), hostname: 'new.lan' }, ctx).catch((thrown) => thrown);
      expect(error.failure).toMatchObject({ code: 'mail.broken-before', message: expect.stringContaining(message) });
      expect([config(), master()]).toEqual(state);
    } finally {
      writeFileSync(file, text);
    }
  }
  expect((await dial(submission)).greeting).toMatch(/^220 smtp\.lan/);
});

it('a hand edit is seen and mended; another certificate and another password count from then on', async () => {
  await root.run('postconf', '-P', `${submission}/inet/smtpd_tls_security_level=may`);
  const changes = await planStep(mailRelay, params(), ctx);
  expect(changes).toMatchObject([{ action: 'update', before: 'may', after: 'encrypt' }]);
  expect((await convergeStep(mailRelay, params(), ctx)).left).toEqual([]);
  await root.run('sh', '-c', "echo 'verification:other' | chpasswd");
  expect(await planStep(mailRelay, params(), ctx)).toMatchObject([{ property: 'password', secret: true }]);
  expect((await convergeStep(mailRelay, params(), ctx)).left).toEqual([]);
  const talk = await dial(submission);
  await talk.say('EHLO foo.org');
  await talk.startTls();
  await talk.say('EHLO foo.org');
  expect(await talk.say(`AUTH PLAIN ${login('verification', 'other')}`)).toMatch(/^535/);
  expect(await talk.say(`AUTH PLAIN ${login('verification', PASSWORD)}`)).toMatch(/^235/);
  await talk.quit();
});

it('goes, and leaves the configuration as it was, byte for byte', async () => {
  const pid = master();
  const removed = await convergeStep(mailRelay, { ...params(), ensure: 'absent' as const }, ctx);
  expect(removed).toMatchObject({ changes: [{ action: 'delete', target: 'postfix verification' }], left: [] });
  expect(config()).toBe(before);
  expect(shadow()).toBe('!');
  expect(master()).toBe(pid);
  expect(readFileSync(inside('etc/group'), 'utf8')).toMatch(/^sasl:x:\d+:$/m);
  expect(asksRun()).toBe(false);
  await expect(dial(submission)).rejects.toThrow('ECONNREFUSED');
  expect((await dial(plain)).greeting).toMatch(/^220/);
});

/** What Debian's maintainer scripts set up, and how this host was configured before. */
function layOut(): void {
  const append = (path: string, text: string): void => writeFileSync(inside(path), text, { flag: 'a' });
  append(
    'etc/passwd',
    `nobody:x:65534:65534::/nonexistent:/usr/sbin/nologin\npostfix:x:${POSTFIX}:${POSTFIX}::/var/spool/postfix:/usr/sbin/nologin\nverification:x:64974:100::/nonexistent:/usr/sbin/nologin\n`,
  );
  append('etc/group', `shadow:x:42:\nsasl:x:${SASL}:\npostfix:x:${POSTFIX}:\npostdrop:x:${POSTDROP}:\nnogroup:x:65534:\n`);
  append('etc/shadow', ['root:*', 'postfix:!', 'verification:!'].map((line) => `${line}:19000:0:99999:7:::\n`).join(''));
  append('etc/gshadow', ['shadow', 'sasl', 'postfix', 'postdrop'].map((name) => `${name}:!::\n`).join(''));
  chmodSync(inside('etc/shadow'), 0o640);
  for (const kind of ['auth', 'account', 'password', 'session'])
    append(`etc/pam.d/common-${kind}`, `${kind} required pam_unix.so${kind === 'password' ? ' yescrypt' : ''}\n`);
  append('etc/pam.d/common-session-noninteractive', 'session required pam_unix.so\n');

  for (const name of ['dynamicmaps.cf', 'makedefs.out']) {
    const shipped = inside(`usr/share/postfix/${name}`);
    if (existsSync(shipped)) writeFileSync(inside(`etc/postfix/${name}`), readFileSync(shipped));
  }
  const shipped = inside('usr/share/postfix/main.cf.debian');
  const main = existsSync(shipped) ? readFileSync(shipped, 'utf8') : 'compatibility_level = 3.6\n';
  const own = [
    'myhostname = mail.lan',
    'inet_interfaces = 127.0.0.1',
    'inet_protocols = ipv4',
    'mydestination = $myhostname,\n  localhost',
    '# who may send without a login',
    'mynetworks =   127.0.0.1/32',
    'alias_maps =\nalias_database =',
    // No mail leaves this machine.
    'default_transport = hold\nrelay_transport = hold\nlocal_transport = hold',
    'smtpd_tls_cert_file = /etc/ssl/none.pem\nsmtpd_tls_security_level = may',
    'maillog_file = /var/log/postfix.log',
  ];
  writeFileSync(inside('etc/postfix/main.cf'), `${main}${own.join('\n')}\n`);
  const lines = readFileSync(inside('usr/share/postfix/master.cf.dist'), 'utf8').replace(/^smtp( +inet)/m, `${plain}$1`);
  writeFileSync(inside('etc/postfix/master.cf'), `${lines}hold      unix  -       -       n       -       -       error\n`);
  for (const folder of ['var/lib/postfix', 'var/mail', 'var/spool/postfix/etc', 'run/saslauthd', 'etc/ssl']) {
    mkdirSync(inside(folder), { recursive: true });
  }
  execFileSync('chgrp', [String(SASL), inside('run/saslauthd')]);
  chmodSync(inside('run/saslauthd'), 0o710);
  for (const name of ['hosts', 'services'])
    writeFileSync(inside(`var/spool/postfix/etc/${name}`), readFileSync(inside(`etc/${name}`)));
  // Those of Debian need programs that are not here: this one does the same with the same settings, and starts nothing without START.
  writeFileSync(
    inside('etc/init.d/saslauthd'),
    'MECHANISMS=pam\nOPTIONS="-c -m /var/run/saslauthd"\n[ ! -e /etc/default/saslauthd ] || . /etc/default/saslauthd\nPID=/run/saslauthd/saslauthd.pid\ncase $1 in\nstart) [ "$START" = yes ] || exit 0; exec saslauthd -a $MECHANISMS $OPTIONS -n 1;;\nstop) kill "$(cat $PID)"; while kill -0 "$(cat $PID)" 2>&1; do sleep 0.05; done;;\nrestart) sh "$0" stop; exec sh "$0" start;;\nstatus) kill -0 "$(cat $PID)" 2>&1;;\nesac\n',
  );
  writeFileSync(inside('usr/sbin/service'), '#!/bin/sh\nexec sh "/etc/init.d/$1" "$2"\n', { mode: 0o755 });
  writeFileSync(
    inside('usr/sbin/update-rc.d'),
    '#!/bin/sh\nmkdir -p /etc/rc2.d\ncase $2 in enable) : >"/etc/rc2.d/S01$1";; disable) rm -f "/etc/rc2.d/S01$1";; esac\n',
    { mode: 0o755 },
  );
  const subject = ['-subj', '/CN=smtp.lan', '-days', '2', '-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
  for (const name of ['mail', 'other']) {
    const out = ['-keyout', inside(`etc/ssl/${name}.key`), '-out', inside(`etc/ssl/${name}.pem`)];
    execFileSync('openssl', ['req', '-x509', ...subject, ...out], { stdio: 'ignore' });
  }
}

function login(user: string, password: string): string {
  return Buffer.from(`\0${user}\0${password}`).toString('base64');
}

/** A client that talks SMTP, from an address of its own. */
interface Talk {
  readonly greeting: string;
  /** Says a line, and answers the reply's lines. */
  say(line: string): Promise<string>;
  startTls(): Promise<void>;
  quit(): Promise<void>;
}

async function dial(port: number, localAddress = '127.0.0.1'): Promise<Talk> {
  let socket: Socket = tcpConnect({ port, host: '127.0.0.1', localAddress });
  let heard = '';
  let told: (() => void) | undefined;
  let broken: Error | undefined;
  const listen = (): void => {
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      heard += text;
      told?.();
    });
    socket.on('error', (error) => {
      broken = error;
      told?.();
    });
    socket.on('close', () => {
      broken ??= new Error('closed');
      told?.();
    });
  };
  /** A reply ends with a line that has a space behind its number. */
  const reply = async (): Promise<string> => {
    for (;;) {
      const [all] = /^(?:\d{3}-.*\r\n)*\d{3} .*\r\n/.exec(heard) ?? [];
      if (all !== undefined) {
        heard = heard.slice(all.length);
        return all.trimEnd();
      }
      if (broken !== undefined) throw broken;
      await new Promise<void>((resolve) => {
        told = resolve;
      });
    }
  };
  const say = (line: string): Promise<string> => {
    socket.write(`${line}\r\n`);
    return reply();
  };
  listen();
  const greeting = await reply();
  return {
    greeting,
    say,
    async startTls() {
      expect(await say('STARTTLS')).toMatch(/^220/);
      socket.removeAllListeners('data');
      socket = tlsConnect({ socket, rejectUnauthorized: false });
      listen();
    },
    async quit() {
      await say('QUIT').catch(() => undefined);
      socket.destroy();
    },
  };
}
