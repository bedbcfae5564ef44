import { formatDuration } from '../../model/duration.ts';
import { EVIDENCE_LINES, type Evidence, FairleadError, fail, failureOf } from '../../model/failure.ts';
import type { Executed } from '../../model/ports.ts';
import { MASK } from '../../model/secrets.ts';
import type { ReadContext } from '../../model/step.ts';
import { rideOut } from '../lib/ride-out.ts';
import { waitUntil } from '../lib/wait-until.ts';
import type { RoleParams } from './params.ts';

/** What the server said; or why it could not be asked. */
export type Answer = { readonly lines: readonly string[] } | NoAnswer;

/** Nobody could be asked. */
export interface NoAnswer {
  readonly failure: FairleadError;
  /** There is no server at all, as before an earlier step has made it. */
  readonly missing: boolean;
  /** Something that doesn't pass with time, unless it was a moment's chance. */
  readonly settled: boolean;
}

/** A server that starts anew, or recovers after a crash, is away for seconds. */
const PATIENCE_MS = 30_000;
/** So often the same answer in a row is no chance any more. */
const SETTLED_AFTER = 3;

const CONNECTION_BAD = 2;
const SCRIPT_FAILED = 3;
/** As a shell and the engine say that there is no such program. */
const NO_PROGRAM: ReadonlySet<number | null> = new Set([126, 127]);

/**
 * Asks; in a run, for as long as a server that starts needs to come up. Throws `postgres.*` where it refuses, and in a run
 * where it can't be asked for a reason that does not pass.
 */
export async function askServer(params: RoleParams, ctx: ReadContext, sql: string, patience = PATIENCE_MS): Promise<Answer> {
  if (ctx.forecast) return askOnce(params, ctx, sql);
  let last: NoAnswer | undefined;
  let settled = 0;
  const ask = async (left: number): Promise<Answer | undefined> => {
    const answer = await rideOut(ctx, () => askOnce(params, ctx, sql));
    if ('lines' in answer || answer.missing) return answer;
    last = answer;
    settled = answer.settled ? settled + 1 : 0;
    if (settled === SETTLED_AFTER) throw answer.failure;
    ctx.progress(`waiting for PostgreSQL ${placeOf(params)}; ${formatDuration(left)} left`);
    return undefined;
  };
  const answer = await waitUntil(ask, { limit: patience, every: 250, signal: ctx.signal });
  return answer ?? (last as NoAnswer);
}

/** Asks once. A connection that is lost leaves open whether it was done. Throws what the server refuses. */
export async function askOnce(params: RoleParams, ctx: ReadContext, sql: string): Promise<Answer> {
  const { container, admin = 'postgres', database = 'postgres' } = params;
  if (container !== undefined) {
    const found = await ctx.docker.container(container);
    if (found === undefined) return { failure: unreachable(params, 'there is no such container'), missing: true, settled: false };
    if (found.state !== 'running') return away(unreachable(params, 'the container is not running'));
  }
  const way = ['-U', admin, '-d', database];
  const argv = ['psql', '-X', '-q', '-A', '-t', '-w', '-v', 'ON_ERROR_STOP=1', '-v', 'VERBOSITY=verbose', ...way];
  let ended: Executed;
  try {
    ended = await runThere(params, ctx, argv, sql);
    if (ended.code === 0) return { lines: ended.stdout.split('\n').filter((line) => line !== '') };
    if (ended.code === SCRIPT_FAILED) throw refused(params, evidenceOf(argv, ended));
    if (ended.code === CONNECTION_BAD) {
      const accepts = (await runThere(params, ctx, ['pg_isready', '-q', ...way])).code === 0;
      return away(accepts ? noAccess(params, evidenceOf(argv, ended)) : starting(params, evidenceOf(argv, ended)), accepts);
    }
  } catch (error) {
    return noAnswerOf(error, params);
  }
  if (NO_PROGRAM.has(ended.code)) return away(noClient(params, evidenceOf(argv, ended)), true);
  return away(starting(params, evidenceOf(argv, ended)));
}

function away(failure: FairleadError, settled = false): NoAnswer {
  return { failure, missing: false, settled };
}

function noAnswerOf(error: unknown, params: RoleParams): NoAnswer {
  if (!(error instanceof FairleadError)) throw error;
  const { code, retryable } = failureOf(error);
  // What an earlier step installs isn't there in a plan.
  if (code === 'host.no-such-program' || code === 'host.no-such-user') return { failure: error, missing: true, settled: false };
  // A container that is stopped just now refuses in more than one way.
  const stopped = code === 'docker.no-such-container' || code === 'docker.container-not-running';
  if (stopped || (code === 'docker.refused' && retryable)) return away(unreachable(params, failureOf(error).message));
  throw error;
}

function runThere({ container, user = 'postgres' }: RoleParams, ctx: ReadContext, argv: readonly string[], stdin = '') {
  const options = { signal: ctx.signal };
  // Over the socket, whatever the surroundings say.
  if (container === undefined) {
    return ctx.host.exec({ argv, user, stdin, cwd: '/', env: { PGHOST: undefined, PGHOSTADDR: undefined } }, options);
  }
  return ctx.docker.exec(container, { argv, user, stdin, env: { PGHOST: '', PGHOSTADDR: '' } }, options);
}

function placeOf({ container }: RoleParams): string {
  return container === undefined ? 'on this host' : `in the container ${container}`;
}

/** An error may repeat the statement that it is about. */
function evidenceOf(argv: readonly string[], { code, stdout, stderr }: Executed): Evidence {
  const lines = `${stdout}${stderr}`.replaceAll(/SCRAM-SHA-256\$[^'\s]*/g, MASK).split('\n');
  const tail = lines.filter((line) => line.trim() !== '').slice(-EVIDENCE_LINES);
  return { argv, ...(code === null ? {} : { exit: code }), tail };
}

function unreachable(params: RoleParams, why: string): FairleadError {
  const { container = '' } = params;
  return fail('postgres.unreachable', `PostgreSQL ${placeOf(params)} can't be asked: ${why}`, {
    fault: 'environment',
    hints: [
      `See whether it runs: \`docker ps -a --filter name=${container}\`, and why not: \`docker logs --tail 40 ${container}\`.`,
      'An earlier step should have started it: run the recipe from there.',
    ],
    retryable: true,
  });
}

function starting(params: RoleParams, evidence: Evidence): FairleadError {
  const { container } = params;
  const log =
    container === undefined ? '`journalctl -u postgresql`, /var/log/postgresql' : `\`docker logs --tail 40 ${container}\``;
  return fail('postgres.unreachable', `PostgreSQL ${placeOf(params)} does not answer, or only starts: ${last(evidence)}`, {
    fault: 'environment',
    hints: [`See what it does: ${log}.`, 'Once it is ready (`pg_isready`), resume.'],
    retryable: true,
    evidence,
  });
}

function noAccess(params: RoleParams, evidence: Evidence): FairleadError {
  const { admin = 'postgres', user = 'postgres', database = 'postgres' } = params;
  const whom = `the system user ${user} in as ${admin} to the database ${database}`;
  return fail('postgres.no-access', `PostgreSQL ${placeOf(params)} does not let ${whom}: ${last(evidence)}`, {
    hints: [
      "Check the step's `user`, `admin` and `database`: a container's first role is named by its POSTGRES_USER.",
      'See who may come in over the socket: pg_hba.conf.',
    ],
    evidence,
  });
}

function noClient(params: RoleParams, evidence: Evidence): FairleadError {
  return fail('postgres.no-client', `There is no program \`psql\` ${placeOf(params)}, or no user to run it as.`, {
    hints: ["Is this the container of the database? Check the step's `container` and `user`."],
    evidence,
  });
}

/** Told by SQLSTATE: what the server says may be in any language. */
function refused(params: RoleParams, evidence: Evidence): FairleadError {
  const { role, admin = 'postgres' } = params;
  const found = evidence.tail.map((line) => /: +(?=[A-Z]*\d)([0-9A-Z]{5}): (.*)$/.exec(line)).find((match) => match !== null);
  const [, state = '', said = last(evidence)] = found ?? [];
  if (state === '2BP01') {
    return fail('postgres.role-in-use', `The role ${role} can't be removed: it still owns something, or has rights: ${said}`, {
      hints: [
        `See what: \`\\l\` and \`\\dt\` in psql, in each database.`,
        `Give it to another role (REASSIGN OWNED BY "${role}" TO …; DROP OWNED BY "${role}"), or remove it; then resume.`,
      ],
      retryable: true,
      evidence,
    });
  }
  if (state === '42501') {
    return fail('postgres.not-allowed', `The role ${admin} may not do this to the role ${role}: ${said}`, {
      hints: ["Name a superuser as the step's `admin`."],
      evidence,
    });
  }
  return fail('postgres.refused', `PostgreSQL ${placeOf(params)} refuses to change the role ${role}: ${said}`, {
    hints: ["The server's own words are below; its log may say more."],
    retryable: true,
    evidence,
  });
}

function last({ tail }: Evidence): string {
  return tail.at(-1)?.trim() ?? 'it says nothing';
}
