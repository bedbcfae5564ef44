import Type, { type Static } from 'typebox';
import { fail, failureOf } from '../../model/failure.ts';
import type { ApplyContext, StepType } from '../../model/step.ts';
import { containerGone } from '../lib/container-gone.ts';
import { isEngineAway, rideOut } from '../lib/ride-out.ts';

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
    const before = await rideOut(ctx, () => ctx.docker.container(container));
    if (before === undefined) {
      throw fail('docker.no-such-container', `There is no container ${container} to restart.`, {
        hints: ['See which there are: `docker ps -a`. An earlier step should have made it: run the recipe from there.'],
      });
    }
    ctx.signal.throwIfAborted();
    if (await restarted(container, ctx)) return undefined;
    // The engine went away in the middle of it: it may have been done all the same, and is not to be done twice.
    const now = await rideOut(ctx, () => ctx.docker.container(container));
    if (now === undefined) throw containerGone(container, 'it was being restarted');
    ctx.signal.throwIfAborted();
    if (now.state !== 'running' || now.startedAt === before.startedAt) await ctx.docker.restart(container);
    return undefined;
  },
};

/** False where the engine went away before it said how it went. */
async function restarted(container: string, { docker }: ApplyContext): Promise<boolean> {
  try {
    await docker.restart(container);
    return true;
  } catch (error) {
    if (isEngineAway(error)) return false;
    const { code, message } = failureOf(error);
    const gone = code === 'docker.no-such-container' || /marked for removal|No such container/i.test(message);
    throw gone ? containerGone(container, 'it was being restarted') : error;
  }
}
