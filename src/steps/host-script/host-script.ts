import Type, { type Static } from 'typebox';
import type { Command } from '../../model/ports.ts';
import type { StepType } from '../../model/step.ts';
import { type GuardState, guardChanges, guardNotes, guardParams, isOnce, notGuarded, readGuard } from '../lib/guards.ts';
import { runZxScript } from '../lib/run-script.ts';
import { judgeRun, runOutputs, verdictOutputNames, verdictParams } from '../lib/run-verdict.ts';
import { absolutePath, recipeFile, text } from '../lib/schema.ts';

const schema = Type.Object(
  {
    script: recipeFile("A zx script (`.mjs`) in the recipe's folder. It gets its values from `process.env`."),
    env: Type.Optional(
      Type.Record(Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]*$' }), text('A value; may hold secrets.'), {
        description: "The script's values, added to its environment.",
      }),
    ),
    cwd: Type.Optional(absolutePath('The folder that it runs in.')),
    root: Type.Optional(Type.Boolean({ description: 'It must be run by root. Default: false.' })),
    ...guardParams,
    ...verdictParams,
  },
  { additionalProperties: false, ...notGuarded('creates', 'unless') },
);

type Params = Static<typeof schema>;

/** The escape hatch: a script of the recipe's own, for what no step type does. */
export const hostScript: StepType<Params, GuardState> = {
  name: 'host.script',
  summary: "A zx script of the recipe's own has run on this host.",
  schema,
  outputs: runOutputs,
  outputNames: verdictOutputNames,
  needs: (params) => (params.root === true ? ['root'] : []),
  actsOnce: isOnce,
  whenInDoubt: (params) => (isOnce(params) ? 'ask' : 'read-again'),
  read: (params, ctx) => readGuard(params, around(params), ctx),
  diff: (params, state) => guardChanges(params.script.recipeFile, state),
  notes: (_, state) => guardNotes(state),
  outputsOf: (_, state) => state.carried,
  async apply(params, _, ctx) {
    const ran = await runZxScript(ctx, { ...around(params), script: params.script.path });
    return judgeRun('script', [params.script.recipeFile], params, ran);
  },
};

function around({ env, cwd }: Params): Pick<Command, 'env' | 'cwd'> {
  return { ...(env === undefined ? {} : { env }), ...(cwd === undefined ? {} : { cwd }) };
}
