import type { Change, StepType } from '../../model/step.ts';
import { findGroup, findUser, readAccounts } from '../lib/accounts.ts';
import { applyUser } from './apply-user.ts';
import { diffUser } from './diff-user.ts';
import { isHome } from './home-folder.ts';
import { type UserParams, type UserState, userSchema } from './params.ts';

/** `host.user`: a user exists, with this number, groups, home and shell. What the params don't mention stays as it is. */
export const hostUser: StepType<UserParams, UserState> = {
  name: 'host.user',
  summary: 'A user exists on the host, with this number, these groups, this home folder and shell.',
  schema: userSchema,
  outputs: { uid: "The user's number.", gid: "The login group's number.", home: 'The home folder.' },
  removal: { targets: ({ name }) => [name] },
  needs: () => ['root'],
  whenInDoubt: () => 'read-again',

  async read(params, ctx) {
    const accounts = await readAccounts(ctx);
    const made = ctx.made(params.name);
    const user = await findUser(ctx, accounts, params.name);
    if (user === undefined) return { made };
    const { uid, gid, shell, comment } = user;
    const group = accounts.groups.find((entry) => entry.gid === gid)?.name ?? String(gid);
    const wanted = params.group === undefined ? gid : await gidOf(params.group, (name) => findGroup(ctx, accounts, name));
    const further = accounts.groups.filter(({ members }) => members.includes(params.name)).map(({ name }) => name);
    const home = params.home ?? user.home;
    const cutOff = ctx.doubted?.some(({ action }) => action === 'create') === true && params.group === undefined;
    const groupIsThere = !cutOff || accounts.groups.some((entry) => entry.gid === gid);
    return {
      made,
      user: {
        uid,
        gid,
        group,
        groupIsWanted: wanted === gid,
        groupIsThere,
        memberOf: [...new Set([group, ...further])].sort(),
        home: user.home,
        homeIsThere: params.create_home === true && (await isHome(ctx.host, home, uid)),
        shell,
        comment,
      },
    };
  },

  diff: (params, state): readonly Change[] => diffUser(params, state),

  outputsOf: (_, { user }): Record<string, string | number> =>
    user === undefined ? {} : { uid: user.uid, gid: user.gid, home: user.home },

  notes: (params, { user, made }) =>
    params.ensure === 'absent' && user !== undefined && !made ? [`kept: the user ${params.name} was here before`] : [],

  async apply(params, changes, ctx, state) {
    await applyUser(params, changes, ctx, state);
    return undefined;
  },
};

async function gidOf(
  group: string | number,
  find: (name: string) => Promise<{ readonly gid: number } | undefined>,
): Promise<number | undefined> {
  return /^\d+$/.test(String(group)) ? Number(group) : (await find(String(group)))?.gid;
}
