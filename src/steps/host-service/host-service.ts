import Type, { type Static } from 'typebox';
import { fail } from '../../model/failure.ts';
import type { ApplyContext, Change, StepType } from '../../model/step.ts';
import type { StepId } from '../../model/step-id.ts';
import type { ServiceState } from '../lib/init-commands.ts';
import {
  detectInit,
  enableService,
  type InitSystem,
  restartService,
  serviceState,
  startService,
  stopService,
} from '../lib/init-system.ts';

const schema = Type.Object(
  {
    name: Type.String({
      pattern: '^[A-Za-z0-9][A-Za-z0-9@._:-]*$',
      description: 'The service as the host calls it: a systemd unit (`.service` may be left out) or an init script.',
    }),
    state: Type.Optional(
      Type.Union([Type.Literal('running'), Type.Literal('stopped')], {
        description:
          'Whether it runs now. Default: `running`. With `after`, it is restarted when one of those steps changed something.',
      }),
    ),
    enabled: Type.Optional(Type.Boolean({ description: 'Whether it is started at boot. Default: left as it is.' })),
    ensure: Type.Optional(
      Type.Union([Type.Literal('present'), Type.Literal('absent')], {
        description: '`present` (default), or `absent`: it is stopped and disabled as far as fairlead started and enabled it.',
      }),
    ),
  },
  { additionalProperties: false },
);

type Params = Static<typeof schema>;

interface State extends ServiceState {
  readonly init: InitSystem;
  readonly due: readonly StepId[];
  readonly madeRunning: boolean;
  readonly madeEnabled: boolean;
}

/** A system service: systemd, System V init or Slackware's rc.d. */
export const hostService: StepType<Params, State> = {
  name: 'host.service',
  summary: 'A service of the system runs, and is started at boot.',
  schema,
  removal: { targets: ({ name }) => [name] },
  needs: () => ['root'],
  whenInDoubt: () => 'read-again',
  async read(params, ctx) {
    const init = await detectInit(ctx.host);
    return {
      ...(await serviceState(ctx, init, params.name)),
      init,
      due: ctx.due,
      madeRunning: ctx.made(params.name),
      madeEnabled: ctx.made(atBoot(params.name)),
    };
  },
  diff: (params, state) => (params.ensure === 'absent' ? changesToRemove(params, state) : changesToHave(params, state)),
  notes(params, state) {
    if (params.ensure !== 'absent') return [];
    const kept = state.running && !state.madeRunning ? [`${params.name} kept running: it ran before`] : [];
    return state.enabled === true && !state.madeEnabled ? [...kept, `${params.name} kept enabled: it was so before`] : kept;
  },
  async apply(params, changes, ctx, state) {
    ctx.signal.throwIfAborted();
    // A unit that an earlier step of this run wrote is there by now.
    const known = state.known || (await serviceState(ctx, state.init, params.name)).known;
    if (!known && state.init !== 'none') throw unknown(params.name, state.init);
    for (const change of changes) {
      ctx.signal.throwIfAborted();
      await make(change, params.name, ctx, state.init);
    }
    return undefined;
  },
};

/** Being started at boot is made apart from running, so that each is undone only where we did it. */
function atBoot(name: string): string {
  return `${name} at boot`;
}

function changesToHave(params: Params, { running, enabled, due }: State): readonly Change[] {
  const { name } = params;
  const changes: Change[] = [];
  if (params.enabled !== undefined && enabled !== 'fixed' && enabled !== params.enabled) {
    const action = params.enabled ? 'create' : 'update';
    changes.push({ action, target: atBoot(name), property: 'enabled', before: enabled, after: params.enabled });
  }
  const wantRunning = (params.state ?? 'running') === 'running';
  if (wantRunning && !running) {
    changes.push({ action: 'create', target: name, property: 'state', before: 'stopped', after: 'running', ...because(due) });
  } else if (wantRunning && due.length > 0) {
    changes.push({ action: 'run', target: name, property: 'restart', because: due });
  } else if (!wantRunning && running) {
    changes.push({ action: 'update', target: name, property: 'state', before: 'running', after: 'stopped' });
  }
  return changes;
}

function because(due: readonly StepId[]): { readonly because?: readonly StepId[] } {
  return due.length > 0 ? { because: due } : {};
}

function changesToRemove({ name }: Params, { running, enabled, madeRunning, madeEnabled }: State): readonly Change[] {
  const changes: Change[] = [];
  if (running && madeRunning) {
    changes.push({ action: 'delete', target: name, property: 'state', before: 'running', after: 'stopped' });
  }
  if (enabled === true && madeEnabled) {
    changes.push({ action: 'delete', target: atBoot(name), property: 'enabled', before: true, after: false });
  }
  return changes;
}

async function make(change: Change, name: string, ctx: ApplyContext, init: InitSystem): Promise<void> {
  if (change.property === 'enabled') await enableService(ctx, init, name, change.after === true);
  else if (change.property === 'restart') await restartService(ctx, init, name);
  else if (change.after === 'running') await startService(ctx, init, name);
  else await stopService(ctx, init, name);
}

function unknown(name: string, init: InitSystem) {
  const where = { systemd: `a unit ${name}`, sysvinit: `/etc/init.d/${name}`, 'rc.d': `/etc/rc.d/rc.${name}`, none: name }[init];
  return fail('service.unknown', `There is no service ${name} on this host: ${where} is missing.`, {
    hints: ['Check the name; a package or file that brings it must be a step before this one.'],
  });
}
