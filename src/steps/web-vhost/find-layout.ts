import type { ReadContext } from '../../model/step.ts';
import type { VhostParams } from './params.ts';

/** Where a server keeps what on this host. */
export interface Layout {
  /** `sites`: files in sites-available, links to them in sites-enabled, as on Debian; `included`: files that the main one includes. */
  readonly kind: 'sites' | 'included';
  /** The folder of its configuration. */
  readonly dir: string;
  /** The main configuration file. */
  readonly main: string;
  /** The virtual host's file. */
  readonly file: string;
  /** With `sites`: the link that switches it on. */
  readonly link?: string;
  /** What checks the configuration; undefined where the server is not installed (yet). */
  readonly program?: string;
  /** The service's name. */
  readonly unit: string;
  /** Where the running server's process id may stand. */
  readonly pidFiles: readonly string[];
  /** How its processes are called. */
  readonly processes: readonly string[];
  /** Where it may have written why it did not reload. */
  readonly errorLogs: readonly string[];
}

const APACHE = {
  processes: ['apache2', 'httpd'],
  pidFiles: [
    '/run/apache2/apache2.pid',
    '/run/httpd.pid',
    '/run/httpd/httpd.pid',
    '/var/run/httpd.pid',
    '/var/run/httpd/httpd.pid',
  ],
  errorLogs: ['/var/log/apache2/error.log', '/var/log/httpd/error_log'],
};
const NGINX = {
  processes: ['nginx'],
  pidFiles: ['/run/nginx.pid', '/var/run/nginx.pid', '/run/nginx/nginx.pid'],
  errorLogs: ['/var/log/nginx/error.log'],
};

/** Looks how the server is laid out here; where it is not installed yet, as its package for this system will lay it out. */
export async function findLayout(params: VhostParams, ctx: ReadContext): Promise<Layout> {
  return params.server === 'apache' ? findApache(params, ctx) : findNginx(params, ctx);
}

async function findApache(params: VhostParams, ctx: ReadContext): Promise<Layout> {
  const slackware = await firstOf(ctx, ['/etc/slackware-version', '/etc/redhat-release']);
  const dir =
    params.config_dir ?? (await firstOf(ctx, ['/etc/apache2', '/etc/httpd'])) ?? (slackware ? '/etc/httpd' : '/etc/apache2');
  const main = await firstOf(ctx, [`${dir}/apache2.conf`, `${dir}/httpd.conf`, `${dir}/conf/httpd.conf`]);
  const sites = (await firstOf(ctx, [`${dir}/sites-available`])) !== undefined || (main === undefined && slackware === undefined);
  const programs = sites
    ? ['/usr/sbin/apache2ctl', '/usr/sbin/apachectl']
    : ['/usr/sbin/apachectl', '/usr/sbin/httpd', '/usr/sbin/apache2ctl'];
  const program = await firstOf(ctx, params.program === undefined ? programs : [params.program]);
  const name = `${params.name}.conf`;
  return {
    ...APACHE,
    dir,
    ...(program === undefined ? {} : { program }),
    main: main ?? `${dir}/${sites ? 'apache2' : 'httpd'}.conf`,
    ...(sites
      ? { kind: 'sites', file: `${dir}/sites-available/${name}`, link: `${dir}/sites-enabled/${name}`, unit: 'apache2' }
      : { kind: 'included', file: `${dir}/extra/${name}`, unit: 'httpd' }),
  };
}

async function findNginx(params: VhostParams, ctx: ReadContext): Promise<Layout> {
  const slackware = await firstOf(ctx, ['/etc/slackware-version', '/etc/redhat-release']);
  const dir = params.config_dir ?? '/etc/nginx';
  const main = await firstOf(ctx, [`${dir}/nginx.conf`]);
  const sites = (await firstOf(ctx, [`${dir}/sites-available`])) !== undefined || (main === undefined && slackware === undefined);
  const program = await firstOf(ctx, params.program === undefined ? ['/usr/sbin/nginx', '/usr/bin/nginx'] : [params.program]);
  const name = `${params.name}.conf`;
  return {
    ...NGINX,
    dir,
    ...(program === undefined ? {} : { program }),
    main: `${dir}/nginx.conf`,
    unit: 'nginx',
    ...(sites
      ? { kind: 'sites', file: `${dir}/sites-available/${name}`, link: `${dir}/sites-enabled/${name}` }
      : { kind: 'included', file: `${dir}/conf.d/${name}` }),
  };
}

async function firstOf(ctx: ReadContext, paths: readonly string[]): Promise<string | undefined> {
  const stats = await ctx.host.files(paths.map((path) => ({ op: 'stat' as const, path })));
  return paths.find((_, at) => stats[at] !== undefined);
}
