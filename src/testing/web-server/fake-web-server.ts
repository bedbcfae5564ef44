import type { FakeHost } from '../../adapters/host/fake-host.ts';

/** What a fake web server is told, and tells. */
export interface FakeWebServer {
  /** The configuration that it runs with: the texts of all enabled files, in order. */
  loaded(): string;
  /** Runs it. */
  start(): void;
  /** What the next reload leads to; default: it is taken. */
  onReload: 'taken' | 'ignored' | 'dies';
}

/** How it is laid out. */
export interface FakeWebServerOptions {
  readonly server: 'apache' | 'nginx';
  /** Default: Debian's. */
  readonly layout?: 'debian' | 'slackware';
  /** Without, its workers can't be seen, and what it has loaded is all that a reload changes. */
  readonly workers?: boolean;
}

const PID = '41';
const LOADED = '/run/web-server.loaded';

/**
 * Apache or nginx on a fake host. Its check refuses a file with the word `Broken` at the beginning of a line, or a directive
 * `Header` while `mod_headers` is off, in the real one's words.
 */
export function createFakeWebServer(
  host: FakeHost,
  { server, layout = 'debian', workers = true }: FakeWebServerOptions,
): FakeWebServer {
  const debian = layout === 'debian';
  const name = server === 'nginx' ? 'nginx' : debian ? 'apache2' : 'httpd';
  const dir = `/etc/${name}`;
  const pidFile = server === 'nginx' ? '/run/nginx.pid' : debian ? '/run/apache2/apache2.pid' : '/run/httpd.pid';
  let generation = 0;

  const fake: FakeWebServer = {
    onReload: 'taken',
    loaded: () => host.text(LOADED),
    start() {
      host.put(pidFile, { content: `${PID}\n` });
      host.put(`/proc/${PID}/comm`, { content: `${name}\n` });
      load();
    },
  };

  if (debian) for (const folder of ['sites-available', 'sites-enabled']) host.put(`${dir}/${folder}`, { kind: 'dir' });
  if (server === 'apache') layOutApache();
  else {
    host.put('/usr/sbin/nginx', { mode: 0o755 });
    host.put(`${dir}/nginx.conf`, { content: `http {\n  include ${dir}/conf.d/*.conf;\n  include ${dir}/sites-enabled/*;\n}\n` });
    host.put(`${dir}/conf.d`, { kind: 'dir' });
    host.program('nginx', () => check());
  }
  host.program('ln', ({ argv: [, , to = '', path = ''] }) => {
    host.put(path, { kind: 'link', content: to });
    return {};
  });
  host.program('tail', () => ({ stdout: 'AH00072: make_sock: could not bind to address\n' }));
  host.put('/var/log/nginx/error.log');
  host.put('/var/log/apache2/error.log');
  host.program('kill', () => {
    const does = fake.onReload;
    fake.onReload = 'taken';
    if (does === 'dies') host.delete(`/proc/${PID}`);
    if (does === 'taken') load();
    return {};
  });
  return fake;

  function layOutApache(): void {
    const program = debian ? 'apache2ctl' : 'apachectl';
    host.put(`/usr/sbin/${program}`, { mode: 0o755 });
    host.program(program, ({ argv }) => {
      if (argv.includes('start')) fake.start();
      return check();
    });
    if (!debian) {
      host.put('/etc/slackware-version', { content: 'Slackware 15.0\n' });
      host.put(`${dir}/extra`, { kind: 'dir' });
      const modules = ['headers', 'proxy', 'proxy_http'].map(
        (each) => `#LoadModule ${each}_module lib64/httpd/modules/mod_${each}.so\n`,
      );
      host.put(`${dir}/httpd.conf`, { content: `ServerRoot "/usr"\nListen 80\n${modules.join('')}# The end\n` });
      return;
    }
    host.put(`${dir}/apache2.conf`, { content: 'IncludeOptional sites-enabled/*.conf\n' });
    host.put(`${dir}/ports.conf`, { content: 'Listen 80\n<IfModule ssl_module>\n\tListen 443\n</IfModule>\n' });
    host.put(`${dir}/mods-enabled`, { kind: 'dir' });
    const depends: Record<string, string> = { proxy_http: 'proxy', ssl: 'setenvif socache_shmcb' };
    for (const each of ['alias', 'headers', 'http2', 'proxy', 'proxy_http', 'rewrite', 'setenvif', 'socache_shmcb', 'ssl']) {
      const head = depends[each] === undefined ? '' : `# Depends: ${depends[each]}\n`;
      host.put(`${dir}/mods-available/${each}.load`, { content: `${head}LoadModule ${each}_module\n` });
    }
    host.put(`${dir}/mods-available/proxy.conf`, { content: '# proxy\n' });
    for (const file of ['alias.load'])
      host.put(`${dir}/mods-enabled/${file}`, { kind: 'link', content: `../mods-available/${file}` });
  }

  function enabled(): readonly (readonly [path: string, text: string])[] {
    const paths = debian
      ? names(`${dir}/sites-enabled`).map((each) => `${dir}/sites-enabled/${each}`)
      : server === 'nginx'
        ? names(`${dir}/conf.d`).map((each) => `${dir}/conf.d/${each}`)
        : [...host.text(`${dir}/httpd.conf`).matchAll(/^Include "(.*)"$/gm)].map(([, path = '']) => path);
    return paths.filter((path) => !/\/\.[^/]*$/.test(path)).map((path) => [path, host.text(path)]);
  }

  function names(folder: string): readonly string[] {
    const all = host.snapshot();
    const node = folder
      .split('/')
      .slice(1)
      .reduce<typeof all | undefined>((at, part) => at?.children.get(part), all);
    return [...(node?.children.keys() ?? [])].sort();
  }

  function hasModule(module: string): boolean {
    if (debian) return names(`${dir}/mods-enabled`).includes(`${module}.load`);
    return host.text(`${dir}/httpd.conf`).includes(`\nLoadModule ${module}_module`);
  }

  function check(): { code: number; stderr: string } {
    for (const [path, text] of enabled()) {
      const lines = text.split('\n');
      const at = lines.findIndex((line) => /^\s*Broken/.test(line) || (/^\s*Header /.test(line) && !hasModule('headers')));
      if (at === -1) continue;
      const word = lines[at]?.trim().split(' ')[server === 'nginx' ? 1 : 0] ?? '';
      return {
        code: 1,
        stderr:
          server === 'nginx'
            ? `nginx: [emerg] unknown directive "${word}" in ${path}:${at + 1}\nnginx: configuration file ${dir}/nginx.conf test failed\n`
            : `AH00558: apache2: Could not reliably determine the server's name\nAH00526: Syntax error on line ${at + 1} of ${path}:\nInvalid command '${word}', perhaps misspelled\nAction 'configtest' failed.\nThe Apache error log may have more information.\n`,
      };
    }
    const seen = new Set<string>();
    for (const [, text] of enabled()) {
      for (const [, each = ''] of server === 'nginx' ? text.matchAll(/server_name (\S+);/g) : []) {
        if (seen.has(each))
          return { code: 0, stderr: `nginx: [warn] conflicting server name "${each}" on 0.0.0.0:80, ignored\n` };
        seen.add(each);
      }
    }
    return { code: 0, stderr: server === 'nginx' ? 'nginx: the configuration file x syntax is ok\n' : 'Syntax OK\n' };
  }

  function load(): void {
    host.put(LOADED, {
      content: enabled()
        .map(([, text]) => text)
        .join(''),
    });
    generation += 1;
    if (workers) host.put(`/proc/${PID}/task/${PID}/children`, { content: `${1000 + generation} ${2000 + generation} ` });
  }
}
