import Type, { type Static } from 'typebox';
import type { StepType } from '../../model/step.ts';

const schema = Type.Object(
  { markdown: Type.String({ minLength: 1, description: 'What to do, in Markdown, and how to see that it is done.' }) },
  { additionalProperties: false },
);

type Params = Static<typeof schema>;

/** What only a person can do: the run waits until the operator says that it is done. */
export const manual: StepType<Params, null> = {
  name: 'manual',
  summary: 'The operator has done something by hand.',
  schema,
  needs: () => [],
  actsOnce: () => true,
  whenInDoubt: () => 'read-again',
  read: async () => null,
  diff: () => [{ action: 'run', target: 'by hand' }],
  async apply(params, _, ctx) {
    ctx.signal.throwIfAborted();
    await ctx.ask({ about: 'manual', data: { markdown: params.markdown }, takes: { choices: ['done'] } });
    return undefined;
  },
};
