import { expect, it, vi } from 'vitest';
import type { StepId } from '../../model/step-id.ts';
import { contextOf, convergeStep, createWorld, describeStepType, type World } from '../../testing/step-bench.ts';
import { hostService } from './host-service.ts';

interface Unit {
  running?: boolean;
  enabled?: string;
  /** It does not start. */
  broken?: boolean;
}

/** A host that systemd started; its units are in the fake's memory, and their states on its disk. */
function systemd({ host }: World, units: Readonly<Record<string, Unit>>): void {
  host.put('/run/systemd/system', { kind: 'dir' });
  const path = (name: string): string => `/run/units/${name}`;
  const unit = (name: string): Unit => JSON.parse(host.text(path(name)));
  const set = (name: string, change: Unit): void =>
    host.put(path(name), { content: JSON.stringify({ ...unit(name), ...change }) });
  for (const [name, state] of Object.entries(units)) host.put(path(name), { content: JSON.stringify(state) });
  host.program('systemctl', ({ argv }) => {
    const name = argv.at(-1) ?? '';
    if (argv[1] === 'daemon-reload') return {};
    if (host.at(path(name)) === undefined) return { stdout: 'LoadState=not-found\nActiveState=inactive\n', code: 0 };
    const { running = false, enabled = 'disabled', broken = false } = unit(name);
    switch (argv[1]) {
      case 'show':
        return { stdout: `LoadState=loaded\nActiveState=${running ? 'active' : 'inactive'}\n` };
      case 'is-enabled':
        return { stdout: `${enabled}\n`, code: enabled === 'disabled' ? 1 : 0 };
      case 'enable':
      case 'disable':
        set(name, { enabled: `${argv[1]}d` });
        return {};
      default:
        if (broken) return { code: 1, stderr: `Job for ${name} failed.\n` };
        set(name, { running: argv[1] !== 'stop' });
        return {};
    }
  });
  host.program('journalctl', () => ({ stdout: 'Nov 22 db[1]: port 5432 is in use\n' }));
}

/** A host with init scripts; a service runs where its pid file is there. */
function sysvinit({ host }: World, name: string, state: { running?: boolean; links?: readonly string[] } = {}): void {
  host.put(`/etc/init.d/${name}`, { mode: 0o755 });
  if (state.running === true) host.put(`/run/${name}.pid`);
  for (const link of state.links ?? []) host.put(`/etc/${link}`);
  host.program('service', ({ argv: [, service, verb] }) => {
    if (verb === 'status') return { code: host.at(`/run/${service}.pid`) === undefined ? 3 : 0 };
    if (verb === 'stop') host.delete(`/run/${service}.pid`);
    else host.put(`/run/${service}.pid`);
    return {};
  });
  host.program('update-rc.d', ({ argv: [, service, verb] }) => {
    for (const mark of ['S', 'K']) host.delete(`/etc/rc3.d/${mark}01${service}`);
    host.put(`/etc/rc3.d/${verb === 'disable' ? 'K' : 'S'}01${service}`);
    return {};
  });
}

/** A Slackware host. */
function slackware({ host }: World, name: string, text: string, mode: number): void {
  host.put('/etc/rc.d/rc.M', { mode: 0o755 });
  host.put(`/etc/rc.d/rc.${name}`, { content: text, mode });
  host.program('sh', ({ argv: [, , verb] }) => {
    if (verb === 'status') return { code: host.at(`/var/run/${name}.pid`) === undefined ? 1 : 0 };
    if (verb === 'stop') host.delete(`/var/run/${name}.pid`);
    else {
      host.put(`/var/run/${name}.pid`, { content: '77\n' });
      host.put('/proc/77', { kind: 'dir' });
    }
    return {};
  });
  host.program('chmod', ({ argv: [, change = '', path = ''] }) => {
    host.put(path, { content: host.text(path), mode: change === 'a+x' ? 0o755 : 0o644 });
    return {};
  });
}

const due = ['config' as StepId];
const name = 'db';
const running = { action: 'create', target: 'db', property: 'state', before: 'stopped', after: 'running' } as const;
const enabled = { action: 'create', target: 'db at boot', property: 'enabled', before: false, after: true } as const;

describeStepType(hostService, [
  {
    law: 'systemd: starts and enables a unit, which an earlier step may just have written',
    params: { name, enabled: true },
    given: (world) => systemd(world, { 'db.service': {} }),
    changes: [enabled, running],
    afterwards: ({ host }) => expect(host.calls).toContainEqual(['systemctl', 'daemon-reload']),
  },
  {
    law: 'systemd: changes nothing where it runs and is enabled',
    params: { name, enabled: true },
    given: (world) => systemd(world, { 'db.service': { running: true, enabled: 'enabled' } }),
    changes: [],
  },
  {
    law: 'systemd: leaves alone whether it is started at boot where nothing is said of that',
    params: { name },
    given: (world) => systemd(world, { 'db.service': { running: true } }),
    changes: [],
  },
  {
    law: 'systemd: takes a unit that can be neither enabled nor disabled as it is',
    params: { name: 'db.socket', enabled: true },
    given: (world) => systemd(world, { 'db.socket': { running: true, enabled: 'static' } }),
    changes: [],
  },
  {
    law: 'systemd: stops and disables',
    params: { name, state: 'stopped', enabled: false },
    given: (world) => systemd(world, { 'db.service': { running: true, enabled: 'enabled' } }),
    changes: [
      { action: 'update', target: 'db at boot', after: false },
      { action: 'update', target: 'db', before: 'running', after: 'stopped' },
    ],
  },
  {
    law: 'restarts a running service when a step that it comes after has changed something',
    params: { name },
    context: { due },
    given: (world) => systemd(world, { 'db.service': { running: true } }),
    changes: [{ action: 'run', target: 'db', property: 'restart', because: due }],
    afterwards: ({ host }) => expect(host.calls).toContainEqual(['systemctl', 'restart', 'db.service']),
  },
  {
    law: 'only starts a stopped service when a step that it comes after has changed something',
    params: { name },
    context: { due },
    given: (world) => systemd(world, { 'db.service': {} }),
    changes: [{ ...running, because: due }],
    afterwards: ({ host }) => expect(host.calls).not.toContainEqual(['systemctl', 'restart', 'db.service']),
  },
  {
    law: 'fails where a service does not start',
    params: { name },
    given: (world) => systemd(world, { 'db.service': { broken: true } }),
    fails: 'service.failed',
  },
  {
    law: 'fails at apply where there is no such service',
    params: { name: 'no-such' },
    given: (world) => systemd(world, {}),
    fails: 'service.unknown',
  },
  {
    law: 'has nothing to stop where there is no such service',
    params: { name: 'no-such', state: 'stopped', enabled: false },
    given: (world) => systemd(world, {}),
    changes: [],
  },
  {
    law: 'removes what fairlead did: a service that it started is stopped, one that it did not enable stays enabled',
    params: { name, ensure: 'absent' },
    given: (world) => {
      systemd(world, { 'db.service': { running: true, enabled: 'enabled' } });
      world.made.add('host.service db');
    },
    changes: [{ action: 'delete', target: 'db', after: 'stopped' }],
  },
  {
    law: 'removes what fairlead did: a service that it enabled is disabled',
    params: { name, ensure: 'absent' },
    given: (world) => {
      systemd(world, { 'db.service': { running: true, enabled: 'enabled' } });
      world.made.add('host.service db').add('host.service db at boot');
    },
    changes: [
      { action: 'delete', target: 'db' },
      { action: 'delete', target: 'db at boot' },
    ],
  },
  {
    law: 'init scripts: starts and enables',
    params: { name, enabled: true },
    given: (world) => sysvinit(world, name, { links: ['rc3.d/K01db', 'rc3.d/S01dbus'] }),
    changes: [enabled, running],
    afterwards: ({ host }) => expect(host.at('/etc/rc3.d/S01db')).toBeDefined(),
  },
  {
    law: 'init scripts: stops and disables',
    params: { name, enabled: false, state: 'stopped' },
    given: (world) => sysvinit(world, name, { running: true, links: ['rc3.d/S01db'] }),
    changes: [{ property: 'enabled' }, { property: 'state' }],
    afterwards: ({ host }) => expect(host.at('/etc/rc3.d/S01db')).toBeUndefined(),
  },
  {
    law: 'rc.d: starts a script and makes it executable',
    params: { name, enabled: true },
    given: (world) => slackware(world, name, "case \"$1\" in\n'start')\n;;\n'status')\n;;\nesac\n", 0o644),
    changes: [enabled, running],
    afterwards: ({ host }) => expect(host.at('/etc/rc.d/rc.db')?.mode).toBe(0o755),
  },
  {
    law: 'rc.d: knows by its process whether a service runs whose script knows no status',
    params: { name },
    given: (world) =>
      slackware(world, name, 'case "$1" in\nstart) ;;\n*) echo "usage: start|stop|status-less" ;;\nesac\n', 0o755),
    changes: [running],
    afterwards: ({ host }) => expect(host.calls.flat()).not.toContain('status'),
  },
  {
    law: 'fails where nothing starts services',
    params: { name },
    fails: 'service.no-init',
  },
]);

it("shows the service's own last lines where it does not start", async () => {
  const world = createWorld();
  systemd(world, { 'db.service': { broken: true } });
  const error = await convergeStep(hostService, { name }, contextOf(world, hostService)).catch((thrown) => thrown);
  expect(error.failure.evidence).toEqual({
    argv: ['systemctl', 'start', 'db.service'],
    exit: 1,
    tail: ['Job for db.service failed.', 'Nov 22 db[1]: port 5432 is in use'],
  });
});

it('shows what a script said that ended well and started nothing', async () => {
  vi.useFakeTimers();
  try {
    const world = createWorld();
    sysvinit(world, 'db', { links: ['rc3.d/S01db'] });
    world.host.program('service', ({ argv: [, , verb] }) =>
      verb === 'status' ? { code: 3 } : { stdout: 'To enable db, edit /etc/default/db and set START=yes\n' },
    );
    const ended = convergeStep(hostService, { name }, contextOf(world, hostService)).catch((thrown) => thrown);
    await vi.advanceTimersByTimeAsync(10_000);
    expect((await ended).failure).toMatchObject({
      message: 'The service db was started but does not run.',
      evidence: { argv: ['service', 'db', 'start'], tail: ['To enable db, edit /etc/default/db and set START=yes'] },
    });
  } finally {
    vi.useRealTimers();
  }
});

it('says what it keeps because it was so before', async () => {
  const world = createWorld();
  systemd(world, { 'db.service': { running: true, enabled: 'enabled' } });
  const params = { name, ensure: 'absent' as const };
  const state = await hostService.read(params, contextOf(world, hostService));
  expect(hostService.notes?.(params, state)).toEqual(['db kept running: it ran before', 'db kept enabled: it was so before']);
});
