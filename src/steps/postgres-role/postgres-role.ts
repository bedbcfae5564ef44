import { type FairleadError, fail } from '../../model/failure.ts';
import type { ApplyContext, Change, StepType } from '../../model/step.ts';
import { isEngineAway } from '../lib/ride-out.ts';
import { type Answer, askOnce } from './ask-server.ts';
import { look, type State } from './look.ts';
import { type RoleParams, roleSchema, targetOf, wantedRights } from './params.ts';
import { scramVerifier } from './scram-verifier.ts';
import { dropStatement, wantedStatements } from './statements.ts';

/** How often a connection that is lost in the middle is made anew. */
const TRIES = 5;

/** A role of a PostgreSQL server, in a container or on the host. */
export const postgresRole: StepType<RoleParams, State> = {
  name: 'postgres.role',
  summary: 'A PostgreSQL role exists, with this password and these rights.',
  schema: roleSchema,
  removal: { targets: (params) => [targetOf(params)] },
  needs: ({ container }) => (container === undefined ? ['root'] : []),
  whenInDoubt: () => 'read-again',
  read: look,
  diff,
  notes: (params, { role, made }) =>
    params.ensure === 'absent' && role !== undefined && !made ? [`${targetOf(params)} kept: was here before`] : [],
  apply,
};

function diff(params: RoleParams, { role, made, unknown }: State): readonly Change[] {
  const target = targetOf(params);
  if (params.ensure === 'absent') {
    // Of a server that is there and does not answer, nobody knows that the role is gone.
    const isThere = role !== undefined || unknown?.missing === false;
    return isThere && made ? [{ action: 'delete', target }] : [];
  }
  const rights = wantedRights(params);
  const secret = params.password === undefined ? {} : { secret: true as const };
  if (role === undefined) return [{ action: 'create', target, after: Object.fromEntries(rights), ...secret }];
  const changes: Change[] = rights
    .filter(([right, wanted]) => role[right] !== wanted)
    .map(([property, after]) => ({ action: 'update', target, property, before: role[property], after }));
  return role.passwordFits ? changes : [...changes, { action: 'update', target, property: 'password', secret: true }];
}

async function apply(params: RoleParams, changes: readonly Change[], ctx: ApplyContext, seen: State): Promise<undefined> {
  let state = seen;
  let open = changes.filter(({ action }) => action !== 'run');
  for (let tries = 1; open.length > 0; tries++) {
    ctx.signal.throwIfAborted();
    if (state.unknown !== undefined) throw state.unknown.failure;
    const answer = await attempt(params, ctx, await statementsFor(params, ctx, state));
    if ('lines' in answer) return undefined;
    if (tries === TRIES) throw answer.failure;
    // The connection was lost: it may have been done all the same.
    ctx.signal.throwIfAborted();
    state = await look(params, ctx);
    open = [...diff(params, state)];
  }
  return undefined;
}

async function statementsFor(params: RoleParams, ctx: ApplyContext, { role }: State): Promise<string> {
  if (params.ensure === 'absent') return dropStatement(params);
  if (params.password === undefined || role?.passwordFits === true) return wantedStatements(params, role, undefined);
  const password = await ctx.reveal(params.password);
  if (password === '') throw emptyPassword(params.role);
  return wantedStatements(params, role, await scramVerifier(password));
}

/** An engine that goes away takes the connection with it. */
async function attempt(params: RoleParams, ctx: ApplyContext, sql: string): Promise<Answer> {
  try {
    return await askOnce(params, ctx, sql);
  } catch (error) {
    if (!isEngineAway(error)) throw error;
    return { failure: error as FairleadError, missing: false, settled: false };
  }
}

function emptyPassword(role: string): FairleadError {
  return fail(
    'postgres.empty-password',
    `The role ${role} can't have an empty password: PostgreSQL would let nobody in with it.`,
    {
      hints: ['Give it one, or leave `password` out.'],
    },
  );
}
