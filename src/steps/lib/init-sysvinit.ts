import type { InitCommands } from './init-commands.ts';

const RUNLEVELS = ['/etc/rc2.d', '/etc/rc3.d', '/etc/rc4.d', '/etc/rc5.d'] as const;

/** Services as scripts in /etc/init.d, started at boot by links in /etc/rc?.d. */
export const sysvinit: InitCommands = {
  async state(ctx, name) {
    const [script, boot, ...levels] = await ctx.host.files([
      { op: 'stat', path: `/etc/init.d/${name}` },
      { op: 'list', path: '/etc/rcS.d' },
      { op: 'list', path: RUNLEVELS[0] },
      { op: 'list', path: RUNLEVELS[1] },
      { op: 'list', path: RUNLEVELS[2] },
      { op: 'list', path: RUNLEVELS[3] },
    ]);
    if (script === undefined) return { known: false, running: false, enabled: false };
    const links = [boot, ...levels].flatMap((entries) => entries ?? []);
    const { code } = await ctx.host.exec({ argv: ['service', name, 'status'] }, { signal: ctx.signal });
    return { known: true, running: code === 0, enabled: links.some((link) => isStart(link, name)) };
  },
  start: (name) => [['service', name, 'start']],
  stop: (name) => [['service', name, 'stop']],
  restart: (name) => [['service', name, 'restart']],
  // update-rc.d(8): `defaults` makes links where there are none, and leaves those that are there alone.
  enable: (name, on) =>
    on
      ? [
          ['update-rc.d', name, 'defaults'],
          ['update-rc.d', name, 'enable'],
        ]
      : [['update-rc.d', name, 'disable']],
};

function isStart(link: string, name: string): boolean {
  return /^S\d\d/.test(link) && link.slice(3) === name;
}
