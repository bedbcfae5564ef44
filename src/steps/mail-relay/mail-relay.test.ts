import { describe, expect, it } from 'vitest';
import type { FairleadError } from '../../model/failure.ts';
import { secretText } from '../../model/secrets.ts';
import { leftByUs } from '../../testing/left-by-us.ts';
import {
  addUnits,
  createFakePostfix,
  FAKE_MAIN,
  FAKE_MASTER,
  FAKE_TLS,
  type FakePostfix,
  type FakePostfixOptions,
  OTHER_KEY,
} from '../../testing/mail-server/fake-postfix.ts';
import { contextOf, convergeStep, createWorld, describeStepType, planStep, type World } from '../../testing/step-bench.ts';
import { mailRelay } from './mail-relay.ts';
import { RECORD } from './record.ts';
import { asPostfixHasIt, RELAYHOST_LOGIN, sameNetwork, withNames } from './settings.ts';

const MAIN = '/etc/postfix/main.cf';
const MASTER = '/etc/postfix/master.cf';
const SMTPD = '/etc/postfix/sasl/smtpd.conf';
const account = { user: 'verification', password: secretText('smtp') };
const plain = { account, tls: FAKE_TLS };
const full = { ...plain, hostname: 'smtp.lan', networks: ['172.21.0.0/16', 'fd00:1::/64'], domains: ['app.lan'] };
const relayhost = { host: 'mail.example.org', user: 'me', password: secretText('upstream') };

/** Postfix and saslauthd, installed. */
function has(world: World, options: FakePostfixOptions = {}): FakePostfix {
  world.secrets.set('smtp', 'correct horse');
  world.secrets.set('upstream', 'battery staple');
  const fake = createFakePostfix(world.host, options);
  addUnits(world.host, fake);
  return fake;
}

const shadow = ({ host }: World): string | undefined => /^verification:([^:]*):/m.exec(host.text('/etc/shadow'))?.[1];
const files = ({ host }: World): readonly (string | undefined)[] =>
  [MAIN, MASTER, SMTPD, RECORD, RELAYHOST_LOGIN, '/etc/group', '/etc/shadow'].map((path) =>
    host.at(path) === undefined ? undefined : host.text(path),
  );

/** What a run leaves behind for a later one. */
const laterOf = (world: World, more: object = {}) => {
  world.made.add('mail.relay postfix verification');
  return contextOf(world, mailRelay, { ...leftByUs('service'), ...more });
};

const failing = async (world: World, params: object): Promise<FairleadError['failure']> => {
  const before = files(world);
  const error = await convergeStep(mailRelay, params, laterOf(world)).catch((thrown) => thrown);
  expect(error.failure, String(error)).toBeDefined();
  expect(files(world), 'not all is back').toEqual(before);
  return error.failure;
};

describeStepType(mailRelay, [
  {
    law: 'takes mail on the submission port, with STARTTLS and a login, and says so in master.cf alone',
    params: plain,
    given: (world) => void has(world),
    changes: [{ action: 'create', target: 'postfix verification', after: { port: 587 }, secret: true }],
    afterwards: (world) => {
      const { host } = world;
      expect(host.text(MAIN)).toBe(FAKE_MAIN);
      expect(host.text(MASTER)).toMatch(new RegExp(`^${FAKE_MASTER}submission inet n - n - - smtpd\n`));
      for (const option of [
        'smtpd_tls_security_level=encrypt',
        'smtpd_sasl_auth_enable=yes',
        'syslog_name=postfix/submission',
        'smtpd_relay_restrictions=permit_sasl_authenticated,reject',
        'smtpd_recipient_restrictions=permit_sasl_authenticated,reject',
        `smtpd_tls_cert_file=${FAKE_TLS.certificate}`,
      ]) {
        expect(host.text(MASTER)).toContain(`\n    -o ${option}\n`);
      }
      expect(host.text(SMTPD)).toContain('pwcheck_method: saslauthd\nmech_list: PLAIN LOGIN\n');
      expect(host.text('/etc/group')).toMatch(/^sasl:x:45:postfix$/m);
      expect(host.calls).toContainEqual(['postfix', 'check']);
      expect(host.calls).toContainEqual(['postfix', 'reload']);
      expect(host.calls).toContainEqual(['systemctl', 'enable', 'saslauthd.service']);
      expect(host.text('/run/postfix.loaded')).toContain('submission');
      expect(shadow(world)).toMatch(/^\$y\$/);
      expect(host.calls.flat().join(' ')).not.toContain('correct horse');
      expect(host.at(RECORD)).toMatchObject({ mode: 0o600 });
    },
  },
  {
    law: 'adds networks and domains to what is there, IPv6 in brackets, and never names a style',
    params: full,
    given: (world) => void has(world),
    changes: [{ action: 'create', after: { networks: full.networks, domains: ['app.lan'], hostname: 'smtp.lan' } }],
    afterwards: ({ host }) => {
      expect(host.text(MAIN)).toContain('\nmynetworks = 127.0.0.0/8 172.21.0.0/16 [fd00:1::]/64\n');
      expect(host.text(MAIN)).toContain('\nmydestination = $myhostname, localhost.$mydomain, localhost, app.lan\n');
      expect(host.text(MAIN)).not.toContain('mynetworks_style');
      // Its own name is for the programs that log in, and not for the mail of others.
      expect(host.text(MAIN)).toContain('\nmyhostname = mail.lan\n');
      expect(host.text(MASTER)).toContain('-o myhostname=smtp.lan\n');
    },
  },
  {
    law: 'sends all mail through another host, with a login that only root can read and that is used within TLS only',
    params: { ...plain, relayhost },
    given: (world) => void has(world),
    afterwards: ({ host }) => {
      expect(host.text(MAIN)).toContain('\nrelayhost = [mail.example.org]:587\n');
      expect(host.text(MAIN)).toContain(`\nsmtp_sasl_password_maps = texthash:${RELAYHOST_LOGIN}\n`);
      expect(host.text(MAIN)).toContain('\nsmtp_tls_security_level = may\n');
      expect(host.text(RELAYHOST_LOGIN)).toBe('[mail.example.org]:587 me:battery staple\n');
      expect(host.at(RELAYHOST_LOGIN)).toMatchObject({ mode: 0o600, uid: 0 });
    },
  },
  {
    law: 'starts a Postfix that does not run',
    params: plain,
    given: (world) => {
      has(world, { runs: false });
      world.host.delete('/run/systemd');
      world.host.put('/etc/init.d/saslauthd', { mode: 0o755 });
      world.host.put('/etc/rc2.d/S01saslauthd');
      world.host.program('service', () => ({}));
    },
    afterwards: ({ host }) => {
      expect(host.calls).toContainEqual(['postfix', 'start']);
      expect(host.text('/run/postfix.loaded')).toContain('submission');
    },
  },
  {
    law: 'switches on a saslauthd that Debian leaves switched off, and finds the socket where Postfix is shut in',
    params: plain,
    given: (world) => {
      has(world);
      world.host.put('/etc/default/saslauthd', {
        content: 'START=no\nOPTIONS="-c -m /var/spool/postfix/var/run/saslauthd"\n',
      });
    },
    afterwards: ({ host }) => {
      expect(host.text('/etc/default/saslauthd')).toMatch(/^START=yes\nOPTIONS/);
      expect(host.text(MASTER)).toContain('submission inet n - y - - smtpd\n');
      expect(host.text(SMTPD)).not.toContain('saslauthd_path');
    },
  },
  {
    law: 'switches on a saslauthd whose script wants that said and whose settings, as in Debian 12, say nothing of it',
    params: plain,
    given: (world) => {
      has(world);
      world.host.put('/etc/default/saslauthd', { content: 'MECHANISMS="pam"\nOPTIONS="-c -m /var/run/saslauthd"' });
      world.host.put('/etc/init.d/saslauthd', { content: 'if [ "$START" != "yes" ]; then return 0; fi\n', mode: 0o755 });
    },
    afterwards: ({ host }) => {
      expect(host.text('/etc/default/saslauthd')).toBe('MECHANISMS="pam"\nOPTIONS="-c -m /var/run/saslauthd"\nSTART=yes\n');
    },
  },
  {
    law: 'says where the socket is, if it is nowhere that the library looks',
    params: plain,
    given: (world) => {
      has(world);
      world.host.put('/etc/default/saslauthd', { content: 'OPTIONS="-c -m /srv/sasl"\n' });
    },
    afterwards: ({ host }) => expect(host.text(SMTPD)).toContain('saslauthd_path: /srv/sasl/mux\n'),
  },
  {
    law: 'forecasts a relay on a system where all of it is still to be installed',
    params: full,
    given: (world) => void world.secrets.set('smtp', 'correct horse'),
    changes: [{ action: 'create', target: 'postfix verification' }],
    planOnly: true,
  },
  { law: 'fails clearly where Postfix is still missing', params: plain, fails: 'mail.no-postfix' },
  {
    law: 'fails clearly where its user is still missing',
    params: { ...plain, account: { ...account, user: 'nobody_else' } },
    given: (world) => void has(world),
    fails: 'mail.no-account',
  },
  {
    law: 'gives no program the password of somebody who can log in',
    params: { ...plain, account: { ...account, user: 'root' } },
    given: (world) => void has(world),
    fails: 'mail.account-can-log-in',
  },
  {
    law: 'fails clearly where saslauthd is still missing',
    params: plain,
    given: (world) => {
      has(world);
      world.host.program('systemctl', () => ({ stdout: 'LoadState=not-found\n' }));
    },
    fails: 'mail.no-sasl',
  },
  {
    law: 'fails clearly where SASL knows no passwords: submission would hang up on everybody',
    params: plain,
    given: (world) => {
      has(world);
      world.host.put('/usr/lib/x86_64-linux-gnu/sasl2/libsasldb.so.2');
    },
    fails: 'mail.no-sasl',
  },
  ...['0.0.0.0/0', '::/0', '0.0.0.0/1', '128.0.0.0/1', '8.0.0.0/8', '2000::/3', '::ffff:0:0/96', '64:ff9b::/96'].map(
    (network) => ({
      law: `is no open relay: ${network} is refused in the plan already`,
      params: { ...plain, networks: [network] },
      fails: 'mail.open-relay',
      planOnly: true as const,
    }),
  ),
  { law: 'takes no login without TLS', params: { account }, fails: 'mail.no-tls', planOnly: true },
  {
    law: 'does not overwrite how others log in on that port',
    params: plain,
    given: (world) =>
      void has(world, { master: `${FAKE_MASTER}submission inet n - y - - smtpd\n    -o smtpd_sasl_type=dovecot\n` }),
    fails: 'mail.in-use',
  },
  {
    law: 'does not overwrite how others’ passwords are checked',
    params: plain,
    given: (world) => {
      has(world);
      world.host.put(SMTPD, { content: 'pwcheck_method: auxprop\n' });
    },
    fails: 'mail.in-use',
  },
  {
    law: 'does not turn the mail of a host around that goes another way',
    params: { ...plain, relayhost },
    given: (world) => void has(world, { main: `${FAKE_MAIN}relayhost = [other.example.org]\n`.replace('relayhost =\n', '') }),
    fails: 'mail.in-use',
  },
  {
    law: 'removes nothing that fairlead did not make',
    params: { account: { user: 'verification' }, ensure: 'absent' },
    given: (world) => void has(world, { master: `${FAKE_MASTER}submission inet n - y - - smtpd\n` }),
    changes: [],
  },
]);

describe('a relay that is there', () => {
  const there = async (params: object = full, options: FakePostfixOptions = {}): Promise<{ world: World; fake: FakePostfix }> => {
    const world = createWorld();
    const fake = has(world, options);
    await convergeStep(mailRelay, params, contextOf(world, mailRelay));
    return { world, fake };
  };

  it('goes, and all is as it was, byte for byte', async () => {
    const main = '# by hand\nmynetworks=127.0.0.0/8,\n  10.1.0.0/16\nrelayhost =\n';
    const world = createWorld();
    has(world, { main });
    const before = files(world);
    const calm = { ...full, networks: [], relayhost };
    await convergeStep(mailRelay, calm, contextOf(world, mailRelay));
    expect(world.host.text(MAIN)).toContain('[mail.example.org]:587');
    const removed = await convergeStep(mailRelay, { ...calm, ensure: 'absent' }, laterOf(world));
    expect(removed).toMatchObject({ changes: [{ action: 'delete' }], left: [] });
    expect(files(world)).toEqual(before);
    expect(world.host.at('/run/units/saslauthd.service')).toBeUndefined();
  });

  it('goes from a main.cf that somebody edited since, and that edit stays', async () => {
    const { world } = await there();
    const text = world.host.text(MAIN).replace('172.21.0.0/16', '172.21.0.0/16 10.9.0.0/16');
    world.host.put(MAIN, { content: `${text}message_size_limit = 5\n` });
    world.host.put(MASTER, { content: `${world.host.text(MASTER)}# mine\n` });
    await convergeStep(mailRelay, { ...full, ensure: 'absent' }, laterOf(world));
    expect(world.host.text(MAIN)).toBe(`${FAKE_MAIN.replace('127.0.0.0/8', '127.0.0.0/8 10.9.0.0/16')}message_size_limit = 5\n`);
    expect(world.host.text(MASTER)).not.toContain('submission');
    expect(world.host.text(MASTER)).toContain('# mine');
  });

  it('goes, and what somebody else set since in its place stays', async () => {
    const { world } = await there({ ...plain, relayhost });
    world.host.put(MAIN, { content: world.host.text(MAIN).replace('[mail.example.org]:587', '[mine.lan]') });
    await convergeStep(mailRelay, { ...plain, relayhost, ensure: 'absent' }, laterOf(world));
    expect(world.host.text(MAIN)).toContain('\nrelayhost = [mine.lan]\n');
    expect(world.host.text(MAIN)).not.toContain('smtp_sasl');
    expect(world.host.at(RELAYHOST_LOGIN)).toBeUndefined();
  });

  it('of what somebody mended by hand after an attempt that was cut off there is a backup', async () => {
    const world = createWorld();
    const { host } = world;
    has(world);
    const cut = new AbortController();
    host.program('chpasswd', () => {
      cut.abort();
      throw new Error('killed');
    });
    const dying = contextOf(world, mailRelay, { signal: cut.signal });
    const files = dying.host.files.bind(dying.host);
    const killed = { ...dying.host, files: (acts: Parameters<typeof files>[0]) => (cut.signal.aborted ? [] : files(acts)) };
    await convergeStep(mailRelay, full, { ...dying, host: killed as never }).catch(() => undefined);
    expect(host.text(RECORD), 'it was cut off').toContain('"attempt"');
    host.put(MAIN, { content: `${FAKE_MAIN}message_size_limit = 5\n` });
    addUnits(host, createFakePostfix(host, { main: host.text(MAIN) }));
    await convergeStep(mailRelay, full, laterOf(world));
    expect(world.backups.get(MAIN)).toContain('message_size_limit = 5');
  });

  it('belongs to all who send through it: one that goes takes only what is its own', async () => {
    const { world } = await there();
    world.host.put('/etc/passwd', { content: `${world.host.text('/etc/passwd')}masto:x:991:100::/:/bin/false\n` });
    world.host.put('/etc/shadow', { content: `${world.host.text('/etc/shadow')}masto:!:1::::::\n` });
    const second = { ...full, account: { ...account, user: 'masto' }, networks: ['172.21.0.0/16', '172.22.0.0/16'] };
    await convergeStep(mailRelay, second, laterOf(world));
    expect(world.host.text(MAIN)).toContain('mynetworks = 127.0.0.0/8 172.21.0.0/16 [fd00:1::]/64 172.22.0.0/16\n');
    expect(await planStep(mailRelay, full, laterOf(world)), 'they do not fight').toEqual([]);
    const state = await mailRelay.read({ ...full, ensure: 'absent' }, laterOf(world));
    expect(mailRelay.notes?.({ ...full, ensure: 'absent' }, state)?.[0]).toContain('others send through this host');

    await convergeStep(mailRelay, { ...full, ensure: 'absent' }, laterOf(world));
    expect(world.host.text(MAIN)).toContain('mynetworks = 127.0.0.0/8 172.21.0.0/16 172.22.0.0/16\n');
    expect(world.host.text(MASTER)).toContain('submission');
    expect(shadow(world)).toBe('!');
    world.made.add('mail.relay postfix masto');
    await convergeStep(mailRelay, { ...second, ensure: 'absent' }, laterOf(world));
    expect([world.host.text(MAIN), world.host.text(MASTER)]).toEqual([FAKE_MAIN, FAKE_MASTER]);
  });

  it('a second one with another certificate on the same port is refused, and named', async () => {
    const { world } = await there();
    const second = { ...full, account: { ...account, user: 'nobody' }, hostname: 'other.lan' };
    const failure = await failing(world, second);
    expect(failure).toMatchObject({ code: 'mail.in-use', message: expect.stringMatching(/what verification .*myhostname/) });
  });

  it('shows each setting that somebody changed, and mends just that', async () => {
    const { world } = await there();
    world.host.put(MASTER, { content: world.host.text(MASTER).replace('level=encrypt', 'level=may') });
    expect(await planStep(mailRelay, full, laterOf(world))).toEqual([
      {
        action: 'update',
        target: 'postfix verification',
        property: 'submission smtpd_tls_security_level',
        before: 'may',
        after: 'encrypt',
      },
    ]);
    const kept = laterOf(world, { kept: new Set(['service']) });
    expect(await planStep(mailRelay, full, kept), 'kept by choice').toEqual([]);
    await convergeStep(mailRelay, full, laterOf(world));
    expect(world.host.text(MASTER)).toContain('level=encrypt');
  });

  it('follows other params: another port, a network less, another way out', async () => {
    const { world } = await there();
    const other = { ...plain, port: 2525, networks: ['172.22.0.0/16'], relayhost };
    const { left } = await convergeStep(mailRelay, other, laterOf(world));
    expect(left).toEqual([]);
    expect(world.host.text(MASTER)).toContain('\n2525 inet n - n - - smtpd\n');
    expect(world.host.text(MASTER)).not.toContain('submission inet');
    expect(world.host.text(MAIN)).toContain('mynetworks = 127.0.0.0/8 172.22.0.0/16\n');
    await convergeStep(mailRelay, plain, laterOf(world));
    expect(world.host.text(MAIN)).not.toContain('example.org');
    expect(world.host.at(RELAYHOST_LOGIN)).toBeUndefined();
    await convergeStep(mailRelay, { ...plain, ensure: 'absent' }, laterOf(world));
    expect([world.host.text(MAIN), world.host.text(MASTER)]).toEqual([FAKE_MAIN, FAKE_MASTER]);
  });

  it('another password counts at once: saslauthd, which remembers who got in, is restarted', async () => {
    const { world } = await there();
    const before = shadow(world);
    world.secrets.set('smtp', 'another one');
    const { changes, left } = await convergeStep(mailRelay, full, laterOf(world));
    expect(changes).toMatchObject([{ property: 'password', secret: true }]);
    expect(left).toEqual([]);
    expect(shadow(world)).not.toBe(before);
    expect(world.host.calls).toContainEqual(['systemctl', 'restart', 'saslauthd.service']);
  });

  it('a password of two lines would be another user’s password, and is refused', async () => {
    const { world } = await there();
    world.secrets.set('smtp', 'x\nroot:owned');
    expect((await failing(world, full)).code).toBe('mail.bad-password');
    world.secrets.set('smtp', 'correct horse');
    world.secrets.set('upstream', 'x\n* other:owned');
    expect((await failing(world, { ...full, relayhost })).code).toBe('mail.bad-password');
  });

  it('what Postfix refuses is taken back before it is reloaded', async () => {
    const { world, fake } = await there();
    const loaded = fake.loaded();
    const failure = await failing(world, { ...full, domains: ['broken.lan'] });
    expect(failure).toMatchObject({ code: 'mail.refused', message: expect.stringContaining('broken.lan is no name') });
    expect(fake.loaded()).toBe(loaded);
  });

  it('what was broken before is not laid to this step', async () => {
    const { world } = await there();
    world.host.put(MAIN, { content: `${world.host.text(MAIN)}other = broken.lan\n` });
    expect((await failing(world, { ...full, hostname: 'new.lan' })).code).toBe('mail.broken-before');
  });

  it('a Postfix that ends when it is to be reloaded is started again as it was', async () => {
    const { world, fake } = await there();
    const loaded = fake.loaded();
    fake.onReload = 'dies';
    const failure = await failing(world, { ...full, hostname: 'new.lan' });
    expect(failure).toMatchObject({
      code: 'mail.reload-failed',
      evidence: { tail: [expect.stringContaining('already in use')] },
    });
    expect(failure.message).toContain('runs with that');
    expect(fake.loaded()).toBe(loaded);
  }, 300_000);

  it('a Postfix that can’t be started is as it was', async () => {
    const world = createWorld();
    has(world, { runs: false });
    const { host } = world;
    host.delete('/run/systemd');
    host.put('/etc/init.d/saslauthd', { mode: 0o755 });
    host.put('/etc/rc2.d/S01saslauthd');
    host.program('service', () => ({}));
    host.program('postfix', ({ argv: [, verb] }) => (verb === 'start' ? { code: 1, stderr: 'postfix: fatal: no\n' } : {}));
    expect(await failing(world, plain)).toMatchObject({ code: 'mail.not-started', fault: 'environment' });
  });

  it('a key that is another’s, or a port that is taken, is named before anything is touched', async () => {
    const world = createWorld();
    has(world);
    expect((await failing(world, { ...plain, tls: { ...FAKE_TLS, key: OTHER_KEY } })).code).toBe('mail.bad-certificate');
    expect((await failing(world, { ...plain, tls: { ...FAKE_TLS, key: '/etc/ssl/none' } })).code).toBe('mail.bad-certificate');
    world.host.put('/proc/net/tcp', { content: '  sl\n   0: 00000000:024B 00000000:0000 0A 00000000:00000000\n' });
    expect(await failing(world, plain)).toMatchObject({ code: 'mail.port-taken', message: expect.stringContaining('587') });
  });

  it('tells that containers can’t reach a Postfix that listens for this host alone', async () => {
    const { world } = await there(plain, { main: `${FAKE_MAIN}inet_interfaces = loopback-only\n` });
    const state = await mailRelay.read(plain, laterOf(world));
    expect(mailRelay.notes?.(plain, state)).toEqual([expect.stringContaining("containers can't reach it")]);
  });
});

describe('lists of main.cf', () => {
  it('keep what stands in them, in its order', () => {
    const same = (a: string, b: string): boolean => a === b;
    expect(withNames('a,\n  b', [], [], same)).toBe('a,\n  b');
    expect(withNames('a, b', ['c', 'a'], [], same)).toBe('a, b, c');
    expect(withNames('a b', [], ['a'], same)).toBe('b');
  });

  it('know a network however it is written', () => {
    expect(asPostfixHasIt('fd00::/8')).toBe('[fd00::]/8');
    expect(asPostfixHasIt('10.0.0.0/8')).toBe('10.0.0.0/8');
    expect(sameNetwork('[fd00:0::]/8', '[fd00::]/8')).toBe(true);
    expect(sameNetwork('10.0.0.0/8', '10.0.0.0/9')).toBe(false);
  });
});
