import { type FairleadError, fail } from '../../model/failure.ts';
import type { ApplyContext } from '../../model/step.ts';
import { aptArgv, aptFailure, evidenceOf, mirrorFailed, runApt, wasInterrupted } from './run-apt.ts';
import { runStreamed, type Streamed } from './run-streamed.ts';

/** How to install. */
export interface InstallOptions {
  readonly update: 'auto' | 'always' | 'never';
  readonly recommends: boolean;
}

/** A day, after which lists of packages are fetched again: security archives drop what they replace. */
const FRESH_MINUTES = 24 * 60;

/**
 * Installs packages, with the lists of packages fetched before where `update` says so. Throws `package.not-found`,
 * `package.mirror-unreachable`, `package.dpkg-interrupted`, `package.locked` or `package.apt-failed`.
 */
export async function installPackages(ctx: ApplyContext, names: readonly string[], options: InstallOptions): Promise<void> {
  const updated = await updateLists(ctx, names, options.update);
  const unknown = await withoutCandidate(ctx, names);
  if (unknown.length > 0) throw notFound(unknown, updated);

  const args = ['install', options.recommends ? '--install-recommends' : '--no-install-recommends', ...names];
  let ran = await runApt(ctx, args);
  if (ran.code !== 0 && ctx.doubted !== undefined && wasInterrupted(ran.tail.join('\n'))) {
    // It was our own install that a crash cut off, so we finish it.
    ctx.output('An earlier install by fairlead was cut off: dpkg --configure -a');
    await runStreamed(ctx, {
      argv: ['dpkg', '--configure', '-a'],
      env: { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' },
    });
    ran = await runApt(ctx, args);
  }
  if (ran.code !== 0 && updated === undefined && options.update === 'auto' && mirrorFailed(ran.tail.join('\n'))) {
    // Lists that are a few hours old may name versions that the mirror no longer has.
    await runApt(ctx, ['update']);
    ran = await runApt(ctx, args);
  }
  if (ran.code !== 0) throw aptFailure(`Installing ${names.join(', ')}`, aptArgv(args), ran);
}

/** Fetches the lists where need be; returns how that went, or undefined where it was not done. */
async function updateLists(
  ctx: ApplyContext,
  names: readonly string[],
  update: InstallOptions['update'],
): Promise<Streamed | undefined> {
  if (update === 'never') return undefined;
  if (update === 'auto' && (await listsAreFresh(ctx)) && (await withoutCandidate(ctx, names)).length === 0) return undefined;
  const ran = await runApt(ctx, ['update']);
  const failed = ran.code !== 0 || mirrorFailed(ran.tail.join('\n'));
  // Old lists are good enough for `auto`: the install tells whether they were.
  if (failed && update === 'always') throw aptFailure('Fetching the lists of packages', aptArgv(['update']), ran);
  return ran;
}

async function listsAreFresh(ctx: ApplyContext): Promise<boolean> {
  // The folder's time, not the files': those carry the time that the mirror gives them.
  const argv = ['find', '/var/lib/apt/lists', '-maxdepth', '0', '-mmin', `-${FRESH_MINUTES}`];
  const { stdout } = await ctx.host.exec({ argv }, { signal: ctx.signal });
  return stdout.trim() !== '';
}

/** Packages that no list offers: unknown names, and those that are only provided by others. */
async function withoutCandidate(ctx: ApplyContext, names: readonly string[]): Promise<readonly string[]> {
  const argv = ['apt-cache', 'policy', ...names];
  const { stdout } = await ctx.host.exec({ argv, env: { LC_ALL: 'C.UTF-8', LANGUAGE: undefined } }, { signal: ctx.signal });
  const offered = new Set<string>();
  let current = '';
  for (const line of stdout.split('\n')) {
    const name = /^(\S+):$/.exec(line)?.[1];
    if (name !== undefined) current = name;
    else if (/^\s+Candidate: (?!\(none\))/.test(line)) offered.add(current);
  }
  return names.filter((name) => !offered.has(name));
}

function notFound(names: readonly string[], updated: Streamed | undefined): FairleadError {
  const list = names.join(', ');
  if (updated !== undefined && (updated.code !== 0 || mirrorFailed(updated.tail.join('\n')))) {
    return aptFailure(`Fetching the lists of packages to find ${list}`, aptArgv(['update']), updated);
  }
  return fail('package.not-found', `No archive that this host knows has ${list}.`, {
    hints: [
      `Look the name up with \`apt-cache search\`; a name that several packages provide must be one of those.`,
      'Where the package is in another archive, add that to /etc/apt/sources.list.d first.',
    ],
    ...(updated === undefined ? {} : { evidence: evidenceOf(aptArgv(['update']), updated) }),
  });
}
