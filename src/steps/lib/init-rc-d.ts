import type { InitCommands, LookContext } from './init-commands.ts';

/** Services as Slackware's scripts in /etc/rc.d: one whose executable bit is set is started at boot. */
export const rcDotD: InitCommands = {
  async state(ctx, name) {
    const [stat, bytes] = await ctx.host.files([
      { op: 'stat', path: script(name) },
      { op: 'read', path: script(name) },
    ]);
    if (stat === undefined || bytes === undefined) return { known: false, running: false, enabled: false };
    return {
      known: true,
      running: await isRunning(ctx, name, new TextDecoder().decode(bytes)),
      enabled: (stat.mode & 0o111) !== 0,
    };
  },
  // By way of the shell: a script that isn't started at boot isn't executable either.
  start: (name) => [['/bin/sh', script(name), 'start']],
  stop: (name) => [['/bin/sh', script(name), 'stop']],
  restart: (name) => [['/bin/sh', script(name), 'restart']],
  enable: (name, on) => [['chmod', on ? 'a+x' : 'a-x', script(name)]],
};

function script(name: string): string {
  return `/etc/rc.d/rc.${name}`;
}

/** Many of these scripts know no `status`, and answer it with their usage and 0: then the process's file tells. */
async function isRunning(ctx: LookContext, name: string, text: string): Promise<boolean> {
  if (/^\s*(?:[\w|'"-]+\|)?["']?status["']?(?:\|[\w|'"-]+)?\s*\)/m.test(text)) {
    const { code } = await ctx.host.exec({ argv: ['/bin/sh', script(name), 'status'] }, { signal: ctx.signal });
    return code === 0;
  }
  const files = await ctx.host.files([
    { op: 'read', path: `/var/run/${name}.pid` },
    { op: 'read', path: `/var/run/${name}/${name}.pid` },
  ]);
  const pids = files.flatMap((bytes) => (bytes === undefined ? [] : [new TextDecoder().decode(bytes).trim()]));
  for (const pid of pids.filter((text) => /^\d+$/.test(text))) {
    const [alive] = await ctx.host.files([{ op: 'stat', path: `/proc/${pid}` }]);
    if (alive !== undefined) return true;
  }
  return false;
}
