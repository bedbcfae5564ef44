import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { FairleadError } from '../../model/failure.ts';
import { joinTexts, secretText } from '../../model/secrets.ts';
import type { StepId } from '../../model/step-id.ts';
import { leftByUs } from '../../testing/left-by-us.ts';
import { contextOf, convergeStep, createWorld, describeStepType, planStep, type World } from '../../testing/step-bench.ts';
import { createFakeWebServer, type FakeWebServer, type FakeWebServerOptions } from '../../testing/web-server/fake-web-server.ts';
import { findLayout } from './find-layout.ts';
import { reloadServer, runningServer } from './running-server.ts';
import { webVhost } from './web-vhost.ts';

const APACHE = '/etc/apache2/sites-available/ente.conf';
const APACHE_LINK = '/etc/apache2/sites-enabled/ente.conf';
const NGINX = '/etc/nginx/sites-available/ente.conf';
const HIDDEN = '/etc/apache2/sites-available/.ente.conf.before-fairlead';

const routes = [{ path: '/', proxy: 'http://127.0.0.1:8180' }];
const apache = { server: 'apache', name: 'ente', hostname: 'ente.lan', routes } as const;
const nginx = { ...apache, server: 'nginx' } as const;
const raw = (text: string) => ({ server: 'apache', name: 'ente', template: text }) as const;

/** The world's server, started. */
function runs(world: World, options: Partial<FakeWebServerOptions> = {}): FakeWebServer {
  const fake = createFakeWebServer(world.host, { server: 'apache', ...options });
  fake.start();
  return fake;
}

const enabledFile = (world: World, text: string): void => {
  world.host.put(APACHE, { content: text, mode: 0o640, gid: 4 });
  world.host.put(APACHE_LINK, { kind: 'link', content: '../sites-available/ente.conf' });
};
const loaded = ({ host }: World): string => host.text('/run/web-server.loaded');

describeStepType(webVhost, [
  {
    law: 'Apache: writes the file, switches it and its modules on, and reloads',
    params: apache,
    given: (world) => void runs(world),
    changes: [{ action: 'create', target: 'apache ente', after: { modules: ['headers', 'proxy', 'proxy_http'] } }],
    afterwards: (world) => {
      expect(loaded(world)).toContain('ProxyPass "/" "http://127.0.0.1:8180/"');
      expect(loaded(world)).not.toContain('Listen');
      for (const file of ['proxy.load', 'proxy.conf', 'proxy_http.load', 'headers.load']) {
        expect(world.host.at(`/etc/apache2/mods-enabled/${file}`)).toMatchObject({ kind: 'link' });
      }
      expect(world.host.calls).toContainEqual(['kill', '-USR1', '41']);
      expect(world.host.at(HIDDEN)).toBeUndefined();
    },
  },
  {
    law: 'nginx: writes the file, switches it on, and reloads',
    params: nginx,
    given: (world) => void runs(world, { server: 'nginx' }),
    changes: [{ action: 'create', target: 'nginx ente' }],
    afterwards: (world, outputs) => {
      expect(loaded(world)).toContain('proxy_pass http://127.0.0.1:8180;');
      expect(outputs).toEqual({ file: NGINX });
      expect(world.host.calls).toContainEqual(['kill', '-HUP', '41']);
    },
  },
  {
    law: 'systemd: reloads the unit, and never restarts it',
    params: nginx,
    given: (world) => {
      const fake = runs(world, { server: 'nginx', workers: false });
      world.host.put('/run/systemd/system', { kind: 'dir' });
      world.host.program('systemctl', ({ argv }) => {
        if (argv[1] === 'reload') fake.start();
        return { stdout: 'LoadState=loaded\nActiveState=active\n' };
      });
    },
    afterwards: ({ host }) => {
      expect(host.calls).toContainEqual(['systemctl', 'reload', 'nginx.service']);
      expect(host.calls.flat()).not.toContain('restart');
      expect(host.text('/run/web-server.loaded')).toContain('ente.lan');
    },
  },
  {
    law: 'Slackware: includes the file in httpd.conf, and takes its modules out of comments',
    params: apache,
    given: (world) => void runs(world, { layout: 'slackware' }),
    changes: [{ action: 'create', target: 'apache ente' }],
    afterwards: ({ host, backups }) => {
      expect(host.text('/etc/httpd/httpd.conf')).toContain('# The end\nInclude "/etc/httpd/extra/ente.conf"\n');
      expect(host.text('/etc/httpd/httpd.conf')).toContain('\nLoadModule proxy_http_module lib64/');
      expect(host.text('/run/web-server.loaded')).toContain('ente.lan');
      expect(backups.get('/etc/httpd/httpd.conf')).toContain('#LoadModule proxy_http_module');
    },
  },
  {
    law: 'forecasts a virtual host on a system where the server is still to be installed',
    params: apache,
    changes: [{ action: 'create', target: 'apache ente' }],
    planOnly: true,
  },
  { law: 'fails clearly where the server is still missing', params: apache, fails: 'vhost.no-server' },
  {
    law: 'replaces another text, keeps a copy, and keeps owner and mode',
    params: raw('# new\n'),
    context: leftByUs('content'),
    given: (world) => {
      enabledFile(world, '# old\n');
      runs(world);
    },
    changes: [{ action: 'update', target: 'apache ente', property: 'content', diff: '@@ -1,1 +1,1 @@\n-# old\n+# new' }],
    afterwards: ({ host, backups }) => {
      expect(backups.get(APACHE)).toBe('# old\n');
      expect(host.at(APACHE)).toMatchObject({ mode: 0o640, gid: 4 });
      expect(host.text('/run/web-server.loaded')).toBe('# new\n');
    },
  },
  {
    law: 'switches on what is there, and only that',
    params: raw('# here\n'),
    given: (world) => {
      runs(world);
      world.host.put(APACHE, { content: '# here\n' });
    },
    changes: [{ action: 'update', property: 'enabled', before: false, after: true }],
    afterwards: ({ backups }) => expect(backups.size).toBe(0),
  },
  {
    law: 'switches on modules that are named, with those that they depend on',
    params: { ...raw('# here\n'), modules: ['ssl'] },
    given: (world) => {
      enabledFile(world, '# here\n');
      runs(world);
    },
    changes: [{ action: 'update', property: 'modules', after: ['ssl'] }],
    afterwards: ({ host }) => expect(host.at('/etc/apache2/mods-enabled/socache_shmcb.load')).toBeDefined(),
  },
  {
    law: 'changes nothing where all is as wanted',
    params: raw('# here\n'),
    given: (world) => {
      enabledFile(world, '# here\n');
      runs(world);
    },
    changes: [],
  },
  {
    law: 'reloads for a step that it comes after: a certificate was renewed',
    params: raw('# here\n'),
    context: { due: ['certificate' as StepId] },
    given: (world) => {
      enabledFile(world, '# here\n');
      runs(world);
    },
    changes: [{ action: 'run', property: 'reload', because: ['certificate' as StepId] }],
    afterwards: ({ host }) => expect(host.calls).toContainEqual(['kill', '-USR1', '41']),
  },
  {
    law: 'leaves a server that does not run alone, and says so',
    params: raw('# here\n'),
    given: (world) => void createFakeWebServer(world.host, { server: 'apache' }),
    changes: [{ action: 'create' }],
    afterwards: ({ host, output }) => {
      expect(host.calls.flat()).not.toContain('kill');
      expect(output.join()).toContain('apache does not run');
    },
  },
  {
    law: 'shows nothing of a text with a secret, and lets nobody else read it',
    params: { ...nginx, extra: joinTexts(['proxy_set_header Authorization "Bearer ', secretText('token'), '";']) },
    given: (world) => {
      world.secrets.set('token', 'correct-horse-battery');
      runs(world, { server: 'nginx' });
    },
    changes: [{ action: 'create', secret: true }],
    afterwards: ({ host }) => {
      expect(host.text(NGINX)).toContain('Bearer correct-horse-battery";\n}');
      expect(host.at(NGINX)).toMatchObject({ mode: 0o600 });
    },
  },
  {
    law: 'a module that nothing brings is named before anything is touched',
    params: { ...raw('# x\n'), modules: ['nosuch'] },
    given: (world) => void runs(world),
    fails: 'vhost.no-module',
    afterwards: ({ host }) => expect(host.at(APACHE)).toBeUndefined(),
  },
  {
    law: 'refuses a file of another hand in sites-enabled',
    params: apache,
    given: (world) => {
      runs(world);
      world.host.put(APACHE_LINK, { content: '# by hand\n' });
    },
    fails: 'vhost.enabled-elsewhere',
    planOnly: true,
  },
  { law: 'wants a template or a hostname', params: { server: 'nginx', name: 'x' }, fails: 'params.one-of', planOnly: true },
  { law: 'wants not both', params: { ...apache, template: 'x' }, fails: 'params.one-of', planOnly: true },
  {
    law: 'wants to listen on something',
    params: { ...apache, http_port: 0 },
    fails: 'vhost.no-port',
    planOnly: true,
  },
  {
    law: 'refuses a route that would lose a slash',
    params: { ...apache, routes: [{ path: '/api/', proxy: 'http://127.0.0.1:1/v1' }] },
    fails: 'vhost.bad-route',
    planOnly: true,
  },
  {
    law: 'removes what fairlead made, and reloads',
    params: { server: 'apache', name: 'ente', ensure: 'absent' },
    given: (world) => {
      enabledFile(world, '# ours\n');
      runs(world);
      world.made.add('web.vhost apache ente');
    },
    changes: [{ action: 'delete', target: 'apache ente' }],
    afterwards: (world) => {
      expect(world.host.at(APACHE)).toBeUndefined();
      expect(world.host.at(APACHE_LINK)).toBeUndefined();
      expect(world.backups.get(APACHE)).toBe('# ours\n');
      expect(loaded(world)).toBe('');
    },
  },
  {
    law: 'keeps a virtual host that was here before',
    params: { server: 'apache', name: 'ente', ensure: 'absent' },
    given: (world) => {
      enabledFile(world, '# theirs\n');
      runs(world);
    },
    changes: [],
  },
]);

/** The failure of a step, and proof that all is as it was but for what `except` names. */
async function failing(world: World, params: object): Promise<FairleadError['failure']> {
  const before = world.host.fingerprint();
  const error = await convergeStep(webVhost, params, contextOf(world, webVhost)).catch((thrown) => thrown);
  expect(world.host.fingerprint(), 'not all is back').toBe(before);
  return error.failure;
}

describe('a virtual host that the server refuses', () => {
  it.each(['debian', 'slackware'] as const)(
    'is taken back with its link, its modules and all that was edited (%s)',
    async (layout) => {
      const world = createWorld();
      runs(world, { layout });
      const failure = await failing(world, { ...apache, extra: 'Broken thing' });
      expect(failure).toMatchObject({ code: 'vhost.refused', evidence: { exit: 1 } });
      expect(failure.message).toMatch(/^apache refuses the virtual host ente: line \d+: Invalid command 'Broken'/);
      expect(failure.message).toContain('The line: `Broken thing`');
      expect(world.host.calls.flat()).not.toContain('kill');
    },
  );

  it('leaves the one that was there in its place', async () => {
    const world = createWorld();
    enabledFile(world, '# works\n');
    runs(world);
    expect(await failing(world, raw('# new\nBroken\n'))).toMatchObject({ code: 'vhost.refused' });
    expect(world.host.text(APACHE)).toBe('# works\n');
    expect(world.backups.get(APACHE)).toBe('# works\n');
  });

  it('is not quoted where a secret stands in the line', async () => {
    const world = createWorld();
    world.secrets.set('token', `top "secret' words`);
    runs(world, { server: 'nginx' });
    const failure = await failing(world, { ...nginx, extra: joinTexts(['Broken ', secretText('token'), ' x']) });
    expect(failure).toMatchObject({ code: 'vhost.refused' });
    expect(JSON.stringify(failure)).not.toMatch(/top|secret'|words/);
  });

  it('is told from a configuration that was broken before', async () => {
    const world = createWorld();
    runs(world);
    world.host.put('/etc/apache2/sites-enabled/other.conf', { content: 'Broken long ago\n' });
    const failure = await failing(world, apache);
    expect(failure).toMatchObject({ code: 'vhost.broken-before' });
    expect(failure.message).toContain('/etc/apache2/sites-enabled/other.conf, line 1');
  });

  it('mends its own file that was broken by hand', async () => {
    const world = createWorld();
    enabledFile(world, 'Broken by hand\n');
    runs(world);
    expect((await convergeStep(webVhost, raw('# whole\n'), contextOf(world, webVhost))).left).toEqual([]);
    expect(loaded(world)).toBe('# whole\n');
  });

  it('a name that another server block of nginx has is no quiet loss', async () => {
    const world = createWorld();
    runs(world, { server: 'nginx' });
    world.host.put('/etc/nginx/sites-enabled/a.conf', { content: 'server { server_name ente.lan; }\n' });
    expect(await failing(world, nginx)).toMatchObject({ code: 'vhost.name-taken' });
  });
});

describe('what the check does not find', () => {
  it('a server that dies of the reload is started again with what was there', async () => {
    const world = createWorld();
    enabledFile(world, '# works\n');
    const fake = runs(world, { workers: false });
    fake.onReload = 'dies';
    const failure = await failing(world, raw('# new\n'));
    expect(failure).toMatchObject({
      code: 'vhost.reload-failed',
      evidence: { tail: [expect.stringContaining('could not bind')] },
    });
    expect(failure.message).toContain('it was started again');
    expect(fake.loaded()).toBe('# works\n');
  });

  it('a reload that is not taken is told from one that is, and from a death', async () => {
    const world = createWorld();
    const fake = runs(world);
    const ctx = contextOf(world, webVhost);
    const layout = await findLayout(apache, ctx);
    const reloaded = async () => {
      const server = await runningServer(layout, ctx);
      return server && reloadServer(apache, layout, server, ctx, 1);
    };
    expect(await reloaded()).toBe('taken');
    fake.onReload = 'ignored';
    expect(await reloaded()).toBe('not-taken');
    fake.onReload = 'dies';
    expect(await reloaded()).toBe('died');
    expect(await reloaded(), 'an old file names a process that is no more').toBeUndefined();
  });

  it('a port that another program has is named before anything is touched', async () => {
    const world = createWorld();
    runs(world);
    world.host.put('/proc/net/tcp', { content: '  sl\n   0: 00000000:1F90 00000000:0000 0A 00000000:00000000\n' });
    const failure = await failing(world, { ...apache, http_port: 8080 });
    expect(failure).toMatchObject({ code: 'vhost.port-taken', fault: 'environment' });
    expect(failure.message).toContain('8080');
  });

  it('a key that is not the certificate’s, or is none, is named before anything is touched', async () => {
    const world = createWorld();
    runs(world);
    const tls = { certificate: '/etc/ssl/a.pem', key: '/etc/ssl/a.key' };
    expect((await failing(world, { ...apache, tls })).message).toContain('/etc/ssl/a.pem is missing');
    world.host.put(tls.certificate, { content: 'nonsense' });
    const { privateKey } = generateKeyPairSync('ed25519');
    world.host.put(tls.key, { content: privateKey.export({ type: 'pkcs8', format: 'pem' }) });
    expect(await failing(world, { ...apache, tls })).toMatchObject({ code: 'vhost.bad-certificate' });
  });
});

it('an attempt that was cut off before the reload is finished by the next, or taken back by it', async () => {
  const world = createWorld();
  enabledFile(world, '# works\n');
  const fake = runs(world);
  const before = world.host.fingerprint();
  const cutOff = async (text: string): Promise<void> => {
    const abort = new AbortController();
    // The moment between the check and the reload: the process ends, and nothing is tidied up.
    world.host.program('apache2ctl', () => {
      world.host.put('/etc/apache2/sites-available/.dead', { kind: 'dir' });
      return {};
    });
    world.host.program('kill', () => {
      abort.abort(new Error('dead'));
      return {};
    });
    const ctx = { ...contextOf(world, webVhost), signal: abort.signal };
    await expect(convergeStep(webVhost, raw(text), ctx)).rejects.toThrow();
    world.host.delete('/etc/apache2/sites-available/.dead');
    expect(world.host.at(HIDDEN)).toMatchObject({ mode: 0o600 });
  };
  await cutOff('# new\n');
  expect(await planStep(webVhost, raw('# new\n'), contextOf(world, webVhost))).toMatchObject([
    { action: 'run', property: 'reload' },
  ]);
  // Another server's words by now: the way back leads to what was there before the first attempt.
  world.host.program('apache2ctl', () => ({ code: 1, stderr: `Syntax error on line 1 of ${APACHE_LINK}:\nno\n` }));
  const error = await convergeStep(webVhost, raw('# new\n'), contextOf(world, webVhost)).catch((thrown) => thrown);
  expect(error.failure.code).toBe('vhost.refused');
  expect(world.host.fingerprint()).toBe(before);
  expect(fake.loaded()).toBe('# works\n');
});

it('says what it keeps', async () => {
  const world = createWorld();
  enabledFile(world, '# theirs\n');
  runs(world);
  const params = { server: 'apache', name: 'ente', ensure: 'absent' } as const;
  expect(webVhost.notes?.(params, await webVhost.read(params, contextOf(world, webVhost)))).toEqual([
    `kept: ${APACHE} was here before`,
  ]);
});
