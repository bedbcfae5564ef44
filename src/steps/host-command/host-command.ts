import Type, { type Static } from 'typebox';
import type { Command } from '../../model/ports.ts';
import type { StepType } from '../../model/step.ts';
import { type GuardState, guardChanges, guardNotes, guardParams, isOnce, notGuarded, readGuard } from '../lib/guards.ts';
import { runStreamed } from '../lib/run-streamed.ts';
import { judgeRun, runOutputs, verdictOutputNames, verdictParams } from '../lib/run-verdict.ts';
import { absolutePath, text } from '../lib/schema.ts';

const schema = Type.Object(
  {
    argv: Type.Array(Type.String(), {
      minItems: 1,
      description: 'The program and its arguments. Never a secret: everybody on the host can read them.',
    }),
    env: Type.Optional(
      Type.Record(Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]*$' }), text('A value; may hold secrets.'), {
        description: 'Added to the environment.',
      }),
    ),
    stdin: Type.Optional(text('What the program reads from standard input. Default: nothing.')),
    cwd: Type.Optional(absolutePath('The folder that it runs in.')),
    user: Type.Optional(Type.String({ minLength: 1, description: 'The login name that it runs as. Default: our own user.' })),
    root: Type.Optional(Type.Boolean({ description: 'It must be run by root. Default: false.' })),
    ...guardParams,
    ...verdictParams,
  },
  { additionalProperties: false, ...notGuarded('creates', 'unless') },
);

type Params = Static<typeof schema>;

/** A program run on the host: until its guard holds, or once where it has none. */
export const hostCommand: StepType<Params, GuardState> = {
  name: 'host.command',
  summary: 'A program has run on the host.',
  schema,
  outputs: runOutputs,
  outputNames: verdictOutputNames,
  needs: (params) => (params.root === true || params.user !== undefined ? ['root'] : []),
  actsOnce: isOnce,
  whenInDoubt: (params) => (isOnce(params) ? 'ask' : 'read-again'),
  read: (params, ctx) => readGuard(params, around(params), ctx),
  diff: (params, state) => guardChanges(params.argv.map(quoted).join(' '), state),
  notes: (_, state) => guardNotes(state),
  outputsOf: (_, state) => state.carried,
  async apply(params, _, ctx) {
    const stdin = params.stdin === undefined ? {} : { stdin: params.stdin };
    const ran = await runStreamed(ctx, { ...around(params), ...stdin, argv: params.argv });
    return judgeRun('command', params.argv, params, ran);
  },
};

function around({ env, cwd, user }: Params): Omit<Command, 'argv'> {
  return {
    ...(env === undefined ? {} : { env }),
    ...(cwd === undefined ? {} : { cwd }),
    ...(user === undefined ? {} : { user }),
  };
}

/** For reading only: this text is never run. */
function quoted(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
}
