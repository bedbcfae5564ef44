import Type, { type Static } from 'typebox';
import { fail } from '../../model/failure.ts';
import type { StepType } from '../../model/step.ts';

const schema = Type.Object(
  { container: Type.String({ minLength: 1, description: "The container's name." }) },
  { additionalProperties: false },
);

type Params = Static<typeof schema>;

/** What one look found. */
interface State {
  /** The restart that a crash left in doubt did happen. */
  readonly happened: boolean;
}

/** A restart, once; again when a step named in `after` has changed something. */
export const containerRestart: StepType<Params, State> = {
  name: 'container.restart',
  summary: 'A container has been restarted, with the same settings: a changed compose file or .env needs compose.up.',
  schema,
  needs: () => [],
  actsOnce: () => true,
  whenInDoubt: () => 'read-again',
  async read({ container }, ctx) {
    if (ctx.doubtedAt === undefined) return { happened: false };
    const found = await ctx.docker.container(container);
    return { happened: found !== undefined && Date.parse(found.startedAt) > Date.parse(ctx.doubtedAt) };
  },
  diff: ({ container }, { happened }) => (happened ? [] : [{ action: 'run', target: container }]),
  async apply({ container }, _, ctx) {
    ctx.signal.throwIfAborted();
    if ((await ctx.docker.container(container)) === undefined) {
      throw fail('docker.no-such-container', `There is no container ${container} to restart.`, {
        hints: ['See which there are: `docker ps -a`. An earlier step should have made it: run the recipe from there.'],
      });
    }
    ctx.signal.throwIfAborted();
    await ctx.docker.restart(container);
    return undefined;
  },
};
