import type { ApplyContext, Change } from '../../model/step.ts';
import { runAccountProgram } from '../lib/account-program.ts';
import { findGroup, findUser, readAccounts } from '../lib/accounts.ts';
import { HOME_FOLDER, homeOf, missingGroups, NO_SHELL, OWN_GROUP } from './diff-user.ts';
import { isHome } from './home-folder.ts';
import type { UserParams, UserState } from './params.ts';

/** The mode of a home folder that we make. */
const HOME_MODE = 0o750;

/** Makes, changes or removes the user. A crash between two acts leaves differences that the next diff shows. */
export async function applyUser(
  params: UserParams,
  changes: readonly Change[],
  ctx: ApplyContext,
  state: UserState,
): Promise<void> {
  const [first] = changes;
  if (first?.action === 'delete') {
    // Without `--remove`: the home folder may hold data.
    await runAccountProgram(ctx, ['userdel', params.name], params.name);
    return;
  }
  if (first?.action === 'create') {
    await runAccountProgram(ctx, await useradd(params, ctx), params.name);
  } else {
    if (changes.some(({ property }) => property === OWN_GROUP)) await makeOwnGroup(params, ctx, state);
    const flags = changes.flatMap(({ property }) => usermodFlags(params, state, property));
    if (flags.length > 0) await runAccountProgram(ctx, ['usermod', ...flags, params.name], params.name);
  }
  const homeIsMissing =
    first?.action === 'create' ? params.create_home === true : changes.some(({ property }) => property === HOME_FOLDER);
  if (homeIsMissing) await makeHome(params, ctx);
}

async function useradd(params: UserParams, ctx: ApplyContext): Promise<string[]> {
  const { name, uid, group, groups, comment, system, shell } = params;
  const groupOfThatName = group === undefined ? await findGroup(ctx, await readAccounts(ctx), name) : undefined;
  // Without our word, the distribution decides: Debian makes a group, Slackware takes `users`.
  const login = group ?? groupOfThatName?.name;
  return [
    'useradd',
    // The home folder is ours to make: useradd would fill it from /etc/skel.
    '--no-create-home',
    ...['--home-dir', homeOf(params)],
    ...['--shell', shell ?? NO_SHELL],
    ...(uid === undefined ? [] : ['--uid', String(uid)]),
    ...(login === undefined ? ['--user-group'] : ['--gid', String(login)]),
    ...(groups === undefined || groups.length === 0 ? [] : ['--groups', groups.join(',')]),
    ...(comment === undefined ? [] : ['--comment', comment]),
    ...(system === true ? ['--system'] : []),
    name,
  ];
}

/** useradd gave the user this group's number already, and was cut off before it wrote the group. */
async function makeOwnGroup({ name, system }: UserParams, ctx: ApplyContext, { user }: UserState): Promise<void> {
  const number = ['--gid', String(user?.gid)];
  await runAccountProgram(ctx, ['groupadd', ...number, ...(system === true ? ['--system'] : []), name], name);
}

function usermodFlags(params: UserParams, state: UserState, property: string | undefined): string[] {
  switch (property) {
    case 'uid':
      return ['--uid', String(params.uid)];
    case 'group':
      return ['--gid', String(params.group)];
    case 'groups':
      return ['--append', '--groups', missingGroups(params, state).join(',')];
    case 'home':
      return ['--home', homeOf(params)];
    case 'shell':
      return ['--shell', params.shell ?? NO_SHELL];
    case 'comment':
      return ['--comment', params.comment ?? ''];
    default:
      return [];
  }
}

async function makeHome(params: UserParams, ctx: ApplyContext): Promise<void> {
  ctx.signal.throwIfAborted();
  const user = await findUser(ctx, await readAccounts(ctx), params.name);
  if (user === undefined || (await isHome(ctx.host, user.home, user.uid))) return;
  const owner = { mode: HOME_MODE, uid: user.uid, gid: user.gid };
  await ctx.host.files([
    { op: 'mkdir', path: user.home, ...owner },
    // The folder may be there already, half made.
    { op: 'owner-mode', path: user.home, ...owner },
  ]);
}
