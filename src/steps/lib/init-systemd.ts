import type { InitCommands } from './init-commands.ts';

/** systemctl(1), `is-enabled`: units that others pull in or that were generated can't be enabled themselves. */
const FIXED = ['static', 'alias', 'indirect', 'generated', 'transient'];

/** Services as units of systemd. */
export const systemd: InitCommands = {
  async state(ctx, name) {
    const show = ['systemctl', 'show', '--property=LoadState', '--property=ActiveState', unit(name)];
    const { stdout } = await ctx.host.exec({ argv: show }, { signal: ctx.signal });
    const known = /^LoadState=(?!not-found|error)/m.test(stdout);
    if (!known) return { known, running: false, enabled: false };
    const enabled = await ctx.host.exec({ argv: ['systemctl', 'is-enabled', unit(name)] }, { signal: ctx.signal });
    const word = enabled.stdout.trim().split('\n').at(-1) ?? '';
    return {
      known,
      running: /^ActiveState=(active|reloading)$/m.test(stdout),
      enabled: FIXED.includes(word) ? 'fixed' : word.startsWith('enabled'),
    };
  },
  // A unit that an earlier step wrote or changed is not seen before a reload.
  start: (name) => [
    ['systemctl', 'daemon-reload'],
    ['systemctl', 'start', unit(name)],
  ],
  stop: (name) => [['systemctl', 'stop', unit(name)]],
  restart: (name) => [
    ['systemctl', 'daemon-reload'],
    ['systemctl', 'restart', unit(name)],
  ],
  enable: (name, on) => [
    ['systemctl', 'daemon-reload'],
    ['systemctl', on ? 'enable' : 'disable', unit(name)],
  ],
  log: (name) => ['journalctl', '-u', unit(name), '-n', '20', '--no-pager'],
};

/** `docker` means `docker.service`; `docker.socket` is what it says. */
function unit(name: string): string {
  return /\.(service|socket|timer|target|path|mount)$/.test(name) ? name : `${name}.service`;
}
