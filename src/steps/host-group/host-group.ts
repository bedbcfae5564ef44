import Type, { type Static } from 'typebox';
import type { Change, StepType } from '../../model/step.ts';
import { accountName, runAccountProgram } from '../lib/account-program.ts';
import { findGroup, type GroupEntry, readAccounts } from '../lib/accounts.ts';
import { ensure } from '../lib/schema.ts';

const schema = Type.Object(
  {
    name: accountName("The group's name."),
    gid: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 4294967294,
        description: 'Its number. Default: a free one; a group that is there keeps its own.',
      }),
    ),
    system: Type.Optional(
      Type.Boolean({ description: 'Take a free number from the range of system groups when it is made. Default: false.' }),
    ),
    ensure: ensure('the group'),
  },
  { additionalProperties: false },
);

type Params = Static<typeof schema>;

interface State {
  readonly group: GroupEntry | undefined;
  readonly made: boolean;
}

/** `host.group`: a group exists, with this number. */
export const hostGroup: StepType<Params, State> = {
  name: 'host.group',
  summary: 'A group exists on the host, with this number.',
  schema,
  outputs: { gid: "The group's number." },
  removal: { targets: ({ name }) => [name] },
  needs: () => ['root'],
  whenInDoubt: () => 'read-again',

  async read(params, ctx) {
    return { group: await findGroup(ctx, await readAccounts(ctx), params.name), made: ctx.made(params.name) };
  },

  diff(params, { group, made }) {
    const { name: target, gid } = params;
    if (params.ensure === 'absent') return group !== undefined && made ? [{ action: 'delete', target }] : [];
    if (group === undefined) {
      return [{ action: 'create', target, after: { ...(gid === undefined ? {} : { gid }), system: params.system === true } }];
    }
    if (gid === undefined || gid === group.gid) return [];
    return [{ action: 'update', target, property: 'gid', before: group.gid, after: gid }];
  },

  outputsOf: (_, { group }): Record<string, number> => (group === undefined ? {} : { gid: group.gid }),

  notes: (params, { group, made }) =>
    params.ensure === 'absent' && group !== undefined && !made ? [`kept: the group ${params.name} was here before`] : [],

  async apply(params, changes, ctx) {
    for (const { action } of changes) await runAccountProgram(ctx, argvOf(params, action), params.name);
    return undefined;
  },
};

function argvOf({ name, gid, system }: Params, action: Change['action']): string[] {
  if (action === 'delete') return ['groupdel', name];
  const number = gid === undefined ? [] : ['--gid', String(gid)];
  return action === 'create'
    ? ['groupadd', ...number, ...(system === true ? ['--system'] : []), name]
    : ['groupmod', ...number, name];
}
