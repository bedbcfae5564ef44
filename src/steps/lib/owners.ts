import Type from 'typebox';
import { fail } from '../../model/failure.ts';
import { type Accounts, findGroup, findUser, type LookUp, readAccounts } from './accounts.ts';

/** An owner param: a name or a number, or `user:group`, `:group`. */
export function ownerParam(description: string) {
  return Type.Union([
    Type.String({ pattern: '^(?=.)([A-Za-z0-9_][A-Za-z0-9_.-]*)?(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?$', description }),
    Type.Integer({ minimum: 0, description }),
  ]);
}

/** An owner as the recipe gives it, with the ids that it means on this host today. */
export interface Owner {
  /** As given, for showing: names of users that an earlier step will make have no number yet. */
  readonly given: string;
  /** Undefined where the owner names no user, or one that is not there yet. */
  readonly uid?: number;
  readonly gid?: number;
  /** What it names that is not there (yet). */
  readonly missing: readonly { readonly kind: 'user' | 'group'; readonly name: string }[];
}

/** Looks up what an owner means here. Names that are unknown are listed in `missing`: an earlier step may make them. */
export async function lookUpOwner(ctx: LookUp, owner: string | number): Promise<Owner> {
  const given = String(owner);
  const [user = '', group = ''] = given.split(':');
  const names = [user, group].some((part) => part !== '' && !isNumber(part));
  const accounts: Accounts = names ? await readAccounts(ctx) : { users: [], groups: [] };
  const uid = isNumber(user) ? Number(user) : user === '' ? undefined : (await findUser(ctx, accounts, user))?.uid;
  const gid = isNumber(group) ? Number(group) : group === '' ? undefined : (await findGroup(ctx, accounts, group))?.gid;
  return {
    given,
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
    missing: [
      ...(user !== '' && uid === undefined ? [{ kind: 'user' as const, name: user }] : []),
      ...(group !== '' && gid === undefined ? [{ kind: 'group' as const, name: group }] : []),
    ],
  };
}

/** Fails where the owner names somebody who is not there: for `apply`, when no earlier step can help any more. */
export function requireOwner({ given, missing: [first] }: Owner): void {
  if (first === undefined) return;
  throw fail(`host.no-such-${first.kind}`, `The owner ${given} can't be given: there is no ${first.kind} ${first.name}.`, {
    hints: [`Make the ${first.kind} ${first.name} in an earlier step (host.${first.kind}), or give a number.`],
  });
}

/**
 * The owner for `apply`: as `read` found it a moment ago, or looked up again where somebody was missing then. Fails where
 * somebody still is.
 */
export async function knownOwner(ctx: LookUp, owner: string | number, found: Owner | undefined): Promise<Owner> {
  if (found !== undefined && found.missing.length === 0 && found.given === String(owner)) return found;
  const now = await lookUpOwner(ctx, owner);
  requireOwner(now);
  return now;
}

/** Does this owner own it? An owner who is not there yet owns nothing. */
export function owns(owner: Owner, { uid, gid }: Ids): boolean {
  return owner.missing.length === 0 && (owner.uid ?? uid) === uid && (owner.gid ?? gid) === gid;
}

/** Who owns what a path leads to. */
export interface Ids {
  readonly uid: number;
  readonly gid: number;
}

/**
 * The current owner in the form in which the wanted one is given (`user`, `:group`, `user:group`). In numbers, but
 * for root: a name may be made by an earlier step of the same run, and the forecast must show what the run shows.
 */
export function shownIds({ uid, gid }: Ids, like: string): string {
  const [user, group] = like.split(':');
  const parts = [user === '' ? '' : shownId(uid)];
  if (group !== undefined) parts.push(shownId(gid));
  return parts.join(':');
}

/** The ids of a new file where the recipe gives none: our own, with our login group. */
export async function ownIds(ctx: LookUp): Promise<Ids> {
  const { uid } = ctx.host;
  if (uid === 0) return { uid: 0, gid: 0 };
  const user = (await readAccounts(ctx)).users.find((entry) => entry.uid === uid);
  return { uid, gid: user?.gid ?? uid };
}

function shownId(id: number): string {
  return id === 0 ? 'root' : String(id);
}

function isNumber(text: string): boolean {
  return /^\d+$/.test(text);
}
