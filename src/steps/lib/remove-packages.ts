import { fail } from '../../model/failure.ts';
import type { ApplyContext } from '../../model/step.ts';
import { aptArgv, aptFailure, runApt } from './run-apt.ts';

/**
 * Removes packages; their configuration stays. Throws `package.still-needed` where apt would take packages along
 * that are not among them, and what `apt-get` failures tell.
 */
export async function removePackages(ctx: ApplyContext, names: readonly string[]): Promise<void> {
  ctx.signal.throwIfAborted();
  const { stdout } = await ctx.host.exec(
    { argv: ['apt-get', '-s', 'remove', ...names], env: { LC_ALL: 'C.UTF-8', LANGUAGE: undefined } },
    { signal: ctx.signal },
  );
  const others = [...stdout.matchAll(/^Remv (\S+)/gm)].map((match) => match[1] ?? '').filter((name) => !names.includes(name));
  if (others.length > 0) {
    throw fail('package.still-needed', `Removing ${names.join(', ')} would take ${others.join(', ')} along.`, {
      hints: [`Remove ${others.join(', ')} first if nobody needs them, or skip this step and keep the packages.`],
    });
  }
  const args = ['remove', ...names];
  const ran = await runApt(ctx, args);
  if (ran.code !== 0) throw aptFailure(`Removing ${names.join(', ')}`, aptArgv(args), ran);
}
