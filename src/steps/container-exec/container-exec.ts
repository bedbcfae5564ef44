import Type, { type Static } from 'typebox';
import { FairleadError, failureOf } from '../../model/failure.ts';
import type { Command } from '../../model/ports.ts';
import type { ApplyContext, StepType } from '../../model/step.ts';
import { containerGone } from '../lib/container-gone.ts';
import {
  type Guard,
  type GuardState,
  guardChanges,
  guardNotes,
  guardParams,
  isOnce,
  notGuarded,
  readGuard,
} from '../lib/guards.ts';
import { insideOf } from '../lib/inside-container.ts';
import { runStreamed } from '../lib/run-streamed.ts';
import { judgeRun, runOutputs, verdictOutputNames, verdictParams } from '../lib/run-verdict.ts';
import { text } from '../lib/schema.ts';
import { shownArgv } from '../lib/shown-argv.ts';
import { waitUntil } from '../lib/wait-until.ts';

const schema = Type.Object(
  {
    container: Type.String({ minLength: 1, description: "The running container's name." }),
    argv: Type.Array(Type.String(), {
      minItems: 1,
      description: 'The program in the container and its arguments. Never a secret: everybody on the host can read them.',
    }),
    env: Type.Optional(
      Type.Record(Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]*$' }), text('A value; may hold secrets.'), {
        description: 'Added to the environment.',
      }),
    ),
    stdin: Type.Optional(text('What the program reads from standard input. Default: nothing.')),
    cwd: Type.Optional(Type.String({ pattern: '^/', description: "The folder in the container. Default: the image's." })),
    user: Type.Optional(
      Type.String({ minLength: 1, description: "The container's user, by name or number. Default: the image's." }),
    ),
    reads_only: guardParams.reads_only,
    unless: guardParams.unless,
    ...verdictParams,
  },
  { additionalProperties: false, ...notGuarded('unless') },
);

type Params = Static<typeof schema>;

/** A program run in a container, without a terminal: until its guard holds, or once where it has none. */
export const containerExec: StepType<Params, GuardState> = {
  name: 'container.exec',
  summary: 'A program has run in a running container.',
  schema,
  outputs: runOutputs,
  outputNames: verdictOutputNames,
  needs: () => [],
  actsOnce: (params) => isOnce(guardOf(params)),
  whenInDoubt: (params) => (isOnce(guardOf(params)) ? 'ask' : 'read-again'),
  read: (params, ctx) => readGuard(guardOf(params), around(params), { ...ctx, host: insideOf(params.container, ctx) }),
  diff: (params, state) => guardChanges(`${params.container}: ${shownArgv(params.argv)}`, state),
  notes: (_, state) => guardNotes(state),
  outputsOf: (_, state) => state.carried,
  async apply(params, _, ctx) {
    const stdin = params.stdin === undefined ? {} : { stdin: params.stdin };
    const command = { ...around(params), ...stdin, argv: params.argv };
    const before = await ctx.docker.container(params.container);
    try {
      const ran = await runStreamed({ ...ctx, host: insideOf(params.container, ctx) }, command);
      return judgeRun('command', params.argv, params, ran);
    } catch (error) {
      if (!(error instanceof FairleadError)) throw error;
      const failure = error.failure.code.startsWith('command.') ? inContainer(error, params) : error;
      if (before !== undefined && (await isGone(params, error, ctx))) {
        throw containerGone(params.container, `${params.argv[0]} ran in it`, failure.failure.evidence);
      }
      throw failure;
    }
  },
};

function guardOf({ reads_only, unless }: Params): Guard {
  return { ...(reads_only === undefined ? {} : { reads_only }), ...(unless === undefined ? {} : { unless }) };
}

function around({ env, cwd, user }: Params): Omit<Command, 'argv'> {
  return {
    ...(env === undefined ? {} : { env }),
    ...(cwd === undefined ? {} : { cwd }),
    ...(user === undefined ? {} : { user }),
  };
}

/** How a program ends that is ended with its container: by SIGKILL; -1 stands for no exit code. */
const KILLED: ReadonlySet<number> = new Set([137, -1]);
const REMOVED_WITHIN_MS = 2000;

/** Was the container taken away, and the program with it? An engine that can't say so leaves the failure as it is. */
async function isGone({ container }: Params, error: FairleadError, ctx: ApplyContext): Promise<boolean> {
  if (failureOf(error).code === 'docker.no-such-container') return true;
  if (!error.failure.code.startsWith('command.') || !KILLED.has(error.failure.evidence?.exit ?? -1)) return false;
  const look = async (): Promise<true | undefined> => ((await ctx.docker.container(container)) === undefined ? true : undefined);
  try {
    // What runs in it is killed first; then it goes.
    return (await waitUntil(look, { limit: REMOVED_WITHIN_MS, every: 100, signal: ctx.signal })) === true;
  } catch {
    ctx.signal.throwIfAborted();
    return false;
  }
}

function inContainer({ failure, recipeSays }: FairleadError, { container, argv }: Params): FairleadError {
  const { evidence } = failure;
  const told = {
    ...failure,
    code: `container.${failure.code.replace('.', '-')}`,
    message: `In the container ${container}: ${failure.message}`,
    ...(evidence === undefined ? {} : { evidence: { ...evidence, argv: ['docker', 'exec', container, ...argv] } }),
  };
  return new FairleadError(told, recipeSays === undefined ? {} : { recipeSays });
}
