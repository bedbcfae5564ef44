import type { FairleadError } from '../../model/failure.ts';
import type { ReadContext } from '../../model/step.ts';
import { askServer } from './ask-server.ts';
import { type RoleParams, type RoleState, targetOf } from './params.ts';
import { lookStatement } from './statements.ts';

/** What one look found. */
export interface State {
  readonly made: boolean;
  readonly role?: RoleState;
  /** Why nobody could be asked. */
  readonly unknown?: { readonly failure: FairleadError; readonly missing: boolean };
}

/** Looks; in a run a server that only starts is waited for. */
export async function look(params: RoleParams, ctx: ReadContext): Promise<State> {
  const made = ctx.made(targetOf(params));
  const answer = await askServer(params, ctx, lookStatement(params));
  if (!('lines' in answer)) return { made, unknown: { failure: answer.failure, missing: answer.missing } };
  const [line] = answer.lines;
  if (line === undefined) return { made };
  const [login, superuser, createdb, createrole, ...kept] = line.split('|');
  const rights = {
    login: login === 't',
    superuser: superuser === 't',
    createdb: createdb === 't',
    createrole: createrole === 't',
  };
  const { password, role } = params;
  const passwordFits = password === undefined || (await ctx.secrets.fitsVerifier(password, kept.join('|'), role));
  return { made, role: { ...rights, passwordFits } };
}
