import type { Json } from '../../model/json.ts';
import type { Change } from '../../model/step.ts';
import type { UserParams, UserState } from './params.ts';

/** The shell of a new user who is not given one: nobody logs in as a program's user. */
export const NO_SHELL = '/usr/sbin/nologin';

/** The property that differs where the home folder is missing. */
export const HOME_FOLDER = 'home folder';

/** The property that differs where the group is missing that was to come with the user. */
export const OWN_GROUP = 'own group';

/** Where a new user lives who is not given a home: as useradd(8) would have it on every distribution. */
export function homeOf(params: UserParams): string {
  return params.home ?? `/home/${params.name}`;
}

/** Pure: what differs between the wanted user and the one that is there. */
export function diffUser(params: UserParams, { user, made }: UserState): readonly Change[] {
  const target = params.name;
  if (params.ensure === 'absent') return user !== undefined && made ? [{ action: 'delete', target }] : [];
  if (user === undefined) return [{ action: 'create', target, after: newUser(params) }];

  const changes: Change[] = [];
  const compare = (property: string, before: string | number, after: string | number | undefined): void => {
    if (after !== undefined && after !== before) changes.push({ action: 'update', target, property, before, after });
  };
  compare('uid', user.uid, params.uid);
  if (!user.groupIsWanted && params.group !== undefined) {
    changes.push({ action: 'update', target, property: 'group', before: user.group, after: String(params.group) });
  }
  if (!user.groupIsThere) {
    changes.push({ action: 'update', target, property: OWN_GROUP, before: user.gid, after: params.name });
  }
  const missing = missingGroups(params, { user, made });
  if (missing.length > 0) changes.push({ action: 'update', target, property: 'groups', after: missing });
  compare('home', user.home, params.home);
  compare('shell', user.shell, params.shell);
  compare('comment', user.comment, params.comment);
  if (params.create_home === true && !user.homeIsThere) {
    changes.push({ action: 'update', target, property: HOME_FOLDER, after: params.home ?? user.home });
  }
  return changes;
}

/** The groups that the user must join. */
export function missingGroups({ groups }: UserParams, { user }: UserState): readonly string[] {
  return (groups ?? []).filter((group) => !(user?.memberOf ?? []).includes(group));
}

function newUser(params: UserParams): Json {
  return {
    ...(params.uid === undefined ? {} : { uid: params.uid }),
    group: String(params.group ?? params.name),
    ...(params.groups === undefined || params.groups.length === 0 ? {} : { groups: params.groups }),
    home: homeOf(params),
    home_folder: params.create_home === true,
    shell: params.shell ?? NO_SHELL,
    ...(params.comment === undefined ? {} : { comment: params.comment }),
    system: params.system === true,
  };
}
